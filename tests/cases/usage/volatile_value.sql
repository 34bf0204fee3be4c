-- title: a value that changes from row to row is not looked up by index
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE id = floor(random() * 100)::int AND created_at > now() - interval '7 days';
-- expect
users
  other id =
  range created_at >
  output id
