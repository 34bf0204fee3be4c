-- title: equality, whichever side the constant stands on
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE 5 = age AND email = $1;
-- expect
users
  equality age = where age = 5
  equality email =
  output id
