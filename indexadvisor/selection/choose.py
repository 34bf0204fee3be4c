"""Choose the best set of indexes for a workload from what the planner says they would save.

Parameters: costs in planner units times calls; sizes in bytes; limits as in ``settings.Limits``. The search ends when
planner and program agree and nothing is gained around the answer, or at the time limit, or at Ctrl-C: the best set so far is
then the answer. Ties break by the index's definition; the same answers from the planner give the same choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from indexadvisor.candidates.model import CandidateSet
from indexadvisor.catalog.model import Catalog, IndexDef
from indexadvisor.findings import Skipped
from indexadvisor.selection.attribute import creation_order, paid, trim, worths
from indexadvisor.selection.drop_costs import Questions, with_costs
from indexadvisor.selection.drops import droppable, names_in_plans
from indexadvisor.selection.frontier import frontier, knee
from indexadvisor.selection.model import Choice, FrontierPoint, WriteTax
from indexadvisor.selection.outcome import outcomes, steps
from indexadvisor.selection.problem import Deadline, Offer, Plans
from indexadvisor.selection.risk import with_risks
from indexadvisor.selection.rules import Rules
from indexadvisor.selection.search import Search
from indexadvisor.selection.task import Task, prepare
from indexadvisor.settings import Limits, Progress, silent
from indexadvisor.usage.model import UsageGraph
from indexadvisor.whatif.interface import CostSource
from indexadvisor.workload.model import Workload

_LEAST_EXPLAINS = 1_000
_WORTH_SAYING = 0.001
_EXPLAINS_PER_STATEMENT = 30
_RESERVED = 0.15
"""Share of the EXPLAINs kept for what follows the search: the worth of each index, the order of creation."""
_WARY_ROUNDS = 12
_MORE_AT_RISK = 1.01
"""An amount not counted is taken anew where it is this many times the one before."""
_UNCOUNTED = "of what it seems to save, {:,.0f} is at risk and not counted (--risk-discount)"


def choose(
    workload: Workload,
    usage: UsageGraph,
    candidates: CandidateSet,
    costs: CostSource,
    catalog: Catalog,
    limits: Limits,
    progress: Progress = silent,
    *,
    required: frozenset[IndexDef] = frozenset(),
    forbidden: frozenset[IndexDef] = frozenset(),
) -> Choice:
    """Return the chosen indexes with their benefit, tax and effects, and every query before and after.

    ``required`` indexes are chosen whatever they bring, ``forbidden`` ones never; both are candidates. Raises SelectionError when not
    one statement could be costed, or the required indexes are beyond the limits.
    """
    deadline = Deadline(limits.time_limit_s)
    task = prepare(workload, usage, candidates, costs, catalog, deadline, progress, weight=limits.weight)
    if limits.auto_budget:
        whole = pick(task, limits, deadline, progress, required=required, forbidden=forbidden, drops=False)
        number = knee(whole.frontier)
        if number is None:
            return _with_drops(whole, task, limits, deadline, progress, task.plans.explains)
        if whole.interrupted:
            deadline.end()
        limits = replace(limits, budget_bytes=whole.frontier[number].size_bytes)
        there = pick(task, limits, deadline, progress, required=required, forbidden=forbidden)
        return replace(there, frontier=whole.frontier, knee=number)
    return pick(task, limits, deadline, progress, required=required, forbidden=forbidden)


def pick(
    task: Task, limits: Limits, deadline: Deadline, progress: Progress = silent, *, start: frozenset[IndexDef] = frozenset(),
    required: frozenset[IndexDef] = frozenset(), forbidden: frozenset[IndexDef] = frozenset(), drops: bool = True,
) -> Choice:  # fmt: skip
    """Return the choice for a task under limits. ``start``: a set to begin from, such as the answer for another budget. ``drops``: whether
    existing indexes that may go are asked about.

    With ``limits.risk_discount``, what of an index's savings is at risk and not to be counted is held against it like a tax, and the choice
    is made again, until no index is chosen for savings that do not count: where a safer one does nearly as well, that one is.
    """
    begun = task.plans.explains
    uncounted: dict[IndexDef, float] = {}
    seen: set[IndexDef] = set()
    try:
        for _ in range(_WARY_ROUNDS):
            choice, rules = _pick(task, limits, deadline, progress, start=start, required=required, forbidden=forbidden, begun=begun)
            more = {step.candidate.index: step.uncounted for step in choice.steps}
            more = {index: amount for index, amount in more.items() if amount > uncounted.get(index, 0.0) * _MORE_AT_RISK}
            if not more or choice.interrupted:
                break
            uncounted |= {near: max(amount, uncounted.get(near, 0.0)) for index, amount in more.items() for near in _alike(index, task)}
            seen |= more.keys()
            task.charge(uncounted)
            start = choice.indexes
        choice = choice if required else _counting(choice, task, limits)
        whole = FrontierPoint(choice.size_bytes, choice.cost_after, len(choice.steps))
        points = frontier(task.plans, rules, whole, deadline)
    finally:
        task.charge({})
    named = {item.subject for item in choice.skipped}
    left_out = sorted((index for index in seen if index not in choice.indexes and str(index) not in named), key=str)
    told = tuple(Skipped("selection", str(index), _UNCOUNTED.format(uncounted[index])) for index in left_out)
    choice = replace(choice, frontier=points, knee=knee(points), skipped=(*choice.skipped, *told))
    return _with_drops(choice, task, limits, deadline, progress, begun) if drops else choice


def _pick(
    task: Task, limits: Limits, deadline: Deadline, progress: Progress, *, start: frozenset[IndexDef],
    required: frozenset[IndexDef], forbidden: frozenset[IndexDef], begun: int,
) -> tuple[Choice, Rules]:  # fmt: skip
    """Return the choice by what the offers cost, and the rules it follows; ``begun``: the EXPLAINs before those that count as allowed."""
    plans, offers = task.plans, task.offers
    allowance = _allowance(task, limits)
    most = begun + allowance * (1 - _RESERVED)

    def searched(start: frozenset[IndexDef]) -> tuple[Search, bool]:
        found = Search(
            plans, offers, task.catalog, limits, deadline, progress, required=required, forbidden=forbidden, conflicts=task.conflicts,
            start=start, most_explains=most, jobs=task.costs.jobs,
        )  # fmt: skip
        interrupted = _run(found, deadline) or deadline.passed
        task.conflicts.update(found.conflicts)
        return found, interrupted

    search, interrupted = searched(start)
    if limits.variants and not interrupted and plans.explains - begun < allowance / 2 and task.join_variants(search.best, limits):
        search, interrupted = searched(search.best)
    chosen, trimmed = (search.best, ()) if required else trim(plans, offers, search.best, limits)
    small = (*_tax_decided(plans, offers, chosen, trimmed), *(_together(plans, offers, search.best, chosen) if trimmed else ()))
    choice = replace(
        _described(task, chosen, search.bound, limits),
        interrupted=interrupted,
        skipped=(*task.skipped, *plans.skipped, *trimmed, *small, *task.costs.skipped),
        not_costed=task.not_costed,
    )
    return choice, search.rules


def _described(task: Task, chosen: frozenset[IndexDef], bound: float | None, limits: Limits) -> Choice:
    """Return a set as a choice, its risks included."""
    choice = _choice(task.workload, task.plans, task.offers, task.taxes, chosen, bound, by_time=limits.weight == "time")
    return replace(choice, steps=with_risks(choice.steps, choice.queries, task.catalog, task.usage, limits.risk_discount))


def _alike(index: IndexDef, task: Task) -> list[IndexDef]:
    """Return the candidates with the keys of an index, itself among them: whatever they hold beside, the savings at risk are the same."""
    keys = (index.table, index.method, index.keys, index.predicate)
    return [other for other in task.offers if (other.table, other.method, other.keys, other.predicate) == keys]


def _counting(choice: Choice, task: Task, limits: Limits) -> Choice:
    """Return the choice without indexes of which nothing counts: some can be left where the search under a discount came to no end."""
    if not limits.risk_discount:
        return choice
    at_risk = [step for step in choice.steps if step.uncounted]
    idle = [step for step in at_risk if step.benefit - step.uncounted <= (step.write_tax.cost or 0.0)]
    if not idle:
        return choice
    told = [Skipped("selection", str(step.candidate.index), _UNCOUNTED.format(step.uncounted)) for step in idle]
    left = _described(task, choice.indexes - {step.candidate.index for step in idle}, None, limits)
    skipped = tuple(dict.fromkeys((*choice.skipped, *told)))
    return replace(left, interrupted=choice.interrupted, skipped=skipped, not_costed=choice.not_costed)


def _allowance(task: Task, limits: Limits) -> int:
    """Return about how many EXPLAINs one choice may send."""
    return limits.max_explains or max(_LEAST_EXPLAINS, _EXPLAINS_PER_STATEMENT * len(task.plans.statements))


def _with_drops(choice: Choice, task: Task, limits: Limits, deadline: Deadline, progress: Progress, begun: int) -> Choice:
    """Return a choice with the existing indexes that may go beside it; Ctrl-C leaves unknown what has not been asked yet."""
    plans, chosen = task.plans, choice.indexes
    found, kept = droppable(task.catalog, task.usage, task.workload, chosen, names_in_plans(plans, chosen), limits, task.rows_per_call)
    most = begun + _allowance(task, limits)
    ask = Questions(plans, chosen, task.catalog, deadline, task.costs.jobs, progress, lambda: plans.explains < most)
    try:
        drops, earning = with_costs(found, ask, limits)
        interrupted = choice.interrupted
    except KeyboardInterrupt:
        deadline.end()
        drops, earning = with_costs(found, ask, limits)
        interrupted = True
    return replace(choice, drops=drops, skipped=(*choice.skipped, *kept, *earning), interrupted=interrupted)


def _run(search: Search, deadline: Deadline) -> bool:
    """Run the search; return whether Ctrl-C interrupted it: what can be left is not asked then. A second one ends the program."""
    try:
        search.run()
    except KeyboardInterrupt:
        deadline.end()
        search.settle()
        return True
    return False


def _tax_decided(
    plans: Plans, offers: Mapping[IndexDef, Offer], chosen: frozenset[IndexDef], trimmed: Sequence[Skipped]
) -> tuple[Skipped, ...]:
    """Name the indexes of better plans that were not chosen because keeping them up to date costs more than they could save."""
    could_save: dict[IndexDef, float] = {}
    for statement in plans.statements:
        used, cost = plans.options(statement)[0]
        for index in used - chosen:
            could_save[index] = could_save.get(index, 0.0) + statement.weight * (plans.known(statement, chosen) - cost)
    told = {skipped.subject for skipped in trimmed}
    words = "keeping it up to date would cost {:,.0f}, more than the {:,.0f} it could save"
    return tuple(
        Skipped("selection", str(index), words.format(offers[index].tax, saving))
        for index, saving in sorted(could_save.items(), key=lambda item: str(item[0]))
        if 0 < saving < offers[index].tax and str(index) not in told
    )


def _together(
    plans: Plans, offers: Mapping[IndexDef, Offer], best: frozenset[IndexDef], chosen: frozenset[IndexDef]
) -> tuple[Skipped, ...]:
    """Say what the indexes that save too little each would have saved together, where that is worth saying."""
    more = paid(plans, offers, chosen) / max(1e-12, paid(plans, offers, best)) - 1
    reason = f"left out, the workload costs {more:.1%} more, part of the distance from the best (--min-saving, --min-benefit)"
    count = len(best - chosen)
    subject = f"{count} indexes that save too little each" if count > 1 else "1 index that saves too little"
    return (Skipped("selection", subject, reason),) if more >= _WORTH_SAYING else ()


def _choice(
    workload: Workload,
    plans: Plans,
    offers: Mapping[IndexDef, Offer],
    taxes: Mapping[IndexDef, WriteTax],
    chosen: frozenset[IndexDef],
    bound: float | None,
    *,
    by_time: bool,
) -> Choice:
    values = worths(plans, chosen)
    made = steps(plans, offers, taxes, values, creation_order(plans, offers, values))
    queries = outcomes(workload, plans, chosen)
    if by_time:
        before, after = plans.workload_cost(frozenset()), plans.workload_cost(chosen)
        free = sum(statement.weight * plans.options(statement)[0][1] for statement in plans.statements)
    else:
        before = sum(query.calls * query.cost_before for query in queries)
        after = sum(query.calls * query.cost_after for query in queries)
        free = sum(query.calls * query.cost_bound for query in queries)
    return Choice(made, queries, before, after, free, gap=max(0.0, paid(plans, offers, chosen) / bound - 1) if bound else None)
