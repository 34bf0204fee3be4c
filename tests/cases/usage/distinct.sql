-- title: DISTINCT over all outputs, DISTINCT ON over its own
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=all
SELECT DISTINCT status, user_id FROM orders;
-- query id=latest
SELECT DISTINCT ON (user_id) user_id, total FROM orders ORDER BY user_id, placed_at DESC;
-- expect
all: orders
  distinct status #0
  distinct user_id #1
  output status, user_id
latest: orders (ordered alone)
  distinct user_id on #0
  order user_id #0
  order placed_at #1 desc
  output user_id, total
