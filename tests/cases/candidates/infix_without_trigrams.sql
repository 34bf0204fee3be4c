-- title: infix search asks for pg_trgm where it is missing
-- schema
CREATE TABLE notes (id bigint PRIMARY KEY, body text);
-- query calls=700
SELECT id FROM notes WHERE body ILIKE '%holiday%';
-- never
notes btree (body)
notes gin (body gin_trgm_ops)
-- skipped
notes | needs extension pg_trgm: CREATE EXTENSION pg_trgm
