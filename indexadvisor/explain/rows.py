"""How many rows each node really handled, and how far the planner's estimate was off, with the cases where the difference means nothing.

Rows are printed as averages over the loops of all processes: whole numbers before version 18, two decimals since; removed rows are whole
numbers in all versions (explain.c, ExplainNode and show_instrumentation_count). The total is an average times the loops, as wide as its
rounding.

The estimate is per loop, and so is the comparison, with one exception. Below Gather the planner divides the rows of nodes that share their
work by the number of processes it expects (costsize.c, get_parallel_divisor: the leader counts less the more workers there are); other
processes may have come. For these nodes the undivided estimate is compared with the rows of all processes together. The planner never
expects less than one row, so neither number is taken below 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor

from indexadvisor.explain.early_stop import count_unknown, early_stops
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.placement import charges
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.processes import MAIN, Region, parallel_aware, regions

NEVER = "never executed"
NOT_MEASURED = "its measurements are missing"
NO_ESTIMATE = "the estimate was not printed"
BITMAP = "a bitmap counts no rows"
INDEX_ENTRIES = "counts index entries, not rows"
NO_ROWS = "returns no rows of its own"
RECURSION = "how often recursion goes on cannot be estimated"
PRUNED = "partitions were pruned during execution"
COUNT = "the count of LIMIT was not known to the planner"
ONE_TIME = "its one-time filter was false"
READ_AGAIN = "its merge join reads rows again for equal keys"
_FOREVER = {
    "BitmapAnd": BITMAP, "BitmapOr": BITMAP, "Bitmap Index Scan": INDEX_ENTRIES, "ModifyTable": NO_ROWS, "WorkTable Scan": RECURSION,
}  # fmt: skip
_TOLERANCE = 1e-9
_ZERO = Interval(0.0, 0.0)


@dataclass(frozen=True)
class RowCount:
    """Rows over all loops and processes, as intervals since averages are printed. ``removed``: thrown away by filters, join filters and
    rechecks of the node.

    ``factor``: how far off the estimate per loop was, 1 or more; ``under``: the planner expected too few. Both None where ``excuse`` says
    why the comparison means nothing (never executed, stopped early under LIMIT, inner side of a merge join, bitmap node, returns no rows,
    ...). ``estimated`` and ``actual``: the two numbers that were compared, None where there is no estimate or no execution.
    """

    number: int
    returned: Interval
    removed: Interval
    factor: float | None = None
    under: bool | None = None
    excuse: str | None = None
    estimated: float | None = None
    actual: float | None = None


def row_counts(plan: Plan) -> Mapping[int, RowCount]:
    """Return the rows of every node by its number; empty without ANALYZE.

    >>> from indexadvisor.explain.plan import Actual
    >>> scan = PlanNode("Seq Scan", rows=10, actual=Actual(rows=3, loops=100), details={"Rows Removed by Filter": 2})
    >>> row_counts(Plan(scan))[0].returned, row_counts(Plan(scan))[0].removed
    (Interval(low=250, high=350), Interval(low=150.0, high=250.0))
    """
    if not plan.analyzed:
        return {}
    found = regions(plan)
    stops = early_stops(plan, charges(plan, found))
    recursive = _recursive(plan)
    divided = _divided(plan, found)
    counts = {}
    for node in plan.walk():
        never = _unfit(node, recursive)
        compared = None if never in {NEVER, NOT_MEASURED, NO_ESTIMATE} else _compared(plan, node, found[node.number], divided)
        excuse = never or _excuse(plan, node, compared, stops)
        factor, under = (None, None) if compared is None or excuse is not None else _off(*compared)
        counts[node.number] = RowCount(
            node.number, returned(node), removed(node, plan.source_format), factor, under, excuse, *(compared or (None, None))
        )  # fmt: skip
    return counts


def returned(node: PlanNode) -> Interval:
    """Return the rows a node gave over all loops, as whole numbers between the bounds of its printed average."""
    if node.actual is None:
        return _ZERO
    return _total(node.actual.rows, node.actual.rows_decimals, node.actual.loops)


def removed(node: PlanNode, source_format: str = "json") -> Interval:
    """Return the rows a node threw away over all loops. TEXT prints a count only where it is not zero, if only its average is."""
    loops = 0 if node.actual is None else node.actual.loops
    total = _ZERO
    for name in node.details:
        average = node.amount(name) if name.startswith("Rows Removed by ") else None
        if average is not None and loops > 0:
            part = _total(average, 0, loops)
            total = total + (Interval(1.0, part.high) if average == 0 and source_format == "text" and part.high >= 1 else part)
    return total


def _total(average: float, decimals: int, loops: int) -> Interval:
    if loops <= 1:
        return Interval(max(0.0, average) * loops, max(0.0, average) * loops)
    half = 0.5 * 10.0**-decimals
    least, most = (average - half) * loops, (average + half) * loops
    low, high = ceil(least - _TOLERANCE), floor(most + _TOLERANCE)
    if low > high:  # no whole number has that average: it was not rounded as PostgreSQL does
        low, high = floor(least), ceil(most)
    return Interval(max(0, low), max(0, high))


def _off(estimated: float, actual: float) -> tuple[float, bool]:
    """Return how far apart two row counts are, and whether the estimate is the smaller one."""
    estimated, actual = max(1.0, estimated), max(1.0, actual)
    return max(estimated, actual) / min(estimated, actual), actual > estimated


def _unfit(node: PlanNode, recursive: frozenset[int]) -> str | None:
    """Return why a node's rows can never be compared with its estimate."""
    if not node.executed:
        return NEVER if node.actual is not None else NOT_MEASURED
    if node.node_type in _FOREVER:
        return _FOREVER[node.node_type]
    if node.number in recursive:
        return RECURSION
    return NO_ESTIMATE if node.rows is None else None


def _excuse(plan: Plan, node: PlanNode, compared: tuple[float, float] | None, stops: Mapping[int, str]) -> str | None:
    """Return why the difference means nothing although the node ran: it was left early, or read again."""
    if compared is None:
        return NO_ESTIMATE
    factor, under = _off(*compared)
    if factor <= 1.0:
        return None
    if under:
        parent = plan.parents.get(node.number)
        again = parent is not None and parent.node_type == "Merge Join" and node.relationship == "Inner"
        return READ_AGAIN if again else None
    if count_unknown(node):
        return stops.get(node.number, COUNT)
    if "One-Time Filter" in node.details and not any(child.executed for child in node.inputs()):
        return ONE_TIME
    pruned = node.amount("Subplans Removed") or any(not child.executed for child in node.inputs())
    return stops.get(node.number, PRUNED if pruned and node.node_type in {"Append", "Merge Append"} else None)


def _recursive(plan: Plan) -> frozenset[int]:
    """Return the nodes between each WorkTable Scan and its Recursive Union."""
    found: set[int] = set()
    for scan in plan.walk():
        if scan.node_type != "WorkTable Scan":
            continue
        path: list[int] = []
        for above in plan.ancestors(scan):
            if above.node_type == "Recursive Union":
                found.update(path)
                break
            path.append(above.number)
    return frozenset(found)


def _compared(plan: Plan, node: PlanNode, region: Region, divided: Mapping[int, float]) -> tuple[float, float] | None:
    """Return the estimate and the rows to hold against it."""
    if node.rows is None or node.actual is None:
        return None
    if node.number not in divided or region.over is None:
        return node.rows, node.actual.rows
    gather = plan.nodes[region.over].actual
    launches = max(1, gather.loops if gather is not None else 1)
    together = node.actual.rows * node.actual.loops / launches
    expected = node.rows * divided[node.number]
    # one row is the least that is ever expected of a process
    return (together, together) if node.rows <= 1 and together <= expected else (expected, together)


def _divided(plan: Plan, found: Mapping[int, Region]) -> dict[int, float]:
    """Return by what the planner divided the rows of the nodes that share their work between processes, by number."""
    divisors: dict[int, float] = {}
    for node in reversed(list(plan.walk())):
        region = found[node.number]
        if region is MAIN or region.bitmap or region.over is None or region.top is None:
            continue
        if parallel_aware(node) or any(child.number in divisors for child in _sharing(node)):
            divisors[node.number] = _divisor(plan, plan.nodes[region.over])
    return divisors


def _sharing(node: PlanNode) -> Iterator[PlanNode]:
    """Yield the children whose share of the work makes the node's rows a share: not a join's inner side, nor what an aggregate reads."""
    if node.node_type == "Aggregate":
        return
    for child in node.inputs():
        if child.relationship != "Inner":
            yield child


def _divisor(plan: Plan, gather: PlanNode) -> float:
    workers = gather.amount("Workers Planned") or 0.0
    if plan.settings.get("parallel_leader_participation") == "off" or gather.details.get("Single Copy") is True:
        return max(1.0, workers)
    return workers + max(0.0, 1.0 - 0.3 * workers) if workers > 0 else 1.0
