"""One task under several budgets: every answer of the planner serves all of them, and each search begins from the last one's set.

From the largest budget down: what was learnt with more indexes at hand bounds what fewer can do, so that the small budgets take few
questions. Where ``max_explains`` is given, it is for all budgets together: from the smallest up, since those need the fewest to be proven,
and each search takes at most half of what is left. A smaller budget that comes out better than a larger one (both within the gap asked for)
takes its place there, so that more bytes never mean a dearer workload. No variants join: all are proven over the same candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from indexadvisor.selection.choose import pick
from indexadvisor.selection.model import Choice
from indexadvisor.selection.problem import Deadline
from indexadvisor.selection.task import Task
from indexadvisor.settings import Limits, Progress, silent


def sweep(task: Task, limits: Limits, budgets: Sequence[int], progress: Progress = silent) -> tuple[Choice, ...]:
    """Return the choice for each budget (bytes), in the order given; ``limits.time_limit_s`` holds for each."""
    limits = replace(limits, variants=False)
    found: dict[int, Choice] = {}
    start: Choice | None = None
    begun = task.plans.explains
    for budget in sorted(set(budgets), reverse=limits.max_explains is None):
        begin = start.indexes if start is not None else frozenset()
        most = limits.max_explains
        if most is not None:
            left = most - (task.plans.explains - begun)
            most = max(1, left // 2 if len(set(budgets)) > 1 else left)
        now = replace(limits, budget_bytes=budget, max_explains=most)
        start = pick(task, now, Deadline(limits.time_limit_s), progress, start=begin)
        found[budget] = start
    best: Choice | None = None
    for budget in sorted(found):
        if best is not None and _paid(best) < _paid(found[budget]):
            found[budget] = replace(best, gap=_gap(_paid(best), found[budget]))
        best = found[budget]
    return tuple(found[budget] for budget in budgets)


def _paid(choice: Choice) -> float:
    return choice.cost_after + sum((step.write_tax.cost or 0.0) + step.uncounted for step in choice.steps)


def _gap(paid: float, choice: Choice) -> float | None:
    """Return how far a cost can be from the best by the bound that another choice's gap implies."""
    return None if choice.gap is None else max(0.0, paid / _paid(choice) * (1 + choice.gap) - 1)
