-- title: no INCLUDE where it is not wanted
-- limits covering=false
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric);
-- query calls=70
SELECT total FROM orders WHERE customer_id = $1;
-- expect
orders btree (customer_id)
-- never
orders btree (customer_id) INCLUDE (total)
