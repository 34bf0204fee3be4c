-- title: sorted access for grouping behind the filter
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, shop_id int, day date, state text);
-- query calls=70
SELECT day, count(*) FROM orders WHERE shop_id = $1 GROUP BY day;
-- expect
orders btree (shop_id, day)
