-- title: a boolean parameter with one value in all calls is a condition on the column, and marked
-- schema
CREATE TABLE mails (id bigint PRIMARY KEY, user_id bigint, is_read boolean);
-- query calls=10
SELECT id FROM mails WHERE is_read = $1 AND user_id = $2;
-- parameters f | 7
-- parameters f | 8
-- expect
mails
  boolean is_read false where NOT is_read (captured parameter)
  equality user_id =
  output id
