-- title: min and max of a whole level; under GROUP BY they are only read
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=newest
SELECT max(placed_at), coalesce(min(total), 0) FROM orders WHERE user_id = $1;
-- query id=grouped
SELECT user_id, max(placed_at) FROM orders GROUP BY user_id;
-- expect
newest: orders
  equality user_id =
  min-max placed_at max desc
  min-max total min
grouped: orders
  group user_id #0
  output user_id, placed_at
