"""Extend's greedy rule over a fixed set of candidates, to compare with: Schlosser, Kossmann, Boissier, "Efficient Scalable Multi-attribute
Index Selection Using Recursive Strategies", ICDE 2019.

    start with no index; again and again, of all steps that fit the budget, take the one that saves most per byte it adds:
    one more candidate, or a chosen index replaced by a candidate that extends its keys; stop when none saves anything

Costs are cached by statement and the candidates relevant to it, as the published implementations do; ``calls`` counts the others.
"""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.model import IndexDef
from indexadvisor.selection.problem import Statement
from indexadvisor.selection.task import Task


class Extend:
    """One greedy search; ``calls`` are the what-if calls so far."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._known: dict[tuple[Statement, frozenset[IndexDef]], float] = {}
        self.calls = 0

    def choose(self, budget_bytes: int) -> frozenset[IndexDef]:
        """Return the set for a budget."""
        chosen: frozenset[IndexDef] = frozenset()
        while True:
            now, used = self.cost(chosen), self._bytes(chosen)
            best, best_ratio = None, 0.0
            for step in self._steps(chosen):
                added = self._bytes(step) - used
                if self._bytes(step) <= budget_bytes and (saved := now - self.cost(step)) > 0 and saved / max(1, added) > best_ratio:
                    best, best_ratio = step, saved / max(1, added)
            if best is None:
                return chosen
            chosen = best

    def cost(self, chosen: frozenset[IndexDef]) -> float:
        """Return the weighted cost of the workload with a set."""
        return sum(statement.weight * self._cost(statement, chosen & statement.relevant) for statement in self._task.plans.statements)

    def _cost(self, statement: Statement, relevant: frozenset[IndexDef]) -> float:
        key = statement, relevant
        if key not in self._known:
            self.calls += 1
            self._known[key] = self._task.costs.cost(statement.sample, relevant).total_cost
        return self._known[key]

    def _steps(self, chosen: frozenset[IndexDef]) -> Iterator[frozenset[IndexDef]]:
        for index in sorted(self._task.offers.keys() - chosen, key=str):
            yield chosen | {index}
            yield from (
                chosen - {narrow} | {index}
                for narrow in sorted(chosen, key=str)
                if narrow.table == index.table and index.keys[: len(narrow.keys)] == narrow.keys
            )

    def _bytes(self, indexes: frozenset[IndexDef]) -> int:
        return sum(self._task.offers[index].size_bytes or 0 for index in indexes)
