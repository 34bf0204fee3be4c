-- title: an existing descending index serves the ascending one, read backwards
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, placed_at timestamptz);
CREATE INDEX orders_newest ON orders (placed_at DESC);
-- query calls=100
SELECT * FROM orders ORDER BY placed_at LIMIT 20;
-- never
orders btree (placed_at)
-- skipped
orders btree (placed_at) | orders_newest
