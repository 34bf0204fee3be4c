-- title: a data-changing CTE runs whether it is read or not
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
WITH gone AS (DELETE FROM orders WHERE status = 'old' RETURNING id, total) INSERT INTO users (id) SELECT id FROM gone;
-- expect
orders (level 1, target, deletes, outputs all)
  equality status = where status = 'old'
users (target)
  written id insert
