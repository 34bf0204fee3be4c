-- title: a table of a few pages needs no index
-- schema
-- rows countries 200
CREATE TABLE countries (id int PRIMARY KEY, code text);
-- query calls=700
SELECT * FROM countries WHERE code = $1;
-- never
countries btree (code)
-- skipped
countries | 2 pages
