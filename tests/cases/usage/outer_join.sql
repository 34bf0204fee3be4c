-- title: conditions in ON of an outer join narrow only the optional side; a test for missing rows needs no index
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT u.name FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.status = 'open' AND u.name = 'x' WHERE o.id IS NULL AND u.email = $1;
-- expect
users u
  join id = o.user_id
  other name =
  equality email =
  output name
orders o
  join user_id = u.id
  equality status = where status = 'open'
  other id is null
