-- title: a subquery with GROUP BY is planned by itself: constants reach into it, joins do not
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT u.name, s.spent FROM users u JOIN (SELECT user_id, sum(total) AS spent FROM orders WHERE status = 'paid' GROUP BY user_id) s ON s.user_id = u.id AND s.user_id > 100 WHERE u.email = $1 ORDER BY s.user_id;
-- expect
users u
  join id = orders.user_id
  equality email =
  output name
orders (level 1)
  equality status = where status = 'paid'
  group user_id #0
  range user_id > where user_id > 100
  output total, user_id
