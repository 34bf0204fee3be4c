-- title: a literal that is the same in every text may be a partial index's condition
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query calls=10
SELECT id FROM orders WHERE status = 'open' AND total > 100 AND user_id = 7 AND placed_at >= '2024-01-01';
-- sample
SELECT id FROM orders WHERE status = 'open' AND total > 100 AND user_id = 8 AND placed_at >= '2024-02-01';
-- expect
orders
  equality status = where status = 'open'
  range total > where total > 100
  equality user_id =
  range placed_at >=
  output id
