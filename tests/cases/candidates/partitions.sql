-- title: a query on a partition advises its parent
-- schema
CREATE TABLE events (id bigint, at timestamptz, user_id bigint) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- query calls=60
SELECT * FROM events_2024 WHERE user_id = $1 AND at > $2;
-- expect
events btree (user_id, at)
-- never
events_2024 btree (user_id, at)
