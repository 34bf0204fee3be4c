-- title: UNION: each arm is a level; conditions outside reach into the arms
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=inside
SELECT id FROM orders WHERE status = 'a' UNION ALL SELECT id FROM users WHERE email = 'b' ORDER BY 1 LIMIT 5;
-- query id=outside
SELECT key FROM (SELECT id AS key FROM orders UNION ALL SELECT id FROM users) both_of WHERE key = 5;
-- expect
inside: orders (level 1)
  equality status = where status = 'a'
  output id
inside: users (level 2)
  equality email = where email = 'b'
  output id
outside: orders (level 1)
  equality id = where id = 5
  output id
outside: users (level 2)
  equality id = where id = 5
  output id
