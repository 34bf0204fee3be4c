-- title: regular expressions and SIMILAR TO
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE name ~ '^Sm' AND email ~* $1 AND name !~ 'x' AND name SIMILAR TO '(a|b)%';
-- expect
users
  regex name ~
  regex email ~*
  other name !~
  regex name similar to
  output id
