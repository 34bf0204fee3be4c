-- title: what exists is not proposed again, nor a prefix of it
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, placed_at timestamptz);
CREATE INDEX orders_customer_placed ON orders (customer_id, placed_at);
-- query calls=100
SELECT * FROM orders WHERE customer_id = $1 AND placed_at > $2;
-- never
orders btree (customer_id, placed_at)
orders btree (customer_id)
-- skipped
orders btree (customer_id) | orders_customer_placed
