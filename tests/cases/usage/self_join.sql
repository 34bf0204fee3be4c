-- title: two occurrences of one table stay apart
-- schema
CREATE TABLE staff (id int PRIMARY KEY, boss_id int, name text);
-- query
SELECT s.name, b.name FROM staff s JOIN staff b ON b.id = s.boss_id WHERE b.name = $1;
-- expect
staff s
  join boss_id = b.id
  output name
staff b
  join id = s.boss_id
  equality name =
  output name
