-- title: under the C collation the plain index serves LIKE 'x%'
-- schema
-- setting lc_collate C
CREATE TABLE products (id bigint PRIMARY KEY, sku text);
-- query calls=700
SELECT * FROM products WHERE sku LIKE 'AB-%';
-- expect
products btree (sku)
-- never
products btree (sku text_pattern_ops)
