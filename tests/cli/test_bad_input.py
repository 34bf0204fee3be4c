"""Malformed input of every kind against real servers: a sentence that says what to do, the right code, and the good input used."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import psycopg
import pytest

from indexadvisor.db.connection import Session, Timeouts
from indexadvisor.lab.cluster import Cluster, embedded_bindir
from tests.cli.conftest import BY_CUSTOMER, GOOD, SHOP

pytestmark = pytest.mark.postgres


def definitions(out):
    return [item["definition"] for item in json.loads(out)["recommendations"]]


@pytest.fixture
def advise(indexadvisor, shop):
    """Advise on the shop in JSON; return the exit code, the definitions of the indexes and standard error."""

    def call(*arguments, dsn=shop):
        code, out, err = indexadvisor("advise", "--dsn", dsn, "--format", "json", *arguments)
        return code, definitions(out) if out else None, err

    return call


def refused(result, *words):
    code, found, err = result
    assert code == 2
    assert found is None
    assert err.startswith("error: ")
    assert "\nhint: " in err
    for word in words:
        assert word in err
    return err


# logs


def cut_at_both_ends(text):
    lines = text.splitlines(keepends=True)
    return lines[0][37:] + "".join(lines[1:-1]) + lines[-1][:-30].rstrip()


def test_a_log_cut_at_both_ends_gives_what_is_whole(advise, write_log):
    log = write_log(*(GOOD.format(n) for n in range(6)))
    log.write_text(cut_at_both_ends(log.read_text()))
    code, found, _ = advise("--log", log)
    assert code == 0
    assert found == [BY_CUSTOMER]


def test_a_binary_file_among_logs(advise, write_log, tmp_path):
    (tmp_path / "core").write_bytes(bytes(range(256)) * 40)
    code, found, err = advise("--log", write_log(GOOD.format(1), GOOD.format(2)), "--log", tmp_path / "core")
    assert (code, found) == (0, [BY_CUSTOMER])
    assert "core: is a binary file" in err
    refused(advise("--log", tmp_path / "core"), "is a binary file", "log_min_duration_statement")


def test_a_compressed_log_cut_short(advise, write_log, tmp_path):
    text = write_log(*(GOOD.format(n) for n in range(50))).read_bytes() * 200
    whole = gzip.compress(text)
    (tmp_path / "cut.log.gz").write_bytes(whole[: len(whole) // 2])
    code, found, err = advise("--log", tmp_path / "cut.log.gz")
    assert (code, found) == (0, [BY_CUSTOMER])
    assert "ends early" in err


def test_a_log_of_another_database(advise, write_log):
    other = write_log("SELECT * FROM elsewhere WHERE id = 1", name="other.log", where="other")
    refused(advise("--log", other), "other database", "--database")
    mine = write_log(GOOD.format(1))
    mine.write_text(mine.read_text() + other.read_text())
    assert advise("--log", mine)[:2] == (0, [BY_CUSTOMER])


def test_a_log_in_another_language(advise, write_log):
    log = write_log(GOOD.format(1))
    log.write_text(log.read_text().replace("duration:", "Dauer:").replace("statement:", "Anweisung:"))
    refused(advise("--log", log), "translated", "lc_messages")


@pytest.mark.parametrize("kind", ["missing", "below a file", "empty"])
def test_a_log_that_cannot_be_read_beside_one_that_can(advise, write_log, tmp_path, kind):
    good = write_log(GOOD.format(1))
    (tmp_path / "empty.log").touch()
    bad = {"missing": tmp_path / "no.log", "below a file": good / "app.log", "empty": tmp_path / "empty.log"}[kind]
    refused(advise("--log", bad), str(bad))
    code, found, err = advise("--log", good, "--log", bad)
    assert (code, found) == (0, [BY_CUSTOMER])
    assert f"note: {bad}: " in err


def test_an_unknown_table_and_a_query_that_does_not_parse(advise, write_log):
    code, found, err = advise("--log", write_log(GOOD.format(1), "SELECT * FROM nowhere WHERE id = 2", "SELEC 1", GOOD.format(2)))
    assert (code, found) == (0, [BY_CUSTOMER])
    assert 'relation "nowhere" does not exist' in err
    assert "cannot be parsed" in err
    refused(advise("--log", write_log("SELECT * FROM nowhere WHERE id = 2")), "nowhere", "--dsn", "search_path")


def test_hidden_characters_of_a_log_do_not_reach_the_terminal(advise, write_log):
    log = write_log(GOOD.format(1), "SELECT * FROM \"no\x1b[2Jwhere\" WHERE id = 1", "SELEC \x1b]0;owned\x07")
    code, found, err = advise("--log", log, "--verbose")
    assert (code, found) == (0, [BY_CUSTOMER])
    assert "\x1b" not in err
    assert "\x07" not in err


# files of queries


def test_psql_commands_and_broken_statements_in_a_file(advise, tmp_path):
    path = tmp_path / "mixed.sql"
    path.write_text(f"\\set ON_ERROR_STOP on\n\\i other.sql\n{GOOD.format(1)} \\gx\n\\d orders\nSELECT (((;\nSELECT * FROM customers "
                    "WHERE email = $$x$$;\nSELECT 'open")  # fmt: skip
    code, found, err = advise("--queries", path, "--verbose")
    assert code == 0
    assert BY_CUSTOMER in found
    assert any(definition.startswith("customers") for definition in found), (found, err)
    assert "psql command \\i is not run" in err
    assert err.count("is not closed") == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("-- nothing but a comment\n", "no query was captured"),
        ("BEGIN;\nCOMMIT;\nVACUUM orders;\nCREATE INDEX x ON orders (id);\n", "transaction control"),
        ("SELECT (((", "not closed"),
    ],
)
def test_a_workload_without_a_query(advise, tmp_path, text, words):
    path = tmp_path / "none.sql"
    path.write_text(text)
    refused(advise("--queries", path), words, "--queries for .sql files")


def test_a_workload_of_inserts_alone_needs_no_index(advise, tmp_path):
    path = tmp_path / "writes.sql"
    path.write_text("INSERT INTO orders (id) VALUES (-5);\nINSERT INTO orders (id) VALUES (-6);\n")
    assert advise("--queries", path)[:2] == (0, [])


def test_what_is_no_saved_workload(advise, queries):
    refused(advise("--workload", queries), "is not a saved workload", "--log")


def test_an_output_that_cannot_be_written_is_refused_before_the_work(advise, queries, tmp_path):
    (tmp_path / "file").touch()
    refused(advise("--log", tmp_path / "no.log", "--output", tmp_path / "file" / "report"), "file is no directory", "--output")
    assert not list(tmp_path.glob("file/*"))
    assert refused(advise("--queries", queries, "--format", "json,md"), "--output").count("error:") == 1


# servers


def test_a_server_without_hypopg(indexadvisor, db18, run_sql, queries):
    run_sql(db18, SHOP)
    code, out, err = indexadvisor("advise", "--dsn", db18, "--queries", queries, "--what-if", "hypopg")
    assert (code, out) == (2, "")
    for words in ("HypoPG is not installed", "CREATE EXTENSION hypopg", "apt-get install", "--what-if trial"):
        assert words in err
    for source in ("trial", "auto"):
        code, out, err = indexadvisor("advise", "--dsn", db18, "--queries", queries, "--what-if", source, "--format", "json")
        assert code == 0
        assert any("customer_id" in definition for definition in definitions(out))
    assert json.loads(out)["server"]["cost_source"] == "lab"


@pytest.fixture
def bare(shop, request):
    """A role without rights that may log in; dropped after the test."""
    role = "bare_" + request.node.name[:40].lower().replace("[", "_").replace("]", "")
    with psycopg.connect(shop, autocommit=True) as conn:
        conn.execute(psycopg.sql.SQL("CREATE ROLE {} LOGIN").format(psycopg.sql.Identifier(role)))
        yield role
        conn.execute(psycopg.sql.SQL("DROP OWNED BY {}").format(psycopg.sql.Identifier(role)))
        conn.execute(psycopg.sql.SQL("DROP ROLE {}").format(psycopg.sql.Identifier(role)))


def test_a_role_without_rights(advise, shop, bare, queries, run_sql):
    dsn = f"{shop} user={bare}"
    refused(advise("--queries", queries, dsn=dsn), "permission denied for table", "GRANT pg_read_all_data")
    run_sql(shop, f"GRANT SELECT ON orders TO {bare}")
    code, found, err = advise("--queries", queries, dsn=dsn)
    assert code == 0
    assert any(definition.startswith("orders btree (customer_id") for definition in found)
    assert not any(definition.startswith("customers") for definition in found)
    assert "permission denied for table customers" in err


def test_a_trial_by_a_role_that_may_not_build(indexadvisor, shop, bare, queries, run_sql):
    run_sql(shop, f"GRANT SELECT ON orders, customers TO {bare}")
    code, out, _ = indexadvisor("advise", "--dsn", f"{shop} user={bare}", "--queries", queries, "--what-if", "trial")
    assert code == 0
    assert "candidates could not be costed: " in out
    assert "must be owner of table" in " ".join(out.split())


def test_doctor_for_a_bare_role(indexadvisor, shop, bare):
    code, out, _ = indexadvisor("doctor", "--dsn", f"{shop} user={bare}")
    assert code == 0
    assert f"GRANT pg_read_all_data TO {bare};" in out
    assert "cannot be planned" in out.splitlines()[-1] + out.splitlines()[-2]


def _lets_in(dsn):
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def locked():
    """A cluster that asks every TCP-less connection but the superuser's for a password."""
    with Cluster(embedded_bindir(), {"password_encryption": "scram-sha-256"}) as cluster:
        with psycopg.connect(cluster.dsn(), autocommit=True) as conn:
            conn.execute("CREATE ROLE clerk LOGIN PASSWORD 'right horse'")
            hba = conn.execute("SHOW hba_file").fetchone()[0]
            Path(hba).write_text("local all postgres trust\nlocal all all scram-sha-256\n", encoding="utf-8")
            conn.execute("SELECT pg_reload_conf()")
        while _lets_in(f"{cluster.dsn()} user=clerk"):  # a reload takes a moment
            time.sleep(0.05)
        yield cluster


def test_a_wrong_password(advise, locked, queries):
    dsn = f"{locked.dsn()} user=clerk password='wrong horse'"
    err = refused(advise("--queries", queries, dsn=dsn), "password authentication failed", "pgpass")
    assert "horse" not in err


@pytest.mark.parametrize(
    ("change", "words"),
    [("dbname=nowhere", 'database "nowhere" does not exist'), ("user=nobody_here", "nobody_here"), ("host=/nonexistent", "cannot connect")],
)
def test_no_connection(advise, shop, queries, change, words):
    refused(advise("--queries", queries, dsn=f"{shop} {change}"), words, "check --dsn")


def test_a_server_that_only_reads_is_enough(advise, shop, queries, run_sql, database):
    run_sql(shop, f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
    code, found, _ = advise("--queries", queries)
    assert code == 0
    assert found


def test_pg_stat_statements_missing_then_there(advise, shop, run_sql):
    refused(advise("--statements"), "pg_stat_statements is not installed", "CREATE EXTENSION pg_stat_statements")
    run_sql(shop, "CREATE EXTENSION pg_stat_statements")
    with psycopg.connect(shop, autocommit=True) as conn:
        conn.execute("SELECT pg_stat_statements_reset()")
        for n in range(20):
            conn.execute(GOOD.format(n))
    code, found, _ = advise("--statements")
    assert code == 0
    assert found[0].startswith("orders btree (customer_id")


def test_a_statement_whose_planning_takes_too_long_does_not_stop_the_run(advise, shop, run_sql, tmp_path, monkeypatch):
    # an immutable function of constants is run by the planner itself
    run_sql(shop, "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT 1 FROM pg_sleep($1) $$")
    monkeypatch.setattr(Session.__init__, "__kwdefaults__", {"read_only": True, "timeouts": Timeouts(statement_ms=300)})
    path = tmp_path / "slow.sql"
    path.write_text(f"SELECT * FROM orders WHERE id = slow(60);\n{GOOD.format(1)};\n")
    code, found, err = advise("--queries", path)
    assert (code, found) == (0, [BY_CUSTOMER])
    assert "statement timeout" in err


# hostile input


HOSTILE = 'x"; DROP TABLE orders; --'


def test_nothing_captured_is_ever_run(advise, shop, write_log, tmp_path, run_sql, state, indexadvisor):
    quoted = HOSTILE.replace('"', '""')
    run_sql(shop, f'CREATE TABLE "{quoted}" (id int, "a""b" int, "<script>alert(1)</script>" text);'
                  f'INSERT INTO "{quoted}" SELECT i, i, i FROM generate_series(1, 9000) i; ANALYZE;'
                  "CREATE SEQUENCE tickets;"
                  "CREATE FUNCTION evil() RETURNS int LANGUAGE sql AS $$ DELETE FROM orders; SELECT 1 $$")  # fmt: skip
    before = state(shop)
    log = write_log(
        f'SELECT * FROM "{quoted}" WHERE "a""b" = 7',
        f'SELECT * FROM "{quoted}" WHERE "<script>alert(1)</script>" = \'<script>alert(2)</script>\'',
        "SELECT 1; DROP TABLE orders", "DELETE FROM orders WHERE note = 'x'", "UPDATE orders SET note = 'y' WHERE customer_id = 3",
        "INSERT INTO orders (id) VALUES (-1)", "DROP TABLE customers", "TRUNCATE orders", "SELECT evil(), nextval('tickets')",
        "EXPLAIN ANALYZE DELETE FROM orders", "WITH d AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM d",
        "ANALYZE DELETE FROM orders", "SELECT 1) DELETE FROM orders; --", "COPY orders FROM PROGRAM 'touch /tmp/owned'",
        "DO $$ BEGIN DELETE FROM orders; END $$", "SELECT * INTO stolen FROM orders", "CREATE TABLE stolen AS SELECT * FROM orders",
        "COMMIT; SET default_transaction_read_only = off; DELETE FROM orders", "MERGE INTO orders o USING customers c ON o.id = c.id "
        "WHEN MATCHED THEN DELETE",
    )  # fmt: skip
    for what_if in ("hypopg", "trial"):
        code, found, err = advise("--log", log, "--what-if", what_if, "--verbose")
        assert code == 0
        assert any('(a"b)' in definition for definition in found), err
    out = tmp_path / "report"
    assert indexadvisor("advise", "--dsn", shop, "--log", log, "--output", out)[0] == 0
    page = (out / "report.html").read_text()
    assert "<script>alert(" not in page
    assert state(shop) == before


def test_the_sql_for_a_hostile_name_runs_as_it_is(shop, write_log, tmp_path, run_sql, state, indexadvisor):
    quoted = HOSTILE.replace('"', '""')
    run_sql(shop, f'CREATE TABLE "{quoted}" (id int, "a""b" int);'
                  f'INSERT INTO "{quoted}" SELECT i, i FROM generate_series(1, 9000) i; ANALYZE')  # fmt: skip
    log = write_log(f'SELECT * FROM "{quoted}" WHERE "a""b" = 7')
    assert indexadvisor("advise", "--dsn", shop, "--log", log, "--output", tmp_path / "out")[0] == 0
    rows = state(shop)[1]
    with psycopg.connect(shop, autocommit=True) as conn:
        for statement in json.loads((tmp_path / "out" / "report.json").read_text())["recommendations"][0]["statements"]:
            conn.execute(statement)
    assert state(shop)[1] == rows
