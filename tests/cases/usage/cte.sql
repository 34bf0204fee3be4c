-- title: a CTE named once is planned in place, one named twice or MATERIALIZED apart
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=once
WITH recent AS (SELECT user_id, total, status FROM orders WHERE placed_at > $1) SELECT u.name, r.total FROM recent r JOIN users u ON u.id = r.user_id WHERE r.status = 'open';
-- query id=twice
WITH recent AS (SELECT user_id, total FROM orders WHERE placed_at > $1) SELECT 1 FROM recent a, recent b WHERE a.user_id = 5 AND b.user_id = 6;
-- query id=apart
WITH recent(who, amount) AS MATERIALIZED (SELECT user_id, total FROM orders) SELECT amount FROM recent JOIN users ON users.id = who WHERE who = 5;
-- expect
once: orders
  range placed_at >
  join user_id = u.id
  equality status = where status = 'open'
  output total
once: users u
  join id = orders.user_id
  output name
twice: orders (level 1)
  range placed_at >
  output user_id
apart: orders (level 1)
  output user_id, total
apart: users
  join id =
