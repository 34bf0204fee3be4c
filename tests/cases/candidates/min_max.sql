-- title: the largest value stands at the end of the index
-- schema
CREATE TABLE readings (id bigint PRIMARY KEY, sensor_id int, taken_at timestamptz, value numeric);
-- query calls=70
SELECT max(taken_at) FROM readings WHERE sensor_id = $1;
-- expect
readings btree (sensor_id, taken_at)
