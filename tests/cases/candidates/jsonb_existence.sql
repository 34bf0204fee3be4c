-- title: key existence needs the default class, which serves containment too
-- schema
CREATE TABLE conversations (id bigint PRIMARY KEY, metadata jsonb);
-- query calls=700
SELECT id FROM conversations WHERE metadata ? 'channel';
-- query calls=70
SELECT id FROM conversations WHERE metadata @> '{"channel": "mail"}';
-- expect
conversations gin (metadata)
conversations gin (metadata jsonb_path_ops)
