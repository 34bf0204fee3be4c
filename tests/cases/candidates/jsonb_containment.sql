-- title: containment alone takes jsonb_path_ops
-- schema
CREATE TABLE conversations (id bigint PRIMARY KEY, metadata jsonb);
-- query calls=700
SELECT id FROM conversations WHERE metadata @> '{"channel": "mail"}';
-- expect
conversations gin (metadata jsonb_path_ops)
-- never
conversations gin (metadata)
conversations btree (metadata)
