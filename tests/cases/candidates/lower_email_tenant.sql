-- title: an expression beside a column
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, tenant_id int);
-- query calls=700
SELECT * FROM users WHERE lower(email) = 'someone@example.com' AND tenant_id = 4;
-- expect
users btree (tenant_id, (lower(email)))
users btree ((lower(email)))
users btree (tenant_id)
