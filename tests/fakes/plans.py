"""Plans for tests of rules, with times and rows worked out in the simplest way.

``simple_analysis`` treats every plan as serial: a node's time is average times loops, its own time that less its children's. Good enough
to try a rule; what really holds under Gather, CTEs and the rest is the business of ``explain.timing`` and ``explain.rows``.
"""

from __future__ import annotations

from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Plan
from indexadvisor.explain.reading import read
from indexadvisor.explain.rows import RowCount, row_counts
from indexadvisor.explain.rule import Analysis
from indexadvisor.explain.timing import Conservation, NodeTime, Timings, timings


def plan_from_text(text: str) -> Plan:
    """Return the one plan of a case file, in whatever format."""
    (plan,) = read(text).plans
    return plan


def simple_analysis(plan: Plan, catalog=None) -> Analysis:
    """Return what rules need of a serial plan."""
    return Analysis(plan, _times(plan), _rows(plan), catalog)


def _times(plan: Plan) -> Timings | None:
    if not plan.timed:
        return None
    total = {node.number: node.actual.total_ms * node.actual.loops for node in plan.walk() if node.executed}
    statement_ms = plan.execution_ms or total.get(plan.root.number, 0.0)
    nodes = {}
    for node in plan.walk():
        if node.executed:
            own = max(0.0, total[node.number] - sum(total.get(child.number, 0.0) for child in node.children))
            share = own / statement_ms if statement_ms else 0.0
            nodes[node.number] = NodeTime(node.number, 1.0, point(total[node.number]), point(own), point(share))
    return Timings(nodes, statement_ms, Conservation(point(statement_ms), statement_ms, point(0.0), holds=True))


def _rows(plan: Plan) -> dict[int, RowCount]:
    found = {}
    for node in plan.walk():
        if node.actual is None:
            continue
        loops = node.actual.loops
        removed = sum(node.amount(f"Rows Removed by {what}") or 0.0 for what in ("Filter", "Join Filter", "Index Recheck"))
        factor = under = None
        if loops and node.rows is not None:
            expected, got = max(node.rows, 1.0), max(node.actual.rows, 1.0)
            factor, under = max(expected / got, got / expected), got > expected
        excuse = None if loops else "never executed"
        found[node.number] = RowCount(node.number, point(node.actual.rows * loops), point(removed * loops), factor, under, excuse)
    return found


def point(value: float) -> Interval:
    """Return an interval of one number."""
    return Interval(value, value)


def analysis_of(plan: Plan, catalog=None) -> Analysis:
    """Return what rules need of any plan, with its real times and rows."""
    return Analysis(plan, timings(plan), row_counts(plan), catalog)
