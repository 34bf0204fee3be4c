-- title: equality before range
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, placed_at timestamptz, total numeric);
-- query calls=1200
SELECT id FROM orders WHERE placed_at > $1 AND customer_id = $2;
-- expect
orders btree (customer_id, placed_at)   -- equality, then range
orders btree (customer_id)              -- prefix
orders btree (placed_at)                -- range alone
orders btree (customer_id, placed_at) INCLUDE (id)
-- never
orders btree (placed_at, customer_id)
