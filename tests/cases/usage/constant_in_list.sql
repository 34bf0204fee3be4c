-- title: lists of another length do not hide a constant beside them
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query calls=10
SELECT id FROM orders WHERE user_id IN (1, 2) AND status = 'open';
-- sample
SELECT id FROM orders WHERE user_id IN (3, 4, 5) AND status = 'open';
-- query id=same calls=10
SELECT id FROM orders WHERE status IN ('open', 'new') AND status <> 'x';
-- expect
q1: orders
  in-list user_id = any
  equality status = where status = 'open'
  output id
same: orders
  in-list status = any where status IN ('open', 'new')
  inequality status <> where status <> 'x'
  output id
