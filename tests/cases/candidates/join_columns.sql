-- title: join columns alone, before and after the filter
-- schema
CREATE TABLE customers (id bigint PRIMARY KEY, region text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, state text, total numeric);
-- query calls=70
SELECT c.id, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.state = $1 AND c.region = $2;
-- expect
orders btree (customer_id)
orders btree (customer_id, state)
orders btree (state, customer_id)
orders btree (customer_id, state) INCLUDE (total)
customers btree (region)
-- never
customers btree (id)
