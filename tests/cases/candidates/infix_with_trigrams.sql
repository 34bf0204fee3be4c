-- title: infix search by GIN trigrams, never by GiST (cheaper by estimate, slower and larger in fact)
-- schema
CREATE EXTENSION pg_trgm;
CREATE TABLE notes (id bigint PRIMARY KEY, body text, title text);
-- query calls=700
SELECT id FROM notes WHERE body ILIKE '%holiday%';
-- query calls=70
SELECT id FROM notes WHERE title ~ 'trip|travel';
-- expect
notes gin (body gin_trgm_ops)
notes gin (title gin_trgm_ops)
-- never
notes gist (body gist_trgm_ops)
