-- title: a list of values comes after the equality, and does not carry an order
-- schema
CREATE TABLE jobs (id bigint PRIMARY KEY, queue text, state text, run_at timestamptz);
-- query calls=50
SELECT * FROM jobs WHERE state IN ($1, $2) AND queue = $3 AND run_at < $4;
-- expect
jobs btree (queue, state, run_at)
jobs btree (queue, state)
jobs btree (queue)
-- never
jobs btree (state, queue)
