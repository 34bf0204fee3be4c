-- title: keyset pages by row comparison
-- schema
CREATE TABLE events (id bigint PRIMARY KEY, user_id bigint, created_at timestamptz, body text);
-- query calls=300
SELECT * FROM events WHERE user_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT 50;
-- expect
events btree (user_id, created_at, id)
