-- title: a materialized view is a table of its own
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
CREATE MATERIALIZED VIEW totals AS SELECT user_id, sum(total) AS spent FROM orders GROUP BY user_id;
-- query
SELECT spent FROM totals WHERE user_id = $1;
-- expect
totals
  equality user_id =
  output spent
