-- title: lower(email)
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, tenant_id int);
-- query calls=700
SELECT * FROM users WHERE lower(email) = lower($1);
-- parameters Someone@example.com
-- expect
users btree ((lower(email)))
-- never
users btree (email)
