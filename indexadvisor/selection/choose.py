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
from indexadvisor.selection.drop_costs import with_costs
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
        whole = pick(task, limits, deadline, progress, required=required, forbidden=forbidden)
        number = knee(whole.frontier)
        if number is None:
            return whole
        if whole.interrupted:
            deadline.end()
        limits = replace(limits, budget_bytes=whole.frontier[number].size_bytes)
        there = pick(task, limits, deadline, progress, required=required, forbidden=forbidden)
        return replace(there, frontier=whole.frontier, knee=number)
    return pick(task, limits, deadline, progress, required=required, forbidden=forbidden)


def pick(
    task: Task, limits: Limits, deadline: Deadline, progress: Progress = silent, *, start: frozenset[IndexDef] = frozenset(),
    required: frozenset[IndexDef] = frozenset(), forbidden: frozenset[IndexDef] = frozenset(),
) -> Choice:  # fmt: skip
    """Return the choice for a task under limits. ``start``: a set to begin from, such as the answer for another budget.

    With ``limits.risk_discount``, what of an index's savings is at risk and not to be counted is held against it like a tax, and the choice
    is made again, until no index is chosen for savings that do not count: where a safer one does nearly as well, that one is.
    """
    begun = task.plans.explains
    uncounted: dict[IndexDef, float] = {}
    try:
        for _ in range(_WARY_ROUNDS):
            choice, rules = _pick(task, limits, deadline, progress, start=start, required=required, forbidden=forbidden, begun=begun)
            more = {step.candidate.index: step.uncounted for step in choice.steps}
            more = {index: amount for index, amount in more.items() if amount > uncounted.get(index, 0.0) * _MORE_AT_RISK}
            if not more or choice.interrupted:
                break
            uncounted |= more
            task.charge(uncounted)
            start = choice.indexes
        choice = _with_surroundings(choice, task, rules, limits, deadline)
    finally:
        task.charge({})
    left_out = sorted(uncounted.keys() - choice.indexes, key=str)
    told = tuple(Skipped("selection", str(index), _UNCOUNTED.format(uncounted[index])) for index in left_out)
    return replace(choice, skipped=tuple(dict.fromkeys((*choice.skipped, *told))))


def _pick(
    task: Task, limits: Limits, deadline: Deadline, progress: Progress, *, start: frozenset[IndexDef],
    required: frozenset[IndexDef], forbidden: frozenset[IndexDef], begun: int,
) -> tuple[Choice, Rules]:  # fmt: skip
    """Return the choice by what the offers cost, and the rules it follows; ``begun``: the EXPLAINs before those that count as allowed."""
    plans, offers = task.plans, task.offers
    allowance = limits.max_explains or max(_LEAST_EXPLAINS, _EXPLAINS_PER_STATEMENT * len(plans.statements))
    most = begun + allowance * (1 - _RESERVED)

    def searched(start: frozenset[IndexDef]) -> tuple[Search, bool]:
        found = Search(
            plans, offers, task.catalog, limits, deadline, progress, required=required, forbidden=forbidden, conflicts=task.conflicts,
            start=start, most_explains=most, jobs=task.costs.jobs,
        )  # fmt: skip
        interrupted = _run(found) or deadline.passed
        task.conflicts.update(found.conflicts)
        return found, interrupted

    search, interrupted = searched(start)
    if limits.variants and not interrupted and plans.explains - begun < allowance / 2 and task.join_variants(search.best, limits):
        search, interrupted = searched(search.best)
    chosen, trimmed = (search.best, ()) if required else trim(plans, offers, search.best, limits)
    small = (*_tax_decided(plans, offers, chosen, trimmed), *(_together(plans, offers, search.best, chosen) if trimmed else ()))
    choice = _choice(task.workload, plans, offers, task.taxes, chosen, search.bound, by_time=limits.weight == "time")
    choice = replace(
        choice,
        steps=with_risks(choice.steps, choice.queries, task.catalog, task.usage, limits.risk_discount),
        interrupted=interrupted,
        skipped=(*task.skipped, *plans.skipped, *trimmed, *small, *task.costs.skipped),
        not_costed=task.not_costed,
    )
    return choice, search.rules


def _with_surroundings(choice: Choice, task: Task, rules: Rules, limits: Limits, deadline: Deadline) -> Choice:
    """Return a choice with the existing indexes that may go beside it, and the curve of savings against size that it ends."""
    plans, chosen = task.plans, choice.indexes
    drops, kept = droppable(task.catalog, task.usage, task.workload, chosen, names_in_plans(plans, chosen), limits, task.rows_per_call)
    drops, earning = with_costs(drops, plans, chosen, task.catalog, limits, deadline)
    points = frontier(plans, rules, FrontierPoint(choice.size_bytes, choice.cost_after, len(chosen)), deadline)
    return replace(choice, drops=drops, frontier=points, knee=knee(points), skipped=(*choice.skipped, *kept, *earning))


def _run(search: Search) -> bool:
    """Run the search; return whether it was interrupted by Ctrl-C. A second Ctrl-C ends the program."""
    try:
        search.run()
    except KeyboardInterrupt:
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
