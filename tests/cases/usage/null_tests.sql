-- title: null tests are predicates whatever the capture holds
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE deleted_at IS NULL AND email IS NOT NULL AND name ISNULL AND NOT (created_at IS NULL);
-- expect
users
  null-test deleted_at is null where deleted_at IS NULL
  null-test email is not null where email IS NOT NULL
  null-test name is null where name IS NULL
  null-test created_at is not null where created_at IS NOT NULL
  output id
