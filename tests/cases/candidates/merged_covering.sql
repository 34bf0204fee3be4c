-- title: one index carries what two queries need
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, placed_at timestamptz, total numeric, state text);
-- stats orders.total width=6
-- stats orders.state width=5
-- query calls=70
SELECT total FROM orders WHERE customer_id = $1;
-- query calls=70
SELECT state FROM orders WHERE customer_id = $1 AND placed_at > $2;
-- expect
orders btree (customer_id, placed_at) INCLUDE (total, state)
orders btree (customer_id) INCLUDE (placed_at, total, state)
