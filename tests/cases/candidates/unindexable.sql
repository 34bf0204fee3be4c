-- title: types without an operator class
-- schema
CREATE TABLE documents (id bigint PRIMARY KEY, body json, shape xml, kind varchar(20), owner uuid);
-- query calls=10
SELECT id FROM documents ORDER BY kind, owner;
-- query calls=10
SELECT body FROM documents WHERE kind = $1;
-- expect
documents btree (kind, owner)
documents btree (kind)
-- never
documents btree (kind) INCLUDE (body)
documents btree (body)
