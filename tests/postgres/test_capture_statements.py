"""pg_stat_statements of real servers: whose rows, which columns, and what is said when it cannot be read."""

from __future__ import annotations

import psycopg
import pytest

from indexadvisor.capture import LogSource, StatementsSource, chain
from indexadvisor.db.connection import Session
from indexadvisor.errors import CapabilityMissing
from indexadvisor.workload import fingerprint, group


@pytest.mark.parametrize("version", ["db15", "db18"])
def test_rows_of_this_database_become_templates(request, run_sql, version):
    dsn = request.getfixturevalue(version)
    run_sql(dsn, "CREATE SCHEMA monitoring; CREATE EXTENSION pg_stat_statements SCHEMA monitoring; CREATE TABLE orders (id int, note text)")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("SELECT monitoring.pg_stat_statements_reset()")
        conn.execute("INSERT INTO orders SELECT g, 'n' FROM generate_series(1, 50) g")
        for number in range(7):
            conn.execute("SELECT * FROM orders WHERE id = %s", (number,), prepare=True)
            conn.execute(f"SELECT * FROM orders WHERE id IN ({number}, 1, 2) AND note = 'x' -- it's")
        conn.execute("SELECT id FROM orders /* indexadvisor */")
    with psycopg.connect(dsn.replace(f"dbname={dsn.rsplit('=', 1)[1]}", "dbname=postgres"), autocommit=True) as elsewhere:
        elsewhere.execute("SELECT 'another database' AS orders")
    with Session(dsn) as session:
        source = StatementsSource(session)
        workload = group(source)
    found = {one.text.split(" --")[0]: one for one in workload.groups}
    single = found["SELECT * FROM orders WHERE id = $1"]
    assert (single.calls, single.rows, single.users) == (7, 6, ("postgres",))
    assert single.total_ms > 0
    assert single.p95_ms is None
    assert single.max_ms >= single.mean_ms
    assert [sample.parameters for sample in single.samples] == [None]
    listed = next(one for one in workload.groups if "note = " in one.text)
    assert listed.calls == 7
    assert listed.query_id[:8] == fingerprint("SELECT * FROM orders WHERE id IN (1) AND note = 'y'")[:8]
    assert not any("another database" in one.text or "indexadvisor" in one.text for one in workload.groups)
    assert dict(workload.quality.ignored)["own statement"] >= 1
    assert workload.skipped == ()


def test_the_limit_keeps_what_takes_longest(db18, run_sql):
    run_sql(db18, "CREATE EXTENSION pg_stat_statements; SELECT 1; SELECT 1, 2")
    with Session(db18) as session:
        assert len(list(StatementsSource(session, limit=1).events())) <= 1


def test_missing_extension_says_what_to_do(db15):
    with Session(db15) as session, pytest.raises(CapabilityMissing, match="not installed in database") as caught:
        list(StatementsSource(session).events())
    assert "CREATE EXTENSION" in caught.value.hint


def test_hidden_texts_are_counted_and_named(db15, run_sql):
    run_sql(db15, "CREATE EXTENSION pg_stat_statements")
    run_sql(db15, "CREATE TABLE orders (id int)")
    with psycopg.connect(db15, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS reader")
        admin.execute("CREATE ROLE reader LOGIN")
    try:
        with Session(db15.replace("user=postgres", "user=reader")) as session, pytest.raises(CapabilityMissing) as caught:
            list(StatementsSource(session).events())
        assert "GRANT pg_read_all_stats TO reader" in caught.value.hint
        with psycopg.connect(db15.replace("user=postgres", "user=reader"), autocommit=True) as reader:
            reader.execute("SELECT 42")
        with Session(db15.replace("user=postgres", "user=reader")) as session:
            source = StatementsSource(session)
            assert "SELECT $1" in [event.text for event in source.events()]
        assert source.report.unreadable_count > 0
        assert "reader" in source.report.unreadable[0].reason
    finally:
        with psycopg.connect(db15, autocommit=True) as admin:
            admin.execute("DROP OWNED BY reader")
            admin.execute("DROP ROLE reader")


def test_the_view_counts_and_the_log_gives_samples(db18, run_sql, tmp_path):
    run_sql(db18, "CREATE EXTENSION pg_stat_statements; CREATE TABLE docs (id int, doc jsonb)")
    with psycopg.connect(db18, autocommit=True) as conn:
        for number in range(9):
            conn.execute(f"SELECT * FROM docs WHERE id IN ({number}, 5, 6)")
            conn.execute(f"SELECT id FROM docs WHERE doc ->> 'kind' = 'k{number}'")
            conn.execute("SELECT id FROM docs WHERE doc ->> 'state' = 'open'")
    at = "2026-11-22 05:33:19.068 UTC [1] LOG:  duration: 1.000 ms  statement: "
    logged = ["SELECT * FROM docs WHERE id IN (1, 5, 6)", "SELECT id FROM docs WHERE doc ->> 'kind' = 'k1'",
              "SELECT id FROM docs WHERE doc ->> 'kind' = 'k2'", "SELECT id FROM docs WHERE doc ->> 'state' = 'open'"]  # fmt: skip
    (tmp_path / "pg.log").write_text("".join(f"{at}{text}\n" for text in logged))
    with Session(db18) as session:
        workload = group(chain([LogSource([str(tmp_path / "pg.log")]), StatementsSource(session)]))
    found = {fingerprint(one.text): one for one in workload.groups if "docs" in one.text and one.kind == "select"}
    assert len(found) == 3
    listed, kind, state = (found[fingerprint(logged[place])] for place in (0, 1, 3))
    assert (listed.calls, listed.samples[0].text) == (9, logged[0])
    assert (kind.calls, state.calls) == (12, 6)  # 18 calls of doc ->> $1, as 2 to 1 in the log
    assert not any(sample.generic for one in found.values() for sample in one.samples)
