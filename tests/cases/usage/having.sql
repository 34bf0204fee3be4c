-- title: HAVING and aggregate filters only read
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT user_id, count(*) FILTER (WHERE status = 'open') FROM orders GROUP BY user_id HAVING max(placed_at) < $1;
-- expect
orders
  group user_id #0
  output placed_at, user_id, status
