-- title: UPDATE: how it finds its rows, what it writes, what it joins
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=simple
UPDATE orders SET status = 'done', total = total + 1 WHERE id = $1 AND status = 'open' RETURNING user_id;
-- query id=joined
UPDATE orders o SET (status, total) = (SELECT 'x', 5), user_id = u.id FROM users u WHERE u.id = o.user_id AND u.email = $1;
-- expect
simple: orders (target, outputs all)
  equality id =
  equality status = where status = 'open'
  written status update
  written total update
joined: orders o (target, outputs all)
  join user_id = u.id
  written status update
  written total update
  written user_id update
joined: users u
  join id = o.user_id
  equality email =
  output id
