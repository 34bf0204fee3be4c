-- title: OR opens a branch for each arm; AND inside an arm shares it
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE deleted_at IS NULL AND (email = $1 OR name = $2 AND age > 5 OR (id = 1 OR id = 2));
-- expect
users
  null-test deleted_at is null where deleted_at IS NULL
  equality email = in branch 0.0
  equality name = in branch 0.1
  range age > in branch 0.1 where age > 5
  equality id = in branch 0.2 where id = 1
  equality id = in branch 0.3 where id = 2
  output id
