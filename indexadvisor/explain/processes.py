"""Which nodes of a plan several processes ran side by side, and what their summed time was worth on the clock.

Below Gather every printed number is summed over the leader and the workers and divided by their loops (src/backend/executor/execParallel.c,
InstrAggNode). How many processes took part is read from the loops: the child's by Gather's own. Workers planned but not launched, a leader
that did not take part, and launches of a Gather that was run again (``Workers Launched`` is the last launch alone) are then all accounted
for.

What the clock saw of the nodes below one Gather is its slowest process. VERBOSE prints each worker, and what the workers leave is the
leader's. Without it the slowest took at least the average and at most everything that was measured, or what Gather itself took: work that
went on while the plan above Gather was busy cost nobody any time. Nodes below share this in proportion to the work done in all processes.

One bitmap is built by one process while the others wait for it (nodeBitmapHeapscan.c, BitmapShouldInitializeSharedState): the nodes below a
Parallel Bitmap Heap Scan count on the clock in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Plan, PlanNode

GATHERS = frozenset({"Gather", "Gather Merge"})
_PRINTED_MS = 0.0005
"""Half of the last digit printed: times have three decimals in every version and format."""


@dataclass(frozen=True)
class Region:
    """Nodes run by the same processes. ``top``: the child of Gather (or of a Parallel Bitmap Heap Scan) that begins it, None for the main
    plan.

    ``over``: the node above it. ``processes``: how many took part, on average over Gather's loops. ``bitmap``: built by one while others
    wait.
    """

    top: int | None = None
    over: int | None = None
    processes: float = 1.0
    bitmap: bool = False


MAIN = Region()


def measured(node: PlanNode) -> Interval:
    """Return a node's time summed over loops and processes, in milliseconds, as wide as the rounding of its average; zero where it never
    ran.

    >>> from indexadvisor.explain.plan import Actual
    >>> measured(PlanNode("Result", actual=Actual(rows=1, loops=1000, total_ms=0.002)))
    Interval(low=1.5, high=2.5)
    """
    if node.actual is None or node.actual.loops <= 0 or node.actual.total_ms is None:
        return Interval(0.0, 0.0)
    return _spread(node.actual.total_ms, node.actual.loops)


def _spread(average_ms: float, loops: int) -> Interval:
    return Interval(max(0.0, average_ms - _PRINTED_MS) * loops, max(0.0, average_ms + _PRINTED_MS) * loops)


def parallel_aware(node: PlanNode) -> bool:
    """Return whether the processes share the node's work ("Parallel Seq Scan", and the flag of the other formats)."""
    return node.details.get("Parallel Aware") is True


def regions(plan: Plan) -> Mapping[int, Region]:
    """Return each node's region by its number."""
    found: dict[int, Region] = {}
    for node in plan.walk():
        parent = plan.parents.get(node.number)
        found[node.number] = MAIN if parent is None else _below(parent, node, found[parent.number])
    return found


def _below(parent: PlanNode, node: PlanNode, region: Region) -> Region:
    if node.relationship in {"InitPlan", "SubPlan"}:
        return region
    if parent.node_type in GATHERS:
        return Region(node.number, parent.number, participants(parent, node))
    if parent.node_type == "Bitmap Heap Scan" and parallel_aware(parent) and region.top is not None:
        return Region(node.number, parent.number, 1.0, bitmap=True)
    return region


def participants(gather: PlanNode, child: PlanNode) -> float:
    """Return how many processes ran Gather's child, the leader included, on average over Gather's loops; at least 1.

    >>> from indexadvisor.explain.plan import Actual
    >>> participants(PlanNode("Gather", actual=Actual(9, 2)), PlanNode("Seq Scan", actual=Actual(3, 6)))
    3.0
    """
    if gather.actual is None or child.actual is None or gather.actual.loops <= 0:
        return 1.0
    return max(1.0, child.actual.loops / gather.actual.loops)


def processes(plan: Plan, found: Mapping[int, Region]) -> Mapping[int, float]:
    """Return how many processes ran each node side by side: those of its region, fewer below a Parallel Append that gave it to fewer."""
    counts: dict[int, float] = {}
    for node in plan.walk():
        region, parent = found[node.number], plan.parents.get(node.number)
        inherited = region.processes if parent is None or found[parent.number] != region else counts[parent.number]
        if parent is not None and parent.node_type == "Append" and parallel_aware(parent) and node.actual and parent.actual:
            launches = parent.actual.loops / region.processes
            inherited = min(inherited, max(1.0, node.actual.loops / launches)) if launches > 0 else inherited
        counts[node.number] = inherited
    return counts


def on_the_clock(top: PlanNode, region: Region, spent: Interval, room: Interval) -> Interval:
    """Return what one millisecond of summed process time in a region was worth on the clock: 1 / processes where all were equally busy.

    ``spent``: the summed time of the region's ``top``; ``room``: what the node above it took, less what else that did.
    """
    if region.bitmap or spent.high <= 0:
        return Interval(1.0, 1.0)
    slowest = _slowest(top, spent) or Interval(spent.low / region.processes, spent.high)
    low = 1 / region.processes if spent.low <= 0 else max(slowest.low / spent.high, 1 / region.processes)
    high = 1.0 if spent.low <= 0 else min(1.0, slowest.high / spent.low, room.high / spent.low)
    return Interval(max(0.0, min(low, high, room.low / spent.high)), max(0.0, high))


def _slowest(top: PlanNode, spent: Interval) -> Interval | None:
    """Return the time of the slowest process over all launches, None where the workers were not printed."""
    actuals = [worker.actual for worker in top.workers if worker.actual is not None and worker.actual.total_ms is not None]
    if top.actual is None or not actuals:
        return None
    workers = [_spread(actual.total_ms or 0.0, actual.loops) for actual in actuals]
    rest = spent
    for worker in workers:
        rest = rest - worker
    if top.actual.loops > sum(actual.loops for actual in actuals):
        workers.append(Interval(max(0.0, rest.low), max(0.0, rest.high)))
    return Interval(max(each.low for each in workers), min(spent.high, max(each.high for each in workers)))
