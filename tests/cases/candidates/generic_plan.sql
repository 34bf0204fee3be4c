-- title: without captured values no partial and no expression index is justified
-- schema
CREATE TABLE conversations (id bigint PRIMARY KEY, metadata jsonb, is_open boolean);
-- query calls=700
SELECT * FROM conversations WHERE metadata ->> $1 = $2 AND is_open = $3;
-- expect
conversations btree (is_open)
-- never
conversations btree ((metadata ->> 'agent'))
conversations btree (id) WHERE is_open
conversations btree (is_open) WHERE is_open
