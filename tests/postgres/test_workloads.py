"""The sample workloads on real servers: the same rows everywhere, statements that do what they say, a log of all of it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from indexadvisor.db.connection import Session
from indexadvisor.db.script import Client
from indexadvisor.demo.drive import drive
from indexadvisor.demo.load import load
from indexadvisor.demo.location import workload_dir
from indexadvisor.demo.server import demo_cluster
from indexadvisor.demo.statements import read_statements
from indexadvisor.errors import StatementFailed, UsageError

ROOT = Path(__file__).parents[2]
TABLES = (
    "users", "groups", "group_members", "projects", "conversations", "chat_messages", "memories", "agent_memories",
    "agent_configurations", "events", "housing",
)  # fmt: skip
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, a.attname, confrelid::regclass::text
    FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE contype = 'f'
"""


def rows(dsn, text):
    with Client(dsn) as client:
        return client.rows(text)


def test_the_same_rows_on_both_versions(db15, db18):
    for dsn in (db15, db18):
        load(dsn, 0.02)
    for table in TABLES:
        checksum = f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY ctid)) FROM {table} AS t"
        first, second = rows(db15, checksum), rows(db18, checksum)
        assert int(first[0][0]) > 0
        assert first == second, table


def test_what_is_loaded_is_consistent_and_bare(db18):
    load(db18, 0.02)
    keys = rows(db18, FOREIGN_KEYS)
    assert len(keys) == 15
    for table, column, parent in keys:
        assert rows(db18, f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL EXCEPT SELECT id FROM {parent}") == []
    indexes = "SELECT indisprimary FROM pg_index JOIN pg_class AS c ON c.oid = indrelid WHERE relnamespace = 'public'::regnamespace"
    assert rows(db18, indexes) == [("t",)] * len(TABLES)
    ready = "SELECT c.relname FROM pg_stat_user_tables JOIN pg_class AS c ON c.oid = relid WHERE reltuples > 0 AND relallvisible = relpages"
    assert {name for (name,) in rows(db18, ready)} == set(TABLES)


def test_the_data_is_skewed(db18):
    load(db18, 0.1)
    [(top, mean)] = rows(db18, "SELECT max(n), avg(n)::int FROM (SELECT count(*) AS n FROM chat_messages GROUP BY user_id) AS u")
    assert int(top) > 20 * int(mean)
    [(share,)] = rows(db18, "SELECT round(avg((status = 'overdue')::int), 3) FROM projects")
    assert 0 < float(share) < 0.03
    [(order,)] = rows(db18, "SELECT correlation FROM pg_stats WHERE tablename = 'chat_messages' AND attname = 'created_at'")
    assert float(order) > 0.99


def test_loading_needs_an_empty_database_and_leaves_it_as_it_was(db18):
    with Client(db18) as client:
        client.simple("CREATE TABLE housing (id int)")
    with pytest.raises(StatementFailed, match="housing"):
        load(db18, 0.02)
    assert rows(db18, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [("1",)]
    with pytest.raises(UsageError):
        load(db18, 0)


@pytest.mark.parametrize("version", ["db15", "db18"])
def test_every_statement_runs_and_finds_or_changes_something(request, version):
    dsn = request.getfixturevalue(version)
    load(dsn, 0.1)
    told = []
    report = drive(dsn, calls_scale=0.05, at_least=8, progress=lambda done, total: told.append((done, total)))
    assert {kind.statement.name: kind.failures for kind in report.kinds if kind.failures} == {}
    assert [kind.statement.name for kind in report.kinds if not kind.rows] == []
    assert all(kind.median_ms is not None and kind.mean_ms is not None for kind in report.kinds)
    assert told[0] == (0, report.calls)
    assert told[-1] == (report.calls, report.calls)


def test_the_experts_indexes_build_and_serve(db15):
    load(db15, 0.1)
    with Client(db15) as client:
        client.run_script((workload_dir() / "expert.sql").read_text())
        assert client.rows("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [("0",)]
        client.simple("VACUUM (ANALYZE)")
    drive(db15, calls_scale=0.2)
    time.sleep(1.5)  # the driver's sessions report their counters on their way out, after we let go of them
    with Client(db15) as client:
        unused = client.rows("SELECT indexrelname FROM pg_stat_user_indexes WHERE idx_scan = 0 AND indexrelname LIKE 'expert%'")
        hot = client.rows("SELECT relname FROM pg_stat_user_tables WHERE n_tup_hot_upd > 0.6 * n_tup_upd AND n_tup_upd > 50")
    # small tables are read whole at this scale
    small = ("groups_tags", "groups_member_ids", "users_created", "users_name_prefix", "housing_description_trigram")
    assert {name for (name,) in unused} <= {f"expert_{name}" for name in small}
    assert {"users", "conversations"} <= {name for (name,) in hot}


def test_row_security_binds_the_application(db18):
    load(db18, 0.02)
    with Client(db18, user="lifeceo_app") as app:
        assert app.rows("SELECT count(*) FROM memories") == [("0",)]
        app.simple("SET lifeceo.user_id = '7'")
        assert app.rows("SELECT DISTINCT user_id FROM memories") == [("7",)]
        with pytest.raises(StatementFailed, match="row-level security"):
            app.execute("INSERT INTO memories (user_id, kind, title, content) VALUES ($1, 'note', 'a', 'b')", ["8"])


def test_a_refused_statement_is_told_and_does_not_stop_the_rest(db18):
    load(db18, 0.02)
    with Client(db18) as client:
        client.simple("ALTER TABLE housing ADD CONSTRAINT no_discounts CHECK (price IS NULL) NOT VALID")
    report = drive(db18, calls_scale=0.01)
    refused = [kind for kind in report.kinds if kind.failures]
    assert [kind.statement.name for kind in refused] == ["change a price"]
    assert "no_discounts" in refused[0].failures[0]
    assert refused[0].median_ms is None
    assert report.failures == 1


@pytest.mark.parametrize("log_format", ["csvlog", "jsonlog", "stderr"])
def test_the_server_logs_the_drive_and_nothing_else(log_format):
    with demo_cluster(log_format=log_format) as server:
        load(server.dsn, 0.02)
        report = drive(server.dsn, calls_scale=0.01)
        server.settle()
        text = server.log.read_text()
    assert not server.log.exists()
    if log_format == "stderr":
        executions = text.count("  execute ") + text.count("  statement: ")
    else:
        entries = _entries(text, log_format)
        executions = sum(" ms  execute " in message or " ms  statement: " in message for _, message in entries)
        people = Counter(application for application, message in entries if "duration: " in message)
        assert set(people) == {"lifeceo", "indexadvisor"}
    requests = sum(len(kind.times_ms) for kind in report.kinds if kind.statement.role.value == "app")
    # each request of the application's role is four: BEGIN, who it is for, the statement, COMMIT
    own = text.count("/* indexadvisor */")
    assert executions - own <= report.calls + 3 * requests <= executions
    assert "hashint8extended" not in text
    assert "setval" not in text


def _entries(text, log_format):
    if log_format == "jsonlog":
        found = [json.loads(line) for line in text.splitlines()]
        return [(entry.get("application_name", ""), entry.get("message", "")) for entry in found]
    return [(row[22], row[13]) for row in csv.reader(text.splitlines(keepends=True))]


def test_an_unknown_log_format():
    with pytest.raises(UsageError, match="no such log format"), demo_cluster(log_format="syslog"):
        pass


def test_prepared_statements_are_prepared_once(db18):
    prepared = [s for s in read_statements(workload_dir() / "statements.sql") if s.protocol.value == "prepared"]
    load(db18, 0.02)
    with Client(db18) as client:
        for n in ("1", "2", "3"):
            for statement in prepared:
                assert client.execute(statement.text, [n], named=True) == 1
            assert client.execute("SELECT 1") == 1
        assert client.rows("SELECT count(*), sum(generic_plans + custom_plans) FROM pg_prepared_statements") == [("2", "6")]


def test_all_tpch_queries_run(db15):
    subprocess.run([sys.executable, ROOT / "workloads/tpch/load.py", "--dsn", db15, "--scale", "0.01"], check=True)
    queries = sorted((ROOT / "workloads/tpch/queries").glob("*.sql"))
    assert [query.name for query in queries] == [f"{n:02}.sql" for n in range(1, 23)]
    counts = {}
    with Client(db15) as client, Session(db15) as session:
        for query in queries:
            assert session.captured("EXPLAIN (COSTS)", query.read_text())
            counts[query.stem] = client.simple(query.read_text())
        # published answers at scale 0.01 where they are one line: Q1's first group, Q6
        first = client.rows((queries[0]).read_text())[0]
        assert first[:4] == ("A", "F", "380456.00", "532348211.65")
        assert client.rows(queries[5].read_text()) == [("1193053.2253",)]
    assert all(counts.values())
    assert (counts["01"], counts["04"], counts["13"], counts["22"]) == (4, 5, 33, 7)
