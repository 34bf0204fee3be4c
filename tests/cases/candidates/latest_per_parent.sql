-- title: the newest row per parent, by a correlated subquery
-- schema
CREATE TABLE customers (id bigint PRIMARY KEY, region text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, placed_at timestamptz, total numeric);
-- query calls=70
SELECT c.id, l.total FROM customers c CROSS JOIN LATERAL (SELECT o.total FROM orders o WHERE o.customer_id = c.id ORDER BY o.placed_at DESC LIMIT 1) l WHERE c.region = $1;
-- expect
orders btree (customer_id, placed_at)
