"""What each chosen index is worth: the workload's loss when it alone is taken away, and the order to create them in.

Leaving one index out changes only the statements whose plans use it (exact reuse), so this takes few calls. An index that
earns less than the limits ask for is dropped from the set, the least useful first, and what shares a statement with it is judged anew:
two indexes that stand in for each other are never both dropped.

An index on an expression has statistics of its own, and a unique one proves rows distinct: both change row estimates of statements that do
not scan them. Such a statement is asked without the index as well, but what its estimate moves by is no saving: the two costs rest on
different knowledge of the same rows, and CREATE STATISTICS brings the knowledge without the index. It is kept apart as ``swayed``: the
workload's cost without the index is its cost with it, plus benefit, plus sway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

from indexadvisor.catalog.model import IndexDef
from indexadvisor.findings import Skipped
from indexadvisor.selection.problem import Offer, Plans, Statement
from indexadvisor.settings import Limits


@dataclass(frozen=True)
class Worth:
    """One index in a set: ``benefit`` is the weighted cost its absence would add; ``served`` what the statements that use it
    would cost without it (weighted); ``without`` the cost of each of them without it. ``swayed``: the cost without it of each statement
    that does not use it and is estimated otherwise beside it.
    """

    benefit: float
    served: float
    without: Mapping[Statement, float]
    swayed: Mapping[Statement, float] = field(default_factory=dict)

    @property
    def fraction(self) -> float:
        """The benefit as a share of the cost of the statements served."""
        return self.benefit / self.served if self.served > 0 else 0.0


def worths(plans: Plans, chosen: frozenset[IndexDef]) -> dict[IndexDef, Worth]:
    """Return what each index of a set is worth, ordered by definition."""
    users: dict[IndexDef, list[tuple[Statement, float]]] = {index: [] for index in sorted(chosen, key=str)}
    for statement in plans.statements:
        now = plans.ask(statement, chosen)
        for index in now.used:
            users[index].append((statement, now.cost))
    return {index: _worth(plans, chosen, index, statements) for index, statements in users.items()}


def _worth(plans: Plans, chosen: frozenset[IndexDef], index: IndexDef, users: Sequence[tuple[Statement, float]]) -> Worth:
    rest = chosen - {index}
    without = {statement: plans.ask(statement, rest).cost for statement, _ in users}
    benefit = sum(statement.weight * (without[statement] - now) for statement, now in users)
    swayed = _swayed(plans, chosen, index, without) if sways(index) else {}
    return Worth(benefit, sum(statement.weight * cost for statement, cost in without.items()), without, swayed)


def sways(index: IndexDef) -> bool:
    """Return whether an index can change the row estimates of statements that never scan it."""
    return index.unique or any(key.expression is not None for key in index.keys)


def _swayed(plans: Plans, chosen: frozenset[IndexDef], index: IndexDef, users: Collection[Statement]) -> dict[Statement, float]:
    """Return the cost without the index of each statement that does not use it but is estimated otherwise beside it."""
    found = {}
    for statement in plans.statements:
        if index in statement.relevant and statement not in users:
            without = plans.ask(statement, chosen - {index}).cost
            if without != plans.ask(statement, chosen).cost:
                found[statement] = without
    return found


def trim(
    plans: Plans, offers: Mapping[IndexDef, Offer], chosen: frozenset[IndexDef], limits: Limits
) -> tuple[frozenset[IndexDef], tuple[Skipped, ...]]:
    """Drop indexes that earn less than their write tax or than the least benefit asked for; return the rest and the reasons."""
    dropped: list[Skipped] = []
    while chosen:
        judged = worths(plans, chosen)
        left = plans.workload_cost(chosen)
        failing = {index: reason for index, value in judged.items() if (reason := _too_little(value, offers[index], left, limits))}
        if not failing:
            break
        rejudged: set[IndexDef] = set()
        for worst in sorted(failing, key=lambda index: (judged[index].benefit - offers[index].charge, str(index))):
            # what serves a statement that one dropped before it could serve may be worth more now
            if worst not in rejudged:
                dropped.append(Skipped("selection", str(worst), failing[worst]))
                chosen -= {worst}
                rejudged.update(*(served for served in map(plans.relevant, plans.statements) if worst in served))
    return chosen, tuple(dropped)


def paid(plans: Plans, offers: Mapping[IndexDef, Offer], indexes: frozenset[IndexDef]) -> float:
    """Return what the workload costs with a set, its write tax included."""
    return plans.workload_cost(indexes) + fsum(offers[index].charge for index in indexes)


def _too_little(value: Worth, offer: Offer, left: float, limits: Limits) -> str | None:
    """Return why an index earns too little, or None. ``left`` is what the workload still costs with the whole set."""
    counted = value.benefit - offer.uncounted
    if value.benefit <= 0:
        if value.swayed:
            return "no plan scans it, it only changes row estimates: CREATE STATISTICS on the expression does that without an index"
        return "beside the other indexes it saves nothing"
    if value.benefit <= offer.tax:
        return f"keeping it up to date would cost {offer.tax:,.0f}, more than the {value.benefit:,.0f} it saves"
    if counted <= offer.tax:
        return f"of the {value.benefit:,.0f} it saves, {offer.uncounted:,.0f} is at risk and not counted"
    if value.fraction < limits.min_benefit:
        return f"saves {value.fraction:.1%} of the queries it serves, less than the {limits.min_benefit:.1%} asked for"
    if counted < limits.min_saving * left:
        return f"saves {counted / left:.2%} of what the workload still costs, less than the {limits.min_saving:.2%} asked for"
    return None


def creation_order(plans: Plans, offers: Mapping[IndexDef, Offer], values: Mapping[IndexDef, Worth]) -> tuple[IndexDef, ...]:
    """Return the chosen indexes in the order in which benefit per byte accrues; ties by name. Asks the planner nothing.

    Each next index is the one that saves most per byte beside those before it, by the plans already seen; where none saves
    anything alone (two that only help together), the one with the most benefit per byte in the full set. Indexes of unknown size come
    after those whose benefit per byte is known, by what they save.
    """
    left = sorted(values, key=str)
    order: list[IndexDef] = []
    served = _served(plans, left)
    gains = {index: _gain(plans, served[index], frozenset(), index) for index in left}
    while left:
        # max() keeps the first of equals, and ``left`` is in the order of names
        best = max(left, key=lambda index: _rank(gains[index], values[index].benefit, offers[index]))
        order.append(best)
        left.remove(best)
        changed = frozenset(served[best])
        have = frozenset(order)
        gains |= {index: _gain(plans, served[index], have, index) for index in left if not changed.isdisjoint(served[index])}
    return tuple(order)


def _served(plans: Plans, indexes: Iterable[IndexDef]) -> dict[IndexDef, list[Statement]]:
    """Return for each index the statements with a plan that needs it."""
    found: dict[IndexDef, list[Statement]] = {index: [] for index in indexes}
    for statement in plans.statements:
        for index in frozenset().union(*(used for used, _ in plans.options(statement))) & found.keys():
            found[index].append(statement)
    return found


def _gain(plans: Plans, served: Sequence[Statement], have: frozenset[IndexDef], index: IndexDef) -> float:
    return sum(statement.weight * (plans.known(statement, have) - plans.known(statement, have | {index})) for statement in served)


def _rank(gain: float, benefit: float, offer: Offer) -> tuple[bool, float, float]:
    """Return what the order of creation goes by: gain and benefit per byte, those of known size first. No index is below one page."""
    known = offer.size_bytes is not None
    size = max(8192, offer.size_bytes) if offer.size_bytes is not None else 1
    return known, gain / size, benefit / size
