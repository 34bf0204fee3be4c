-- title: conditions on the optional side of a view's outer join
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
CREATE VIEW users_with_orders AS SELECT u.id, u.email, o.status, o.total FROM users u LEFT JOIN orders o ON o.user_id = u.id;
-- query
SELECT id FROM users_with_orders WHERE status = 'open' AND total IS NULL AND email = $1;
-- expect
users u
  join id = o.user_id
  equality email =
  output id
orders o
  join user_id = u.id
  equality status = where status = 'open'
  other total is null
