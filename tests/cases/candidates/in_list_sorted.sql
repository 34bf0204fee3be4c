-- title: behind a list of values an index has no order, so the list goes behind the sort column
-- schema
CREATE TABLE jobs (id bigint PRIMARY KEY, queue text, state text, run_at timestamptz);
-- query calls=50
SELECT * FROM jobs WHERE queue = $1 AND state IN ($2, $3) ORDER BY run_at LIMIT 5;
-- expect
jobs btree (queue, run_at, state)
jobs btree (queue, run_at)
-- never
jobs btree (queue, state, run_at)
