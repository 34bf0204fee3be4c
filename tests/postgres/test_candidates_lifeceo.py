"""The sample application on a real server: everything its expert would build is proposed, and nothing that ends HOT updates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from indexadvisor.candidates.generate import generate
from indexadvisor.catalog.compare import same_expression
from indexadvisor.catalog.load import load
from indexadvisor.db.connection import Session
from indexadvisor.demo.load import load as fill
from indexadvisor.demo.statements import Protocol, Role, read_statements
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload

pytestmark = pytest.mark.postgres
FILES = Path(__file__).parents[2] / "workloads" / "lifeceo"
SAMPLES = 6


def workload_of(conn) -> Workload:
    """Return the application's statements with some of their real values, as a capture would hold them."""
    groups = []
    for number, each in enumerate(read_statements(FILES / "statements.sql")):
        rows = conn.execute(each.parameters).fetchmany(SAMPLES) if each.parameters else [()]
        values = [tuple(None if value is None else str(value) for value in row)[each.role is Role.APP :] for row in rows]
        simple = each.protocol is Protocol.SIMPLE
        samples = tuple(Sample(each.with_values(row), ()) if simple else Sample(each.text, row) for row in values)
        first = each.text.split()[0].lower()
        kind = StatementKind(first) if first in {"insert", "update", "delete"} else StatementKind.SELECT
        groups.append(QueryGroup(f"q{number}", samples[0].text, each.text, kind, each.calls, samples))
    return Workload(tuple(groups))


def expert_of(conn, dsn):
    """Build the expert's set and return the definitions as the server holds them."""
    conn.execute((FILES / "expert.sql").read_text())
    with Session(dsn) as session:
        return [index.definition for index in load(session).indexes if index.name.startswith("expert_")]


def equal(ours, theirs) -> bool:
    """Whether two indexes serve the same: the direction of the last keys is read either way behind equalities."""

    def keys(index):
        return [replace(key, descending=False, nulls_first=False) for key in index.keys]

    same = (ours.table, ours.method, ours.include) == (theirs.table, theirs.method, theirs.include)
    if not same or len(ours.keys) != len(theirs.keys) or not same_expression(ours.predicate, theirs.predicate):
        return False
    return all(
        replace(a, expression=None, column="x") == replace(b, expression=None, column="x")
        and a.column == b.column
        and same_expression(a.expression, b.expression)
        for a, b in zip(keys(ours), keys(theirs), strict=True)
    )


def test_the_experts_indexes_are_all_proposed(db15):
    fill(db15, 0.1)
    with psycopg.connect(db15, autocommit=True) as conn:
        conn.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        workload = workload_of(conn)
        with Session(db15) as session:
            catalog = load(session)
        expert = expert_of(conn, db15)
    result = generate(usage_graph(workload, catalog), catalog, Limits())
    ours = [candidate.index for candidate in result.candidates]
    assert len(expert) > 30
    missing = {str(index) for index in expert if not any(equal(each, index) for each in ours)}
    assert not missing, "\n".join(sorted(missing))
    assert len(ours) < 450
    rewritten = {("users", "last_login_at"), ("conversations", "last_message_at")}
    assert not [str(each) for each in ours for table, column in rewritten if each.table.name == table and column in str(each)]
