"""Where a statement's time went: self time, wall time and share per node, as intervals that carry the rounding of what was printed.

The statement's time is Execution Time: the start of the executor, the plan, triggers after the statement, and the end (explain.c,
ExplainOnePlan). The root's time is only the plan's part of it. Outside of all nodes lie: initializing the plan (with JIT: generating code;
inlining, optimization and emission happen inside the node that first runs the code), triggers of kind AFTER and those of constraints (a
BEFORE trigger is part of its ModifyTable, and the plan does not say which is which), writing the rows of CREATE TABLE AS, serialization.
Planning is not part of Execution Time.

Own times are worked out in three steps: ``explain.processes`` says which nodes ran in several processes, ``explain.placement`` inside which
nodes CTEs, InitPlans and SubPlans were evaluated, ``explain.conserve`` narrows the intervals until they fit together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexadvisor.explain.conserve import Conserved, conserve
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.placement import AFTER, charges
from indexadvisor.explain.plan import Plan
from indexadvisor.explain.processes import MAIN, Region, measured, on_the_clock, processes, regions

_PRINTED_MS = 0.0005
_TOLERANCE_MS = 1e-6
_ZERO = Interval(0.0, 0.0)


@dataclass(frozen=True)
class NodeTime:
    """One node's time in milliseconds of wall clock, all loops. ``processes``: how many ran it side by side (1 outside of Gather).

    ``inclusive``: with everything below and everything evaluated in its expressions. ``own``: without. ``share``: own by statement.
    ``measured``: what PostgreSQL printed times loops, summed over processes, with its rounding.
    """

    number: int
    processes: float
    inclusive: Interval
    own: Interval
    share: Interval
    measured: Interval = _ZERO


@dataclass(frozen=True)
class Conservation:
    """The check that nothing was lost: own times of all nodes, triggers, JIT and what remains of the execution, against the statement's
    time.

    ``own_total``: own times of all nodes. ``outside_ms``: what is in the statement's time but in no node; of it, ``triggers_ms`` is what
    triggers can account for, ``jit_ms`` the generation of code, ``serialization_ms`` turning rows into wire format. ``after_ms``:
    data-modifying CTEs that ran on after the main plan (part of ``own_total``). ``strained``: nodes whose parts were measured longer than
    they were themselves, beyond rounding. ``holds``: own times and what is outside add up to the statement's time, and no node is strained.
    """

    own_total: Interval
    statement_ms: float
    outside_ms: Interval
    holds: bool
    after_ms: Interval = _ZERO
    triggers_ms: Interval = _ZERO
    jit_ms: Interval = _ZERO
    serialization_ms: Interval = _ZERO
    strained: tuple[int, ...] = ()


@dataclass(frozen=True)
class Timings:
    """Every executed node's time by its number. ``statement_ms``: Execution Time, or the root's where that was not printed."""

    nodes: Mapping[int, NodeTime]
    statement_ms: float
    conservation: Conservation


def timings(plan: Plan) -> Timings | None:
    """Return where the time went, or None for a plan without times.

    >>> from indexadvisor.explain.plan import Actual, PlanNode, numbered
    >>> scan = PlanNode("Seq Scan", actual=Actual(rows=10, loops=1, total_ms=3.0))
    >>> sort = PlanNode("Sort", actual=Actual(rows=10, loops=1, total_ms=5.0), children=(scan,))
    >>> round(timings(Plan(numbered(sort), execution_ms=5.5)).nodes[0].own.middle, 3)
    2.0
    """
    if not plan.timed:
        return None
    found = regions(plan)
    spent = {node.number: measured(node) for node in plan.walk() if node.executed and node.actual and node.actual.total_ms is not None}
    root = spent.get(plan.root.number, _ZERO)
    whole = None if plan.execution_ms is None else Interval(max(0.0, plan.execution_ms - _PRINTED_MS), plan.execution_ms + _PRINTED_MS)
    rest = float("inf") if whole is None else max(0.0, whole.high - root.low)
    conserved = conserve({**spent, AFTER: Interval(0.0, rest)}, [charge for charge in charges(plan, found) if charge.node in spent])
    after = conserved.paid.get(AFTER, _ZERO)
    if whole is None:
        whole = root if after == _ZERO else root + after
    statement_ms = plan.execution_ms if plan.execution_ms is not None else whole.middle
    nodes = _nodes(plan, found, conserved, spent, statement_ms)
    return Timings(nodes, statement_ms, _conservation(plan, nodes, conserved, whole, statement_ms))


def _nodes(
    plan: Plan, found: Mapping[int, Region], conserved: Conserved, spent: Mapping[int, Interval], statement_ms: float
) -> dict[int, NodeTime]:
    worth = _worths(plan, found, conserved)
    counts = processes(plan, found)
    below = _regions_below(found, conserved, worth)
    nodes = {}
    for number, raw in spent.items():
        rate = worth[found[number]]
        inclusive = _product(conserved.spent[number], rate)
        own = _product(conserved.own(number), rate)
        if number in below:
            own = (own - below[number]).within(0.0, float("inf"))
        share = Interval(own.low / statement_ms, own.high / statement_ms).within(0.0, 1.0) if statement_ms > 0 else Interval(0.0, 1.0)
        nodes[number] = NodeTime(number, counts[number], inclusive, own, share, raw)
    return nodes


def _worths(plan: Plan, found: Mapping[int, Region], conserved: Conserved) -> dict[Region, Interval]:
    """Return for each region what a millisecond of its summed process time was worth on the clock, outer regions first."""
    worth = {MAIN: Interval(1.0, 1.0)}
    for region in dict.fromkeys(found.values()):
        if region.top is None or region.over is None or region.top not in conserved.spent:
            worth.setdefault(region, Interval(1.0, 1.0))
            continue
        room = conserved.own(region.over) if region.over in conserved.spent else _ZERO
        worth[region] = on_the_clock(plan.nodes[region.top], region, conserved.spent[region.top], room)
        if region.bitmap:
            outer = found[region.over]
            least = conserved.spent[region.top].low / max(room.high, _TOLERANCE_MS)
            worth[outer] = worth[outer].within(min(least, worth[outer].high), worth[outer].high)
    return worth


def _regions_below(found: Mapping[int, Region], conserved: Conserved, worth: Mapping[Region, Interval]) -> dict[int, Interval]:
    """Return what the regions that begin below a node (Gather, Parallel Bitmap Heap Scan) took on the clock, by the node's number."""
    below: dict[int, Interval] = {}
    for region in dict.fromkeys(found.values()):
        if region.top is not None and region.over is not None and region.top in conserved.spent:
            below[region.over] = _product(conserved.spent[region.top], worth[region])
    return below


def _product(time: Interval, rate: Interval) -> Interval:
    return Interval(time.low * rate.low, time.high * rate.high)


def _conservation(plan: Plan, nodes: Mapping[int, NodeTime], conserved: Conserved, whole: Interval, statement_ms: float) -> Conservation:
    own_total = Interval(sum(node.own.low for node in nodes.values()), sum(node.own.high for node in nodes.values()))
    after = conserved.paid.get(AFTER, _ZERO)
    inside = conserved.spent.get(plan.root.number, _ZERO) + after
    left = whole - inside
    outside = left.within(0.0, float("inf"))
    fits = left.high >= -_TOLERANCE_MS
    adds_up = own_total.low <= inside.high + _TOLERANCE_MS and own_total.high >= inside.low - _TOLERANCE_MS
    return Conservation(
        own_total, statement_ms, outside, fits and adds_up and not conserved.strained, after, *_outside(plan, outside),
        strained=tuple(sorted(conserved.strained)),
    )  # fmt: skip


def _outside(plan: Plan, outside: Interval) -> tuple[Interval, Interval, Interval]:
    """Return what triggers, JIT and serialization can account for outside of the nodes."""
    fired = sum(trigger.time_ms or 0.0 for trigger in plan.triggers)
    # triggers of constraints run after the statement; of the others it is not known
    certain = sum(trigger.time_ms or 0.0 for trigger in plan.triggers if trigger.constraint is not None)
    triggers = Interval(min(certain, outside.high), min(fired, outside.high))
    generated = plan.jit.generation_ms if plan.jit is not None and plan.jit.generation_ms is not None else 0.0
    # the sum over leader and workers: the leader's part is at least none
    jit = Interval(0.0, min(generated, outside.high))
    written = plan.serialization.time_ms if plan.serialization is not None and plan.serialization.time_ms is not None else 0.0
    serialization = Interval(min(written, outside.high), min(written, outside.high))
    return triggers, jit, serialization
