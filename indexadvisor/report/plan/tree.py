"""An analysed plan as rows: one per node, with what a reader wants beside it, in the order of EXPLAIN's text form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from indexadvisor.explain.engine import PlanReport
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.shape import label, scan_name
from indexadvisor.report import units

_CONDITIONS = (
    "Index Cond", "Recheck Cond", "Order By", "Hash Cond", "Merge Cond", "Join Filter", "Filter", "One-Time Filter", "TID Cond",
    "Presorted Key", "Sort Key", "Group Key", "Grouping Sets", "Cache Key", "Conflict Filter", "Run Condition", "Window",
)  # fmt: skip
_MEASURES = (
    "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck", "Heap Fetches", "Exact Heap Blocks",
    "Lossy Heap Blocks", "Index Searches", "Sort Method", "Sort Space Type", "Sort Space Used", "Hash Batches", "Peak Memory Usage",
    "Disk Usage", "Workers Planned", "Workers Launched", "Subplans Removed", "Cache Hits", "Cache Misses", "Cache Evictions",
)  # fmt: skip
"""Properties shown below a node where they say something; the rest is in the JSON and in the HTML's details."""


@dataclass(frozen=True)
class TreeRow:
    """One node. ``guide``: the lines that lead to it; ``below``: those that pass by its conditions. Times are of the wall clock.

    ``rows``: total over all loops, None without ANALYZE; ``rows_expected``: the estimate per loop times the loops. ``factor``: how far the
    estimate was off per loop, with ``under`` telling which way. ``executed`` is None without ANALYZE. ``codes``: findings about the node.
    """

    number: int
    guide: str
    below: str
    title: str
    conditions: tuple[tuple[str, str], ...]
    measures: tuple[tuple[str, str], ...]
    own_ms: Interval | None
    inclusive_ms: Interval | None
    share: float | None
    rows: Interval | None
    rows_expected: float | None
    factor: float | None
    under: bool | None
    excuse: str | None
    loops: int | None
    executed: bool | None
    cost: float | None
    codes: tuple[str, ...]


def rows(report: PlanReport) -> tuple[TreeRow, ...]:
    """Return the plan's rows, parents first."""
    codes = _codes(report.findings)
    return tuple(_row(report, node, guide, below, codes.get(node.number, ())) for node, guide, below in guided(report.plan.root))


def title(node: PlanNode) -> str:
    """Return a node's heading: its role, method, index, relation and alias."""
    text = label(node)
    if node.index is not None:
        text += f" {'on' if node.node_type == 'Bitmap Index Scan' else 'using'} {node.index}"
    name = node.relation or scan_name(node)
    if name is not None and node.node_type != "Bitmap Index Scan":
        text += f" on {name}"
        if node.alias not in (None, name):
            text += f" {node.alias}"
    return f"{node.subplan_name}: {text}" if node.subplan_name else text


def flattened(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings and what they explain, causes first."""
    for finding in findings:
        yield finding
        yield from flattened(finding.consequences)


def _codes(findings: Iterable[Finding]) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, dict[str, None]] = {}
    for finding in flattened(findings):
        if finding.node is not None:
            found.setdefault(finding.node, {})[finding.code] = None
    return {number: tuple(codes) for number, codes in found.items()}


def guided(root: PlanNode) -> Iterator[tuple[PlanNode, str, str]]:
    """Yield every node with the lines that lead to it and those that pass by what stands below it."""
    stack = [(root, "", "")]
    while stack:
        node, guide, rest = stack.pop()
        yield node, guide, rest + ("│  " if node.children else "   ")
        last = len(node.children) - 1
        for place in range(last, -1, -1):
            branch, passing = ("└─ ", "   ") if place == last else ("├─ ", "│  ")
            stack.append((node.children[place], rest + branch, rest + passing))


def _row(report: PlanReport, node: PlanNode, guide: str, below: str, codes: tuple[str, ...]) -> TreeRow:
    time = None if report.times is None else report.times.nodes.get(node.number)
    count = report.rows.get(node.number)
    loops = None if node.actual is None else node.actual.loops
    return TreeRow(
        number=node.number,
        guide=guide,
        below=below,
        title=title(node),
        conditions=tuple(_texts(node, _CONDITIONS)),
        measures=tuple(_texts(node, _MEASURES)),
        own_ms=None if time is None else time.own,
        inclusive_ms=None if time is None else time.inclusive,
        share=None if time is None else time.share.middle,
        rows=None if count is None or not loops else count.returned,
        rows_expected=None if node.rows is None else node.rows * max(1, loops or 1),
        factor=None if count is None else count.factor,
        under=None if count is None else count.under,
        excuse=None if count is None else count.excuse,
        loops=loops,
        executed=node.executed,
        cost=node.total_cost,
        codes=codes,
    )


def _texts(node: PlanNode, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        value = node.details.get(name)
        if value in (None, "", 0, []) or isinstance(value, bool) or (name == "Hash Batches" and value == 1):
            continue
        if name in {"Sort Space Used", "Peak Memory Usage", "Disk Usage"} and isinstance(value, (int, float)):
            yield name, units.size(value * 1024)
        elif isinstance(value, (int, float)):
            yield name, f"{value:,}"
        elif isinstance(value, (list, tuple)):
            yield name, ", ".join(map(str, value))
        else:
            yield name, str(value)


def span(interval: Interval | None) -> str:
    """Write a time with its uncertainty: one number where both bounds read the same.

    >>> span(Interval(812.0, 812.04)), span(Interval(0.0, 47.0)), span(None)
    ('812 ms', '0 ms to 47 ms', 'unknown')
    """
    if interval is None:
        return units.UNKNOWN
    low, high = units.milliseconds(interval.low), units.milliseconds(interval.high)
    return low if low == high else f"{low} to {high}"


def about(interval: Interval | None) -> str:
    """Write a time as one number, marked where it is uncertain by more than a twentieth.

    >>> about(Interval(812.0, 812.04)), about(Interval(0.0, 47.0)), about(None)
    ('812 ms', '≈ 23.5 ms', 'unknown')
    """
    if interval is None:
        return units.UNKNOWN
    text = units.milliseconds(interval.middle)
    return text if interval.high - interval.low <= 0.05 * interval.high else f"≈ {text}"
