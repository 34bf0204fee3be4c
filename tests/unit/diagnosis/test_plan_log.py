"""Plans that pass by in a log: grouped by statement and shape, findings added up, changes of plan in order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from indexadvisor.capture.interface import CaptureReport, QueryEvent
from indexadvisor.diagnosis.plan_log import MAX_CHANGES, analyse_log
from indexadvisor.errors import CaptureError
from indexadvisor.explain.engine import PlanReport
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Plan, PlanNode

START = datetime(2025, 3, 14, tzinfo=UTC)
SLOW, FAST = "seq", "index"


class Events:
    """An event source of given (text, plan, milliseconds)."""

    def __init__(self, *executions):
        self.report = CaptureReport()
        self._executions = executions

    def events(self):
        for place, (text, plan, ms) in enumerate(self._executions):
            yield QueryEvent(text, (), total_ms=ms, at=START + timedelta(seconds=place), source=f"app.log:{place}", plan=plan)


def analyser(text, source, duration_ms=None):
    """A plan is one scan; the sequential one has a finding that could save all but a millisecond of what its duration says."""
    if text == "broken":
        raise CaptureError("not a plan")
    kind, _, ms = text.partition(" ")
    if kind == FAST:
        return PlanReport(Plan(PlanNode("Index Scan", relation="orders", alias="orders", index="orders_pkey")), None, {}, ())
    node = PlanNode("Seq Scan", relation="orders", alias="orders")
    saving = Interval(0.0, float(ms)) if ms else None
    found = Finding("EX01", "seq-scan", "warning", "reads all rows", 0, saving_ms=saving, confidence=0.5)
    return PlanReport(Plan(node), None, {}, (found,))


def statement(number):
    return f"SELECT * FROM orders WHERE id = {number}"


def test_executions_of_one_statement_come_together():
    log = analyse_log(Events((statement(1), "seq 90", 100.0), (statement(2), "seq 300", 310.0), (statement(3), FAST, 1.0)), analyser)
    (query,) = log.queries
    assert (query.executions, query.total_ms, query.changes) == (3, 411.0, 1)
    slow, fast = query.shapes
    assert (slow.executions, slow.mean_ms, slow.example_ms, slow.source) == (2, 205.0, 310.0, "app.log:1")
    assert (fast.executions, fast.example_ms) == (1, 1.0)
    assert [(run.executions, run.first_at, run.last_at) for run in query.runs] == [
        (2, START, START + timedelta(seconds=1)), (1, START + timedelta(seconds=2), START + timedelta(seconds=2)),
    ]  # fmt: skip
    (found,) = log.findings
    assert (found.query_id, found.subject) == (query.query_id, "Seq Scan on orders")
    assert (found.executions, found.duration_ms, found.saving_ms, found.weight) == (2, 410.0, Interval(0.0, 390.0), 97.5)
    assert found.source == "app.log:1"
    assert log.workload.groups[0].query_id == query.query_id
    assert log.workload.groups[0].total_ms == 411.0
    assert log.plans == 3


def test_many_small_savings_outweigh_a_large_one():
    often = [(statement(1), "seq 10", 10.0)] * 50
    log = analyse_log(Events(("SELECT count(*) FROM orders", "seq 200", 200.0), *often), analyser)
    assert [found.executions for found in log.findings] == [50, 1]
    assert [query.executions for query in log.queries] == [50, 1]


def test_plans_without_times_claim_no_saving():
    log = analyse_log(Events((statement(1), SLOW, 5.0), ("SELECT 1 FROM orders", SLOW, 50.0)), analyser)
    assert [(found.saving_ms, found.weight, found.duration_ms) for found in log.findings] == [(None, None, 50.0), (None, None, 5.0)]


def test_a_plan_that_cannot_be_read_costs_only_itself():
    log = analyse_log(Events((statement(1), "broken", 5.0), (statement(1), FAST, 5.0)), analyser)
    assert log.plans == 1
    assert [(one.subject, one.reason) for one in log.skipped] == [("app.log:0", "its plan cannot be read: not a plan")]
    assert log.workload.groups[0].calls == 2


def test_events_without_a_plan_are_workload_all_the_same():
    log = analyse_log(Events((statement(1), None, 5.0)), analyser)
    assert log.queries == ()
    assert log.workload.groups[0].calls == 1


def test_restless_plans_do_not_fill_the_memory():
    executions = [(statement(1), FAST if place % 2 else "seq 1", 1.0) for place in range(1000)]
    (query,) = analyse_log(Events(*executions), analyser).queries
    assert len(query.runs) == MAX_CHANGES + 1
    assert query.changes == 999
    assert query.executions == 1000


def test_a_text_that_cannot_be_parsed_still_has_its_plans():
    log = analyse_log(Events(("SELECT 1; SELECT 2 FROM", "seq 7", 9.0)), analyser)
    assert [query.executions for query in log.queries] == [1]
