-- title: a column that is mostly NULL: a comparison proves IS NOT NULL, so the index can leave those rows out
-- schema
CREATE TABLE messages (id bigint PRIMARY KEY, conversation_id bigint, author_id bigint, sent_at timestamptz, body text);
-- stats messages.conversation_id null_fraction=0.8 n_distinct=900
-- stats messages.author_id null_fraction=0.01 n_distinct=900
-- query calls=70
SELECT * FROM messages WHERE conversation_id = $1 ORDER BY sent_at;
-- query calls=70
SELECT * FROM messages WHERE author_id = $1;
-- expect
messages btree (conversation_id, sent_at) WHERE conversation_id IS NOT NULL
messages btree (conversation_id, sent_at)
messages btree (author_id)
-- never
messages btree (author_id) WHERE author_id IS NOT NULL
messages btree (sent_at) WHERE conversation_id IS NOT NULL
