"""Plans fresh from the server: times add up, and TEXT and JSON of every statement are read alike."""

from __future__ import annotations

import pytest

from indexadvisor.db.connection import Session
from indexadvisor.explain import read
from indexadvisor.explain.rows import row_counts
from indexadvisor.explain.timing import timings

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE parent (id int PRIMARY KEY, kind int);
INSERT INTO parent SELECT i, i % 7 FROM generate_series(1, 500) i;
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent ON DELETE CASCADE, v int);
INSERT INTO child SELECT i, 1 + i % 500, i % 100 FROM generate_series(1, 5000) i;
CREATE INDEX ON child (parent_id);
ANALYZE;
"""
STATEMENTS = {
    "cte": "WITH c AS MATERIALIZED (SELECT * FROM child) SELECT count(*) FROM c a JOIN c b ON a.id = b.v",
    "cte-writes": "WITH d AS (DELETE FROM child WHERE v < 50 RETURNING v) SELECT * FROM d LIMIT 2",
    "initplan": "SELECT *, (SELECT max(v) FROM child) FROM parent WHERE id > (SELECT min(id) + 5 FROM child) LIMIT (SELECT 50)",
    "subplan": "SELECT (SELECT max(v) FROM child c WHERE c.parent_id = p.id) FROM parent p WHERE kind = 3",
    "subplan-key": "SELECT * FROM parent p JOIN child c ON c.id = (SELECT max(id) FROM child x WHERE x.parent_id = p.id) WHERE p.id < 60",
    "hashed": "SELECT count(*) FROM child WHERE parent_id NOT IN (SELECT id FROM parent WHERE kind = 2)",
    "cascade": "DELETE FROM parent WHERE id < 100",
    "semi": "SELECT * FROM parent p WHERE EXISTS (SELECT FROM child c WHERE c.parent_id = p.id AND c.v > 90)",
    "recursive": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 300) SELECT count(*) FROM r",
    "parallel": "SELECT kind, count(*) FROM child JOIN parent p ON p.id = parent_id WHERE v > (SELECT min(kind) FROM parent) GROUP BY kind",
}
PARALLEL = ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size")


@pytest.fixture(params=["db15", "db18"])
def filled(request, run_sql):
    dsn = request.getfixturevalue(request.param)
    run_sql(dsn, SCHEMA)
    return dsn


def test_every_statement_adds_up(filled):
    with Session(filled, read_only=False) as session:
        for name, sql in STATEMENTS.items():
            for setting in PARALLEL if name == "parallel" else ():
                session.rows(f"SET {setting} = 0")
            for options in ("FORMAT text", "FORMAT text, VERBOSE", "FORMAT xml, VERBOSE", "FORMAT yaml", "FORMAT text, TIMING OFF"):
                session.rows("BEGIN")
                printed = session.rows(f"EXPLAIN (ANALYZE, {options}) {sql}")
                session.rows("ROLLBACK")
                plan = read("\n".join(str(row[0]) for row in printed)).plans[0]
                times = timings(plan)
                assert (times is None) == ("TIMING OFF" in options)
                assert times is None or times.conservation.holds, (name, options, times.conservation)
                assert row_counts(plan).keys() == plan.nodes.keys()
