-- title: a lookup by primary key needs nothing, whatever else it filters
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, state text);
-- query calls=5000
SELECT * FROM orders WHERE id = $1 AND customer_id = $2;
-- never
orders btree (id)
orders btree (customer_id)
orders btree (id, customer_id)
orders btree (customer_id, id)
