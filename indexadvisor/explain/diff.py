"""What changed between two plans of one statement, as a closed set of edits, and what made it slower, in one sentence.

Nodes are matched by what they do, not by where they stand: a scan by the alias it reads, a join by the set of aliases it joins,
any other node by its class and the aliases below it. Works across versions: all is compared under the JSON format's names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.shape import JOINS, SCANS, aliases, label, scan_name, shape

_CONDITIONS = ("Index Cond", "Recheck Cond", "Filter", "Hash Cond", "Merge Cond", "Join Filter", "Order By", "Sort Key", "Group Key")
_FACTOR = 2.0
"""Figures that differ by less than this are the same to a reader."""


@dataclass(frozen=True)
class NodeAdded:
    """Only the second plan has it."""

    after: PlanNode


@dataclass(frozen=True)
class NodeRemoved:
    """Only the first plan has it."""

    before: PlanNode


@dataclass(frozen=True)
class MethodChanged:
    """The same relations read, joined or grouped in another way."""

    before: PlanNode
    after: PlanNode


@dataclass(frozen=True)
class IndexChanged:
    """The same relation read through another index."""

    before: PlanNode
    after: PlanNode


@dataclass(frozen=True)
class ConditionChanged:
    """A condition came, went or moved (from Index Cond to Filter, say). ``name`` is the property, texts are None where it is absent."""

    before: PlanNode
    after: PlanNode
    name: str
    text_before: str | None
    text_after: str | None


@dataclass(frozen=True)
class EstimateChanged:
    """The planner expects at least twice or at most half the rows per loop."""

    before: PlanNode
    after: PlanNode


@dataclass(frozen=True)
class RowsChanged:
    """At least twice or at most half the rows were really returned, over all loops."""

    before: PlanNode
    after: PlanNode
    rows_before: float
    rows_after: float


@dataclass(frozen=True)
class SpillChanged:
    """The node began to write temporary files, or ceased to."""

    before: PlanNode
    after: PlanNode


Edit = NodeAdded | NodeRemoved | MethodChanged | IndexChanged | ConditionChanged | EstimateChanged | RowsChanged | SpillChanged


@dataclass(frozen=True)
class PlanDiff:
    """Two plans compared. ``matched``: numbers of nodes that do the same. Costs are None with COSTS OFF."""

    before: Plan
    after: Plan
    matched: tuple[tuple[int, int], ...]
    edits: tuple[Edit, ...]
    same_shape: bool

    @property
    def cost_factor(self) -> float | None:
        """The second plan's cost by the first's, None where it is unknown or the first costs nothing."""
        before, after = self.before.root.total_cost, self.after.root.total_cost
        return after / before if before and after is not None else None


def diff(before: Plan, after: Plan) -> PlanDiff:
    """Compare two plans of one statement."""
    pairs = _matched(before, after)
    old, new = {a.number for a, _ in pairs}, {b.number for _, b in pairs}
    edits: list[Edit] = [edit for pair in pairs for edit in _edits(*pair)]
    edits += [NodeRemoved(node) for node in before.walk() if node.number not in old]
    edits += [NodeAdded(node) for node in after.walk() if node.number not in new]
    return PlanDiff(before, after, tuple((a.number, b.number) for a, b in pairs), tuple(edits), shape(before) == shape(after))


def _matched(before: Plan, after: Plan) -> tuple[tuple[PlanNode, PlanNode], ...]:
    """Pair nodes of one key in order of appearance; then scans left over that read one relation under other aliases."""
    waiting: dict[object, list[PlanNode]] = defaultdict(list)
    below = aliases(after)
    for node in after.walk():
        waiting[_key(after, node, below[node.number])].append(node)
    pairs, left = [], []
    below = aliases(before)
    for node in before.walk():
        same = waiting[_key(before, node, below[node.number])]
        if same:
            pairs.append((node, same.pop(0)))
        else:
            left.append(node)
    spare = [node for nodes in waiting.values() for node in nodes if node.relation is not None and node.node_type in SCANS]
    for node in left:
        twin = next((other for other in spare if other.relation == node.relation and node.node_type in SCANS), None)
        if twin is not None:
            spare.remove(twin)
            pairs.append((node, twin))
    return tuple(sorted(pairs, key=lambda pair: pair[0].number))


def _key(plan: Plan, node: PlanNode, names: frozenset[str]) -> object:
    if node.node_type in SCANS:
        return "scan", scan_name(node)
    if node.node_type == "Bitmap Index Scan":
        heap = next((above for above in plan.ancestors(node) if above.node_type == "Bitmap Heap Scan"), node)
        return "bitmap", scan_name(heap), node.index
    if node.node_type in JOINS:
        return "join", names
    kind = "Sort" if node.node_type == "Incremental Sort" else "Gather" if node.node_type == "Gather Merge" else node.node_type
    return kind, names, node.text("Partial Mode"), node.relation


def _edits(before: PlanNode, after: PlanNode) -> Iterator[Edit]:
    if label(before) != label(after):
        yield MethodChanged(before, after)
    elif before.index != after.index:
        yield IndexChanged(before, after)
    for name in _CONDITIONS:
        old, new = _words(before, name), _words(after, name)
        if old != new:
            yield ConditionChanged(before, after, name, old, new)
    if before.rows is not None and after.rows is not None and _differ(before.rows, after.rows):
        yield EstimateChanged(before, after)
    if before.actual is not None and after.actual is not None:
        old_rows, new_rows = before.actual.rows * before.actual.loops, after.actual.rows * after.actual.loops
        if before.actual.loops and after.actual.loops and _differ(old_rows, new_rows):
            yield RowsChanged(before, after, old_rows, new_rows)
        if spilled(before) != spilled(after):
            yield SpillChanged(before, after)


def _differ(a: float, b: float) -> bool:
    low, high = sorted((max(a, 1.0), max(b, 1.0)))
    return high / low >= _FACTOR


def _words(node: PlanNode, name: str) -> str | None:
    value = node.details.get(name)
    return None if value is None else ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def spilled(node: PlanNode) -> bool:
    """Return whether a node's own lines say that it wrote temporary files.

    >>> spilled(PlanNode("Sort", details={"Sort Space Type": "Disk", "Sort Space Used": 2048}))
    True
    """
    on_disk = "Disk" in (node.text("Sort Space Type"), node.text("Storage")) or bool(node.amount("Disk Usage"))
    return on_disk or (node.amount("Hash Batches") or 1) > 1
