-- title: now() cannot stand in a predicate
-- schema
CREATE TABLE sessions (id bigint PRIMARY KEY, user_id bigint, expires_at timestamptz);
-- query calls=700
SELECT * FROM sessions WHERE user_id = $1 AND expires_at > now();
-- expect
sessions btree (user_id, expires_at)
-- never
sessions btree (user_id) WHERE expires_at > now()
