-- title: a column rewritten all the time is left alone, as key, INCLUDE and predicate
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, team_id int, last_seen timestamptz, name text);
-- activity users updated=1000 hot_updated=970
-- query calls=5000
UPDATE users SET last_seen = now() WHERE id = $1;
-- query calls=40
SELECT id, last_seen FROM users WHERE team_id = $1;
-- query calls=40
SELECT id FROM users WHERE last_seen > $1;
-- query calls=40
SELECT id FROM users WHERE team_id = $1 AND last_seen IS NULL;
-- expect
users btree (team_id)
-- never
users btree (last_seen)
users btree (team_id) INCLUDE (id, last_seen)
users btree (team_id) WHERE last_seen IS NULL
users btree (team_id, last_seen)
-- skipped
users btree (last_seen) | last_seen is rewritten by 5,000 calls
users btree (last_seen) | 97% of this table's updates are HOT
