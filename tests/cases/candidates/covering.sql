-- title: few narrow columns are included, the whole row is not
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric, note text);
-- stats orders.total width=6
-- stats orders.note width=400
-- query calls=70
SELECT total FROM orders WHERE customer_id = $1;
-- query calls=70
SELECT total, note FROM orders WHERE customer_id = $1;
-- query calls=70
SELECT * FROM orders WHERE customer_id = $1;
-- expect
orders btree (customer_id) INCLUDE (total)
-- never
orders btree (customer_id) INCLUDE (total, note)
orders btree (customer_id) INCLUDE (id, total, note)
