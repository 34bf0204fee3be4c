-- title: a column of unlimited length is included only where its values are short, else an INSERT could fail
-- schema
CREATE TABLE messages (id bigint PRIMARY KEY, author_id bigint, kind text, body text, raw jsonb, note varchar(60), memo varchar);
-- stats messages.kind width=6
-- stats messages.body width=60
-- stats messages.raw width=70
-- stats messages.note width=60
-- stats messages.memo width=60
-- query calls=70
SELECT kind FROM messages WHERE author_id = $1;
-- query calls=70
SELECT body FROM messages WHERE author_id = $1;
-- query calls=70
SELECT raw FROM messages WHERE author_id = $1;
-- query calls=70
SELECT note FROM messages WHERE author_id = $1;
-- query calls=70
SELECT memo FROM messages WHERE author_id = $1;
-- expect
messages btree (author_id) INCLUDE (kind)
messages btree (author_id) INCLUDE (note)
-- never
messages btree (author_id) INCLUDE (body)
messages btree (author_id) INCLUDE (raw)
messages btree (author_id) INCLUDE (memo)
