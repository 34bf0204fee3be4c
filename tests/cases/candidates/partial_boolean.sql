-- title: the predicate is spelled as the planner spells it
-- schema
CREATE TABLE messages (id bigint PRIMARY KEY, user_id bigint, is_read boolean, sent_at timestamptz);
-- query calls=700
SELECT * FROM messages WHERE user_id = $1 AND is_read = false;
-- expect
messages btree (user_id) WHERE NOT is_read
-- never
messages btree (user_id) WHERE is_read = false
