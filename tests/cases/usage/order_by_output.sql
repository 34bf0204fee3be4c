-- title: ordinals and output names in ORDER BY; a column of the same name hides behind the output
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT lower(status) AS status, placed_at AS day, total FROM orders ORDER BY status, 2 DESC, day NULLS FIRST;
-- expect
orders (ordered alone)
  order [lower(status)] of status #0
  order placed_at #1 desc
  order placed_at #2 nulls first
  output status, placed_at, total
