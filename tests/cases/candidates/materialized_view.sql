-- title: a materialized view takes indexes
-- schema
CREATE TABLE sales (id bigint PRIMARY KEY, shop_id int, total numeric);
CREATE MATERIALIZED VIEW per_shop AS SELECT shop_id, total FROM sales;
-- query calls=60
SELECT total FROM per_shop WHERE shop_id = $1;
-- expect
per_shop btree (shop_id)
