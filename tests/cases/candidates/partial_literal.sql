-- title: a literal that stands in the query
-- schema
CREATE TABLE jobs (id bigint PRIMARY KEY, state text, run_at timestamptz, payload text);
-- stats jobs.state n_distinct=3 values=done|queued|failed frequencies=0.97|0.02|0.01
-- query calls=700
SELECT * FROM jobs WHERE state = 'queued' ORDER BY run_at LIMIT 1;
-- expect
jobs btree (run_at) WHERE state = 'queued'
jobs btree (state, run_at)
