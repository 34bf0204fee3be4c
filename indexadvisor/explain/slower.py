"""What made the second plan slower, in one sentence a person can check in the plans.

The blame goes to the node whose own time grew most (own cost where nothing was timed), and the reason given is the deepest edit at or
below it: a changed method or index before more rows, more rows before a spill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexadvisor.explain.diff import EstimateChanged, IndexChanged, MethodChanged, NodeAdded, PlanDiff, RowsChanged, SpillChanged
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.shape import label
from indexadvisor.explain.timing import timings

_CLEARLY = 1.1
"""A statement is slower or dearer from this factor on; less is noise."""


@dataclass(frozen=True)
class Verdict:
    """``sentence`` says what changed most and why. ``measure`` is ``ms`` or ``cost``; ``before`` and ``after`` are the statement's, None if
    unknown.

    ``node``: number in the second plan of the node that is blamed, None where the statement is not clearly slower.
    """

    sentence: str
    measure: str
    before: float | None = None
    after: float | None = None
    node: int | None = None

    @property
    def factor(self) -> float | None:
        """How many times slower or dearer the second plan is."""
        return self.after / self.before if self.before and self.after is not None else None


def verdict(changes: PlanDiff) -> Verdict:
    """Say what made the second plan slower; by time where both plans were timed, else by cost."""
    old, measure = _weights(changes.before, timed=changes.before.timed and changes.after.timed)
    new, _ = _weights(changes.after, timed=measure == "ms")
    if old is None or new is None:
        return Verdict("neither times nor costs were printed in both plans", measure)
    before, after = old.statement, new.statement
    if not after > before * _CLEARLY:
        faster = "faster" if measure == "ms" else "cheaper"
        how = f"{before / after:,.1f} times {faster}" if after > 0 and before > after * _CLEARLY else "no slower"
        sentence = f"the second plan is {how}: {_amount(before, measure)} before, {_amount(after, measure)} after"
        return Verdict(sentence, measure, before, after)
    twins = {b: a for a, b in changes.matched}
    growth = {number: own - old.own.get(twins.get(number, -1), 0.0) for number, own in new.own.items()}
    worst = max(growth, key=lambda number: (growth[number], -number))
    node = changes.after.nodes[worst]
    # of two statements that do not do the same, one node can lose more than the whole did
    lost = f"{_amount(min(growth[worst], after - before), measure)} of the {_amount(after - before, measure)} lost are in {_name(node)}"
    reason = _reason(changes, node)
    return Verdict(f"{lost}: {reason}" if reason else lost, measure, before, after, worst)


@dataclass(frozen=True)
class _Weights:
    statement: float
    own: Mapping[int, float]


def _weights(plan: Plan, *, timed: bool) -> tuple[_Weights | None, str]:
    if timed and (times := timings(plan)) is not None:
        return _Weights(times.statement_ms, {number: time.own.middle for number, time in times.nodes.items()}), "ms"
    if plan.root.total_cost is None:
        return None, "cost"
    return _Weights(plan.root.total_cost, {node.number: _own_cost(node) for node in plan.walk()}), "cost"


def _own_cost(node: PlanNode) -> float:
    return max(0.0, (node.total_cost or 0.0) - sum(child.total_cost or 0.0 for child in node.inputs()))


def _reason(changes: PlanDiff, node: PlanNode) -> str | None:
    """Return the most telling edit at or below a node of the second plan, the deepest first."""
    below = {inner.number: place for place, inner in enumerate(node.walk())}
    told: list[tuple[int, int, str]] = []
    for edit in changes.edits:
        after = getattr(edit, "after", None)
        if after is None or after.number not in below:
            continue
        place = -below[after.number]
        match edit:
            case MethodChanged(before, _):
                told.append((0, place, f"{_subject(after)}{_with_index(before)} became {_with_index(after)}"))
            case IndexChanged(before, _):
                told.append((0, place, f"{_subject(after)}index {after.index} is used in place of {before.index}"))
            case RowsChanged(_, _, rows_before, rows_after) if rows_after > rows_before:
                told.append((1, place, f"{_name(after)} returns {rows_after:,.0f} rows, {rows_before:,.0f} before"))
            case SpillChanged():
                told.append((2, place, f"{_name(after)} writes temporary files now"))
            case NodeAdded():
                told.append((3, place, f"{_name(after)} is new"))
            case EstimateChanged(before, _):
                told.append((4, place, f"{_name(after)} is estimated at {after.rows or 0:,.0f} rows, {before.rows or 0:,.0f} before"))
    return min(told)[2] if told else None


def _subject(node: PlanNode) -> str:
    return f"on {node.alias or node.relation}, " if node.relation else ""


def _with_index(node: PlanNode) -> str:
    return f"{label(node)} using {node.index}" if node.index else label(node)


def _name(node: PlanNode) -> str:
    return f"{label(node)} on {node.alias or node.relation}" if node.relation else label(node)


def _amount(value: float, measure: str) -> str:
    return f"{value:,.1f} ms" if measure == "ms" else f"cost {value:,.0f}"
