"""What is lost with existing indexes, by the lab's planner: hidden for the question alone, and told in the advice."""

from __future__ import annotations

import psycopg
import pytest

from indexadvisor.capture.sql_file import SqlFileSource
from indexadvisor.catalog.model import TableName
from indexadvisor.catalog.snapshot import take
from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.pipeline import advise
from indexadvisor.settings import Limits
from indexadvisor.whatif.open import open_lab
from indexadvisor.workload.group import group
from indexadvisor.workload.model import Sample

pytestmark = pytest.mark.postgres
NONE = frozenset()
SCHEMA = """
CREATE TABLE reading (id int PRIMARY KEY, sensor int NOT NULL, at timestamptz NOT NULL, note text NOT NULL)
    WITH (autovacuum_enabled = off);
INSERT INTO reading SELECT i, i % 500, timestamptz '2026-01-01' + i * 7919 % 40000 * interval '1 minute', repeat(md5(i::text), 4)
    FROM generate_series(1, 40000) i;
CREATE INDEX by_sensor ON reading (sensor);
CREATE INDEX by_sensor_note ON reading (sensor, note);
CREATE INDEX by_at ON reading (at);
CREATE INDEX by_at_note ON reading (at, note);
VACUUM ANALYZE;
SELECT count(*) FROM reading WHERE sensor = 3 AND note = 'none';
SELECT count(*) FROM reading WHERE at = '2026-01-03' AND note = 'none';
"""
# in no order on disk: where there is one, the planner trusts an index on that column alone to follow it, and one on two columns less
COUNT = "SELECT count(*) FROM reading WHERE sensor BETWEEN 10 AND 200"
LOOK_UP = "SELECT id FROM reading WHERE at BETWEEN '2026-01-03' AND '2026-01-03 02:00'"


@pytest.fixture
def snapshot(db15):
    with psycopg.connect(db15, autocommit=True) as conn:
        for statement in SCHEMA.split(";"):
            if statement.strip():
                conn.execute(statement)
    with Session(db15) as session:
        return take(session, embedded_bindir() / "pg_dump")


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_advice_keeps_what_earns_its_keep_and_says_what_the_others_lose(snapshot, tmp_path, jobs):
    path = tmp_path / "queries.sql"
    path.write_text(f"{COUNT};\n{LOOK_UP};\n")
    with open_lab(snapshot, jobs=jobs) as source:
        made = advise(group(SqlFileSource([str(path)])), snapshot.catalog, source, Limits(exclude=("nothing",), max_indexes=0))
    drops = {drop.name: drop for drop in made.drops}
    # counting by the narrow index reads an eighth of the wide one's pages
    assert set(drops) == {"by_at"}
    kept = {item.subject: item.reason for item in made.skipped}
    assert "by_sensor_note begins with its keys and serves its queries, but it earns its keep" in kept["index by_sensor"]
    (query,) = drops["by_at"].queries
    assert 0 <= drops["by_at"].loss_fraction < 0.05
    assert query.cost_without >= query.cost_with > 0


def test_hidden_for_one_question_and_there_for_the_next(snapshot):
    gone = frozenset({TableName("public", "by_at"), TableName("public", "by_at_note"), TableName("public", "no_such_index")})
    with open_lab(snapshot) as source:
        sample = Sample(LOOK_UP)
        before = source.cost(sample, NONE)
        there, without = source.cost_without(sample, NONE, gone)
        assert there.total_cost == before.total_cost
        assert before.plan.indexes() == {"by_at"}
        assert without.plan.indexes() == frozenset()
        assert without.total_cost > 2 * before.total_cost
        _, only = source.cost_without(sample, NONE, gone - {TableName("public", "by_at_note")})
        assert only.plan.indexes() == {"by_at_note"}
        assert source.cost(sample, NONE).total_cost == before.total_cost
        assert source.effort.explains == 6


def test_a_statement_refused_while_an_index_is_hidden_leaves_it_there(snapshot):
    with open_lab(snapshot) as source:
        with pytest.raises(StatementFailed):
            source.cost_without(Sample("SELECT nothing FROM reading"), NONE, frozenset({TableName("public", "by_at")}))
        assert source.cost(Sample(LOOK_UP), NONE).plan.indexes() == {"by_at"}
