-- title: column names given by a table's alias
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT x.who FROM users AS x(key, who) WHERE x.key = $1 AND who LIKE 'a%' AND lower(who) = $2;
-- expect
users x
  equality id =
  like-prefix email ~~
  equality [lower(email)] of email =
  output email
