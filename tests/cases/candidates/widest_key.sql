-- title: no key is wider than asked for
-- limits max_key_columns=2
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, a int, b int, c int, d int);
-- query calls=10
SELECT * FROM orders WHERE a = $1 AND b = $2 AND c = $3 AND d > $4;
-- expect
orders btree (a, b)
-- never
orders btree (a, b, c)
orders btree (a, b, c, d)
