-- title: live rows newest first
-- schema
CREATE TABLE memories (id bigint PRIMARY KEY, user_id bigint, created_at timestamptz, deleted_at timestamptz, body text);
-- stats memories.deleted_at null_fraction=0.7
-- query calls=700
SELECT * FROM memories WHERE user_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 20;
-- expect
memories btree (user_id, created_at) WHERE deleted_at IS NULL
memories btree (user_id, created_at)
-- never
memories btree (deleted_at)
memories btree (user_id) WHERE deleted_at IS NULL AND user_id = 1
