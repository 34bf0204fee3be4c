-- title: the prefix of a primary key is not advice
-- schema
CREATE TABLE lines (order_id bigint, line_no int, product_id bigint, PRIMARY KEY (order_id, line_no));
-- query calls=100
SELECT * FROM lines WHERE order_id = $1;
-- never
lines btree (order_id)
-- skipped
lines btree (order_id) | lines_pkey
