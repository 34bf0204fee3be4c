-- title: boolean columns in the planner's form
-- schema
CREATE TABLE mails (id bigint PRIMARY KEY, is_read boolean, is_spam boolean, starred boolean, hidden boolean, muted boolean, old boolean);
-- query
SELECT id FROM mails WHERE NOT is_read AND is_spam = false AND starred AND hidden <> true AND muted IS TRUE AND old IS NOT TRUE;
-- expect
mails
  boolean is_read false where NOT is_read
  boolean is_spam false where NOT is_spam
  boolean starred true where starred
  boolean hidden false where NOT hidden
  boolean muted is true where muted IS TRUE
  boolean old is not true where old IS NOT TRUE
  output id
