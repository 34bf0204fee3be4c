-- title: the newest of each by row_number: the window's order, and conditions on what it partitions by
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT * FROM (SELECT o.*, row_number() OVER (PARTITION BY o.user_id, o.status ORDER BY o.placed_at DESC) AS n FROM orders o) ranked WHERE n <= 3 AND user_id = $1 AND status = 'open' AND total > 5;
-- expect
orders o (level 1, ordered alone)
  order user_id window #0
  order status window #1
  order placed_at window #2 desc
  equality user_id =
  equality status = where status = 'open'
  output user_id, status, placed_at, total, id
