-- title: columns that are only read; SELECT * and whole rows read all
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=some
SELECT o.id, o.total * 2 FROM orders o WHERE o.user_id = 7;
-- query id=star
SELECT * FROM orders WHERE user_id = 7;
-- query id=row
SELECT row_to_json(o) FROM orders o WHERE user_id = 7;
-- query id=count
SELECT count(*) FROM orders WHERE user_id = 7;
-- expect
some: orders o
  equality user_id = where user_id = 7
  output id, total
star: orders (outputs all)
  equality user_id = where user_id = 7
row: orders o (outputs all)
  equality user_id = where user_id = 7
count: orders
  equality user_id = where user_id = 7
