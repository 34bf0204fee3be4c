-- title: all sort columns descend, so the plain index is read backwards
-- schema
CREATE TABLE events (id bigint PRIMARY KEY, user_id bigint, agent text, created_at timestamptz, body text);
-- query calls=800
SELECT * FROM events WHERE user_id = $1 AND agent = $2 ORDER BY created_at DESC LIMIT 20;
-- expect
events btree (agent, user_id, created_at)
-- never
events btree (agent, user_id, created_at DESC)
events btree (created_at DESC)
