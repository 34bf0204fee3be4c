-- title: ORDER BY with directions and nulls, and whether one table supplies it alone
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=alone
SELECT id, total FROM orders WHERE user_id = $1 ORDER BY placed_at DESC NULLS LAST, id LIMIT 10;
-- query id=together
SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id ORDER BY u.name, o.placed_at;
-- expect
alone: orders (limited, ordered alone)
  equality user_id =
  order placed_at #0 desc nulls last
  order id #1
  output id, total
together: orders o
  join user_id = u.id
  order placed_at #1
  output id
together: users u
  join id = o.user_id
  order name #0
