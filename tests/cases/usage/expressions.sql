-- title: expressions over columns keep the captured spelling, without qualifiers
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar(80), age int, is_admin boolean, created_at timestamptz, deleted_at timestamptz);
-- query
SELECT u.id FROM users u WHERE lower(u.email) = lower($1) AND substr(u.name,1,3) = 'abc' AND date_part('year', u.created_at) = 2024 AND extract(month FROM u.created_at) = 5 AND (u.email || ' ' || u.name) = $2 AND coalesce(u.name, u.email) = $3 AND u.age % 2 = 0 AND u.created_at::date = $4 AND u.id::text = $5;
-- expect
users u
  equality [lower(email)] of email =
  equality [substr(name,1,3)] of name = where substr(name,1,3) = 'abc'
  equality [date_part('year', created_at)] of created_at = where date_part('year', created_at) = 2024
  equality [extract(month FROM created_at)] of created_at = where extract(month FROM created_at) = 5
  equality [email || ' ' || name] of email, name =
  equality [coalesce(name, email)] of name, email =
  equality [age % 2] of age = where age % 2 = 0
  equality [created_at::date] of created_at =
  equality [id::text] of id =
  output id
