"""Finding the set: gather a handful of plans per statement, let the program choose, ask the planner, and again.

    1. each statement without candidates (the cost today), then with all of them (the lowest cost any set can reach);
    2. down from there: plan again without the largest index used (without each, where the plan alone breaks the limits), until none
       is used or nothing is gained; and without each index that any of these plans used. A statement with at most eight candidates
       is planned without every combination that matters, so that its plans are all known;
    3. solve the program; ask the planner for its answer; where the planner knows better plans, they join, and so on;
    4. around the answer: plan each statement with everything but what the answer lacks, which shows the next-best uses of
       the indexes it has, without each index it uses, and with all but one of what a better plan needs; solve again. Ends when
       a round brings less than 0.1 %, or the time is up.

Cost in calls: about 3 to 25 EXPLAINs per statement in steps 1 and 2, few in 3 and 4, since most answers follow from earlier
ones (DESIGN, exact reuse).
"""

from __future__ import annotations

from collections.abc import Mapping

from indexadvisor.catalog.model import Catalog, IndexDef
from indexadvisor.selection.problem import Deadline, Offer, Plans, Statement, total_bytes
from indexadvisor.selection.program import Conflict, Solution, solve, within
from indexadvisor.selection.redundant import redundant_pairs
from indexadvisor.settings import Limits, Progress

_CHAIN_STEPS = 24
_FEW = 8
_WALK_STEPS = 8
_ROUNDS = 12
_PROMISING = 2
_WORTHWHILE = 0.001


class Search:
    """One search; ``best`` is valid at any moment, so an interrupted search still has an answer. ``conflicts`` are the pairs it met of
    which one index does the other's work.
    """

    def __init__(
        self, plans: Plans, offers: Mapping[IndexDef, Offer], catalog: Catalog, limits: Limits, deadline: Deadline, progress: Progress
    ) -> None:
        self._plans = plans
        self._offers = offers
        self._catalog = catalog
        self._limits = limits
        self._deadline = deadline
        self._progress = progress
        self.best: frozenset[IndexDef] = frozenset()
        self._best_cost = float("inf")
        self.conflicts: set[Conflict] = set()

    def run(self) -> None:
        """Search until nothing is gained or the deadline passes; the result is in ``best``."""
        self._descend()
        self._improve()

    def settle(self) -> None:
        """Take the best set by the plans seen so far, for a search that was ended before it had one; asks the planner nothing."""
        if not self.best and len(self._plans.statements) > 0:
            self.best = solve(self._plans, self._offers, self._limits, conflicts=self.conflicts).indexes

    def _descend(self) -> None:
        heaviest = sorted(self._plans.statements, key=lambda statement: -self._weight(statement))
        for done, statement in enumerate(heaviest):
            if self._deadline.passed:
                return
            self._progress("planning with candidates", done, len(heaviest))
            self._chain(statement)
            self._all_but_each(statement)
        self._progress("planning with candidates", len(heaviest), len(heaviest))

    def _weight(self, statement: Statement) -> float:
        return statement.weight * self._plans.known(statement, frozenset())

    def _chain(self, statement: Statement) -> None:
        nothing = self._plans.known(statement, frozenset())
        open_sets = [self._affordable(statement)]
        tried = set(open_sets)
        few = len(open_sets[0]) <= _FEW
        for _ in range(2**_FEW if few else _CHAIN_STEPS):
            if not open_sets or self._deadline.passed:
                return
            seen = self._plans.ask(statement, open_sets.pop(0))
            if not seen.used or seen.cost >= nothing * (1 - _WORTHWHILE):
                continue
            fewer = [seen.enabled - {index} for index in self._largest_first(seen.used)]
            # a plan within the limits leads on to smaller ones; one beyond them is of use only through what stands in for its parts
            for enabled in fewer[:1] if not few and within(seen.used, self._offers, self._limits) else fewer:
                if enabled not in tried:
                    tried.add(enabled)
                    open_sets.append(enabled)

    def _all_but_each(self, statement: Statement) -> None:
        """Plan with everything but one index, for each that a plan has used: what stands in for it comes to light."""
        affordable = self._affordable(statement)
        used = {index for seen in self._plans.observations(statement) for index in seen.used}
        for index in sorted(used, key=str):
            if self._deadline.passed:
                return
            self._plans.ask(statement, affordable - {index})

    def _largest_first(self, indexes: frozenset[IndexDef]) -> list[IndexDef]:
        return sorted(indexes, key=lambda index: (-(self._offers[index].size_bytes or 0), str(index)))

    def _affordable(self, statement: Statement) -> frozenset[IndexDef]:
        return frozenset(index for index in statement.relevant if within((index,), self._offers, self._limits))

    def _improve(self) -> None:
        for turn in range(_ROUNDS):
            self._progress("choosing", turn, _ROUNDS)
            before = self._best_cost
            self._converge()
            if self._best_cost > before * (1 - _WORTHWHILE) or self._deadline.passed:
                break
            for statement in self._plans.statements:
                self._walk(statement, self.best)
                self._without_each(statement, self.best)
                self._nearly(statement, self.best)
        self._progress("choosing", _ROUNDS, _ROUNDS)

    def _converge(self) -> None:
        """Solve and ask in turn until the planner confirms the program's estimate."""
        for _ in range(_ROUNDS):
            solution = self._solve()
            true_cost = self._plans.workload_cost(solution.indexes) + sum(self._offers[index].tax for index in solution.indexes)
            self._keep(solution, true_cost)
            if true_cost >= solution.estimate * (1 - _WORTHWHILE / 10) or self._deadline.passed:
                return

    def _solve(self) -> Solution:
        """Solve; where one index of the answer does another's work, forbid the pair and solve again."""
        while True:
            solution = solve(self._plans, self._offers, self._limits, conflicts=self.conflicts)
            found = redundant_pairs(solution.indexes, self._catalog) - self.conflicts
            if not found:
                return solution
            self.conflicts |= found

    def _keep(self, solution: Solution, cost: float) -> None:
        if cost < self._best_cost and within(solution.indexes, self._offers, self._limits):
            self.best, self._best_cost = solution.indexes, cost

    def _walk(self, statement: Statement, chosen: frozenset[IndexDef]) -> None:
        """Take away what the answer lacks, as the planner turns to it, so that plans over what it has come to light."""
        enabled = self._affordable(statement)
        for _ in range(_WALK_STEPS):
            missing = self._plans.ask(statement, enabled).used - chosen
            if not missing or self._deadline.passed:
                return
            enabled -= missing

    def _without_each(self, statement: Statement, chosen: frozenset[IndexDef]) -> None:
        """Take away each index the answer uses in turn: a cheaper set often does with all but one of them."""
        used = self._plans.ask(statement, chosen).used
        for index in sorted(used, key=str) if len(used) > 1 else ():
            if self._deadline.passed:
                return
            self._plans.ask(statement, used - {index})

    def _nearly(self, statement: Statement, chosen: frozenset[IndexDef]) -> None:
        """Plan with all but one of what the most promising better plans need: most of their gain often comes cheaper."""
        now = self._plans.known(statement, chosen)
        better = [(used, now - cost) for used, cost in self._plans.options(statement) if cost < now * (1 - _WORTHWHILE)]
        better.sort(key=lambda option: -option[1] / max(1, total_bytes(option[0] - chosen, self._offers)))
        for used, _ in better[:_PROMISING]:
            for index in sorted(used - chosen, key=str) if len(used) > 1 else ():
                if self._deadline.passed:
                    return
                self._plans.ask(statement, used - {index})
