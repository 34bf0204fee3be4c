"""The session when things go wrong: cancelled, cut off, pooled, badly named, given half a password."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from indexadvisor.catalog.load import load
from indexadvisor.db.connection import MARK, Session, Timeouts
from indexadvisor.errors import ConnectionFailed, StatementFailed
from tests.fakes.pooler import pooler

VERSIONS = ["db15", "db18"]


@pytest.mark.parametrize("version", VERSIONS)
def test_limits_hold_for_the_session(request, version):
    with Session(request.getfixturevalue(version), timeouts=Timeouts(statement_ms=4321, lock_ms=123)) as session:
        assert session.rows("SHOW statement_timeout") == [("4321ms",)]
        assert session.rows("SHOW lock_timeout") == [("123ms",)]
        assert session.rows("SHOW transaction_read_only") == [("on",)]
        assert session.rows("SHOW application_name") == [("indexadvisor",)]
        assert not session.pooled


def test_a_statement_over_its_time_is_refused_and_the_session_lives(db15):
    with Session(db15, timeouts=Timeouts(statement_ms=50)) as session:
        with pytest.raises(StatementFailed) as caught:
            session.rows("SELECT pg_catalog.pg_sleep(30)")
        assert caught.value.sqlstate == "57014"
        assert session.rows("SELECT 1") == [(1,)]


def test_every_statement_carries_our_mark(db15):
    with Session(db15) as session:
        ((text,),) = session.rows("SELECT query FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()")
        assert text.endswith(MARK)
        ((mine,), (also,)) = [rows[0] for rows in session.batch(*[(text_of_self, ())] * 2)]
        assert mine.endswith(MARK)
        assert also.endswith(MARK)


text_of_self = "SELECT query FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lost_connection_has_no_sqlstate(request, version):
    dsn = request.getfixturevalue(version)
    with Session(dsn) as session, psycopg.connect(dsn, autocommit=True) as killer:
        ((pid,),) = session.rows("SELECT pg_catalog.pg_backend_pid()")
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        for _ in range(2):
            with pytest.raises(StatementFailed, match="the connection to the server was lost") as caught:
                session.rows("SELECT 1")
            assert caught.value.sqlstate is None
        with pytest.raises(StatementFailed, match="was lost"), session.snapshot():
            pytest.fail("no snapshot without a connection")


def test_a_connection_lost_inside_a_transaction(db15):
    with Session(db15) as session, psycopg.connect(db15, autocommit=True) as killer:
        ((pid,),) = session.rows("SELECT pg_catalog.pg_backend_pid()")
        with pytest.raises(StatementFailed) as caught, session.transaction():
            session.rows(str(killer.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).statusmessage))
        assert caught.value.sqlstate is None


def test_ctrl_c_cancels_what_runs_on_the_server(db15):
    script = (
        "import sys\nfrom indexadvisor.db.connection import Session\n"
        "with Session(sys.argv[1]) as session:\n    print('ready', flush=True)\n    session.rows('SELECT pg_catalog.pg_sleep(60)')\n"
    )
    # a process of its own: Ctrl-C is a signal
    with subprocess.Popen([sys.executable, "-c", script, db15], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        with psycopg.connect(db15, autocommit=True) as watcher:
            running = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(60)%'"
                " AND pid <> pg_backend_pid()"
            )
            while watcher.execute(running).fetchone() == (0,):
                pass
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
            assert b"KeyboardInterrupt" in errors
            gone = watcher.execute("SELECT 1")
            for _ in range(500):
                gone = watcher.execute(running).fetchone()
                if gone == (0,):
                    break
                watcher.execute("SELECT pg_sleep(0.01)")
            assert gone == (0,)


@pytest.mark.parametrize("version", VERSIONS)
def test_another_role_for_one_block(request, run_sql, version):
    dsn = request.getfixturevalue(version)
    run_sql(dsn, 'DROP ROLE IF EXISTS "Robert\'); --"; CREATE ROLE "Robert\'); --"; DROP ROLE IF EXISTS second; CREATE ROLE second')
    who = "SELECT current_user"
    try:
        with Session(dsn) as session:
            with session.as_role("Robert'); --"):
                assert session.rows(who) == [("Robert'); --",)]
                with session.as_role("second"):
                    assert session.rows(who) == [("second",)]
                assert session.rows(who) == [("Robert'); --",)]
            assert session.rows(who) == [("postgres",)]
            with pytest.raises(StatementFailed), session.transaction(), session.as_role("second"):
                session.rows("SELECT 1/0")
            assert session.rows(who) == [("postgres",)]
            with pytest.raises(StatementFailed), session.as_role("second"), session.transaction():
                session.rows("SELECT 1/0")
            assert session.rows(who) == [("postgres",)]
            with pytest.raises(StatementFailed, match="does not exist"), session.as_role("nobody here"):
                pytest.fail("entered as a role that does not exist")
            with pytest.raises(ZeroDivisionError), session.as_role("second"):
                raise ZeroDivisionError
            assert session.rows(who) == [("postgres",)]
    finally:
        run_sql(dsn, 'DROP ROLE "Robert\'); --"; DROP ROLE second')


def test_a_role_we_are_no_member_of(db15, run_sql):
    run_sql(db15, "DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
    try:
        with Session(db15 + " user=guest") as session, pytest.raises(StatementFailed) as caught, session.as_role("postgres"):
            pytest.fail("became superuser")
        assert caught.value.sqlstate == "42501"
    finally:
        run_sql(db15, "DROP ROLE guest")


@pytest.mark.parametrize("version", VERSIONS)
def test_behind_a_pooler_nothing_stays_on_the_connection(request, run_sql, version):
    dsn = request.getfixturevalue(version)
    run_sql(dsn, "CREATE TABLE t (a int)")
    with pooler(dsn) as pooled_dsn, Session(pooled_dsn, timeouts=Timeouts(statement_ms=4321)) as session:
        assert session.pooled
        assert session.rows("SHOW statement_timeout") == [("4321ms",)]
        with pytest.raises(StatementFailed) as caught:
            session.rows("DROP TABLE t")
        assert caught.value.sqlstate == "25006"
        with pytest.raises(StatementFailed) as caught:
            session.captured("EXPLAIN (FORMAT JSON)", "select 1; drop table t")
        assert caught.value.sqlstate == "42601"
        assert session.captured("EXPLAIN (FORMAT JSON)", "select * from t where a = $1", ["1"])
        with session.transaction():
            assert session.rows("SHOW statement_timeout") == [("4321ms",)]
            with session.transaction():
                assert session.rows("SHOW transaction_read_only") == [("on",)]
        with session.snapshot():
            assert session.rows("SHOW transaction_isolation") == [("repeatable read",)]
            assert session.rows("SHOW statement_timeout") == [("4321ms",)]
        assert [str(table.name) for table in load(session).tables] == ["t"]
        with session.as_role("pg_monitor"):
            assert session.rows("SELECT current_user") == [("pg_monitor",)]
        # what another client of the pool would meet on this server connection
        left = session._conn.execute(
            "SELECT current_user, current_setting('statement_timeout'), current_setting('default_transaction_read_only'),"
            " (SELECT count(*) FROM pg_prepared_statements)"
        ).fetchone()
        assert left == ("postgres", "0", "off", 0)


@pytest.mark.parametrize(
    "dsn",
    [
        "host=/nowhere password=hunter2",
        "host=/nowhere password=hunter 2hunter2",
        "host=localhost port=5432password=hunter2",
        "host=localhostpassword=hunter2 port=1",
        "postgresql://shop:hunter2@/db?host=/nowhere",
        "postgresql://shop:pass@hunter2@localhost:1/db",
        "postgresql://shop:pass/hunter2@localhost:1/db",
        "postgresql://shop:%hunter2@localhost:1/db",
        "postgresql://shop:hunter2/@localhost:1/db",
        "postgresql://shop:x#hunter2@localhost:1/db",
    ],
)
def test_no_part_of_a_password_is_shown(dsn):
    with pytest.raises(ConnectionFailed) as caught:
        Session(dsn, timeouts=Timeouts(connect_s=2))
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert caught.value.hint
    assert caught.value.__suppress_context__


def test_a_wrong_role_is_named(db15):
    with pytest.raises(ConnectionFailed, match='role "no such role" does not exist'):
        Session(db15 + " user='no such role'")


def test_environment_and_service_files_are_honoured(db15, tmp_path, monkeypatch):
    parts = conninfo_to_dict(db15)
    service = tmp_path / "pg_service.conf"
    service.write_text("[shop]\n" + "".join(f"{name}={value}\n" for name, value in parts.items()) + "application_name=from-service\n")
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    with Session("service=shop") as session:
        assert session.database == parts["dbname"]
        assert session.rows("SHOW application_name") == [("from-service",)]
    for name in ("host", "port", "user"):
        monkeypatch.setenv(f"PG{name.upper()}", parts[name])
    monkeypatch.setenv("PGDATABASE", parts["dbname"])
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=7MB")
    with Session() as session:
        assert session.database == parts["dbname"]
        assert session.rows("SHOW work_mem") == [("7MB",)]
        assert session.rows("SHOW application_name") == [("indexadvisor",)]
    with Session("options='-c work_mem=9MB'") as session:
        assert session.rows("SHOW work_mem") == [("9MB",)]


def test_hostile_captured_texts_are_refused_as_statements(db15, run_sql):
    run_sql(db15, "CREATE TABLE t (a int)")
    with Session(db15) as session:
        for text in ("select 1\0; drop table t", "select '\ud800'", "select 1 /*", "analyze t", "(analyze) select 1", ""):
            with pytest.raises(StatementFailed) as caught:
                session.captured("EXPLAIN (FORMAT JSON)", text)
            assert caught.value.sqlstate in ("22021", "42601")
        with pytest.raises(StatementFailed):
            session.captured("EXPLAIN (FORMAT JSON)", "select $1", ["a\0b"])
        with pytest.raises(ValueError, match="parentheses"):
            session.captured("EXPLAIN", "analyze select 1")
        assert session.rows("SELECT 1") == [(1,)]


def test_a_database_without_an_encoding_is_read_byte_by_byte(cluster15):
    with psycopg.connect(cluster15.dsn(), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS ascii")
        admin.execute("CREATE DATABASE ascii TEMPLATE template0 ENCODING SQL_ASCII LOCALE 'C'")
        try:
            with psycopg.connect(cluster15.dsn("ascii"), autocommit=True) as conn:
                conn.execute("CREATE TABLE t AS SELECT E'\\xe4' AS a FROM generate_series(1, 100); ANALYZE t")
            with Session(cluster15.dsn("ascii")) as session:
                assert load(session).tables[0].column("a").statistics.common_values == ("\xe4",)
                plan = session.captured("EXPLAIN (FORMAT JSON)", "select 'ä表' from t where a = $1", ["ä表"])
                assert plan[0][0][0]["Plan"]["Relation Name"] == "t"
        finally:
            admin.execute("DROP DATABASE ascii WITH (FORCE)")


def test_a_batch_ends_with_its_first_refusal(db15):
    with Session(db15) as session:
        assert session.batch(("SELECT 1", ()), ("SELECT %s::int", [2])) == [[(1,)], [(2,)]]
        with pytest.raises(StatementFailed) as caught:
            session.batch(("SELECT 1", ()), ("SELECT 1/0", ()), ("SELECT 3", ()))
        assert caught.value.sqlstate == "22012"
        assert session.rows("SELECT 4") == [(4,)]


def test_the_session_closes_when_its_block_fails(db15):
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), Session(db15) as session:
        raise ZeroDivisionError
    assert session._conn.closed
    assert threading.active_count() == before
