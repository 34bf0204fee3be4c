"""Which log entries are executions and which belong together: short logs as a server writes them."""

from __future__ import annotations

import pytest

from indexadvisor.capture import LogSource

AT = "2026-11-22 05:33:19.068 UTC"


@pytest.fixture
def read(tmp_path):
    def run(text, **options):
        path = tmp_path / "pg.log"
        path.write_text(text)
        source = LogSource([str(path)], **options)
        return list(source.events()), source.report

    return run


def line(pid, rest, at=AT, who="app@shop"):
    return f"{at} [{pid}] {who} {rest}\n"


def test_a_detail_between_entries_of_another_session_belongs_to_its_own(read):
    """pgBadger loses 7 % of statements and 27 % of time on such logs."""
    events, _ = read(
        line(1, "LOG:  duration: 1.000 ms  execute a: select * from t where id = $1")
        + line(2, "LOG:  duration: 2.000 ms  execute b: select * from u where id = $1")
        + line(1, "DETAIL:  parameters: $1 = '11'")
        + line(2, "DETAIL:  parameters: $1 = '22'")
        + line(2, "LOG:  duration: 3.000 ms  execute b: select * from u where id = $1")
        + line(1, "LOG:  duration: 4.000 ms  execute a: select * from t where id = $1")
        + line(2, "DETAIL:  parameters: $1 = '33'")
        + line(1, "DETAIL:  parameters: $1 = '44'")
    )
    values = {event.total_ms: event.parameters for event in events}
    assert values == {1.0: ("11",), 2.0: ("22",), 3.0: ("33",), 4.0: ("44",)}


def test_a_value_may_hold_what_separates_values(read):
    events, _ = read(
        line(1, "LOG:  duration: 1.000 ms  execute a: select * from t where a = $1 and b = $2 and c = $3")
        + line(1, "DETAIL:  parameters: $1 = 'Smith, $2 = ''x''', $2 = NULL, $3 = ''")
    )
    assert events[0].parameters == ("Smith, $2 = 'x'", None, "")


def test_cut_values_are_no_values(read):
    events, report = read(
        line(1, "LOG:  duration: 1.000 ms  execute a: select * from t where a = $1") + line(1, "DETAIL:  parameters: $1 = 'view 4...'")
    )
    assert events[0].parameters is None
    assert report.unreadable == []


def test_damaged_values_are_named_and_the_statement_is_used(read):
    events, report = read(
        line(1, "LOG:  duration: 1.000 ms  execute a: select * from t where a = $1") + line(1, "DETAIL:  parameters: $1 = 'view")
    )
    assert [(event.text, event.parameters) for event in events] == [("select * from t where a = $1", None)]
    assert report.unreadable_count == 1


def test_parse_and_bind_are_no_calls(read):
    events, report = read(
        line(1, "LOG:  duration: 9.000 ms  parse <unnamed>: select 1 where $1 = 1")
        + line(1, "LOG:  duration: 8.000 ms  bind <unnamed>: select 1 where $1 = 1")
        + line(1, "DETAIL:  parameters: $1 = '1'")
        + line(1, "LOG:  duration: 1.000 ms  execute <unnamed>: select 1 where $1 = 1")
        + line(1, "DETAIL:  parameters: $1 = '1'")
    )
    assert [(event.total_ms, event.calls) for event in events] == [(1.0, 1)]
    assert report.ignored["parse or bind"] == 2


def test_fetching_on_adds_time_but_no_call(read):
    events, _ = read(
        line(1, "LOG:  duration: 1.000 ms  execute S_1/C_2: select * from t")
        + line(1, "LOG:  duration: 2.500 ms  execute fetch from S_1/C_2: select * from t")
        + line(1, "LOG:  duration: 0.100 ms  statement: commit")
        + line(1, "LOG:  duration: 4.000 ms  execute fetch from S_1/C_2: select * from t")
    )
    assert [(event.text, event.total_ms, event.calls) for event in events] == [
        ("select * from t", 3.5, 1), ("commit", 0.1, 1), ("select * from t", 4.0, 0),
    ]  # fmt: skip


def test_a_statement_and_its_duration_are_joined_by_session(read):
    events, report = read(
        line(1, "LOG:  statement: select * from t where id = 1")
        + line(2, "LOG:  statement: select * from u")
        + line(1, "LOG:  duration: 5.000 ms")
        + line(2, "LOG:  duration: 6.000 ms")
        + line(2, "LOG:  duration: 0.700 ms")
        + line(3, "LOG:  statement: select * from never_timed")
    )
    assert {(event.text, event.total_ms) for event in events} == {
        ("select * from t where id = 1", 5.0), ("select * from u", 6.0), ("select * from never_timed", None),
    }  # fmt: skip
    assert report.ignored["duration without a statement"] == 1


def test_logged_at_its_beginning_and_again_with_its_time_is_one_call(read):
    events, _ = read(line(1, "LOG:  statement: select 1") + line(1, "LOG:  duration: 5.000 ms  statement: select 1"))
    assert [(event.text, event.total_ms, event.calls) for event in events] == [("select 1", 5.0, 1)]


def test_a_failed_statement_is_no_call(read):
    events, report = read(
        line(1, "LOG:  statement: select nope")
        + line(1, 'ERROR:  column "nope" does not exist at character 8')
        + line(1, "STATEMENT:  select nope")
        + line(1, "LOG:  duration: 5.000 ms")
    )
    assert events == []
    assert report.ignored == {"failed statement": 1, "duration without a statement": 1}


def test_a_timeout_counts_with_the_least_it_can_have_taken(read):
    events, _ = read(
        line(1, "LOG:  duration: 0.020 ms  statement: SET statement_timeout = '2s'")
        + line(1, "ERROR:  canceling statement due to statement timeout")
        + line(1, "CONTEXT:  unnamed portal with parameters: $1 = '5'")
        + line(1, "STATEMENT:  select * from t where a = $1")
        + line(2, "ERROR:  canceling statement due to statement timeout")
        + line(2, "STATEMENT:  select * from u")
        + line(3, "LOG:  statement: select * from v")
        + line(3, "ERROR:  canceling statement due to statement timeout", at="2026-11-22 05:33:22.070 UTC")
        + line(3, "STATEMENT:  select * from v")
    )
    timed_out = [(event.text, event.total_ms, event.parameters) for event in events if event.timed_out]
    assert timed_out == [
        ("select * from t where a = $1", 2000.0, ("5",)), ("select * from u", None, None), ("select * from v", 3002.0, None),
    ]  # fmt: skip


def test_a_timeout_without_its_statement_is_named(read):
    events, report = read(line(1, "ERROR:  canceling statement due to statement timeout"))
    assert events == []
    assert "log_min_error_statement" in report.unreadable[0].reason


def test_cancelled_by_a_user_is_counted_apart(read):
    events, report = read(line(1, "ERROR:  canceling statement due to user request") + line(1, "STATEMENT:  select 1"))
    assert events == []
    assert report.ignored == {"cancelled by user": 1}


def test_a_prepared_statement_is_what_it_prepared(read):
    events, _ = read(
        line(1, "LOG:  duration: 1.000 ms  statement: EXECUTE p (7, 'a''b', NULL)")
        + line(1, "DETAIL:  prepare: PREPARE p (int, text, text) AS select * from t where a = $1 and b = $2 and c = $3;")
    )
    assert events[0].text.rstrip(";") == "select * from t where a = $1 and b = $2 and c = $3"
    assert events[0].parameters == ("7", "a'b", None)


PLAN = "plan:\n\tQuery Text: select *\n\tfrom t\n\tSeq Scan on t  (cost=0.00..25.88 rows=6 width=36)\n\t  Filter: (id = 4)"


def test_a_plan_is_an_event_only_without_its_statement(read):
    events, _ = read(
        line(1, f"LOG:  duration: 4.000 ms  {PLAN}")
        + line(1, "LOG:  duration: 5.000 ms  statement: select *\n\tfrom t")
        + line(2, f"LOG:  duration: 6.000 ms  {PLAN}")
        + line(2, "LOG:  duration: 7.000 ms  statement: select 1")
        + line(3, "LOG:  duration: 8.000 ms  execute <unnamed>: select *\n\tfrom t")
        + line(3, f"LOG:  duration: 7.900 ms  {PLAN}")
    )
    assert sorted((event.total_ms, event.text, event.plan is not None) for event in events) == [
        (5.0, "select *\nfrom t", True), (6.0, "select *\nfrom t", True), (7.0, "select 1", False), (8.0, "select *\nfrom t", True),
    ]  # fmt: skip
    assert next(event.plan for event in events if event.plan).startswith("Seq Scan on t  (cost=0.00..25.88")


def test_a_plan_nested_in_a_function_is_an_event_of_its_own(read):
    events, _ = read(
        line(1, f"LOG:  duration: 4.000 ms  {PLAN}")
        + line(1, "CONTEXT:  PL/pgSQL function f() line 3 at SQL statement")
        + line(1, "LOG:  duration: 5.000 ms  statement: select f()")
    )
    assert [event.text for event in events] == ["select *\nfrom t", "select f()"]


def test_a_message_somebody_raised_is_no_statement(read):
    events, _ = read(
        line(1, "LOG:  duration: 4.000 ms  statement: select forged")
        .replace("LOG", "NOTICE")
        + line(1, "LOG:  statement: select forged")
        + line(1, "CONTEXT:  PL/pgSQL function f() line 3 at RAISE")
    )  # fmt: skip
    assert events == []


def test_our_own_statements_are_left_out(read):
    events, report = read(
        line(1, "LOG:  duration: 4.000 ms  statement: EXPLAIN select 1\n\t/* indexadvisor */")
        + "2026-11-22 05:33:19.068 UTC [7] app@shop LOG:  duration: 4.000 ms  statement: select 1 /* indexadvisor */ \n"
    )
    assert events == []
    assert report.ignored["own statement"] == 2


def test_statements_of_many_lines_keep_their_lines(read):
    events, _ = read(line(1, "LOG:  duration: 1.000 ms  statement: select *\n\tfrom t -- it's\n\t\n\t\twhere a = 'x:  y'"))
    assert events[0].text == "select *\nfrom t -- it's\n\n\twhere a = 'x:  y'"


@pytest.mark.parametrize("number", ["nan", "inf", "1e9", "", "-1.0", "١.٠"])
def test_a_duration_is_a_plain_number(read, number):
    events, report = read(line(1, f"LOG:  duration: {number} ms  statement: select 1"))
    assert events == []
    assert [item.reason for item in report.unreadable] == ["duration without a number"]


def test_times_are_moments(read):
    events, report = read(line(1, "LOG:  duration: 1.000 ms  statement: select 1", at="2026-11-22 05:33:19.068 +0200"))
    assert events[0].at.isoformat() == "2026-11-22T05:33:19.068000+02:00"
    assert report.first_at == report.last_at == events[0].at
    assert read(line(1, "LOG:  duration: 1.000 ms  statement: select 1", at="2026-11-22 05:33:19.068 XYZ"))[0][0].at is None


def test_a_log_without_sessions_joins_by_order(read):
    events, _ = read(
        "2026-11-22 05:33:19 UTC LOG:  duration: 1.000 ms  execute a: select $1\n2026-11-22 05:33:19 UTC DETAIL:  parameters: $1 = 'x'\n"
    )
    assert events[0].parameters == ("x",)


def test_memory_is_bounded_by_forgetting_silent_sessions(read, monkeypatch):
    monkeypatch.setattr("indexadvisor.capture.messages.MAX_SESSIONS", 3)
    monkeypatch.setattr("indexadvisor.capture.stderr.MAX_SESSIONS", 3)
    text = "".join(line(pid, f"LOG:  statement: select {pid}") for pid in range(100, 150))
    events, report = read(text)
    assert sorted(event.text for event in events) == [f"select {pid}" for pid in range(100, 150)]
    assert report.unreadable_count == 0


def test_every_plan_of_a_repeated_statement_is_an_execution(read):
    """Where auto_explain alone logs, nothing else tells one execution from the next."""
    events, _ = read("".join(line(1, f"LOG:  duration: {number}.000 ms  {PLAN}") for number in (1, 2, 2)))
    assert [event.total_ms for event in events] == [1.0, 2.0, 2.0]
