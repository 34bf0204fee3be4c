-- title: a value among columns is an OR of equalities
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE $1 IN (email, name);
-- expect
users
  equality email = in branch 0.0
  equality name = in branch 0.1
  output id
