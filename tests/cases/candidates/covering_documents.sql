-- title: documents and arrays are never included, however short their values are today
-- schema
CREATE TABLE events (id bigint PRIMARY KEY, kind text, at timestamptz, payload jsonb, labels text[], mark bytea, title varchar(40), body varchar(4000));
-- stats events.payload width=12
-- stats events.labels width=12
-- stats events.mark width=12
-- stats events.title width=20
-- stats events.body width=60
-- query calls=70
SELECT at, payload FROM events WHERE kind = $1;
-- query calls=70
SELECT at, labels FROM events WHERE kind = $1;
-- query calls=70
SELECT at, mark FROM events WHERE kind = $1;
-- query calls=70
SELECT at, title FROM events WHERE kind = $1;
-- query calls=70
SELECT at, body FROM events WHERE kind = $1;
-- expect
events btree (kind) INCLUDE (at, title)
-- never
events btree (kind) INCLUDE (at, payload)
events btree (kind) INCLUDE (at, labels)
events btree (kind) INCLUDE (at, mark)
events btree (kind) INCLUDE (at, body)
