-- Statements of the plan corpus. Each block: "-- name:", then optionally "-- set: name=value; ..." (for its transaction), "-- before: SQL"
-- (run first), "-- from: version" or "-- until: version", "-- varies" (parallel or otherwise not the same at each run), "-- nested" (run without EXPLAIN, for auto_explain's plans of the statements
-- inside its triggers). Every statement is rolled back.

-- name: seq-filter
SELECT * FROM orders WHERE amount > 990 AND status = 'new';
-- name: seq-all
-- set: enable_indexscan=off
SELECT id, amount FROM orders;
-- name: seq-no-rows
SELECT * FROM item WHERE quantity > 1000;
-- name: index-scan
SELECT * FROM orders WHERE id = 77;
-- name: index-scan-filter
-- set: enable_bitmapscan=off
SELECT * FROM orders WHERE customer_id = 77 AND amount > 500;
-- name: index-order-limit
SELECT * FROM orders WHERE amount > 900 ORDER BY placed_on LIMIT 5;
-- name: index-backward
SELECT * FROM orders ORDER BY id DESC LIMIT 10;
-- name: index-only
-- varies
-- set: enable_seqscan=off; enable_bitmapscan=off
SELECT order_id, line FROM item WHERE order_id BETWEEN 100 AND 3000;
-- name: index-many
-- set: enable_bitmapscan=off; enable_seqscan=off
SELECT * FROM orders WHERE customer_id = ANY (ARRAY[1, 5, 9, 200, 1999]);
-- name: index-second-column
-- set: enable_bitmapscan=off; enable_seqscan=off
SELECT count(*) FROM orders WHERE placed_on BETWEEN '2024-02-01' AND '2024-02-20' AND status = 'paid';
-- name: index-expression
SELECT * FROM customer WHERE lower(name) = 'customer 15';
-- name: bitmap
-- set: enable_seqscan=off; enable_indexscan=off
SELECT * FROM orders WHERE customer_id BETWEEN 10 AND 40;
-- name: bitmap-and
-- set: cpu_tuple_cost=10; enable_seqscan=off; enable_indexscan=off
SELECT * FROM orders WHERE status = 'new' AND customer_id BETWEEN 100 AND 300;
-- name: bitmap-or
-- set: enable_seqscan=off
SELECT * FROM orders WHERE customer_id = 10 OR id < 50 OR placed_on = '2024-05-05';
-- name: bitmap-lossy
-- set: work_mem=64kB; enable_seqscan=off; enable_indexscan=off
SELECT count(*) FROM item WHERE product BETWEEN 1 AND 250;
-- name: bitmap-brin
-- set: enable_seqscan=off
SELECT count(amount) FROM orders WHERE placed_on BETWEEN '2024-03-01' AND '2024-03-05' AND amount > 10;
-- name: bitmap-bloom
-- set: enable_seqscan=off; enable_indexscan=off
SELECT * FROM item WHERE product = 31 AND quantity = 3;
-- name: gin-array
SELECT * FROM orders WHERE tags @> ARRAY[7, 77];
-- name: gin-jsonb
SELECT * FROM orders WHERE doc @> '{"k": 7}';
-- name: gin-trgm-recheck
-- set: enable_seqscan=off
SELECT * FROM customer WHERE note LIKE '%abc12%';
-- name: gist-nearest
SELECT * FROM place ORDER BY at <-> point(5, 5) LIMIT 7;
-- name: gist-range
SELECT * FROM place WHERE during && int4range(100, 130);
-- name: spgist-box
-- set: enable_seqscan=off
SELECT * FROM place WHERE at <@ box '(1,1),(9,9)';
-- name: hash-index
SELECT * FROM orders WHERE amount = 79.19;
-- name: tid
SELECT * FROM customer WHERE ctid = ANY (ARRAY['(0,1)', '(0,2)', '(3,4)']::tid[]);
-- name: tid-range
SELECT * FROM customer WHERE ctid >= '(2,1)' AND ctid < '(5,0)';
-- name: sample-bernoulli
SELECT count(*) FROM orders TABLESAMPLE BERNOULLI (10) REPEATABLE (42);
-- name: sample-system-rows
-- varies
SELECT * FROM orders TABLESAMPLE SYSTEM_ROWS (10);
-- name: function-scan
SELECT * FROM rows_of(1000) n WHERE n % 3 = 0;
-- name: function-ordinality
SELECT * FROM ROWS FROM (generate_series(1, 5), rows_of(3)) WITH ORDINALITY AS t(a, b, n);
-- name: table-function
-- until: 17
SELECT * FROM XMLTABLE('/r/x' PASSING ('<r><x>1</x><x>2</x></r>'::xml) COLUMNS v int PATH '.');
-- name: json-table
-- from: 17
SELECT * FROM JSON_TABLE('[{"a": 1}, {"a": 2}]'::jsonb, '$[*]' COLUMNS (a int PATH '$.a'));
-- name: values
SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, 'c')) v(n, t) WHERE n > 1;
-- name: values-join
SELECT o.* FROM (VALUES (1), (77), (950)) v(n) JOIN orders o ON o.id = v.n;
-- name: result-constant
SELECT 1, now();
-- name: one-time-false
SELECT * FROM orders WHERE 1 = 0;
-- name: one-time-filter
SELECT * FROM orders WHERE (SELECT count(*) FROM customer WHERE city = 99) > 0;
-- name: project-set
SELECT id, unnest(tags) FROM orders WHERE id < 1000;
-- name: subquery-scan
SELECT * FROM (SELECT customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY id) AS n FROM orders WHERE id < 5000) x WHERE n % 3 = 2;
-- name: nested-loop
-- set: enable_hashjoin=off; enable_mergejoin=off
SELECT * FROM customer c JOIN orders o ON o.customer_id = c.id WHERE c.city = 7;
-- name: nested-loop-left
-- set: enable_hashjoin=off; enable_mergejoin=off
SELECT c.id, o.id FROM customer c LEFT JOIN orders o ON o.customer_id = c.id AND o.amount > 990 WHERE c.city < 3;
-- name: nested-loop-semi
-- set: enable_hashjoin=off; enable_mergejoin=off
SELECT * FROM customer c WHERE c.city = 7 AND EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.amount > 500);
-- name: nested-loop-anti
-- set: enable_hashjoin=off; enable_mergejoin=off
SELECT * FROM customer c WHERE c.city < 20 AND NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.amount > 999);
-- name: nested-loop-cartesian
SELECT count(*) FROM customer a, customer b WHERE a.id < 60 AND b.id < 90;
-- name: nested-loop-join-filter
-- set: enable_hashjoin=off; enable_mergejoin=off; enable_indexscan=off; enable_bitmapscan=off; enable_material=off
SELECT count(*) FROM customer a JOIN customer b ON a.city = b.tier AND a.id < b.id WHERE a.id < 30;
-- name: nested-loop-materialize
-- set: enable_hashjoin=off; enable_mergejoin=off; enable_indexscan=off; enable_bitmapscan=off
SELECT count(*) FROM customer a JOIN tree b ON a.tier = b.parent WHERE a.id < 300;
-- name: memoize
-- set: enable_hashjoin=off; enable_mergejoin=off
SELECT count(c.name) FROM orders o JOIN customer c ON c.id = o.customer_id WHERE o.id < 20000;
-- name: memoize-evictions
-- set: enable_hashjoin=off; enable_mergejoin=off; work_mem=64kB; hash_mem_multiplier=1
SELECT count(c.note) FROM orders o JOIN customer c ON c.id = o.customer_id WHERE o.id < 20000;
-- name: lateral-limit
SELECT c.id, x.id FROM customer c, LATERAL (SELECT o.id FROM orders o WHERE o.customer_id = c.id ORDER BY o.amount DESC LIMIT 2) x WHERE c.city = 3;
-- name: hash-join
SELECT count(*) FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.tier = 3;
-- name: hash-join-left
SELECT count(*) FROM customer c LEFT JOIN orders o ON o.customer_id = c.id AND o.status = 'done' WHERE c.tier IS NULL;
-- name: hash-join-right
-- set: enable_mergejoin=off; enable_nestloop=off
SELECT count(*) FROM customer c LEFT JOIN orders o ON o.customer_id = c.id;
-- name: hash-join-full
-- set: enable_mergejoin=off
SELECT count(*) FROM customer c FULL JOIN tree t ON t.id = c.id + 1000;
-- name: hash-join-batches
-- set: work_mem=64kB; enable_mergejoin=off; enable_nestloop=off; hash_mem_multiplier=1
SELECT count(*) FROM item i JOIN orders o ON o.id = i.order_id WHERE o.amount > 1;
-- name: hash-join-empty-inner
-- set: enable_mergejoin=off; enable_nestloop=off
SELECT count(*) FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.note = 'none';
-- name: hash-join-empty-outer
-- set: enable_mergejoin=off; enable_nestloop=off
SELECT count(*) FROM tree t JOIN item i ON i.product = t.id WHERE t.parent = -1;
-- name: hash-semi
SELECT count(*) FROM customer c WHERE c.id IN (SELECT customer_id FROM orders WHERE amount > 900);
-- name: hash-anti
-- set: enable_nestloop=off; enable_mergejoin=off
SELECT count(*) FROM customer c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.amount > 999);
-- name: hash-join-filter
SELECT count(*) FROM orders o JOIN customer c ON c.id = o.customer_id AND c.city * 10 > o.amount;
-- name: merge-join
-- varies
-- set: enable_hashjoin=off; enable_nestloop=off
SELECT count(*) FROM orders o JOIN item i ON i.order_id = o.id WHERE o.amount > 500;
-- name: merge-join-sorts
-- set: enable_hashjoin=off; enable_nestloop=off; enable_indexscan=off; enable_bitmapscan=off; enable_indexonlyscan=off
SELECT count(*) FROM orders o JOIN customer c ON c.tier = o.id % 10;
-- name: merge-join-early-stop
-- set: enable_hashjoin=off; enable_nestloop=off
SELECT count(*) FROM tree t JOIN orders o ON o.id = t.id;
-- name: merge-join-mark-restore
-- set: enable_hashjoin=off; enable_nestloop=off; enable_material=off
SELECT count(*) FROM item a JOIN item b ON a.product = b.product WHERE a.order_id < 3000 AND b.order_id < 600;
-- name: merge-join-left
-- set: enable_hashjoin=off; enable_nestloop=off
SELECT count(i.line) FROM orders o LEFT JOIN item i ON i.order_id = o.id AND i.quantity > 5;
-- name: sort-memory
SELECT * FROM customer ORDER BY note;
-- name: sort-external
-- set: work_mem=64kB
SELECT * FROM customer ORDER BY note;
-- name: sort-top-n
SELECT * FROM orders ORDER BY amount DESC, id LIMIT 20;
-- name: sort-offset
SELECT * FROM orders ORDER BY amount LIMIT 10 OFFSET 30000;
-- name: sort-collate
SELECT name FROM customer ORDER BY name COLLATE "C" DESC NULLS LAST, tier USING >;
-- name: incremental-sort
-- set: enable_seqscan=off; enable_bitmapscan=off
SELECT * FROM orders ORDER BY placed_on, amount LIMIT 300;
-- name: incremental-sort-disk
-- set: enable_seqscan=off; enable_bitmapscan=off; work_mem=64kB; enable_sort=off
SELECT * FROM orders ORDER BY status, amount, id;
-- name: aggregate-plain
SELECT count(*), sum(amount) FILTER (WHERE status = 'new') FROM orders;
-- name: aggregate-hash
SELECT customer_id, count(*) FROM orders GROUP BY customer_id HAVING count(*) > 5;
-- name: aggregate-hash-disk
-- set: work_mem=64kB; hash_mem_multiplier=1; enable_sort=off; enable_indexscan=off; enable_indexonlyscan=off; enable_bitmapscan=off
SELECT order_id, count(*) FROM item GROUP BY order_id;
-- name: aggregate-sorted
-- set: enable_hashagg=off
SELECT status, count(DISTINCT customer_id) FROM orders GROUP BY status;
-- name: aggregate-mixed
SELECT status, placed_on, count(*) FROM orders GROUP BY GROUPING SETS ((status), (placed_on), ());
-- name: aggregate-rollup
-- set: enable_hashagg=off
SELECT city, tier, count(*) FROM customer GROUP BY ROLLUP (city, tier);
-- name: aggregate-cube-disk
-- set: work_mem=64kB; hash_mem_multiplier=1
SELECT city, tier, id % 1000, count(*) FROM customer GROUP BY CUBE (city, tier, id % 1000);
-- name: group
-- set: enable_hashagg=off
SELECT city FROM customer GROUP BY city, tier;
-- name: distinct-unique
-- set: enable_hashagg=off
SELECT DISTINCT city, tier FROM customer;
-- name: distinct-on
SELECT DISTINCT ON (customer_id) customer_id, id FROM orders ORDER BY customer_id, amount DESC;
-- name: min-max
SELECT min(id), max(id) FROM orders;
-- name: window
SELECT id, sum(amount) OVER (PARTITION BY customer_id ORDER BY placed_on), rank() OVER (ORDER BY amount) FROM orders WHERE id < 8000;
-- name: window-run-condition
SELECT * FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM orders) x WHERE n <= 10;
-- name: window-storage
-- set: work_mem=64kB
SELECT id, count(*) OVER () FROM orders WHERE id < 20000;
-- name: union-all
SELECT id FROM orders WHERE id < 100 UNION ALL SELECT id FROM customer WHERE city = 3;
-- name: union
SELECT customer_id FROM orders WHERE id < 3000 UNION SELECT id FROM customer;
-- name: intersect
SELECT customer_id FROM orders INTERSECT SELECT id FROM customer WHERE city < 10;
-- name: except-all
SELECT customer_id FROM orders EXCEPT ALL SELECT id FROM customer WHERE city < 10;
-- name: except-sorted
-- set: enable_hashagg=off
SELECT customer_id FROM orders WHERE id < 5000 EXCEPT SELECT id FROM customer WHERE city < 10;
-- name: merge-append
SELECT * FROM event ORDER BY at LIMIT 50;
-- name: merge-append-subpartition
-- set: enable_seqscan=off; enable_bitmapscan=off; enable_sort=off
SELECT at, kind FROM event WHERE at > '2024-06-20' ORDER BY at;
-- name: append-all
SELECT count(*) FROM event WHERE kind = 3;
-- name: pruned-plan
SELECT * FROM event WHERE at BETWEEN '2024-05-01' AND '2024-05-10';
-- name: pruned-start
-- set: plan_cache_mode=force_generic_plan
-- before: PREPARE start_pruned (date) AS SELECT count(*) FROM event WHERE at >= $1
EXECUTE start_pruned ('2024-08-01');
-- name: pruned-run-initplan
SELECT count(*) FROM event WHERE at = (SELECT max(at) FROM event_2);
-- name: pruned-run-join
-- set: enable_hashjoin=off; enable_mergejoin=off; enable_memoize=off
SELECT count(*) FROM (VALUES (date '2024-01-05'), (date '2024-12-05')) v(d) JOIN event e ON e.at = v.d;
-- name: pruned-all
-- set: plan_cache_mode=force_generic_plan
-- before: PREPARE all_pruned (date) AS SELECT * FROM event WHERE at >= $1
EXECUTE all_pruned ('2030-08-01');
-- name: partitionwise-join
-- set: enable_partitionwise_join=on; enable_partitionwise_aggregate=on
SELECT a.at, count(*) FROM event a JOIN event b USING (at) WHERE a.kind = 3 AND b.kind = 4 GROUP BY a.at;
-- name: limit-append
SELECT * FROM event LIMIT 5;
-- name: limit-zero
SELECT * FROM orders LIMIT 0;
-- name: limit-with-ties
SELECT id, amount FROM orders ORDER BY placed_on FETCH FIRST 5 ROWS WITH TIES;
-- name: limit-hash-join
SELECT * FROM orders o JOIN customer c ON c.id = o.customer_id LIMIT 30;
-- name: lock-rows
SELECT * FROM customer WHERE city = 9 FOR UPDATE;
-- name: cte-single
WITH c AS MATERIALIZED (SELECT * FROM orders WHERE amount > 500) SELECT count(*) FROM c WHERE status = 'new';
-- name: cte-two-scans
WITH c AS (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1) SELECT count(*) FROM c a JOIN c b ON a.total = b.total AND a.customer_id <> b.customer_id;
-- name: cte-three-scans
WITH c AS MATERIALIZED (SELECT * FROM orders)
SELECT (SELECT count(*) FROM c), (SELECT max(amount) FROM c WHERE status = 'new'), count(*) FROM c WHERE id < 50;
-- name: cte-limit
WITH c AS MATERIALIZED (SELECT * FROM orders) SELECT * FROM c LIMIT 10;
-- name: cte-same-name
WITH x AS MATERIALIZED (SELECT id FROM orders WHERE amount > 300)
SELECT count(*) FROM x, (WITH x AS MATERIALIZED (SELECT id FROM customer WHERE city = 1) SELECT max(id) AS m FROM x OFFSET 0) y WHERE x.id > y.m;
-- name: cte-nested
WITH a AS MATERIALIZED (WITH b AS MATERIALIZED (SELECT id, customer_id FROM orders WHERE amount > 100) SELECT * FROM b WHERE id % 2 = 0),
c AS MATERIALIZED (SELECT * FROM a WHERE id % 3 = 0) SELECT count(*) FROM a JOIN c USING (id);
-- name: cte-quoted-name
WITH "my cte (1)" AS MATERIALIZED (SELECT * FROM customer) SELECT count(*) FROM "my cte (1)" "an alias" WHERE city > 4;
-- name: cte-in-subplan
SELECT c.id, (WITH o AS MATERIALIZED (SELECT * FROM orders WHERE customer_id = c.id) SELECT count(*) FROM o a, o b WHERE a.id < b.id) FROM customer c WHERE c.city = 5;
-- name: cte-unused-in-branch
WITH c AS MATERIALIZED (SELECT * FROM orders) SELECT * FROM customer WHERE id < 0 AND city IN (SELECT customer_id FROM c);
-- name: cte-insert
WITH moved AS (INSERT INTO audit SELECT id, balance FROM account RETURNING *) SELECT 1;
-- name: cte-delete-returning
WITH gone AS (DELETE FROM payment WHERE amount < 2000 RETURNING account_id, amount) SELECT count(*), sum(amount) FROM gone;
-- name: cte-delete-limit
WITH gone AS (DELETE FROM payment RETURNING account_id, amount) SELECT * FROM gone LIMIT 3;
-- name: cte-two-writes
WITH a AS (UPDATE payment SET amount = amount + 1 WHERE id < 500 RETURNING id), b AS (INSERT INTO audit SELECT id, 0 FROM a RETURNING account_id)
SELECT count(*) FROM tree WHERE id < 100;
-- name: cte-write-and-dml
-- varies
WITH a AS (DELETE FROM audit RETURNING was), b AS (UPDATE customer SET tier = 3 WHERE city = 1 RETURNING id) INSERT INTO audit SELECT id, 1 FROM b;
-- name: recursive
WITH RECURSIVE r AS (SELECT id, parent, 1 AS depth FROM tree WHERE parent IS NULL UNION ALL SELECT t.id, t.parent, r.depth + 1 FROM tree t JOIN r ON t.parent = r.id)
SELECT depth, count(*) FROM r GROUP BY depth;
-- name: recursive-union
WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT (n * 7) % 1009 FROM r) SELECT count(*) FROM r;
-- name: recursive-limit
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r LIMIT 200;
-- name: initplan
SELECT * FROM orders WHERE amount > (SELECT avg(amount) * 1.9 FROM orders);
-- name: initplan-output
SELECT id, (SELECT max(amount) FROM orders) FROM customer WHERE city = 3;
-- name: initplan-many
SELECT count(*) FROM customer WHERE id > (SELECT 1 + min(id) FROM tree) AND id > (SELECT 2 + min(id) FROM tree) AND id > (SELECT 3 + min(id) FROM tree)
  AND id > (SELECT 4 + min(id) FROM tree) AND id > (SELECT 5 + count(*) FROM tree WHERE id = 5) AND id > (SELECT 6 + count(*) FROM tree WHERE id = 6)
  AND id > (SELECT 7 + count(*) FROM tree WHERE id = 7) AND id > (SELECT 8 + count(*) FROM tree WHERE id = 8) AND id > (SELECT 9 + count(*) FROM tree WHERE id = 9)
  AND id < (SELECT 99 + count(*) FROM tree WHERE parent % 5 = 1) AND city <> (SELECT 50 + count(*) FROM tree WHERE parent % 3 = 1);
-- name: initplan-two-users
SELECT count(*) FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE o.amount > (SELECT avg(amount) FROM orders) AND c.city > (SELECT avg(city) FROM customer);
-- name: initplan-exists
SELECT count(*) FROM customer WHERE EXISTS (SELECT FROM orders WHERE amount > 900) AND city = 4;
-- name: initplan-limit
SELECT * FROM orders ORDER BY id LIMIT (SELECT count(*) / 200 FROM customer);
-- name: initplan-index-cond
-- set: enable_hashjoin=off; enable_mergejoin=off; enable_bitmapscan=off; enable_memoize=off
SELECT count(*) FROM customer c JOIN orders o ON o.customer_id = c.id AND o.customer_id < (SELECT 100 + count(*) FROM item WHERE quantity > 6) WHERE c.city < 5;
-- name: initplan-correlated
SELECT c.id, (SELECT (SELECT max(amount) FROM orders WHERE customer_id = c.id) + count(*) FROM tree WHERE parent = c.id) FROM customer c WHERE c.city = 5;
-- name: subplan-correlated
SELECT c.id, (SELECT max(o.amount) FROM orders o WHERE o.customer_id = c.id) FROM customer c WHERE c.city < 10;
-- name: subplan-filter
SELECT * FROM orders o WHERE amount = (SELECT max(amount) FROM orders i WHERE i.customer_id = o.customer_id) AND o.id < 600;
-- name: subplan-hashed
SELECT count(*) FROM orders WHERE customer_id NOT IN (SELECT id FROM customer WHERE tier = 2);
-- name: subplan-not-in
-- set: work_mem=64kB; hash_mem_multiplier=1; enable_material=on
SELECT count(*) FROM tree t WHERE t.id < 60 AND t.id NOT IN (SELECT product + 30 FROM item WHERE quantity < 9);
-- name: subplan-exists-or
SELECT count(*) FROM customer c WHERE c.tier = 1 OR EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.amount > 990);
-- name: subplan-index-cond
-- set: enable_hashjoin=off; enable_mergejoin=off; enable_bitmapscan=off; enable_seqscan=off
SELECT count(*) FROM customer c JOIN tree t ON t.id = (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) WHERE c.city < 5;
-- name: subplan-any
SELECT count(*) FROM customer c WHERE c.tier = 1 OR c.city = ANY (SELECT o.id % 100 FROM orders o WHERE o.customer_id = c.id);
-- name: subplan-array
SELECT c.id, ARRAY(SELECT o.id FROM orders o WHERE o.customer_id = c.id ORDER BY 1) FROM customer c WHERE c.city = 2;
-- name: subplan-multiexpr
-- varies
UPDATE customer c SET (tier, note) = (SELECT count(*)::int, max(status) FROM orders o WHERE o.customer_id = c.id) WHERE c.city = 2;
-- name: subplan-case
SELECT count(CASE WHEN c.city = 1 THEN (SELECT max(id) FROM orders o WHERE o.customer_id = c.id) ELSE 0 END) FROM customer c;
-- name: view
SELECT * FROM order_totals WHERE customer_id < 20;
-- name: insert
INSERT INTO audit SELECT id, balance FROM account WHERE id < 500;
-- name: insert-conflict
INSERT INTO account SELECT i, 1 FROM generate_series(2900, 3100) i ON CONFLICT (id) DO UPDATE SET balance = 0 WHERE account.id % 2 = 0;
-- name: insert-conflict-nothing
INSERT INTO tree VALUES (1, 1), (5000, 1) ON CONFLICT DO NOTHING;
-- name: insert-foreign-key
-- nested
INSERT INTO orders SELECT 50000 + i, i, '2024-01-01', 'new', 1, '{}', '{}' FROM generate_series(1, 300) i;
-- name: insert-partitioned
INSERT INTO event SELECT i, date '2024-01-01' + i, 0, 'x' FROM generate_series(0, 300) i;
-- name: update-triggers
-- nested
UPDATE account SET balance = balance + 1 WHERE id <= 400;
-- name: update-returning
-- varies
UPDATE customer SET tier = 1 WHERE city = 4 RETURNING id, note;
-- name: update-partition-key
-- varies
UPDATE event SET at = at + 90 WHERE kind = 3 AND at < '2024-03-01';
-- name: update-from
-- varies
UPDATE customer c SET tier = 2 FROM tree t WHERE t.id = c.id AND t.parent < 40;
-- name: delete-cascade
DELETE FROM orders WHERE id BETWEEN 100 AND 260;
-- name: delete-deferred
INSERT INTO payment SELECT i, 1 + i % 3000, i FROM generate_series(4000, 4400) i;
-- name: delete-using
DELETE FROM item i USING orders o WHERE o.id = i.order_id AND o.status = 'new' AND o.id < 900;
-- name: merge
MERGE INTO account a USING (SELECT i, i * 2 AS b FROM generate_series(2800, 3200) i) s ON a.id = s.i
WHEN MATCHED AND a.id % 10 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET balance = s.b WHEN NOT MATCHED THEN INSERT VALUES (s.i, s.b, 0);
-- name: merge-do-nothing
MERGE INTO payment p USING tree t ON p.id = t.id WHEN MATCHED AND t.parent > 9 THEN DO NOTHING WHEN MATCHED THEN DELETE;
-- name: create-table-as
CREATE TABLE copied AS SELECT * FROM customer WHERE city < 20;
-- name: declare-cursor
DECLARE some_rows CURSOR FOR SELECT * FROM customer ORDER BY note;
-- name: foreign-file
SELECT count(*) FROM number WHERE n % 3 = 0;
-- name: foreign-remote
SELECT r.id, c.name FROM remote_orders r JOIN customer c ON c.id = r.customer_id WHERE r.amount > 990;
-- name: foreign-join-pushdown
SELECT count(*) FROM remote_orders r JOIN remote_customer c ON c.id = r.customer_id WHERE c.city = 3;
-- name: foreign-update
UPDATE remote_customer SET tier = 9 WHERE city = 3;
-- name: foreign-async
SELECT count(*) FROM remote_parts;
-- name: foreign-async-limit
SELECT * FROM remote_parts LIMIT 3;
-- name: quoted-names
SELECT "Value: x", count(*) FROM "Odd ""Table" "T (x)" WHERE "Value: x" <> E'a''b\nc -> (cost=1..2 rows=3 width=4)' GROUP BY 1;
-- name: long-literal
SELECT * FROM customer WHERE note IN ('<script>alert(1)</script>', 'Filter: (x = 1)', '  ->  Seq Scan on t', 'it''s', '', 'ünïcödé ✓', '"quoted"', '\back');
-- name: set-returning-where
SELECT * FROM customer c, generate_series(1, c.tier) g WHERE c.city = 3;
-- name: slow-function
-- varies
SELECT slow(id) FROM customer WHERE id < 40;
-- name: empty-table
SELECT * FROM audit a JOIN customer c ON c.id = a.account_id;
-- name: not-executed-branch
SELECT * FROM customer c LEFT JOIN orders o ON o.customer_id = c.id AND c.id < 0 WHERE c.city = 999;
-- name: group-having-never
SELECT city, count(*) FROM customer WHERE false GROUP BY city;
-- name: disabled-seqscan
-- set: enable_seqscan=off
SELECT * FROM audit;
-- name: disabled-sort
-- set: enable_sort=off; enable_seqscan=off
SELECT * FROM customer ORDER BY note LIMIT 5;
-- name: jit
-- set: jit=on; jit_above_cost=0; jit_inline_above_cost=0; jit_optimize_above_cost=0
SELECT status, sum(amount * 2 + 1) FROM orders WHERE amount > 10 GROUP BY status;
-- name: jit-parallel
-- varies
-- set: jit=on; jit_above_cost=0; parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
SELECT sum(amount * 2 + 1) FROM orders WHERE amount > 10;
-- name: parallel-seq
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
SELECT count(*) FROM orders WHERE amount > 500;
-- name: parallel-three
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=3
SELECT * FROM item WHERE quantity = 3;
-- name: parallel-short
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=4; max_parallel_workers=1
SELECT sum(quantity) FROM item WHERE product > 40;
-- name: parallel-none-launched
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; max_parallel_workers=0
SELECT count(*) FROM orders WHERE amount > 500;
-- name: parallel-no-leader
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; parallel_leader_participation=off
SELECT count(*) FROM orders WHERE amount > 500;
-- name: parallel-single-copy
-- varies
-- set: debug_parallel_query=on
SELECT count(*) FROM orders WHERE amount > 500;
-- name: parallel-idle-workers
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=4
SELECT slow(id) FROM tree WHERE id < 30;
-- name: parallel-gather-merge
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
SELECT * FROM orders ORDER BY amount, id;
-- name: parallel-gather-merge-limit
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_indexscan=off
SELECT * FROM orders ORDER BY amount DESC, id LIMIT 10;
-- name: parallel-sort-external
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; work_mem=64kB
SELECT * FROM customer ORDER BY note, id;
-- name: parallel-hash-join
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_mergejoin=off; enable_nestloop=off
SELECT count(*) FROM item i JOIN orders o ON o.id = i.order_id WHERE o.amount > 300;
-- name: parallel-hash-batches
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; work_mem=64kB; hash_mem_multiplier=1; enable_mergejoin=off; enable_nestloop=off
SELECT count(*) FROM item i JOIN orders o ON o.id = i.order_id WHERE o.amount > 300;
-- name: parallel-hash-private
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_parallel_hash=off; enable_mergejoin=off; enable_nestloop=off
SELECT count(*) FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.tier = 3;
-- name: parallel-nested-loop
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_mergejoin=off; enable_hashjoin=off
SELECT count(*) FROM orders o JOIN item i ON i.order_id = o.id WHERE o.amount > 800;
-- name: parallel-merge-join
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; min_parallel_index_scan_size=0; max_parallel_workers_per_gather=2; enable_nestloop=off; enable_hashjoin=off
SELECT count(*) FROM orders o JOIN item i ON i.order_id = o.id;
-- name: parallel-bitmap
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_seqscan=off; enable_indexscan=off; enable_indexonlyscan=off
SELECT count(quantity) FROM item WHERE product BETWEEN 1 AND 400;
-- name: parallel-bitmap-or
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_seqscan=off; enable_indexscan=off; enable_indexonlyscan=off; work_mem=64kB
SELECT count(quantity) FROM item WHERE product BETWEEN 1 AND 150 OR order_id BETWEEN 1000 AND 20000;
-- name: parallel-index
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_index_scan_size=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_seqscan=off; enable_bitmapscan=off
SELECT sum(quantity) FROM item WHERE order_id > 5000;
-- name: parallel-index-only
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_index_scan_size=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_seqscan=off; enable_bitmapscan=off
SELECT count(*) FROM item WHERE order_id > 5000;
-- name: parallel-append
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=3
SELECT count(*) FROM event WHERE payload <> 'x';
-- name: parallel-append-mixed
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=3; enable_bitmapscan=off
SELECT count(*) FROM (SELECT id FROM orders WHERE amount > 5 UNION ALL SELECT id FROM customer WHERE city = 3 UNION ALL SELECT order_id FROM item WHERE quantity > 3) x;
-- name: parallel-partial-aggregate
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
SELECT status, avg(amount) FROM orders GROUP BY status;
-- name: parallel-initplan
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
SELECT count(*) FROM orders WHERE amount > (SELECT avg(quantity) * 50 FROM item);
-- name: parallel-subplan
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
SELECT count(*) FROM orders WHERE customer_id NOT IN (SELECT id FROM customer WHERE tier = 2);
-- name: parallel-subplan-above
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
SELECT (SELECT max(o.amount) FROM orders o WHERE o.customer_id = c.id) FROM customer c WHERE c.tier = 3;
-- name: subplan-above-join
SELECT c.id, (SELECT max(t.id) FROM tree t WHERE t.parent = c.id) FROM customer c JOIN orders o ON o.customer_id = c.id WHERE c.city = 3 LIMIT 50;
-- name: parallel-subplan-correlated
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
SELECT count(*) FROM customer c WHERE c.city < (SELECT count(*) FROM orders o WHERE o.customer_id = c.id);
-- name: parallel-rescan
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_hashjoin=off; enable_mergejoin=off; enable_material=off; enable_indexscan=off; enable_bitmapscan=off; enable_indexonlyscan=off
SELECT count(*) FROM (VALUES (1), (2), (3), (4)) v(n), LATERAL (SELECT count(*) AS c FROM orders o WHERE o.id % 7 = v.n OFFSET 0) x;
-- name: parallel-rescan-gather
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_hashjoin=off; enable_mergejoin=off; enable_material=off; enable_indexscan=off; enable_bitmapscan=off; enable_indexonlyscan=off
SELECT count(*) FROM (VALUES (1), (2), (3), (4)) v(n) LEFT JOIN (SELECT status, count(*) AS c FROM orders GROUP BY status) x ON x.c % 7 = v.n;
-- name: parallel-limit
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
SELECT * FROM item WHERE quantity > 2 LIMIT 20;
-- name: parallel-cte
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
WITH c AS MATERIALIZED (SELECT product, count(*) AS n FROM item GROUP BY product) SELECT * FROM c a JOIN c b ON a.n = b.n + 1 LIMIT 10;
-- name: parallel-memoize
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2; enable_hashjoin=off; enable_mergejoin=off
SELECT count(c.name) FROM orders o JOIN customer c ON c.id = o.customer_id;
-- name: parallel-slow-consumer
-- varies
-- set: parallel_setup_cost=0; parallel_tuple_cost=0; min_parallel_table_scan_size=0; max_parallel_workers_per_gather=2
SELECT count(pg_sleep(0.0005)), max(rows_of) FROM (SELECT id FROM tree WHERE id < 60 OFFSET 0) x, LATERAL rows_of(3);
-- name: generic-plan
-- set: plan_cache_mode=force_generic_plan
-- before: PREPARE generic (int, text) AS SELECT * FROM orders WHERE customer_id = $1 AND status = $2
EXECUTE generic (5, 'new');
