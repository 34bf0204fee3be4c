-- title: LIKE 'x%' needs text_pattern_ops outside the C collation
-- schema
CREATE TABLE products (id bigint PRIMARY KEY, sku text, shop_id int);
-- query calls=700
SELECT * FROM products WHERE sku LIKE 'AB-%' AND shop_id = 3;
-- expect
products btree (shop_id, sku text_pattern_ops)
products btree (sku text_pattern_ops)
products btree (shop_id)
-- never
products btree (sku)
