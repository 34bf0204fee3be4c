-- title: deletes of the parent probe the child
-- schema
CREATE TABLE customers (id bigint PRIMARY KEY, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers (id), total numeric);
-- query calls=60
DELETE FROM customers WHERE id = $1;
-- expect
orders btree (customer_id)
