-- title: IN lists and = ANY of an array are lists; NOT IN and <> ALL are inequalities
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE age IN (1, 2) AND id = ANY($1) AND name NOT IN ('a', 'b') AND email <> ALL($2);
-- expect
users
  in-list age = any where age IN (1, 2)
  in-list id = any
  inequality name <> all where name NOT IN ('a', 'b')
  inequality email <> all
  output id
