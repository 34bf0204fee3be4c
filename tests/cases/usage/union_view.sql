-- title: a UNION ALL view is planned like partitions: joins and conditions reach its arms
-- schema
CREATE TABLE new_events (id bigint PRIMARY KEY, user_id bigint, at timestamptz);
CREATE TABLE old_events (id bigint PRIMARY KEY, user_id bigint, at timestamptz);
CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE VIEW events AS SELECT id, user_id, at FROM new_events UNION ALL SELECT id, user_id, at FROM old_events;
-- query
SELECT e.id FROM events e JOIN users u ON u.id = e.user_id WHERE u.email = $1 AND e.at >= $2;
-- expect
new_events (level 1)
  join user_id = u.id
  range at >=
  output id
old_events (level 2)
  join user_id = u.id
  range at >=
  output id
users u
  join id = new_events.user_id
  join id = old_events.user_id
  equality email =
