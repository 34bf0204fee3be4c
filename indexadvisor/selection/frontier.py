"""Savings against size: the best set for each of several budgets, by the plans already seen; no question is put to the planner.

Each point's cost is at least the true one (the planner may know a better plan for that very set), so the curve promises
nothing that the sets do not keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from indexadvisor.catalog.model import IndexDef
from indexadvisor.selection.model import FrontierPoint
from indexadvisor.selection.problem import Deadline, Offer, Plans, total_bytes
from indexadvisor.selection.program import Conflict, solve
from indexadvisor.settings import Limits

_POINTS = 6
_SECONDS = 2.0
_GAP = 0.01


def frontier(
    plans: Plans, offers: Mapping[IndexDef, Offer], limits: Limits, conflicts: set[Conflict], whole: FrontierPoint, deadline: Deadline
) -> tuple[FrontierPoint, ...]:
    """Return points from no index to ``whole``, the chosen set, sizes and savings both rising; budgets halve from point to point."""
    nothing = sum(statement.weight * plans.known(statement, frozenset()) for statement in plans.statements)
    points = [FrontierPoint(0, nothing, 0)]
    for halvings in range(_POINTS, 0, -1):
        if deadline.passed or whole.size_bytes == 0:
            break
        budget = min(whole.size_bytes >> halvings, limits.budget_bytes or whole.size_bytes)
        chosen = solve(plans, offers, replace(limits, budget_bytes=budget), conflicts=conflicts, seconds=_SECONDS, gap=_GAP).indexes
        cost = sum(statement.weight * plans.known(statement, chosen) for statement in plans.statements)
        size = total_bytes(chosen, offers)
        if whole.cost < cost < points[-1].cost and points[-1].size_bytes < size < whole.size_bytes:
            points.append(FrontierPoint(size, cost, len(chosen)))
    return (*points, whole) if whole.size_bytes else tuple(points)
