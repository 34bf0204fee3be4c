-- title: DELETE with USING and with a subquery
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=joined
DELETE FROM orders o USING users u WHERE u.id = o.user_id AND u.email = $1;
-- query id=batch
DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE placed_at < $1 ORDER BY placed_at LIMIT 100 FOR UPDATE SKIP LOCKED);
-- expect
joined: orders o (target, deletes, outputs all)
  join user_id = u.id
joined: users u
  join id = o.user_id
  equality email =
batch: orders (target, deletes, outputs all)
  join id =
batch: orders (level 1, limited, ordered alone, outputs all)
  range placed_at <
  order placed_at #0
