-- title: date_trunc on timestamptz depends on the time zone, on timestamp it does not
-- schema
CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz, local_at timestamp);
-- query calls=700
SELECT id FROM events WHERE date_trunc('day', at) = '2024-05-01';
-- query calls=700
SELECT id FROM events WHERE date_trunc('day', local_at) = '2024-05-01';
-- expect
events btree ((date_trunc('day', local_at)))
-- never
events btree ((date_trunc('day', at)))
-- skipped
events | TimeZone
