-- title: a cast of varchar to text changes nothing: the index on the column serves it
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT id FROM users WHERE name::text = $1 AND (email)::varchar = $2 AND CAST(age AS text) = $3;
-- expect
users
  equality name =
  equality email =
  equality [CAST(age AS text)] of age =
  output id
