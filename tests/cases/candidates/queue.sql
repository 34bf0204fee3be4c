-- title: a queue's few open jobs keep their partial index although the state changes
-- schema
CREATE TABLE jobs (id bigint PRIMARY KEY, state text, run_at timestamptz, worker int);
-- stats jobs.state n_distinct=3 values=done|queued|failed frequencies=0.97|0.02|0.01
-- query calls=1000
UPDATE jobs SET state = 'done' WHERE id = $1;
-- query calls=1000
SELECT * FROM jobs WHERE state = 'queued' ORDER BY run_at LIMIT 1;
-- expect
jobs btree (run_at) WHERE state = 'queued'
-- never
jobs btree (state, run_at)
jobs btree (state)
