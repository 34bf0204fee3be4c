-- title: LATERAL sees its neighbours: the latest row of each
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT u.name, l.total FROM users u LEFT JOIN LATERAL (SELECT o.total FROM orders o WHERE o.user_id = u.id ORDER BY o.placed_at DESC LIMIT 1) l ON true WHERE u.email = $1;
-- expect
users u
  equality email =
  output id, name
orders o (level 1, limited, ordered alone)
  join user_id = u.id
  order placed_at #0 desc
  output total
