-- title: a predicate that nearly every row meets makes no partial index
-- schema
CREATE TABLE memories (id bigint PRIMARY KEY, user_id bigint, deleted_at timestamptz);
-- stats memories.deleted_at null_fraction=0.97
-- query calls=700
SELECT * FROM memories WHERE user_id = $1 AND deleted_at IS NULL;
-- expect
memories btree (user_id)
-- never
memories btree (user_id) WHERE deleted_at IS NULL
