-- title: a value too wide for a B-tree entry
-- schema
CREATE TABLE pages (id bigint PRIMARY KEY, html text);
-- stats pages.html width=9000
-- query calls=700
SELECT id FROM pages WHERE html = $1;
-- expect
pages hash (html)
-- never
pages btree (html)
-- skipped
pages btree (html) | a hash index
