-- title: an expression whose constant differs between calls is no index's expression
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query calls=10
SELECT id FROM users WHERE substr(name, 1, 3) = 'abc' AND lower(email) = 'x';
-- sample
SELECT id FROM users WHERE substr(name, 1, 4) = 'abcd' AND lower(email) = 'y';
-- expect
users
  other name =
  equality [lower(email)] of email =
  output id
