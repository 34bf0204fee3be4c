"""Regressions of a plan against its baseline, for CI: by shape and by cost, with allowance for tables that have grown.

Shape regressions (the plan reads or joins in a way that scales worse):

    seq-scan            a relation that was read through an index is read whole now, and is expected to hold at least ``least_rows``
    index-lost          an index that the baseline used for a relation is no longer used, and no other is in its place
    filter-after-index  a condition moved from Index Cond to Filter
    nested-loop         a hash or merge join became a nested loop whose inner side is read whole
    sort-added          rows that came in order are sorted now

Cost regression: total cost above baseline * growth * (1 + tolerance). ``growth`` is the largest factor by which a table that the plan
reads has grown since the baseline, by the row counts kept with it, and 1 where they are unknown: a plan that reads all of its tables
grows with them, a better one more slowly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from indexadvisor.explain.diff import ConditionChanged, MethodChanged, NodeAdded, NodeRemoved, PlanDiff, diff
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.shape import label

_BY_INDEX = frozenset({"Index Scan", "Index Only Scan", "Bitmap Heap Scan"})
_SORTS = frozenset({"Sort", "Incremental Sort"})


@dataclass(frozen=True)
class Tolerance:
    """``cost``: share by which the cost may exceed what growth explains (0.2 = 20 %). ``least_rows``: relations expected to hold fewer are
    read whole without complaint.
    """

    cost: float = 0.2
    least_rows: float = 1000.0


@dataclass(frozen=True)
class Regression:
    """One reason why a plan is worse than its baseline. ``kind``: as listed above, or ``cost``; ``node``: number in the present plan."""

    kind: str
    message: str
    node: int | None = None


def regressions(
    baseline: Plan, present: Plan, tolerance: Tolerance | None = None, *, rows_then: Mapping[str, float] | None = None,
    rows_now: Mapping[str, float] | None = None,
) -> tuple[Regression, ...]:  # fmt: skip
    """Return what got worse. ``rows_then``, ``rows_now``: rows of each relation, by name, at the time of either plan, where known."""
    tolerance = tolerance or Tolerance()
    changes = diff(baseline, present)
    growth = _growth(baseline, rows_then or {}, rows_now or {})
    return (*_by_shape(changes, tolerance, rows_now or {}), *_by_cost(changes, tolerance, growth))


def _by_shape(changes: PlanDiff, tolerance: Tolerance, rows_now: Mapping[str, float]) -> Iterator[Regression]:
    for edit in changes.edits:
        match edit:
            case MethodChanged(before, after) if before.node_type in _BY_INDEX and after.node_type == "Seq Scan":
                if _read(after, rows_now) >= tolerance.least_rows:
                    yield Regression("seq-scan", f"{_where(after)} is read whole; the baseline read it by {_how(before)}", after.number)
            case MethodChanged(before, after) if before.node_type != "Nested Loop" and after.node_type == "Nested Loop":
                whole = next((node for node in after.inputs()[1:] if _reads_whole(node)), None)
                if whole is not None:
                    yield Regression("nested-loop", f"{label(before)} became a Nested Loop that reads its inner side whole", after.number)
            case ConditionChanged(_, after, "Filter", old, new) if new is not None and after.node_type in _BY_INDEX:
                if _moved(changes, after.number):
                    had = f"({old}) before" if old else "none before"
                    yield Regression("filter-after-index", f"{_where(after)} filters rows after the index: {new}; {had}", after.number)
            case NodeAdded(after) if after.node_type in _SORTS and not any(_was_sort(other) for other in changes.edits):
                keys = ", ".join(after.texts("Sort Key"))
                yield Regression("sort-added", f"rows are sorted by {keys}, which came in order before", after.number)
            case NodeRemoved(before) if before.index is not None and before.index not in changes.after.indexes():
                if not any(node.index and node.relation == before.relation for node in changes.after.walk()):
                    yield Regression("index-lost", f"index {before.index} is no longer used, and none in its place")


def _by_cost(changes: PlanDiff, tolerance: Tolerance, growth: float) -> Iterator[Regression]:
    before, after = changes.before.root.total_cost, changes.after.root.total_cost
    if before is None or after is None or after <= before * growth * (1 + tolerance.cost):
        return
    grown = f", while its tables grew {growth:.2f} times" if growth > 1 else ""
    times = f"{after / before:.2f} times" if before else "from nothing to"
    yield Regression("cost", f"cost {before:,.2f} became {after:,.2f} ({times} the baseline){grown}")


def _growth(plan: Plan, then: Mapping[str, float], now: Mapping[str, float]) -> float:
    read = {node.relation for node in plan.walk() if node.relation is not None}
    return max((now[name] / then[name] for name in read if then.get(name, 0) > 0 and name in now), default=1.0) if read else 1.0


def _moved(changes: PlanDiff, number: int) -> bool:
    moved = (edit for edit in changes.edits if isinstance(edit, ConditionChanged) and edit.after.number == number)
    return any(edit.name in {"Index Cond", "Recheck Cond"} for edit in moved)


def _was_sort(edit: object) -> bool:
    return isinstance(edit, NodeRemoved) and edit.before.node_type in _SORTS


def _reads_whole(node: PlanNode) -> bool:
    """Return whether the inner side of a join is a sequential scan, possibly kept in memory."""
    while node.node_type in {"Materialize", "Memoize", "Gather"} and node.inputs():
        node = node.inputs()[0]
    return node.node_type == "Seq Scan"


def _read(node: PlanNode, rows_now: Mapping[str, float]) -> float:
    """Return the rows a sequential scan reads: known, measured, or expected without a filter; infinite where nothing tells."""
    if node.relation is not None and node.relation in rows_now:
        return rows_now[node.relation]
    if node.actual is not None and node.actual.loops:
        return node.actual.rows + (node.amount("Rows Removed by Filter") or 0.0)
    return node.rows if node.rows is not None and node.text("Filter") is None else math.inf


def _where(node: PlanNode) -> str:
    return str(node.relation) if node.alias in (None, node.relation) else f"{node.relation} {node.alias}"


def _how(node: PlanNode) -> str:
    inner = next((below.index for below in node.walk() if below.index), None)
    return f"{label(node)} using {inner}" if inner else label(node)
