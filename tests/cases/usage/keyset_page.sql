-- title: a row comparison is one range over its columns in order
-- schema
CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz, kind text);
-- query
SELECT id, at FROM events WHERE kind = $1 AND (at, id) < ($2,$3) ORDER BY at DESC, id DESC LIMIT 20;
-- expect
events (limited, ordered alone)
  equality kind =
  range at < #0 row 0
  range id < #1 row 0
  order at #0 desc
  order id #1 desc
  output id, at
