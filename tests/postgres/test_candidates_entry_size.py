"""A long value against every proposed B-tree: INSERT goes through, or the index carries the caveat that it may not."""

from __future__ import annotations

import psycopg
import pytest

from indexadvisor.candidates.entry_size import size_caveat
from indexadvisor.candidates.generate import generate
from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.load import load
from indexadvisor.db.connection import Session
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from tests.fakes.schema import workload_from_sql

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE events (
    id bigint PRIMARY KEY, kind text, ts timestamptz, code text, short varchar(100), payload jsonb, note text, archived text);
ALTER TABLE events ALTER archived SET STORAGE EXTERNAL;
INSERT INTO events SELECT n, 'kind ' || n % 50, timestamptz '2024-01-01' + n * interval '1 minute', 'code ' || n % 400, 'title ' || n,
    jsonb_build_object('ref', n), repeat('word ', n % 90), CASE WHEN n % 10 = 0 THEN repeat('long ', 450) END
    FROM generate_series(1, 20000) AS n;
VACUUM ANALYZE events;
"""
QUERIES = """
-- query calls=500
SELECT ts, payload FROM events WHERE kind = 'kind 7' AND payload ->> 'ref' = '7';
-- query calls=500
SELECT ts, short, code FROM events WHERE kind = 'kind 7';
-- query calls=500
SELECT id FROM events WHERE code = 'code 7' ORDER BY payload;
-- query calls=500
SELECT id FROM events WHERE note LIKE 'word word x%';
-- query calls=500
SELECT id, archived FROM events WHERE code = 'code 8';
-- query calls=500
SELECT id FROM events WHERE archived = 'x';
"""
# 12.8 kB that hardly compress
LONG = "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 400) AS n)"
DANGEROUS = (
    "CREATE INDEX ON events (kind, (payload ->> 'ref')) INCLUDE (ts, payload)",
    "CREATE INDEX ON events (note text_pattern_ops)",
)


@pytest.fixture(params=["db15", "db18"])
def events(request, run_sql):
    dsn = request.getfixturevalue(request.param)
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            run_sql(dsn, statement)
    return dsn


def refusals(conn, statement: str) -> set[str]:
    """Return the columns of which one long value is refused once an index is there; nothing stays."""
    values = {"payload": f"jsonb_build_object('text', {LONG}, 'ref', 'x')", "note": LONG, "archived": LONG}
    refused = set()
    for column, value in values.items():
        try:
            with conn.transaction(force_rollback=True):
                conn.execute(statement)
                conn.execute(f"INSERT INTO events (id, kind, {column}) VALUES (0, 'kind 7', {value})")
        except psycopg.errors.ProgramLimitExceeded:
            refused.add(column)
    return refused


def test_a_long_value_is_refused_by_what_is_not_proposed_and_by_what_carries_a_caveat(events):
    with Session(events) as session:
        catalog = load(session)
    candidates = generate(usage_graph(workload_from_sql(QUERIES), catalog), catalog, Limits()).candidates
    indexes = [each.index for each in candidates if each.index.method == "btree"]
    with psycopg.connect(events) as conn:
        assert [refusals(conn, statement) for statement in DANGEROUS] == [{"payload"}, {"note"}]
        refused = {index: refusals(conn, create_index(index, "candidate", concurrently=False)) for index in indexes}
    assert not [str(index) for index in indexes if {"payload", "archived", "note"} & set(index.include)]
    assert not [str(index) for index, columns in refused.items() if columns and size_caveat(index, catalog) is None]
    said = {column for index, columns in refused.items() if columns for column in columns}
    assert said == {"note", "archived"}
    assert any(index.include == ("ts", "code", "short") for index in indexes)
    # short texts are left in peace: the caveat is not on every text key
    assert not [str(index) for index in indexes if size_caveat(index, catalog) and not refused[index] and "payload" not in str(index)]
