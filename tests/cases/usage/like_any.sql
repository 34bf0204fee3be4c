-- title: LIKE ANY of an array counts as infix
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE name LIKE ANY (ARRAY['a%', 'b%']) AND starts_with(email, 'x') AND name ^@ $1;
-- expect
users
  like-infix name ~~
  like-prefix email ^@
  like-prefix name ^@
  output id
