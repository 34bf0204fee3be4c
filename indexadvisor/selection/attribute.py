"""What each chosen index is worth: the workload's loss when it alone is taken away, and the order to create them in.

Leaving one index out changes only the statements whose plans use it (exact reuse), so this takes few calls. An index that
earns less than the limits ask for is dropped from the set, the least useful first, and the rest is judged anew: two
indexes that stand in for each other are never both dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexadvisor.catalog.model import IndexDef
from indexadvisor.findings import Skipped
from indexadvisor.selection.problem import Offer, Plans, Statement
from indexadvisor.settings import Limits


@dataclass(frozen=True)
class Worth:
    """One index in a set: ``benefit`` is the weighted cost its absence would add; ``served`` what the statements that use it
    would cost without it (weighted); ``without`` the cost of each of them without it.
    """

    benefit: float
    served: float
    without: Mapping[Statement, float]

    @property
    def fraction(self) -> float:
        """The benefit as a share of the cost of the statements served."""
        return self.benefit / self.served if self.served > 0 else 0.0


def worth(plans: Plans, chosen: frozenset[IndexDef], index: IndexDef) -> Worth:
    """Return what one index of a set is worth."""
    benefit = served = 0.0
    without: dict[Statement, float] = {}
    for statement in plans.statements:
        now = plans.ask(statement, chosen)
        if index in now.used:
            then = plans.ask(statement, chosen - {index}).cost
            without[statement] = then
            benefit += statement.weight * (then - now.cost)
            served += statement.weight * then
    return Worth(benefit, served, without)


def trim(
    plans: Plans, offers: Mapping[IndexDef, Offer], chosen: frozenset[IndexDef], limits: Limits
) -> tuple[frozenset[IndexDef], tuple[Skipped, ...]]:
    """Drop indexes that earn less than their write tax or than the least benefit asked for; return the rest and the reasons."""
    dropped: list[Skipped] = []
    while chosen:
        judged = {index: worth(plans, chosen, index) for index in sorted(chosen, key=str)}
        left = plans.workload_cost(chosen)
        failing = {index: reason for index, value in judged.items() if (reason := _too_little(value, offers[index].tax, left, limits))}
        if not failing:
            break
        worst = min(failing, key=lambda index: (judged[index].benefit - offers[index].tax, str(index)))
        dropped.append(Skipped("selection", str(worst), failing[worst]))
        chosen -= {worst}
    return chosen, tuple(dropped)


def _too_little(value: Worth, tax: float, left: float, limits: Limits) -> str | None:
    """Return why an index earns too little, or None. ``left`` is what the workload still costs with the whole set."""
    if value.benefit <= 0:
        return "beside the other indexes it saves nothing"
    if value.benefit <= tax:
        return f"keeping it up to date would cost {tax:,.0f}, more than the {value.benefit:,.0f} it saves"
    if value.fraction < limits.min_benefit:
        return f"saves {value.fraction:.1%} of the queries it serves, less than the {limits.min_benefit:.1%} asked for"
    if value.benefit < limits.min_saving * left:
        return f"saves {value.benefit / left:.2%} of what the workload still costs, less than the {limits.min_saving:.2%} asked for"
    return None


def creation_order(plans: Plans, offers: Mapping[IndexDef, Offer], worths: Mapping[IndexDef, Worth]) -> tuple[IndexDef, ...]:
    """Return the chosen indexes in the order in which benefit per byte accrues; ties by name. Asks the planner nothing.

    Each next index is the one that saves most per byte beside those before it, by the plans already seen; where none saves
    anything alone (two that only help together), the one with the most benefit per byte in the full set.
    """
    left = sorted(worths, key=str)
    order: list[IndexDef] = []
    now = {statement: plans.known(statement, frozenset()) for statement in plans.statements}
    while left:
        have = frozenset(order)
        gains = {index: _gain(plans, now, have | {index}) for index in left}
        best = max(left, key=lambda index: (_per_byte(gains[index], offers[index]), _per_byte(worths[index].benefit, offers[index])))
        order.append(best)
        left.remove(best)
        now = {statement: plans.known(statement, frozenset(order)) for statement in plans.statements}
    return tuple(order)


def _gain(plans: Plans, now: Mapping[Statement, float], indexes: frozenset[IndexDef]) -> float:
    return sum(statement.weight * (cost - plans.known(statement, indexes)) for statement, cost in now.items())


def _per_byte(benefit: float, offer: Offer) -> float:
    return benefit / max(8192, offer.size_bytes or 0)
