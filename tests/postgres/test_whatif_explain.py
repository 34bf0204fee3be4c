"""EXPLAIN of captured statements on real servers, old and new: with values, without, and with what logs leave out."""

from __future__ import annotations

import pytest

from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.run import Explainer, explain
from indexadvisor.workload.model import Sample

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE orders (id int PRIMARY KEY, status text, placed_at timestamptz, tags int[]);
INSERT INTO orders SELECT i, CASE WHEN i % 1000 = 0 THEN 'open' ELSE 'done' END, timestamptz '2024-01-01' + i * interval '1 hour', '{}'
FROM generate_series(1, 20000) i;
CREATE INDEX orders_status ON orders (status);
CREATE TABLE p (id int, k int, at date) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE INDEX p_k ON p (k);
INSERT INTO p SELECT i, i % 1000, date '2020-01-01' + i % 700 FROM generate_series(1, 20000) i;
ANALYZE;
"""


@pytest.fixture(params=["db15", "db18"])
def session(request, run_sql):
    dsn = request.getfixturevalue(request.param)
    run_sql(dsn, SCHEMA)
    with Session(dsn) as opened:
        yield opened


def prepared(session):
    return session.rows("SELECT count(*) FROM pg_prepared_statements")[0][0]


def test_values_decide_the_plan(session):
    text = "SELECT * FROM orders WHERE status = $1"
    assert explain(session, Sample(text, ("open",))).indexes() == {"orders_status"}
    assert explain(session, Sample(text, ("done",))).root.node_type == "Seq Scan"
    # the generic plan takes the mean of both, 10,000 rows, and the values still decide after it
    generic = explain(session, Sample(text))
    assert generic.root.rows == 10_000
    assert explain(session, Sample(text, ("open",))).root.rows < 100
    assert prepared(session) == 0


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO orders (id, status) VALUES ($1, $2)",
        "UPDATE orders SET status = $1 WHERE id = $2",
        "DELETE FROM orders WHERE id = $1 -- why not",
        "MERGE INTO orders o USING (SELECT 1 AS id) s ON o.id = s.id WHEN MATCHED AND o.id <> $1 THEN DELETE",
        "WITH gone AS (DELETE FROM orders WHERE id = $1 RETURNING *) SELECT count(*) FROM gone;",
        "SELECT * FROM orders WHERE placed_at > now() - interval $1 LIMIT $2",
        "SELECT * FROM orders WHERE placed_at > timestamp with time zone $1",
        "SELECT * FROM orders WHERE id = ANY (ARRAY[$1, $2])",
        "SELECT * FROM orders WHERE id <> ALL (ARRAY[$1, $2])",
        "SELECT * FROM orders WHERE id IN ($1 /*, ... */)",
        "SELECT $1 FROM orders",
        "SELECT * FROM orders WHERE $1 IS NULL",
    ],
)
def test_generic_plans_of_every_kind_and_spelling(session, text):
    assert explain(session, Sample(text)).total_cost > 0
    assert prepared(session) == 0
    assert session.rows("SELECT count(*) FROM orders") == [(20_000,)]


@pytest.mark.parametrize(
    ("text", "values", "rows"),
    [
        ("SELECT * FROM orders WHERE $1 IS NULL OR id = $2", (None, None), 20_000),
        ("SELECT * FROM orders WHERE $1 IS NULL OR id = $2", ("7", "7"), 1),
        ("SELECT * FROM orders WHERE ($1 IS NULL OR status = $2) AND ($3 IS NULL OR id = $4)", (None, None, "7", "7"), 1),
        ("SELECT * FROM orders WHERE id = $3", ("unused", None, "7"), 1),
        ("SELECT * FROM orders WHERE id = $1", ("7", "unused"), 1),
        ("SELECT $1, * FROM orders WHERE id = $2", ("x", "7"), 1),
        ("SELECT * FROM orders WHERE id = 7", (), 1),
        ("SELECT * FROM orders WHERE id = 7", None, 1),
    ],
)
def test_values_whose_type_the_log_does_not_tell(session, text, values, rows):
    assert explain(session, Sample(text, values)).root.rows == rows


def test_fewer_values_than_placeholders_means_a_generic_plan(session):
    text = "SELECT * FROM orders WHERE status = $1 AND id > $2"
    assert explain(session, Sample(text, ("open",))).total_cost == explain(session, Sample(text)).total_cost


def test_partitions_hide_no_index_from_a_generic_plan(session):
    plan = explain(session, Sample("SELECT * FROM p WHERE at = $1 AND k = $2"))
    assert plan.indexes() == {"p1_k_idx", "p2_k_idx"}
    plan = explain(session, Sample("SELECT * FROM p WHERE at = current_date - 100000 AND k = 1"))
    assert plan.indexes() == {"p1_k_idx", "p2_k_idx"}
    assert session.rows("SHOW enable_partition_pruning") == [("on",)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT $1; DROP TABLE orders",
        "SELECT 1; DROP TABLE orders",
        "ANALYZE DELETE FROM orders",
        "(ANALYZE) DELETE FROM orders",
        "SELECT 1) ; DELETE FROM orders; --",
        "SELECT 1 AS x; DEALLOCATE ALL; --",
        "VACUUM",
        "",
        ";",
        "SELECT * FROM missing WHERE id = $1",
        "SELECT * FROM orders WHERE id = $1 + 'x'::nothing",
    ],
)
def test_what_is_not_one_explainable_statement_is_refused_and_does_nothing(session, text):
    for values in (None, ()):
        with pytest.raises(StatementFailed):
            explain(session, Sample(text, values))
    assert prepared(session) == 0
    assert session.rows("SELECT count(*) FROM orders") == [(20_000,)]
    assert explain(session, Sample("SELECT * FROM orders WHERE id = $1")).root.rows == 1


def test_the_first_refusal_is_the_one_told(session):
    with pytest.raises(StatementFailed, match="missing"):
        explain(session, Sample("SELECT * FROM missing WHERE $1 IS NULL", ("x",)))


def test_every_explain_is_counted(session):
    explainer = Explainer(session)
    explainer.explain(Sample("SELECT * FROM orders WHERE id = $1", ("1",)))
    explainer.explain(Sample("SELECT * FROM orders WHERE id = $1"))
    explainer.explain(Sample("SELECT * FROM orders WHERE $1 IS NULL OR id = $2", ("1", "1")))
    assert explainer.sent == 4
