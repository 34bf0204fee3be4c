-- title: a key of a jsonb document
-- schema
CREATE TABLE conversations (id bigint PRIMARY KEY, metadata jsonb);
-- query calls=700
SELECT id FROM conversations WHERE metadata ->> 'channel' = 'mail';
-- expect
conversations btree ((metadata ->> 'channel'))
