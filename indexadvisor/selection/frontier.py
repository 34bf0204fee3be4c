"""Savings against size: the best set for each of several budgets, by the plans already seen; no question is put to the planner.

Each point's cost is at least the true one (the planner may know a better plan for that very set), so the curve promises
nothing that the sets do not keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from indexadvisor.selection.model import FrontierPoint
from indexadvisor.selection.problem import Deadline, Plans, total_bytes
from indexadvisor.selection.program import solve
from indexadvisor.selection.rules import Rules

_HALVINGS = 6
_BETWEEN = 1.5
_SECONDS = 2.0
_PRECISION = 0.01


def frontier(plans: Plans, rules: Rules, whole: FrontierPoint, deadline: Deadline) -> tuple[FrontierPoint, ...]:
    """Return points from no index to ``whole``, the chosen set, sizes and savings both rising; two for each halving of the size."""
    nothing = sum(statement.weight * plans.known(statement, frozenset()) for statement in plans.statements)
    points = [FrontierPoint(0, nothing, 0)]
    for budget in _budgets(whole.size_bytes):
        if deadline.passed:
            break
        smaller = replace(rules, limits=replace(rules.limits, budget_bytes=budget), required=frozenset())
        chosen = solve(plans, smaller, start=frozenset(), precision=_PRECISION, seconds=deadline.left(_SECONDS)).indexes
        cost = sum(statement.weight * plans.known(statement, chosen) for statement in plans.statements)
        size = total_bytes(chosen, rules.offers)
        if whole.cost < cost < points[-1].cost and points[-1].size_bytes < size < whole.size_bytes:
            points.append(FrontierPoint(size, cost, len(chosen)))
    return (*points, whole) if whole.size_bytes else tuple(points)


def _budgets(most: int) -> list[int]:
    """Return budgets below ``most``, rising."""
    halves = [most >> halvings for halvings in range(_HALVINGS, 0, -1)]
    return sorted({budget for half in halves for budget in (half, int(half * _BETWEEN)) if 0 < budget < most})


def knee(points: Sequence[FrontierPoint]) -> int | None:
    """Return which point is the knee: the one farthest above the straight line from the first to the last; None below three points.

    Sizes and savings are both scaled to run from 0 to 1, so the distance is saving minus size (Satopaa and others, "Finding a Kneedle
    in a Haystack", ICDCS Workshops 2011, for a curve without noise). Beyond it a byte saves less than the average byte.

    >>> knee([FrontierPoint(0, 100.0, 0), FrontierPoint(10, 40.0, 1), FrontierPoint(50, 30.0, 2), FrontierPoint(100, 20.0, 3)])
    1
    """
    if len(points) < 3 or points[-1].size_bytes <= points[0].size_bytes or points[0].cost <= points[-1].cost:
        return None
    first, last = points[0], points[-1]

    def height(point: FrontierPoint) -> float:
        saving = (first.cost - point.cost) / (first.cost - last.cost)
        return saving - (point.size_bytes - first.size_bytes) / (last.size_bytes - first.size_bytes)

    best = max(range(len(points)), key=lambda number: (height(points[number]), -number))
    return best if 0 < best < len(points) - 1 else None
