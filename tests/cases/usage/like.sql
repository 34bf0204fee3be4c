-- title: prefix and infix patterns, from the text
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE name LIKE 'Sm%' AND email LIKE '%@example.org' AND name ILIKE 'sm%' AND email NOT LIKE 'x%' AND name LIKE 'a_c' ESCAPE '!';
-- expect
users
  like-prefix name ~~
  like-infix email ~~
  like-prefix name ~~*
  other email !~~
  output id
