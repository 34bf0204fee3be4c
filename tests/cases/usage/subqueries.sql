-- title: subqueries: conditions reach through simple ones, not through LIMIT
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=simple
SELECT s.name FROM (SELECT id AS key, name, email FROM users WHERE name <> '') s WHERE s.key = 5 ORDER BY s.email LIMIT 3;
-- query id=limited
SELECT s.name FROM (SELECT id, name FROM users ORDER BY id LIMIT 10) s WHERE s.id = 5;
-- query id=grouped
SELECT * FROM (SELECT user_id, sum(total) AS spent FROM orders GROUP BY user_id) s WHERE user_id = 5 AND spent > 10;
-- expect
simple: users (limited, ordered alone)
  inequality name <> where name <> ''
  equality id = where id = 5
  order email #0
  output name
limited: users (level 1, limited, ordered alone)
  order id #0
  output id, name
grouped: orders (level 1)
  group user_id #0
  equality user_id = where user_id = 5
  output total, user_id
