"""How findings are weighed and ordered; docs/explain.md publishes the formula."""

from __future__ import annotations

from dataclasses import replace

from indexadvisor.explain.finding import SEVERITIES, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.rule import Analysis


def scored(finding: Finding, analysis: Analysis) -> Finding:
    """Return a finding with its saving bounded by what the statement took, and its score: middle of the saving / statement's time x
    confidence.

    The score is None without times, and for a finding that names no saving.
    """
    statement_ms = analysis.statement_ms
    if statement_ms is None or finding.saving_ms is None:
        return replace(finding, score=None)
    saving = finding.saving_ms.within(0.0, statement_ms)
    share = saving.middle / statement_ms if statement_ms > 0 else 0.0
    return replace(finding, saving_ms=saving, score=share * finding.confidence)


def order(finding: Finding, analysis: Analysis) -> tuple[float, int, float, float, int, str]:
    """Return the sort key of a finding: score, then severity, rows handled, share of the cost, then place in the plan and code."""
    node = None if finding.node is None else analysis.plan.nodes.get(finding.node)
    rows = 0.0 if node is None else (analysis.returned(node) or 0.0) + (analysis.removed(node) or 0.0)
    cost = 0.0 if node is None else analysis.cost_share(node) or 0.0
    place = -1 if finding.node is None else finding.node
    return (-(finding.score or 0.0), -SEVERITIES.index(finding.severity), -rows, -cost, place, finding.code)


def largest(intervals: list[Interval]) -> Interval | None:
    """Return the interval reaching furthest at either bound: savings of findings above each other overlap, so they are not added.

    >>> largest([Interval(0.0, 5.0), Interval(2.0, 3.0)])
    Interval(low=2.0, high=5.0)
    """
    return Interval(max(found.low for found in intervals), max(found.high for found in intervals)) if intervals else None
