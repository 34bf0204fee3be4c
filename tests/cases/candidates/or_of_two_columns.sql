-- title: each arm of an OR gets its own index (they help only together)
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, phone text);
-- query calls=70
SELECT * FROM users WHERE email = $1 OR phone = $2;
-- expect
users btree (email)
users btree (phone)
-- never
users btree (email, phone)
users btree (phone, email)
