-- title: arrays by containment and overlap
-- schema
CREATE TABLE notes (id bigint PRIMARY KEY, tags text[], member_ids int[]);
-- query calls=700
SELECT id FROM notes WHERE tags @> ARRAY['urgent'];
-- query calls=70
SELECT id FROM notes WHERE member_ids && ARRAY[3, 4];
-- expect
notes gin (tags)
notes gin (member_ids)
