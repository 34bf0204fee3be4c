-- title: row equality is equality of each member, row IN a list of each
-- schema
CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz, kind text);
-- query
SELECT 1 FROM events WHERE (kind, id) = ($1, $2) AND (at, kind) IN (($3,$4),($5,$6)) AND ROW(id, kind) >= ROW(1, 'a');
-- expect
events
  equality kind =
  equality id =
  in-list at = any
  in-list kind = any
  range id >= #0 row 0
  range kind >= #1 row 0
