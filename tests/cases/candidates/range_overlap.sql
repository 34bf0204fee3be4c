-- title: overlapping ranges by GiST
-- schema
CREATE EXTENSION btree_gist;
CREATE TABLE bookings (id bigint PRIMARY KEY, room_id int, during tstzrange);
-- query calls=700
SELECT id FROM bookings WHERE room_id = $1 AND during && tstzrange($2, $3);
-- expect
bookings gist (during)
bookings gist (room_id, during)
