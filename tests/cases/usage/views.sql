-- title: views are looked through, also views of views
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
CREATE VIEW open_orders AS SELECT id, user_id, total, upper(status) AS state FROM orders WHERE status = 'open';
CREATE VIEW big_orders AS SELECT * FROM open_orders WHERE total > 1000;
-- query
SELECT b.id FROM big_orders b JOIN users u ON u.id = b.user_id WHERE b.state = $1 ORDER BY b.total DESC LIMIT 5;
-- expect
orders (limited, ordered alone)
  equality status = where status = 'open'
  range total > where total > 1000
  join user_id = u.id
  equality [upper(status)] of status =
  order total #0 desc
  output id
users u (limited)
  join id = orders.user_id
