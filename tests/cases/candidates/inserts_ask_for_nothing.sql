-- title: an INSERT asks for no index
-- schema
CREATE TABLE sales (id bigint PRIMARY KEY, shop_id int, total numeric);
-- query calls=60
INSERT INTO sales (id, shop_id, total) VALUES ($1, $2, $3);
-- never
sales btree (shop_id)
sales btree (id)
