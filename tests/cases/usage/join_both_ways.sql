-- title: a join is recorded on both sides with the partner
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT u.name, o.total FROM users u JOIN orders o ON o.user_id = u.id WHERE u.email = $1;
-- expect
users u
  join id = o.user_id
  equality email =
  output name
orders o
  join user_id = u.id
  output total
