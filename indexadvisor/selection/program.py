"""Which set is best, given the plans seen so far: a mixed-integer program solved by HiGHS.

Source: Dash, Polyzotis, Ailamaki, "CoPhy: a scalable, portable, and interactive index advisor for large workloads", VLDB
2011, with plans observed from the planner in place of INUM's templates.

    minimise    sum over statements s, plans p of  weight(s) * cost(s, p) * y(s, p)   +   sum over indexes i of  tax(i) * x(i)
    subject to  sum over p of y(s, p) = 1                        each statement takes one plan
                sum over plans p that need i of y(s, p) <= x(i)  a plan needs its indexes; each is paid for once
                sum over i of size(i) * x(i) <= budget, counts within the limits

x is binary; y is continuous, since for fixed x the cheapest allowed plan is optimal. No question is put to the planner here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from indexadvisor.catalog.model import IndexDef, TableName
from indexadvisor.errors import SelectionError
from indexadvisor.selection.problem import Offer, Plans
from indexadvisor.settings import Limits

Conflict = tuple[IndexDef, IndexDef]
"""Two indexes of which at most one may be chosen: the first does the work of the second."""

_RELATIVE_GAP = 1e-4
_SECONDS = 20.0


@dataclass(frozen=True)
class Solution:
    """A set, and the program's estimate of its weighted cost plus tax (exact where the planner knows no better plan)."""

    indexes: frozenset[IndexDef]
    estimate: float


def solve(
    plans: Plans, offers: Mapping[IndexDef, Offer], limits: Limits, *, conflicts: Collection[Conflict] = (), seconds: float = _SECONDS,
    gap: float = _RELATIVE_GAP,
) -> Solution:  # fmt: skip
    """Return the best set over the plans seen so far, at most one index of each conflict in it; within ``gap`` of the optimum.

    Raises SelectionError when HiGHS gives no answer at all.
    """
    import highspy

    options = {statement: plans.options(statement) for statement in plans.statements}
    needed = {index for choices in options.values() for used, _ in choices for index in used}
    indexes = sorted((index for index in needed if _fits(offers[index], limits)), key=str)
    scale = 1.0 / max(1.0, sum(statement.weight * choices[0][1] for statement, choices in options.items()))

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("mip_rel_gap", gap)
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("random_seed", 1)
    solver.setOptionValue("threads", 1)
    x = {index: solver.addBinary() for index in indexes}
    objective = [scale * offers[index].tax * x[index] for index in indexes if offers[index].tax]
    for statement, choices in options.items():
        allowed = [(used, cost) for used, cost in choices if used <= x.keys()]
        y = [solver.addVariable(lb=0.0, ub=1.0) for _ in allowed]
        solver.addConstr(solver.qsum(y) == 1.0)
        using: dict[IndexDef, list[Any]] = {}
        for variable, (used, cost) in zip(y, allowed, strict=True):
            objective.append(scale * statement.weight * cost * variable)
            for index in used:
                using.setdefault(index, []).append(variable)
        for index in sorted(using, key=str):
            solver.addConstr(solver.qsum(using[index]) <= x[index])
    _limit(solver, x, offers, limits)
    for a, b in conflicts:
        if a in x and b in x:
            solver.addConstr(x[a] + x[b] <= 1)
    solver.minimize(solver.qsum(objective))
    if solver.getInfo().primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        raise SelectionError(f"the solver found no set within the limits ({solver.modelStatusToString(solver.getModelStatus())})")
    chosen = frozenset(index for index in indexes if solver.val(x[index]) > 0.5)
    return Solution(chosen, estimate(plans, offers, chosen))


def estimate(plans: Plans, offers: Mapping[IndexDef, Offer], indexes: frozenset[IndexDef]) -> float:
    """Return a set's weighted cost by the plans seen so far, plus its tax; the true value is at most this."""
    tax = sum(offers[index].tax for index in indexes)
    return tax + sum(statement.weight * plans.known(statement, indexes) for statement in plans.statements)


def _fits(offer: Offer, limits: Limits) -> bool:
    if limits.budget_bytes is None:
        return True
    return offer.size_bytes is not None and offer.size_bytes <= limits.budget_bytes


def _limit(highs: Any, x: Mapping[IndexDef, Any], offers: Mapping[IndexDef, Offer], limits: Limits) -> None:
    if limits.budget_bytes is not None and x:
        mib = 1 << 20  # coefficients near 1 keep the solver's tolerances meaningful
        highs.addConstr(highs.qsum([(offers[index].size_bytes or 0) / mib * x[index] for index in x]) <= limits.budget_bytes / mib)
    if limits.max_indexes is not None and x:
        highs.addConstr(highs.qsum(list(x.values())) <= limits.max_indexes)
    if limits.max_indexes_per_table is not None:
        tables: dict[TableName, list[Any]] = {}
        for index, variable in x.items():
            tables.setdefault(index.table, []).append(variable)
        for group in tables.values():
            highs.addConstr(highs.qsum(group) <= limits.max_indexes_per_table)


def within(indexes: Collection[IndexDef], offers: Mapping[IndexDef, Offer], limits: Limits) -> bool:
    """Return whether a set respects every limit."""
    if limits.max_indexes is not None and len(indexes) > limits.max_indexes:
        return False
    if limits.max_indexes_per_table is not None:
        counts: dict[TableName, int] = {}
        for index in indexes:
            counts[index.table] = counts.get(index.table, 0) + 1
        if any(count > limits.max_indexes_per_table for count in counts.values()):
            return False
    if limits.budget_bytes is None:
        return True
    sizes = [offers[index].size_bytes for index in indexes]
    return None not in sizes and sum(size or 0 for size in sizes) <= limits.budget_bytes
