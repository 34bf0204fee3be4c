-- title: equality on a wide value
-- schema
CREATE TABLE tokens (id bigint PRIMARY KEY, token text, owner_id bigint);
-- stats tokens.token width=64
-- query calls=700
SELECT owner_id FROM tokens WHERE token = $1;
-- expect
tokens hash (token)
tokens btree (token)
-- never
tokens hash (owner_id)
