-- title: one value of a column with many is an accident of the capture
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, status text, placed_at timestamptz, email text);
-- stats orders.customer_id n_distinct=20000
-- stats orders.status n_distinct=4
-- query id=q1 calls=100
SELECT * FROM orders WHERE customer_id = 42 AND status = 'open' ORDER BY placed_at;
-- query id=q2 calls=100
SELECT * FROM orders WHERE lower(email) = 'user7@example.org' ORDER BY placed_at;
-- expect
orders btree (customer_id, status, placed_at)
orders btree (customer_id) WHERE status = 'open'
orders btree ((lower(email)))
-- never
orders btree (placed_at) WHERE customer_id = 42
orders btree (status) WHERE customer_id = 42
orders btree (placed_at) WHERE lower(email) = 'user7@example.org'
-- skipped
orders WHERE customer_id = 42 | 20,000 distinct values
