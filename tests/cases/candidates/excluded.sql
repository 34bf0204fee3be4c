-- title: tables left alone as asked
-- limits exclude=*_archive
-- schema
CREATE TABLE orders_archive (id bigint PRIMARY KEY, customer_id bigint);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
-- query calls=10
SELECT * FROM orders_archive WHERE customer_id = $1;
-- query calls=10
SELECT * FROM orders WHERE customer_id = $1;
-- expect
orders btree (customer_id)
-- never
orders_archive btree (customer_id)
-- skipped
orders_archive | left alone as asked
