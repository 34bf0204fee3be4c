-- title: GROUP BY prefers input columns to output names
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT status, date_trunc('day', placed_at) AS day, count(*) FROM orders GROUP BY 1, day HAVING sum(total) > 5 ORDER BY count(*) DESC;
-- expect
orders
  group status #0
  group [date_trunc('day', placed_at)] of placed_at #1
  output total, status, placed_at
