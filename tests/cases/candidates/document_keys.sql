-- title: a document is a B-tree key only where the whole of it is compared by equality
-- schema
CREATE TABLE events (id bigint PRIMARY KEY, kind text, payload jsonb, state jsonb, digest bytea, blob bytea);
-- stats events.digest width=33 n_distinct=5000
-- stats events.blob width=900
-- query calls=70
SELECT id FROM events WHERE kind = $1 ORDER BY payload;
-- query calls=70
SELECT payload, count(*) FROM events GROUP BY payload;
-- query calls=70
SELECT id FROM events WHERE payload IS NULL AND kind = $1;
-- query calls=70
SELECT id FROM events WHERE state = $1;
-- query calls=70
SELECT id FROM events WHERE digest > $1 ORDER BY digest LIMIT 20;
-- query calls=70
SELECT id FROM events WHERE blob > $1 ORDER BY blob LIMIT 20;
-- expect
events btree (state)
events btree (digest)
events btree (kind)
-- never
events btree (payload)
events btree (kind, payload)
events btree (blob)
-- skipped
events btree (payload) | payload is jsonb, of any size
events btree (blob) | blob is bytea, of any size
