-- title: ranges in both orders, BETWEEN as two, NOT BETWEEN as none
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE created_at >= $1 AND $2 > created_at AND age BETWEEN 18 AND 65 AND id NOT BETWEEN 1 AND 9;
-- expect
users
  range created_at >=
  range created_at <
  range age >= where age >= 18
  range age <= where age <= 65
  other id not between
  output id
