-- title: mixed directions are spelled out
-- schema
CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint, priority int, due_at timestamptz, title text);
-- query calls=300
SELECT * FROM tasks WHERE owner_id = $1 ORDER BY priority DESC, due_at LIMIT 10;
-- expect
tasks btree (owner_id, priority DESC, due_at)
tasks btree (priority DESC, due_at)
