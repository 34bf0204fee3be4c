-- title: a subquery in SET is a lookup for each row
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
UPDATE users u SET name = (SELECT o.status FROM orders o WHERE o.user_id = u.id ORDER BY o.placed_at DESC LIMIT 1) WHERE u.email IS NOT NULL;
-- expect
users u (target, outputs all)
  null-test email is not null where email IS NOT NULL
  written name update
orders o (level 1, limited, ordered alone)
  join user_id = u.id
  order placed_at #0 desc
  output status
