-- title: patterns that come as parameters are judged by the captured values
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query id=prefix calls=9
SELECT id FROM users WHERE name LIKE $1;
-- parameters Sm%
-- parameters Jo%
-- query id=mixed calls=9
SELECT id FROM users WHERE name LIKE $1;
-- parameters Sm%
-- parameters %th
-- query id=unknown calls=9
SELECT id FROM users WHERE name LIKE $1;
-- query id=built calls=9
SELECT id FROM users WHERE name LIKE $1 || '%' AND email ILIKE '%' || $2 || '%';
-- query id=literals calls=9
SELECT id FROM users WHERE name LIKE 'Sm%';
-- sample
SELECT id FROM users WHERE name LIKE '%ith';
-- expect
prefix: users
  like-prefix name ~~
  output id
mixed: users
  like-infix name ~~
  output id
unknown: users
  like-infix name ~~
  output id
built: users
  like-prefix name ~~
  like-infix email ~~*
  output id
literals: users
  like-infix name ~~
  output id
