"""One plan printed in the four formats is read into one model, on PostgreSQL 15 and 18: nodes, conditions, and every number the formats share."""

# ruff: noqa: E501 - plans and conditions stand on one line, as they are printed
from __future__ import annotations

import re

import psycopg
import pytest
from psycopg.types.string import TextLoader

from indexadvisor.explain import read

pytestmark = pytest.mark.postgres

SCHEMA = """
SET client_min_messages = error;
CREATE SCHEMA "S p";
CREATE TABLE orders (id int PRIMARY KEY, customer int, placed date, status text, total numeric, note text, tags int[], area box);
INSERT INTO orders SELECT i, i % 100, date '2024-01-01' + i % 300, (ARRAY['open','done','it''s, (odd) "x"'])[1 + i % 3], i, repeat('x', 20),
  ARRAY[i % 10, i % 7], box(point(i, i), point(i + 1, i + 1)) FROM generate_series(1, 20000) i;
CREATE INDEX orders_customer ON orders (customer);
CREATE INDEX orders_status ON orders (status);
CREATE INDEX orders_tags ON orders USING gin (tags);
CREATE TABLE customers (id int PRIMARY KEY, name text);
INSERT INTO customers SELECT i, 'c' || i FROM generate_series(0, 99) i;
CREATE TABLE "S p"."T-1" (a int, "b c" text);
INSERT INTO "S p"."T-1" SELECT i, 'v' || i FROM generate_series(1, 500) i;
CREATE INDEX "I x" ON "S p"."T-1" (a);
CREATE TABLE parts (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE parts2 PARTITION OF parts FOR VALUES FROM (100) TO (200);
CREATE INDEX ON parts (k);
INSERT INTO parts SELECT i, i FROM generate_series(0, 199) i;
CREATE TABLE lines (order_id int REFERENCES orders, n int);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER "t 1" AFTER INSERT ON lines FOR EACH ROW EXECUTE FUNCTION noted();
VACUUM ANALYZE;
"""

QUERIES = [
    "SELECT 1",
    "SELECT * FROM orders WHERE status = 'it''s, (odd) \"x\"' AND total > 5",
    "SELECT * FROM orders WHERE note = E'a\\nb' AND id < 5",
    "SELECT * FROM orders o JOIN customers c ON c.id = o.customer WHERE o.placed < '2024-02-01' AND c.name <> 'c5' ORDER BY o.total DESC, c.name LIMIT 5",
    "SELECT customer, count(*), sum(total) FROM orders GROUP BY customer HAVING count(*) > 3",
    "SELECT customer, placed, count(*) FROM orders GROUP BY GROUPING SETS ((customer), (placed), ())",
    "SELECT customer, placed, status, count(*) FROM orders GROUP BY ROLLUP (customer, placed), CUBE (status)",
    "SELECT * FROM orders WHERE customer = 5 OR id = 7",
    "SELECT * FROM orders WHERE tags @> ARRAY[3] AND total > 100",
    "SELECT id FROM orders WHERE id BETWEEN 5 AND 10 ORDER BY id DESC",
    "SELECT * FROM orders WHERE customer IN (SELECT id FROM customers WHERE name LIKE 'c1%') AND total > (SELECT avg(total) FROM orders)",
    "SELECT *, (SELECT count(*) FROM orders o WHERE o.customer = c.id) FROM customers c WHERE id < 5",
    "SELECT * FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer = c.id AND o.total < 0)",
    "SELECT * FROM customers c WHERE id NOT IN (SELECT customer FROM orders WHERE total > 19990)",
    'WITH "my cte" AS MATERIALIZED (SELECT customer, sum(total) s FROM orders GROUP BY 1) SELECT * FROM "my cte" a JOIN "my cte" b USING (customer) WHERE a.s > 5',
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 50) SELECT sum(n) FROM r",
    'SELECT "b c", a FROM "S p"."T-1" "x y" WHERE a < 10 ORDER BY a',
    "SELECT * FROM parts WHERE k = (SELECT 150)",
    "SELECT * FROM parts ORDER BY k LIMIT 5",
    "SELECT k, count(*) FROM parts WHERE k < 50 GROUP BY k",
    "SELECT * FROM generate_series(1, 10) g, unnest(ARRAY[1, 2]) u WHERE g > 3",
    "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(x, y) WHERE x > 1",
    "SELECT id FROM orders WHERE id < 100 INTERSECT SELECT customer FROM orders EXCEPT ALL SELECT 5",
    "SELECT customer, rank() OVER (PARTITION BY customer ORDER BY total), sum(total) OVER w FROM orders WHERE id < 500 WINDOW w AS (ORDER BY placed)",
    "SELECT DISTINCT status FROM orders ORDER BY status",
    "SELECT * FROM orders ORDER BY note, total",
    "SELECT * FROM orders ORDER BY customer, total LIMIT 200",
    "SELECT * FROM orders TABLESAMPLE bernoulli (5) REPEATABLE (3) WHERE total > 3",
    "SELECT * FROM orders WHERE ctid = '(0,1)' OR ctid = '(0,2)'",
    "SELECT * FROM orders WHERE ctid < '(2,1)' FOR UPDATE",
    "SELECT * FROM orders WHERE false",
    "SELECT generate_series(1, id) FROM customers WHERE id < 3",
    "SELECT * FROM xmltable('/a/b' PASSING '<a><b>1</b></a>' COLUMNS c int PATH '.') t",
    "SELECT * FROM orders a JOIN orders b ON a.id = b.customer AND a.total <> b.total LEFT JOIN customers c ON c.id = a.customer + 1 WHERE c.name IS NULL",
    "SELECT * FROM customers a FULL JOIN customers b ON a.id = b.id + 5",
    "SELECT * FROM customers a, customers b WHERE a.id < b.id AND a.name || b.name <> 'x'",
    "SELECT count(*) FROM customers c JOIN LATERAL (SELECT * FROM orders o WHERE o.customer = c.id ORDER BY total LIMIT 1) x ON true",
    "INSERT INTO lines SELECT id, 1 FROM orders WHERE id < 20 RETURNING n",
    "INSERT INTO customers VALUES (5, 'x'), (500, 'y') ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE customers.name <> 'z'",
    "INSERT INTO customers VALUES (5, 'x') ON CONFLICT DO NOTHING",
    "UPDATE parts SET v = v + 1 WHERE k < 150",
    "DELETE FROM customers WHERE id > 90",
    "MERGE INTO customers c USING (SELECT 5 AS i UNION ALL SELECT 700) s ON s.i = c.id WHEN MATCHED THEN UPDATE SET name = 'm' WHEN NOT MATCHED THEN INSERT VALUES (s.i, 'n')",
    "WITH d AS (DELETE FROM customers WHERE id > 95 RETURNING id) SELECT count(*) FROM d",
    "SELECT * FROM orders o WHERE o.total > ALL (SELECT total FROM orders p WHERE p.customer = o.customer AND p.id < 50) AND o.id < 30",
    "SELECT x.* FROM (SELECT customer, max(total) m FROM orders GROUP BY customer OFFSET 0) x WHERE m > 5",
]  # fmt: skip

PARALLEL = """
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0; SET enable_memoize = on;
"""
PARALLEL_QUERIES = [
    "SELECT count(*) FROM orders WHERE total > 10",
    "SELECT customer, count(*) FROM orders GROUP BY customer ORDER BY customer",
    "SELECT * FROM orders WHERE total > 5 ORDER BY note, total",
    "SELECT count(*) FROM orders a JOIN orders b ON a.id = b.customer",
]
VERBOSE_ONLY = frozenset({"Inner Unique"})
UNKNOWN_IN_TEXT = frozenset({"Inner Unique", "Planned Partitions", "Scan Direction", "Disabled", "Async Capable"})


def explained(connection, query, form, options):
    """Return EXPLAIN's output as psql -At would print it."""
    with connection.transaction(force_rollback=True):
        rows = connection.execute(f"EXPLAIN (FORMAT {form}, {options}) {query}").fetchall()
    return "\n".join(row[0] for row in rows)


def shape(plan, times=False):
    """Return what the formats share of a plan, node by node."""
    for node in plan.walk():
        details = {name: value for name, value in node.details.items() if name not in UNKNOWN_IN_TEXT}
        actual = None if node.actual is None else (node.actual.rows, node.actual.loops, node.actual.rows_decimals)
        costs = (node.startup_cost, node.total_cost, node.rows, node.width_bytes)
        names = (node.node_type, node.relationship, node.subplan_name, node.relation, node.schema, node.alias, node.index)
        yield (names, costs, actual, details)


def statement(plan):
    """Return what the formats share of the statement."""
    triggers = [(each.constraint or each.name, each.calls) for each in plan.triggers]
    return (dict(plan.settings), triggers, plan.query_identifier, plan.jit and plan.jit.functions, plan.truncated, plan.unread)


def check(connection, query, options):
    if "xmltable" in query and connection.info.server_version >= 180000:
        return  # the embedded server is built without libxml
    plans = {form: read(explained(connection, query, form, options)).plans for form in ("json", "text", "xml", "yaml")}
    expected = plans["json"]
    for form, found in plans.items():
        assert len(found) == len(expected) == 1
        assert found[0].source_format == form
        assert list(shape(found[0])) == list(shape(expected[0])), f"{form}: {query}"
        assert statement(found[0]) == statement(expected[0]), f"{form}: {query}"
    for form in ("xml", "yaml"):
        for mine, theirs in zip(plans[form][0].walk(), expected[0].walk(), strict=True):
            assert mine.details == theirs.details


@pytest.fixture(params=["db15", "db18"])
def connection(request):
    with psycopg.connect(request.getfixturevalue(request.param), autocommit=True) as conn:
        conn.adapters.register_loader("json", TextLoader)
        conn.adapters.register_loader("xml", TextLoader)
        for command in SCHEMA.split(";\n"):
            conn.execute(command)
        yield conn


@pytest.mark.parametrize("options", ["COSTS ON", "COSTS OFF", "VERBOSE, SETTINGS"])
def test_a_plan_reads_the_same_in_all_four_formats(connection, options):
    connection.execute("SET max_parallel_workers_per_gather = 0")
    for query in QUERIES:
        check(connection, query, options)
    connection.execute(PARALLEL)
    for query in PARALLEL_QUERIES:
        check(connection, query, options)


@pytest.mark.parametrize("options", ["ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF", "ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF, VERBOSE, COSTS OFF"])
def test_a_run_reads_the_same_in_all_four_formats(connection, options):
    connection.execute("SET max_parallel_workers_per_gather = 0; SET work_mem = '128kB'; SET jit = off")
    for query in QUERIES:
        if not query.startswith("UPDATE"):  # each run leaves dead rows behind for the next
            check(connection, query, options)


def test_the_readers_find_what_is_there(connection):
    """The comparison above would hold for readers that find nothing."""
    connection.execute("SET max_parallel_workers_per_gather = 0; SET work_mem = '64kB'")
    plan = read(explained(connection, "SELECT * FROM orders ORDER BY note, total", "text", "ANALYZE, BUFFERS")).plans[0]
    assert (plan.root.node_type, plan.root.text("Sort Space Type"), plan.root.texts("Sort Key")) == ("Sort", "Disk", ("note", "total"))
    assert plan.root.buffers is not None
    assert plan.root.buffers.temp_written > 0
    assert plan.execution_ms > 0
    assert plan.planning.time_ms > 0
    assert re.match(r"[\d.]+$", str(plan.root.actual.total_ms))
