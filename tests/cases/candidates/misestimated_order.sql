-- title: an ordered scan under LIMIT that filters by ILIKE is marked as a risk
-- schema
CREATE TABLE notes (id bigint PRIMARY KEY, created_at timestamptz, content text);
-- query calls=60
SELECT * FROM notes WHERE content ILIKE '%a b%' ORDER BY created_at DESC LIMIT 20;
-- expect
notes btree (created_at)
-- assumes
notes btree (created_at) | spread evenly
