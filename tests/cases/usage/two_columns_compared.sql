-- title: columns of one table compared with one another serve no lookup
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT id FROM orders WHERE id = user_id AND total + id > 5 AND placed_at IS NOT DISTINCT FROM $1;
-- expect
orders
  other id, user_id =
  range [total + id] of total, id > where total + id > 5
  other placed_at is not distinct from
  output id
