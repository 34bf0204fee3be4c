-- title: MERGE joins its target and writes
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
MERGE INTO orders o USING users u ON o.user_id = u.id WHEN MATCHED AND o.status = 'old' THEN DELETE WHEN MATCHED THEN UPDATE SET status = u.name WHEN NOT MATCHED THEN INSERT (id, user_id) VALUES (1, u.id);
-- expect
orders o (target, deletes, outputs all)
  join user_id = u.id
  written status update
  written id insert
  written user_id insert
users u
  join id = o.user_id
  output name, id
