"""Extend's greedy rule over a fixed set of candidates, to compare with: Schlosser, Kossmann, Boissier, "Efficient Scalable Multi-attribute
Index Selection Using Recursive Strategies", ICDE 2019.

    start with no index; again and again, of all steps that fit the budget, take the one that saves most per byte it adds:
    one more candidate, or a chosen index replaced by a candidate that extends its keys; stop when none saves anything

Costs are cached by statement and the candidates relevant to it, as the published implementations do; ``calls`` counts the others. A step
is judged by the statements that its index could serve: no other costs change.
"""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.model import IndexDef
from indexadvisor.selection.problem import Statement
from indexadvisor.selection.task import Task


class Extend:
    """A greedy search for any number of budgets; ``calls`` are the what-if calls of the last ``choose``, ``shared`` those of all of them
    where answers are kept from one budget to the next.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._known: dict[tuple[Statement, frozenset[IndexDef]], float] = {}
        self._asked: set[tuple[Statement, frozenset[IndexDef]]] = set()
        self._served: dict[IndexDef, list[Statement]] = {index: [] for index in sorted(task.offers, key=str)}
        for statement in task.plans.statements:
            for index in statement.relevant:
                self._served[index].append(statement)

    @property
    def calls(self) -> int:
        """What-if calls of the last ``choose`` alone."""
        return len(self._asked)

    @property
    def shared(self) -> int:
        """What-if calls so far."""
        return len(self._known)

    def choose(self, budget_bytes: int) -> frozenset[IndexDef]:
        """Return the set for a budget."""
        self._asked.clear()
        chosen: frozenset[IndexDef] = frozenset()
        while True:
            used = self._bytes(chosen)
            best, best_ratio = None, 0.0
            for index, step in self._steps(chosen):
                added = self._bytes(step) - used
                if used + added <= budget_bytes:
                    ratio = self._saved(index, chosen, step) / max(1, added)
                    if ratio > best_ratio:
                        best, best_ratio = step, ratio
            if best is None:
                return chosen
            chosen = best

    def cost(self, chosen: frozenset[IndexDef]) -> float:
        """Return the weighted cost of the workload with a set."""
        return sum(statement.weight * self._cost(statement, chosen) for statement in self._task.plans.statements)

    def _saved(self, index: IndexDef, chosen: frozenset[IndexDef], step: frozenset[IndexDef]) -> float:
        touched = {statement for each in {index, *(chosen - step)} for statement in self._served[each]}
        changed = sorted(touched, key=lambda statement: statement.query_id)
        return sum(statement.weight * (self._cost(statement, chosen) - self._cost(statement, step)) for statement in changed)

    def _cost(self, statement: Statement, chosen: frozenset[IndexDef]) -> float:
        key = statement, chosen & statement.relevant
        self._asked.add(key)
        if key not in self._known:
            self._known[key] = self._task.costs.cost(statement.sample, key[1]).total_cost
        return self._known[key]

    def _steps(self, chosen: frozenset[IndexDef]) -> Iterator[tuple[IndexDef, frozenset[IndexDef]]]:
        for index in sorted(self._task.offers.keys() - chosen, key=str):
            yield index, chosen | {index}
            for narrow in sorted(chosen, key=str):
                if narrow.table == index.table and index.keys[: len(narrow.keys)] == narrow.keys:
                    yield index, chosen - {narrow} | {index}

    def _bytes(self, indexes: frozenset[IndexDef]) -> int:
        return sum(self._task.offers[index].size_bytes or 0 for index in indexes)
