"""``explain`` with a server: plans asked for, statements measured and rolled back, limits, Ctrl-C, advice tested, the gate."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

pytestmark = pytest.mark.postgres

BY_NOTE = "SELECT id FROM orders WHERE customer_id = 42"
WRITER = """
CREATE TABLE written (x int);
CREATE SEQUENCE counted;
CREATE FUNCTION writes(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written VALUES (n); RETURN n; END $$;
CREATE FUNCTION sly(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('transaction_read_only', 'off', true); INSERT INTO written VALUES (n); RETURN n; END $$;
"""


@pytest.fixture
def written(shop, run_sql):
    """Return how many rows the functions that write have left."""
    run_sql(shop, WRITER)

    def count():
        with psycopg.connect(shop) as conn:
            return conn.execute("SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM orders)").fetchone()

    return count


@pytest.fixture
def environment(shop, monkeypatch):
    """Name the server by PG* variables alone."""
    given = psycopg.conninfo.conninfo_to_dict(shop)
    for name, value in {"PGHOST": given["host"], "PGPORT": given["port"], "PGDATABASE": given["dbname"], "PGUSER": given["user"]}.items():
        monkeypatch.setenv(name, str(value))


def test_the_environment_names_the_server_as_for_psql(indexadvisor, environment):
    code, out, _ = indexadvisor("explain", "--sql", BY_NOTE, "--no-test")
    assert code == 0
    assert "Seq Scan on orders" in out
    assert "not executed" in out


def test_advice_is_tested_and_the_predicted_plan_bears_the_proposed_name(indexadvisor, shop):
    code, out, err = indexadvisor("explain", "-d", shop, "--sql", BY_NOTE, "--analyze", "--format", "json")
    assert (code, err) == (0, "")
    plan = json.loads(out)["plans"][0]
    trial = next(one for one in plan["tried"]["trials"] if one["outcome"] == "taken")
    assert trial["cost_after"] < trial["cost_before"]
    assert "<" not in "".join(trial["changes"])
    assert plan["statement_ms"] > 0


def test_a_plan_file_is_tested_with_its_statement(indexadvisor, shop, tmp_path):
    with psycopg.connect(shop) as conn:
        rows = conn.execute(f"EXPLAIN ANALYZE {BY_NOTE}").fetchall()
    file = tmp_path / "plan.txt"
    file.write_text("\n".join(row[0] for row in rows))
    _, out, _ = indexadvisor("explain", file, "-d", shop, "--sql", BY_NOTE)
    assert "the planner takes it" in out
    _, out, _ = indexadvisor("explain", file, "-d", shop)
    assert "the plan does not tell its statement" in out


def test_a_statement_with_parameters_gets_a_generic_plan_or_their_values(indexadvisor, shop):
    sql = "SELECT id FROM orders WHERE customer_id = $1"
    assert "$1" in indexadvisor("explain", "-d", shop, "--sql", sql, "--no-test")[1]
    code, out, _ = indexadvisor("explain", "-d", shop, "--sql", sql, "--value", "42", "--analyze", "--no-test")
    assert (code, "42" in out) == (0, True)


def test_a_function_that_writes_is_refused_by_the_server(indexadvisor, shop, written):
    before = written()
    for function in ("writes(1)", "sly(1)", "nextval('counted')"):
        code, out, err = indexadvisor("explain", "-d", shop, "--sql", f"SELECT {function}", "--analyze")
        assert (code, out) == (2, "")
        assert "read-only" in err or "read-write" in err
    assert written() == before


def test_a_statement_that_writes_is_refused_unless_allowed_and_then_rolled_back(indexadvisor, shop, written):
    before = written()
    assert indexadvisor("explain", "-d", shop, "--sql", "DELETE FROM orders", "--analyze")[0] == 2
    assert written() == before
    deleting = "WITH x AS (DELETE FROM orders RETURNING 1) SELECT count(*) FROM x"
    for sql in ("DELETE FROM orders WHERE id < 100", "SELECT writes(5)", deleting):
        code, out, _ = indexadvisor("explain", "-d", shop, "--sql", sql, "--analyze", "--allow-writes", "--no-test")
        assert (code, "execution" in out) == (0, True)
    assert written() == before


def test_without_analyze_nothing_runs(indexadvisor, shop, written):
    before = written()
    assert indexadvisor("explain", "-d", shop, "--sql", "DELETE FROM orders", "--no-test")[0] == 0
    assert indexadvisor("explain", "-d", shop, "--sql", "SELECT writes(5)", "--no-test")[0] == 0
    assert indexadvisor("explain", "-d", shop, "--sql", "ANALYZE SELECT writes(5)", "--no-test")[0] == 2
    assert indexadvisor("explain", "-d", shop, "--sql", "SELECT 1; DELETE FROM orders", "--no-test")[0] == 2
    assert written() == before


def test_a_time_limit_cancels_and_says_so(indexadvisor, shop):
    code, out, err = indexadvisor("explain", "-d", shop, "--sql", "SELECT pg_sleep(60)", "--analyze", "--timeout", "300ms")
    assert (code, out) == (2, "")
    assert err.startswith("error: the statement ran into --timeout after 0.3 s, and was cancelled")


def running(shop):
    with psycopg.connect(shop, autocommit=True) as conn:
        return conn.execute("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(61)%'"
                            " AND pid <> pg_backend_pid()").fetchone()[0]  # fmt: skip


def until(condition):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_ctrl_c_cancels_the_statement_on_the_server(shop):
    command = [sys.executable, "-m", "indexadvisor", "explain", "-d", shop, "--sql", "SELECT pg_sleep(61)", "--analyze"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    assert until(lambda: running(shop) == 1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.lstrip() == "error: interrupted; nothing was left behind\n"
    assert until(lambda: running(shop) == 0)


def test_what_the_server_refuses_is_a_sentence(indexadvisor, shop):
    for sql in ("SELECT nonsense", "SELECT 1 FROM nowhere", "SELECT 'a", "VACUUM", "SELECT \x00"):
        code, out, err = indexadvisor("explain", "-d", shop, "--sql", sql)
        assert (code, out) == (2, "")
        assert err.startswith("error: ")


def test_a_server_that_is_not_there_is_a_sentence(indexadvisor):
    code, _, err = indexadvisor("explain", "-d", "host=/nonexistent", "--sql", "SELECT 1")
    assert code == 2
    assert err.startswith("error: cannot connect")


def test_redaction_covers_tested_advice(indexadvisor, shop):
    for form in ("text", "md", "json", "html", "github"):
        code, out, _ = indexadvisor("explain", "-d", shop, "--sql", BY_NOTE, "--analyze", "--redact", "--format", form)
        assert code == 0
        assert "orders" not in out, form
        assert "customer_id" not in out, form
        assert "CREATE INDEX" in out or form == "github"


def test_the_gate_from_first_baseline_to_a_lost_index(indexadvisor, shop, run_sql, tmp_path):
    folder, sql = tmp_path / "plans", tmp_path / "sql"
    sql.mkdir()
    (sql / "by-key.sql").write_text("SELECT * FROM orders WHERE id = 5;\n")
    gate = ("explain", "diff", "-d", shop, "--queries", sql, "--baseline", folder)
    assert indexadvisor(*gate, "--update")[0] == 0
    first = (folder / "by-key.json").read_bytes()
    assert indexadvisor(*gate, "--fail-on-regression") == (0, "1 of 1 plans are no worse than their baseline\n", "")
    run_sql(shop, "ALTER TABLE orders DROP CONSTRAINT orders_pkey")
    code, out, _ = indexadvisor(*gate, "--fail-on-regression")
    assert code == 1
    assert "by-key: seq-scan:" in out
    (sql / "new.sql").write_text("SELECT nonsense")
    code, _, err = indexadvisor(*gate)
    assert code == 2
    assert "new.sql" in err
    assert (folder / "by-key.json").read_bytes() == first


def test_a_log_of_the_server_goes_round_into_advice(indexadvisor, shop, tmp_path, database):
    with psycopg.connect(shop, autocommit=True) as conn:
        plan = "\n\t".join(row[0] for row in conn.execute(f"EXPLAIN ANALYZE {BY_NOTE}").fetchall()[:-2])
    log = tmp_path / "app.log"
    starts = (f"2026-10-01 10:00:{n:02d}.000 UTC [{n}] app@{database} LOG:  duration: 12.500 ms  plan:" for n in range(9))
    log.write_text("".join(f"{start}\n\tQuery Text: {BY_NOTE}\n\t{plan}\n" for start in starts))
    workload = tmp_path / "app.workload.json.gz"
    code, out, _ = indexadvisor("explain", "log", "--log", log, "--save-workload", workload)
    assert (code, out.splitlines()[0].startswith("9 plans of 1 statement, 112 ms")) == (0, True)
    code, _, err = indexadvisor("advise", "-d", shop, "--workload", workload, "--output", tmp_path / "report", "--what-if", "hypopg")
    assert code == 0, err
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert [one["columns"] for one in report["recommendations"]] == [["customer_id"]]
    assert report["workload"]["calls"] == 9
