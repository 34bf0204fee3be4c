-- title: EXISTS and IN are joins; under NOT IN or OR they are filters
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=joined
SELECT u.name FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.status = 'open') AND u.id IN (SELECT user_id FROM orders WHERE total > 5);
-- query id=filters
SELECT u.name FROM users u WHERE u.id NOT IN (SELECT user_id FROM orders) OR u.email IN (SELECT status FROM orders);
-- query id=scalar
SELECT u.name, (SELECT max(o.placed_at) FROM orders o WHERE o.user_id = u.id) FROM users u WHERE u.id = (SELECT min(id) FROM users);
-- expect
joined: users u
  join id = o.user_id
  join id = orders.user_id
  output name
joined: orders o (level 1)
  join user_id = u.id
  equality status = where status = 'open'
joined: orders (level 2)
  range total > where total > 5
  join user_id = u.id
filters: users u
  other id not in subquery in branch 0.0
  other email in subquery in branch 0.1
  output name
filters: orders (level 1)
  output user_id
filters: orders (level 2)
  output status
scalar: users u
  equality id =
  output name, id
scalar: users (level 1)
  min-max id min
  output id
scalar: orders o (level 2)
  join user_id = u.id
  min-max placed_at max desc
  output placed_at
