-- title: a boolean constant that differs between calls is an equality
-- schema
CREATE TABLE mails (id bigint PRIMARY KEY, is_read boolean);
-- query calls=10
SELECT id FROM mails WHERE is_read = true;
-- sample
SELECT id FROM mails WHERE is_read = false;
-- expect
mails
  equality is_read =
  output id
