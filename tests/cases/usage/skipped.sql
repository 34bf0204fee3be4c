-- title: what cannot be read or found is named, and the rest goes on
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query id=broken
SELECT FROM WHERE;
-- query id=table
SELECT u.id FROM users u JOIN nowhere n ON n.user_id = u.id WHERE u.email = $1;
-- query id=column
SELECT id FROM users WHERE nickname = $1 AND email = $2 AND u.id = 5;
-- query id=system
SELECT relname FROM pg_class;
-- query id=nothing
SELECT 1;
-- query id=two
SELECT 1; SELECT 2;
-- query id=utility
VACUUM users;
-- expect
table: users u
  join id =
  equality email =
  output id
column: users
  equality email =
  output id
skipped query broken: PostgreSQL's parser refuses it: syntax error at or near "WHERE" at position 13
skipped query table: table nowhere is not in the catalog
skipped query column: column nickname does not exist in the tables the query names
skipped query column: column u.id does not exist in the tables the query names
skipped query system: reads only system catalogs
skipped query nothing: names no table of this database
skipped query two: more than one statement
skipped query utility: not a SELECT, INSERT, UPDATE, DELETE or MERGE
