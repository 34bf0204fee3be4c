-- title: system columns are read from the row itself
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT ctid, xmin FROM orders WHERE user_id = 5 AND tableoid = 'orders'::regclass;
-- expect
orders (outputs all)
  equality user_id = where user_id = 5
