"""What a server offers and lacks: every point a sentence, and every remedy that is SQL mends it when it is run."""

from __future__ import annotations

import re

import psycopg
import pytest

from indexadvisor.db.capabilities import examine
from indexadvisor.db.connection import Session
from indexadvisor.lab.cluster import Cluster, embedded_bindir
from tests.conftest import DEBIAN_15

NAMES = {"connection", "read-only", "hypopg", "generic-plan", "statistics", "analyzed", "pg_stat_statements", "pg_trgm", "btree_gin",
         "btree_gist", "log", "log-format", "log-parameters", "auto_explain", "track_io_timing"}  # fmt: skip


@pytest.mark.parametrize("version", ["db15", "db18"])
def test_every_point_is_a_sentence_with_a_remedy_where_one_is_needed(request, version):
    with Session(request.getfixturevalue(version)) as session:
        found = examine(session)
    assert {item.name for item in found.items} == NAMES
    assert all((item.status == "ok") == (item.remedy is None) for item in found.items)
    assert found.ok("connection")
    assert found.ok("read-only")
    assert found.ok("analyzed")
    with pytest.raises(KeyError, match="there are connection"):
        found.get("nothing")


def test_hypopg_is_named_with_the_command_that_installs_it(db15, db18, run_sql):
    with Session(db15) as session:
        before = examine(session).get("hypopg")
        database = session.database
    assert (before.status, before.sentence) == ("missing", f"HypoPG is not installed in database {database}")
    run_sql(db15, before.remedy.partition(": ")[2])
    with Session(db15) as session:
        assert examine(session).ok("hypopg")
    with Session(db18) as session:
        assert examine(session).get("hypopg").remedy.startswith("apt-get install postgresql-18-hypopg")


def test_generic_plans_depend_on_the_version(db15, db18):
    with Session(db15) as old, Session(db18) as new:
        assert not examine(old).ok("generic-plan")
        assert examine(new).ok("generic-plan")


@pytest.mark.parametrize("version", ["db15", "db18"])
def test_a_role_without_rights_is_examined_too(request, run_sql, version):
    dsn = request.getfixturevalue(version)
    run_sql(dsn, 'CREATE EXTENSION pg_stat_statements; CREATE TABLE seen (a int); CREATE TABLE "un seen" (a int); ANALYZE seen;'
                 'DROP ROLE IF EXISTS "visi tor"; CREATE ROLE "visi tor" LOGIN; GRANT SELECT ON seen TO "visi tor"')  # fmt: skip
    try:
        with Session(dsn + " user='visi tor'") as session:
            found = examine(session)
            rights, statements, analyzed = found.get("statistics"), found.get("pg_stat_statements"), found.get("analyzed")
            for item in (rights, statements):
                run_sql(dsn, item.remedy.removeprefix("as a superuser: "))
            run_sql(dsn, analyzed.remedy)
            after = examine(session)
        with Session(dsn) as session:
            assert examine(session).ok("pg_stat_statements")
    finally:
        run_sql(dsn, 'DROP OWNED BY "visi tor"; DROP ROLE "visi tor"')
    # the view of the extension is readable by everyone and counts among the relations of no schema of ours
    assert "1 of 2 tables" in rights.sentence
    assert statements.status == "limited"
    assert analyzed.remedy == 'ANALYZE public."un seen";'
    assert after.ok("statistics")
    assert after.ok("pg_stat_statements")
    assert after.ok("analyzed")


@pytest.mark.parametrize("bindir", [DEBIAN_15, None], ids=["15", "18"])
def test_the_remedies_for_the_log_work_as_they_stand(bindir):
    with Cluster(bindir or embedded_bindir()) as cluster:
        with Session(cluster.dsn()) as session:
            before = examine(session)
        points = [name for name in ("log", "log-format", "auto_explain", "track_io_timing", "pg_trgm") if not before.ok(name)]
        assert set(points) == {"log", "log-format", "auto_explain", "track_io_timing", "pg_trgm"}
        with psycopg.connect(cluster.dsn(), autocommit=True) as conn:
            for name in points:
                for statement in re.sub(r"^as [^:]*: ", "", before.get(name).remedy).split(";"):
                    if statement.strip():
                        conn.execute(statement)
        with Session(cluster.dsn()) as session:
            session.rows("SELECT pg_catalog.pg_sleep(0.2)")
        with Session(cluster.dsn()) as session:
            after = examine(session)
    assert all(after.ok(name) for name in points), [after.get(name) for name in points]
    assert before.get("pg_stat_statements").remedy.startswith(
        "as a superuser: ALTER SYSTEM SET shared_preload_libraries = pg_stat_statements;"
    )


def test_installed_and_not_loaded_is_told(run_sql):
    with Cluster(DEBIAN_15) as cluster:
        run_sql(cluster.dsn(), "CREATE EXTENSION pg_stat_statements")
        with Session(cluster.dsn()) as session:
            found = examine(session).get("pg_stat_statements")
    assert found.status == "missing"
    assert "must be loaded via" in found.sentence
    assert "shared_preload_libraries = pg_stat_statements; restart" in found.remedy


def test_tables_never_analyzed_are_named(db15, db18, run_sql):
    for dsn in (db15, db18):
        run_sql(dsn, "".join(f"CREATE TABLE t{number} (a int);" for number in range(7)) + "CREATE TABLE p (a int) PARTITION BY LIST (a)")
        with Session(dsn) as session:
            found = examine(session).get("analyzed")
        assert found.sentence.startswith("never analyzed: public.p, public.t0, public.t1, public.t2, public.t3 and 3 more;")
        assert found.remedy == "ANALYZE;"
