-- title: where INCLUDE is off, documents are not appended to the keys either
-- limits covering=false
-- schema
CREATE TABLE events (id bigint PRIMARY KEY, kind text, at timestamptz, payload jsonb);
-- stats events.payload width=12
-- query calls=70
SELECT at, payload FROM events WHERE kind = $1;
-- query calls=70
SELECT at FROM events WHERE kind = $1;
-- expect
events btree (kind, at)
-- never
events btree (kind, at, payload)
events btree (kind, payload)
