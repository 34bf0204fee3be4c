-- title: window functions read their columns and keep outer conditions out
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT * FROM (SELECT id, user_id, row_number() OVER (PARTITION BY user_id ORDER BY placed_at DESC) AS n FROM orders WHERE status = 'open') ranked WHERE n = 1 AND user_id = 5;
-- expect
orders (level 1, ordered alone)
  equality status = where status = 'open'
  order user_id window #0
  order placed_at window #1 desc
  equality user_id = where user_id = 5
  output user_id, placed_at, id
