-- title: x = ANY(column) cannot use GIN; the rewrite is offered
-- schema
CREATE TABLE notes (id bigint PRIMARY KEY, tags text[]);
-- query calls=700
SELECT id FROM notes WHERE 'urgent' = ANY (tags);
-- never
notes btree (tags)
notes gin (tags)
-- skipped
notes | write tags @> ARRAY[
