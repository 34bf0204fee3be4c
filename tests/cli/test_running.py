"""The commands on a real server as a shell sees them: streams, signals, environment, and what each option does."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from indexadvisor.cli.main import EXIT_CODES
from tests.cli.conftest import BY_CUSTOMER, GOOD

pytestmark = pytest.mark.postgres
PROGRAM = [sys.executable, "-m", "indexadvisor"]


def shell(*arguments, stdin="", env=None, cwd=None):
    given = {**{name: value for name, value in os.environ.items() if not name.startswith("PG")}, **(env or {})}
    words = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(words, input=stdin, capture_output=True, text=True, check=False, env=given, cwd=cwd)


@pytest.fixture
def recommended(indexadvisor, shop, queries):
    """Advise with these options; return the JSON report's recommendations."""

    def call(*options, source=("--queries", queries)):
        code, out, err = indexadvisor("advise", "--dsn", shop, "--format", "json", *source, *options)
        assert code == 0, err
        return json.loads(out)["recommendations"]

    return call


# streams


def test_json_alone_is_on_standard_output(shop, write_log):
    done = shell("advise", "--dsn", shop, "--log", write_log(GOOD.format(1), "SELEC 1"), "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["recommendations"][0]["definition"] == BY_CUSTOMER
    assert "cannot be parsed" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stderr


def test_quiet_says_nothing_but_what_was_asked_for(indexadvisor, shop, write_log, tmp_path):
    log = write_log(GOOD.format(1), "SELEC 1")
    assert indexadvisor("advise", "--dsn", shop, "--log", log, "-q", "--output", tmp_path / "out") == (0, "", "")
    assert (tmp_path / "out" / "report.html").exists()
    code, out, err = indexadvisor("advise", "--dsn", shop, "--log", log, "-q", "--format", "sql")
    assert (code, err) == (0, "")
    assert "CREATE INDEX CONCURRENTLY" in out
    assert indexadvisor("workload", "--log", log, "-q") == (0, "", "")


def test_verbose_names_what_was_left_out_of_the_ideas_too(indexadvisor, shop, queries):
    plain = indexadvisor("advise", "--dsn", shop, "--queries", queries)
    verbose = indexadvisor("advise", "--dsn", shop, "--queries", queries, "-v")
    assert "customers_pkey exists already" not in plain[2]
    assert "customers_pkey exists already" in verbose[2]


def test_a_log_on_standard_input(shop, write_log):
    done = shell("advise", "--dsn", shop, "--log", "-", "--format", "json", stdin=write_log(GOOD.format(1)).read_text())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["recommendations"][0]["definition"] == BY_CUSTOMER


@pytest.mark.parametrize("form", [["--format", "json"], ["--format", "md"], []])
def test_a_reader_that_leaves_ends_the_run_quietly(shop, queries, form):
    with subprocess.Popen([*PROGRAM, "advise", "--dsn", shop, "--queries", queries, *form], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:  # fmt: skip
        process.stdout.close()
        err = process.stderr.read().decode()
        process.wait(60)
    assert process.returncode == 128 + signal.SIGPIPE
    assert err == ""


def test_no_room_for_the_output_is_a_sentence(write_log):
    with Path("/dev/full").open("w") as full:
        words = [*PROGRAM, "workload", "--log", str(write_log(GOOD.format(1)))]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write: No space left on device\nhint: ")


def test_a_closed_standard_output(write_log):
    done = subprocess.run(["/bin/sh", "-c", 'exec "$@" >&-', "sh", *PROGRAM, "workload", "--log", str(write_log(GOOD.format(1)))],
                          stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_colour_is_for_terminals_that_want_it(shop):
    for env in ({}, {"NO_COLOR": "1"}):
        done = shell("doctor", "--dsn", shop, env=env)
        assert done.returncode == 0
        assert "\x1b" not in done.stdout


@pytest.mark.parametrize("width", [80, 120, 200])
def test_tables_stay_within_the_terminal(shop, queries, write_log, width):
    log = write_log(*(f"SELECT {n} AS n, o.id, o.note FROM orders o WHERE o.customer_id = {n} AND o.status = 'done'" for n in range(5)))
    env = {"COLUMNS": str(width)}
    for arguments in (["advise", "--dsn", shop, "--queries", queries], ["workload", "--log", log], ["doctor", "--dsn", shop]):
        lines = shell(*arguments, env=env).stdout.splitlines()
        assert len(lines) > 3
        # a command to copy stays on one line
        assert [line for line in lines if len(line) > width and "->" not in line] == []


def test_the_summary_names_each_index_whole(shop, queries):
    narrow = " ".join(shell("advise", "--dsn", shop, "--queries", queries, env={"COLUMNS": "80"}).stdout.split())
    report = json.loads(shell("advise", "--dsn", shop, "--queries", queries, "--format", "json").stdout)
    for item in report["recommendations"]:
        method = "" if item["access_method"] == "btree" else f"{item['access_method']} "
        assert f"{item['table']} {method}({', '.join(item['columns'])}" in narrow


# signals

DELAY = """
CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT 1 FROM pg_sleep($1) $$;
"""


def processes_about(text):
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if text.encode() in words:
            found.append(process.name)
    return found


def sessions_of_ours(dsn):
    with psycopg.connect(dsn, autocommit=True) as conn:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'indexadvisor' AND datname = current_database()"
        return conn.execute(query).fetchone()[0]


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_mid_statement(shop, run_sql, tmp_path, number, code):
    run_sql(shop, DELAY)
    path = tmp_path / "slow.sql"
    path.write_text("SELECT * FROM orders WHERE id = slow(25);\n" + GOOD.format(1))
    with subprocess.Popen([*PROGRAM, "advise", "--dsn", shop, "--queries", str(path), "--output", str(tmp_path / "out")],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=default_signals) as process:  # fmt: skip
        assert wait_until(lambda: sessions_of_ours_sleep(shop))
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert b"Traceback" not in err
    assert wait_until(lambda: sessions_of_ours(shop) == 0, 5)
    assert not (tmp_path / "out").exists()


def default_signals():
    # a shell that runs the tests in the background has Ctrl-C ignored, and children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def sessions_of_ours_sleep(dsn):
    with psycopg.connect(dsn, autocommit=True) as conn:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
        return conn.execute(query).fetchone()[0] == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_the_demo_leaves_nothing(tmp_path, number, code):
    # a parent directory of its own tells this server from those of other tests
    parent = Path(subprocess.run(["mktemp", "-d", "/tmp/ia-XXXXXX"], capture_output=True, text=True, check=True).stdout.strip())
    parent.chmod(0o777)
    env = {**os.environ, "TMPDIR": str(parent)}
    try:
        with subprocess.Popen([*PROGRAM, "demo", "--scale", "0.02", "--output", str(tmp_path / "out")], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=env, preexec_fn=default_signals) as process:  # fmt: skip
            assert wait_until(lambda: list(parent.glob("*/data/log/*.csv")))
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        assert process.returncode == code
        assert b"Traceback" not in err
        assert wait_until(lambda: not processes_about(str(parent)), 10)
        assert list(parent.iterdir()) == []
        assert not (tmp_path / "out").exists()
    finally:
        subprocess.run(["rm", "-rf", str(parent)], check=True)


def test_ctrl_c_in_the_search_delivers_the_best_so_far(indexadvisor, shop, queries, monkeypatch):
    from indexadvisor.selection.search import Search

    whole = Search.run

    def interrupted(search):
        whole(search)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    monkeypatch.setattr(Search, "run", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code, out, err = indexadvisor("advise", "--dsn", shop, "--queries", queries, "--format", "json")
    finally:
        signal.signal(signal.SIGINT, before)
    assert code == 130
    assert "best answer so far" in err
    report = json.loads(out)
    assert report["workload"]["interrupted"] is True
    assert report["recommendations"]


def test_a_second_ctrl_c_ends_at_once(indexadvisor, shop, queries, monkeypatch):
    from indexadvisor.selection import choose
    from indexadvisor.selection.search import Search

    def interrupted(*_):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    monkeypatch.setattr(Search, "run", interrupted)
    monkeypatch.setattr(choose, "trim", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert indexadvisor("advise", "--dsn", shop, "--queries", queries, "--format", "json")[:2] == (130, "")
    finally:
        signal.signal(signal.SIGINT, before)


# environment


def test_the_variables_of_libpq_name_the_server(shop, queries, tmp_path):
    parts = psycopg.conninfo.conninfo_to_dict(shop)
    env = {"PGHOST": parts["host"], "PGPORT": parts["port"], "PGUSER": parts["user"], "PGDATABASE": parts["dbname"]}
    done = shell("advise", "--queries", queries, "--format", "json", env=env)
    assert done.returncode == 0, done.stderr
    service = tmp_path / "pg_service.conf"
    service.write_text("[shop]\n" + "".join(f"{name}={parts[name]}\n" for name in ("host", "port", "user", "dbname")))
    again = shell("advise", "--queries", queries, "--format", "json", env={"PGSERVICEFILE": str(service), "PGSERVICE": "shop"})
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["recommendations"] == json.loads(done.stdout)["recommendations"]


# options


def test_limits_on_the_number_of_indexes(recommended):
    free = recommended()
    assert len(free) >= 3
    assert len(recommended("--max-indexes", "1")) == 1
    assert recommended("--max-indexes", "0") == []
    for_one_table = [item["table"] for item in recommended("--max-per-table", "1")]
    assert len(for_one_table) == len(set(for_one_table))


def test_a_budget_holds(recommended):
    free = sum(item["size_bytes"] for item in recommended())
    limit = free // 2
    within = recommended("--budget", f"{limit}B")
    assert within
    assert sum(item["size_bytes"] for item in within) <= limit


def test_tables_and_exclude(recommended):
    assert {item["table"] for item in recommended()} == {"orders", "customers"}
    assert {item["table"] for item in recommended("--tables", "cust*")} == {"customers"}
    assert {item["table"] for item in recommended("--exclude", "public.customers")} == {"orders"}
    assert recommended("--tables", "nothing") == []


def test_no_include_and_min_benefit(recommended, tmp_path, shop, run_sql):
    run_sql(shop, "VACUUM orders")  # an index-only scan pays where pages are all-visible
    path = tmp_path / "covering.sql"
    path.write_text("-- calls: 500\nSELECT placed_at FROM orders WHERE customer_id BETWEEN 100 AND 300;\n")
    source = ("--queries", path)
    assert any(item["include"] for item in recommended(source=source))
    assert not any(item["include"] for item in recommended("--no-include", source=source))
    assert recommended("--min-benefit", "99.99%") == []


def test_no_time_at_all_is_an_answer_that_says_so(indexadvisor, shop, queries):
    code, out, err = indexadvisor("advise", "--dsn", shop, "--queries", queries, "--format", "json", "--time-limit", "0")
    assert code == 0
    workload = json.loads(out)["workload"]
    assert workload["interrupted"]
    assert workload["cost_after"] <= workload["cost_before"]
    assert workload["queries_costed"] < workload["query_count"]
    assert "not reached within the time limit" in err


def test_redact_leaves_no_literal(indexadvisor, shop, tmp_path):
    path = tmp_path / "secret.sql"
    path.write_text("SELECT id FROM customers WHERE email = 'User77@example.org';\nSELECT id FROM orders WHERE customer_id = 1234567;\n")
    out = tmp_path / "out"
    assert indexadvisor("advise", "--dsn", shop, "--queries", path, "--redact", "--output", out)[0] == 0
    for file in out.iterdir():
        assert "User77" not in file.read_text()
        assert "1234567" not in file.read_text()


def test_the_gate_of_a_pipeline(indexadvisor, shop, queries):
    gate = ("advise", "--dsn", shop, "--queries", queries, "-q", "--fail-over")
    assert indexadvisor(*gate, "5%")[0] == 1
    assert indexadvisor(*gate, "100%")[0] == 0
    assert indexadvisor(*gate, "5%", "--max-indexes", "0")[0] == 0


def test_a_saved_workload_gives_the_same_advice(indexadvisor, recommended, shop, write_log, tmp_path):
    log = write_log(*(GOOD.format(n) for n in range(5)), "SELECT id FROM customers WHERE email = 'User7@example.org'")
    saved = tmp_path / "shop.workload.json.gz"
    assert indexadvisor("workload", "--log", log, "--save", saved)[0] == 0
    assert saved.stat().st_mode & 0o777 == 0o600
    again = tmp_path / "again.json"
    live = recommended("--save-workload", again, source=("--log", log))
    assert live
    assert recommended(source=("--workload", saved)) == live
    assert recommended(source=("--workload", again)) == live


def test_the_usage_graph_can_be_kept(indexadvisor, shop, queries, tmp_path):
    import networkx as nx

    graphml, as_json = tmp_path / "usage.graphml", tmp_path / "usage.json"
    assert indexadvisor("advise", "--dsn", shop, "--queries", queries, "-q", "--save-graph", graphml)[0] == 0
    assert indexadvisor("advise", "--dsn", shop, "--queries", queries, "-q", "--save-graph", as_json)[0] == 0
    kinds = {data["type"] for _, _, data in nx.read_graphml(graphml).edges(data=True)}
    assert {"equality", "order", "join", "range"} <= kinds
    assert "customer_id" in as_json.read_text()
    code, _, err = indexadvisor("advise", "--dsn", shop, "--queries", queries, "--save-graph", tmp_path / "no" / "such.graphml")
    assert code == 2
    assert "--save-graph" in err


def test_a_snapshot_and_a_log_need_no_server(indexadvisor, recommended, shop, write_log, tmp_path):
    log = write_log(*(GOOD.format(n) for n in range(5)), "SELECT id FROM customers WHERE tags @> ARRAY['t7']")
    snapshot = tmp_path / "shop.snapshot"
    assert indexadvisor("snapshot", "--dsn", shop, "-o", snapshot)[0] == 0
    assert snapshot.stat().st_mode & 0o777 == 0o600
    live = recommended("--what-if", "lab", source=("--log", log))
    assert any("gin (tags)" in item["definition"] for item in live)
    nowhere = ("advise", "--dsn", "host=/nonexistent", "--snapshot", snapshot, "--log", log)
    code, out, _ = indexadvisor(*nowhere, "-q", "--format", "json")
    assert code == 0
    assert json.loads(out)["recommendations"] == live
    code, _, err = indexadvisor(*nowhere, "--what-if", "hypopg")
    assert code == 2
    assert "needs the server" in err


def test_the_workload_as_csv_and_json(indexadvisor, queries):
    _, out, _ = indexadvisor("workload", "--queries", queries, "--format", "json")
    rows = json.loads(out)
    assert [row["calls"] for row in rows] == [100, 60, 50, 1, 1]
    _, out, _ = indexadvisor("workload", "--queries", queries, "--format", "csv", "--top", "2")
    table = list(csv.DictReader(io.StringIO(out)))
    assert [row["query"] for row in table] == [row["query"] for row in rows[:2]]


def test_doctor_as_json(indexadvisor, db15):
    code, out, _ = indexadvisor("doctor", "--dsn", db15, "--format", "json")
    assert code == 0
    found = {item["name"]: item for item in json.loads(out)}
    assert found["hypopg"]["status"] == "missing"
    assert "CREATE EXTENSION hypopg" in found["hypopg"]["remedy"]


def test_the_help_lists_the_exit_codes(indexadvisor):
    _, out, _ = indexadvisor("--help")
    for code, _ in EXIT_CODES:
        assert f"\n  {code} " in out
