-- title: NULLS LAST on a descending column is spelled out
-- schema
CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint, done_at timestamptz);
-- query calls=300
SELECT * FROM tasks WHERE owner_id = $1 ORDER BY done_at DESC NULLS LAST LIMIT 10;
-- expect
tasks btree (owner_id, done_at DESC NULLS LAST)
