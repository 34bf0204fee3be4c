-- title: a parameter is constant only when several samples agree; one sample or none proves nothing
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=agree calls=10
SELECT id FROM orders WHERE status = $1 AND user_id = $2 AND total > $3;
-- parameters it's open | 1 | 5
-- parameters it's open | 2 | 5
-- query id=one calls=10
SELECT id FROM orders WHERE status = $1 AND user_id = $2;
-- parameters open | 1
-- query id=none calls=10
SELECT id FROM orders WHERE status = $1 AND user_id = $2;
-- expect
agree: orders
  equality status = where status = 'it''s open' (captured parameter)
  equality user_id =
  range total > where total > 5 (captured parameter)
  output id
one: orders
  equality status =
  equality user_id =
  output id
none: orders
  equality status =
  equality user_id =
  output id
