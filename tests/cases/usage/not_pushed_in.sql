-- title: NOT is carried inwards
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE NOT (age < 5 OR name = 'x') AND NOT (email = $1 AND is_admin) AND NOT age IN (1, 2);
-- expect
users
  range age >= where age >= 5
  inequality name <> where name <> 'x'
  inequality email <> in branch 0.0
  boolean is_admin false in branch 0.1 where NOT is_admin
  inequality age <> all where age NOT IN (1, 2)
  output id
