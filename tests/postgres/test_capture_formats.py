"""The same session, logged by a real server in all three formats at once, gives the same events in each.

``tests/unit/capture/data`` holds what these sessions wrote once, for the tests that need no server.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import psycopg
import pytest

from indexadvisor.capture import LogSource
from indexadvisor.lab.cluster import Cluster, embedded_bindir
from indexadvisor.workload import fingerprint, group
from indexadvisor.workload.model import StatementKind

LOGGING = {
    "shared_preload_libraries": "auto_explain",
    "logging_collector": "on",
    "log_destination": "stderr,csvlog,jsonlog",
    "log_directory": "log",
    "log_filename": "pg.log",
    "log_min_duration_statement": "0",
}
PREFIXES = {"15": "%m [%p] %q%u@%d ", "18": "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h "}


def converse(dsn):
    """Everything a log can say of a statement, in two sessions that take turns."""
    with psycopg.connect(dsn, autocommit=True, application_name="shop") as one, psycopg.connect(dsn, autocommit=True) as two:
        one.execute("create table t(id int, v text, d jsonb)")
        one.execute("insert into t select g, 'v'||g, '{\"a\":\"b\"}' from generate_series(1,1000) g")
        for number in range(3):
            one.execute("select * from t where id = %s and v = %s", (number, "it's, $2 = 'x'"), prepare=True)
            two.execute("select * from t where id = %s and v = %s", (10 + number, None), prepare=True)
        one.execute('select *\nfrom t\n\twhere id = 3 -- it\'s\n\n  and d = \'{"a":"b"}\'')
        one.execute("prepare p(int, text) as select * from t where id = $1 and v like $2")
        two.execute("select 'LOG:  duration: 1.000 ms  statement: select 2'")
        one.execute("execute p(7, 'a''b%')")
        one.execute("set log_parameter_max_length=3")
        one.execute("select * from t where v = %s", ("abcdefgh",), prepare=True)
        one.execute("reset log_parameter_max_length")
        one.execute("set log_parameter_max_length_on_error=-1")
        one.execute("set statement_timeout='60ms'")
        fails(one, "select *, pg_sleep(1) from t where id = %s", (5,))
        fails(one, "select *, pg_sleep(1) from t where id = 5")
        one.execute("set statement_timeout=0")
        fails(one, "select nope from t")
        explained(one)
        one.execute("set log_min_duration_statement=-1")
        one.execute("set log_statement='all'")
        one.execute("set log_duration=on")
        one.execute("select * from t where id = 9")
        one.execute("select * from t where id = %s", (10,), prepare=True)
        one.execute("set log_error_verbosity=verbose")
        one.execute("select * from t where id = %s", (12,))
        fails(one, "select nope from t")
        one.execute("set statement_timeout=60")
        fails(one, "select *, pg_sleep(1) from t where id = 6")
        one.execute("begin; update t set v = 'x' where id = 1; commit")
        one.execute("select 1 /* indexadvisor */")


def explained(conn):
    """Plans of auto_explain: before the statement, after the execute, inside a function."""
    conn.execute("set auto_explain.log_min_duration=0")
    conn.execute("select * from t\nwhere id = 4")
    conn.execute("select * from t where id = %s", (4,), prepare=True)
    conn.execute("update t set v = 'u' where id = %s", (4,), prepare=True)
    conn.execute("set auto_explain.log_format=json")
    conn.execute("select * from t where id = %s", (5,), prepare=True)
    conn.execute("set auto_explain.log_nested_statements=on")
    conn.execute("do $$ begin perform count(*) from t where v = 'nested'; end $$")
    conn.execute("set log_min_duration_statement=-1")
    conn.execute("select count(*) from t where v = 'plan alone'")
    conn.execute("set auto_explain.log_min_duration=-1")
    conn.execute("set log_min_duration_statement=0")


def fails(conn, statement, values=None):
    with pytest.raises(psycopg.Error):
        conn.execute(statement, values)


@pytest.fixture(scope="module", params=["15", "18"])
def logs(request) -> dict[str, Path]:
    bindir = Path("/usr/lib/postgresql/15/bin") if request.param == "15" else embedded_bindir()
    with Cluster(bindir, {**LOGGING, "log_line_prefix": PREFIXES[request.param]}) as cluster:
        converse(cluster.dsn())
        yield {kind: cluster.data / "log" / f"pg.{kind}" for kind in ("log", "csv", "json")}


def facts(path):
    source = LogSource([str(path)])
    events = [
        (e.text, e.parameters, e.calls, e.total_ms, e.timed_out, e.user, e.database, e.plan) for e in source.events()
    ]  # fmt: skip
    return source, Counter(events)


def test_three_formats_give_the_same_events(logs):
    (stderr, in_stderr), (csvlog, in_csv), (jsonlog, in_json) = (facts(path) for path in logs.values())
    for source in (stderr, csvlog, jsonlog):
        assert source.report.unreadable == []
    assert in_csv == in_json
    # %t has whole seconds: the time of a statement that timed out is then its session's timeout, not what the clock says
    assert drop_timeouts(in_stderr) == drop_timeouts(in_csv)
    assert stderr.report.ignored == csvlog.report.ignored == jsonlog.report.ignored
    assert sum(in_csv.values()) > 35


def drop_timeouts(events):
    return Counter({(*event[:3], None if event[4] else event[3], *event[4:]): count for event, count in events.items()})


def test_what_the_session_did_is_what_the_workload_says(logs):
    workload = group(LogSource([str(logs["csv"])]))

    def of(text):
        return next(one for one in workload.groups if fingerprint(one.text) == fingerprint(text))

    pair = of("select * from t where id = $1 and v = $2")
    assert pair.calls == 6
    assert {("0", "it's, $2 = 'x'"), ("10", None)} & {sample.parameters for sample in pair.samples}
    assert of("select * from t where id = 1").calls == 6  # 4 (twice) and 5 with plans, 9, 10, 12
    slept = of("select *, pg_sleep(1) from t where id = 5")
    assert (slept.calls, slept.timeouts) == (3, 3)
    assert slept.total_ms >= 180
    assert {sample.parameters for sample in slept.samples} == {("5",), ()}
    assert of("select * from t where id = $1 and v like $2").samples[0].parameters == ("7", "a'b%")
    assert of("select * from t where v = $1").samples[0].parameters is None  # cut by log_parameter_max_length
    update = of("update t set v = 'x' where id = 1")
    assert (update.calls, update.kind) == (2, StatementKind.UPDATE)
    # one nested in a function, one of which only the plan was logged
    assert of("select count(*) from t where v = 'x'").calls == 2
    assert dict(workload.quality.ignored)["own statement"] == 1


def test_plans_are_attached_and_never_counted_again(logs):
    events = list(LogSource([str(logs["log"])]).events())
    explained = [event for event in events if event.plan]
    assert len([event for event in events if event.text == "select * from t\nwhere id = 4"]) == 1
    assert {event.text for event in explained} >= {"select * from t\nwhere id = 4", "select * from t where id = $1"}
    assert any(event.text.startswith("update t") and event.parameters for event in explained)
