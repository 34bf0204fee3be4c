-- title: a parameter with one value in every captured call is an assumption
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, state text);
-- query calls=700
SELECT * FROM orders WHERE customer_id = $1 AND state = $2;
-- parameters 7 | open
-- parameters 9 | open
-- parameters 11 | open
-- expect
orders btree (customer_id) WHERE state = 'open'
orders btree (customer_id, state)
