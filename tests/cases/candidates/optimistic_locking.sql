-- title: the version column of optimistic locking
-- schema
CREATE TABLE settings (id bigint PRIMARY KEY, owner_id int, version int, body text);
-- query calls=500
UPDATE settings SET body = $1, version = version + 1 WHERE owner_id = $2 AND version = $3;
-- expect
settings btree (owner_id)
-- never
settings btree (version)
settings btree (owner_id, version)
