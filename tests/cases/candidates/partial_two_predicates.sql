-- title: each recurring condition alone, and both together
-- schema
CREATE TABLE jobs (id bigint PRIMARY KEY, queue text, state text, locked_at timestamptz, run_at timestamptz);
-- query calls=700
SELECT * FROM jobs WHERE state = 'queued' AND locked_at IS NULL AND queue = $1;
-- expect
jobs btree (queue) WHERE locked_at IS NULL AND state = 'queued'
jobs btree (queue) WHERE locked_at IS NULL
jobs btree (queue) WHERE state = 'queued'
