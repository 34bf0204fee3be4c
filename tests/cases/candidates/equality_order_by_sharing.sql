-- title: the column that other queries share leads, and so does the most distinct one
-- schema
CREATE TABLE orders (id bigint PRIMARY KEY, tenant_id int, number int, state text);
-- stats orders.tenant_id n_distinct=50
-- stats orders.number n_distinct=-0.5
-- query calls=10
SELECT * FROM orders WHERE number = $1 AND tenant_id = $2;
-- query calls=900
SELECT * FROM orders WHERE tenant_id = $1 ORDER BY id;
-- expect
orders btree (tenant_id, number)   -- shared prefix
orders btree (number, tenant_id)   -- most distinct first
orders btree (tenant_id, id)
