-- title: FOR UPDATE visits the row: nothing covers it
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT o.id, u.id FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = $1 FOR UPDATE OF o;
-- expect
orders o (outputs all)
  join user_id = u.id
  equality status =
users u
  join id = o.user_id
  output id
