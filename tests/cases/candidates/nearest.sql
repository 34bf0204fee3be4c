-- title: nearest neighbours by distance
-- schema
CREATE TABLE places (id bigint PRIMARY KEY, spot point);
-- query calls=700
SELECT id FROM places ORDER BY spot <-> point(1, 2) LIMIT 5;
-- expect
places gist (spot)
-- never
places btree (spot)
