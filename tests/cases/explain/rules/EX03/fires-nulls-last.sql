CREATE TABLE memories (id bigint PRIMARY KEY, user_id bigint, kind text, title text, created_at timestamptz, deleted_at timestamptz);
-- rows memories 50000
-- stats memories.user_id n_distinct=2400 correlation=0.01 width=8
-- stats memories.deleted_at n_distinct=-0.05 null_fraction=0.95 width=8
