"""An analysed plan as the HTML page shows it: values only, so that the template computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indexadvisor.explain.finding import Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.report import units
from indexadvisor.report.plan import properties, sentences
from indexadvisor.report.plan.changes import lines
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.properties import Group
from indexadvisor.report.plan.tree import TreeRow, about, flattened, rows, span
from indexadvisor.report.plan.trials import OutlineRow, Trial, by_finding, outlines, trials

_DEEPEST = 30
"""Levels that are indented; deeper nodes stand at this one."""
_MISESTIMATE = 2.0


@dataclass(frozen=True)
class NodeView:
    """One node. ``level``: its indentation; ``bar``: per cent of the statement's own time, or of its cost where nothing was timed.

    ``heat`` is hot, warm or empty. ``sorting``: exact values of the table's columns.
    """

    row: TreeRow
    level: int
    has_children: bool
    bar: float
    heat: str
    time: str
    time_exact: str
    actual: str
    estimate: str
    misestimate: str
    severity: str
    groups: tuple[Group, ...]
    sorting: Mapping[str, Any]


@dataclass(frozen=True)
class FindingView:
    """A finding with its evidence in words, its trials, and the findings it explains."""

    finding: Finding
    worth: str
    evidence: tuple[str, ...]
    node_title: str
    trials: tuple[Trial, ...]
    consequences: tuple[FindingView, ...]


@dataclass(frozen=True)
class TrialView:
    """A trial with the two plans side by side, empty where nothing was planned."""

    trial: Trial
    before: tuple[OutlineRow, ...]
    after: tuple[OutlineRow, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True)
class PlanView:
    """One plan of the page. ``anchor`` begins the ids of everything in it."""

    anchor: str
    result: PlanResult
    title: str
    headline: str
    conservation: str | None
    conserved: bool
    cut_off: tuple[str, ...]
    timed: bool
    nodes: tuple[NodeView, ...]
    findings: tuple[FindingView, ...]
    noise: tuple[FindingView, ...]
    trials: tuple[TrialView, ...]
    groups: tuple[Group, ...]
    has_buffers: bool


def views(results: tuple[PlanResult, ...]) -> tuple[PlanView, ...]:
    """Return every plan as the page shows it."""
    return tuple(_plan(f"p{place}", result) for place, result in enumerate(results, start=1))


def _plan(anchor: str, result: PlanResult) -> PlanView:
    report, found = result.report, trials(result)
    tested = by_finding(found)
    titles = {row.number: row.title for row in rows(report)}
    times = report.times
    return PlanView(
        anchor=anchor,
        result=result,
        title=f"{result.source}:{report.plan.line}",
        headline=sentences.headline(report),
        conservation=sentences.conservation(report),
        conserved=times is None or times.conservation.holds,
        cut_off=tuple(sentences.cut_off(report)),
        timed=times is not None,
        nodes=tuple(_nodes(result)),
        findings=tuple(_finding(one, tested, titles) for one in report.findings),
        noise=tuple(_finding(one, tested, titles) for one in report.noise),
        trials=tuple(_trial(trial) for trial in found),
        groups=properties.of_plan(report.plan),
        has_buffers=any(node.buffers is not None for node in report.plan.walk()),
    )


def _finding(finding: Finding, tested: Mapping[tuple[str, int | None], tuple[Trial, ...]], titles: Mapping[int, str]) -> FindingView:
    return FindingView(
        finding,
        sentences.worth(finding),
        tuple(sentences.evidence(one) for one in finding.evidence),
        "" if finding.node is None else titles.get(finding.node, ""),
        tested.get((finding.code, finding.node), ()),
        tuple(_finding(one, tested, titles) for one in finding.consequences),
    )


def _trial(trial: Trial) -> TrialView:
    if trial.changes is None:
        return TrialView(trial, (), (), ())
    return TrialView(trial, *outlines(trial.changes), tuple(lines(trial.changes)))


def _nodes(result: PlanResult) -> list[NodeView]:
    report = result.report
    levels = {report.plan.root.number: 0}
    for node in report.plan.walk():
        levels |= {child.number: levels[node.number] + 1 for child in node.children}
    worst: dict[int, str] = {}
    for finding in flattened(report.findings):
        if finding.node is not None:
            worst[finding.node] = max(worst.get(finding.node, ""), finding.severity, key=("", "info", "warning", "error").index)
    return [
        _node(result, row, report.plan.nodes[row.number], min(levels[row.number], _DEEPEST), worst.get(row.number, ""))
        for row in rows(report)
    ]


def _node(result: PlanResult, row: TreeRow, node: PlanNode, level: int, severity: str) -> NodeView:
    share = _share(result, row, node)
    off = row.factor is not None and row.factor >= _MISESTIMATE
    returned = None if row.rows is None else row.rows.middle
    return NodeView(
        row=row,
        level=level,
        has_children=bool(node.children),
        bar=round(100 * share, 1),
        heat="hot" if share >= 0.5 else "warm" if share >= 0.1 else "",
        time=_time(row),
        time_exact="" if row.own_ms is None else f"alone {span(row.own_ms)}, with all below {span(row.inclusive_ms)}",
        actual="never executed" if row.executed is False else "" if returned is None else units.quantity(returned),
        estimate="" if row.rows_expected is None else units.quantity(row.rows_expected),
        misestimate=f"{units.times(row.factor)} {'too few' if row.under else 'too many'}" if off else "",
        severity=severity,
        groups=properties.of_node(result.report, node),
        sorting={
            "own": _or_empty(None if row.own_ms is None else row.own_ms.middle),
            "all": _or_empty(None if row.inclusive_ms is None else row.inclusive_ms.middle),
            "rows": _or_empty(returned), "estimate": _or_empty(row.rows_expected), "factor": _or_empty(row.factor),
            "loops": _or_empty(row.loops), "cost": _or_empty(row.cost),
            "hit": _or_empty(None if node.buffers is None else node.buffers.shared_hit),
            "read": _or_empty(None if node.buffers is None else node.buffers.shared_read),
            "temp": _or_empty(None if node.buffers is None else node.buffers.temp_read + node.buffers.temp_written),
        },
    )  # fmt: skip


def _time(row: TreeRow) -> str:
    if row.own_ms is not None:
        return about(row.own_ms)
    return "" if row.executed is not None or row.cost is None else f"cost {units.quantity(row.cost)}"


def _share(result: PlanResult, row: TreeRow, node: PlanNode) -> float:
    if row.share is not None:
        return min(1.0, max(0.0, row.share))
    whole = result.report.plan.root.total_cost
    if result.report.times is not None or not whole or node.total_cost is None:
        return 0.0
    below = sum(child.total_cost or 0.0 for child in node.inputs())
    return min(1.0, max(0.0, (node.total_cost - below) / whole))


def _or_empty(value: float | None) -> float | str:
    return "" if value is None else value
