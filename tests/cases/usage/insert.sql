-- title: INSERT writes; ON CONFLICT updates and names the arbiter
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=values
INSERT INTO users VALUES ($1,$2,$3);
-- query id=select
INSERT INTO orders (id, user_id) SELECT o.id, o.user_id FROM orders o WHERE o.status = 'open';
-- query id=upsert
INSERT INTO users AS u (id, email) VALUES ($1,$2) ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = coalesce(u.name, 'x') WHERE u.email IS NULL RETURNING id;
-- query id=defaults
INSERT INTO users DEFAULT VALUES;
-- expect
values: users (target)
  written id insert
  written email insert
  written name insert
select: orders (target)
  written id insert
  written user_id insert
select: orders o (level 1)
  equality status = where status = 'open'
  output id, user_id
upsert: users u (target)
  written id insert
  written email insert
  other id on conflict
  written email update
  written name update
  output name, email, id
defaults: users (target)
