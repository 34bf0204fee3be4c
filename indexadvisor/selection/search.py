"""Finding the set: close in from both sides, asking the planner only where the two disagree, until they meet.

    1. each statement without candidates (the cost today), then with all of them (the lowest cost any set can reach);
    2. from above: solve the program over the plans seen, ask the planner for the answer's true cost, where it knows better plans
       they join, and again until both agree: the best set so far;
    3. from below: solve the relaxed program over what no answer rules out: a bound, and the set that might cost so little. Where the
       two are within the gap asked for, the search ends: the best set is proven;
    4. else rule that set out: ask for its true cost where that matters, then for each statement take away from all candidates one index of
       every cheaper plan seen, the largest that the set lacks, with its stand-ins (``stand_ins.py``), and plan again, until the
       set is known to cost more than half way from the bound to the best one. Then again from 2.

Source: logic-based Benders decomposition (Hooker and Ottosson, 2003) over what-if answers; step 2 is CoPhy's program (``program.py``).
Parameters: ``limits.gap`` (a share), the most EXPLAINs, the deadline. Ends when the gap is reached, nothing new is
learnt, or the EXPLAINs or the time are used up; ``best`` is valid at any moment. Cost in calls: 10 to 45 per statement on TPC-H.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from math import fsum

from indexadvisor.catalog.model import Catalog, IndexDef
from indexadvisor.selection.parallel import in_parallel
from indexadvisor.selection.problem import Deadline, Offer, Plans, Statement
from indexadvisor.selection.program import Relaxation, Solution, estimate, relax, solve
from indexadvisor.selection.redundant import redundant_pairs
from indexadvisor.selection.rules import Conflict, Rules, within
from indexadvisor.selection.rungs import Rung, ladder
from indexadvisor.selection.stand_ins import stand_ins
from indexadvisor.settings import Limits, Progress

_ROUNDS = 200
_AGREEING = 6
_STEPS = 60
_WORTHWHILE = 1e-4
_EASIEST, _STALLED = 1024.0, 0.05
_FINEST = 1 / 300
_SOLVE_SECONDS, _RELAX_SECONDS = 10.0, 20.0
_LAST_SECONDS = 1.0


class Search:
    """One search; ``best`` is valid at any moment, so an interrupted search still has an answer. ``bound``: no set within the limits costs
    less, tax included (None until known). ``conflicts`` are the pairs it met of which one index does the other's work.
    """

    def __init__(
        self, plans: Plans, offers: Mapping[IndexDef, Offer], catalog: Catalog, limits: Limits, deadline: Deadline, progress: Progress, *,
        required: frozenset[IndexDef] = frozenset(), forbidden: frozenset[IndexDef] = frozenset(), conflicts: Collection[Conflict] = (),
        start: frozenset[IndexDef] = frozenset(), most_explains: float = float("inf"), jobs: int = 1,
    ) -> None:  # fmt: skip
        self._plans = plans
        self._offers = offers
        self._catalog = catalog
        self._limits = limits
        self._deadline = deadline
        self._progress = progress
        self._required, self._forbidden = required, forbidden
        self._jobs = jobs
        self._start = start
        self._most = most_explains
        self._fineness, self._ease = 1.0, _EASIEST
        self.best: frozenset[IndexDef] = frozenset()
        self._best_cost = float("inf")
        self.bound: float | None = None
        self.conflicts: set[Conflict] = set(conflicts)
        self._possible = frozenset(index for index in offers if self.rules.allows(index))

    def run(self) -> None:
        """Search until the answer is proven, nothing is learnt, or the deadline passes; the result is in ``best`` and ``bound``."""
        self._each("planning with candidates", self._open, self._plans.statements)
        self._consider(self._start)
        last = float("inf")
        for turn in range(_ROUNDS):
            self._progress("choosing", turn, _ROUNDS)
            self._agree()
            relaxed = self._relax()
            if relaxed is None or self._proven or self._spent:
                break
            if self._distance > last * (1 - _STALLED):
                self._ease = max(1.0, self._ease / 4)
            last, answers = self._distance, self._plans.answers
            self._close_in(relaxed.indexes)
            if self._plans.answers == answers and not self._finer():
                break
        self._progress("choosing", _ROUNDS, _ROUNDS)

    def settle(self) -> None:
        """Take the best set by the plans seen so far, for a search that was ended before it had one; asks the planner nothing."""
        if not self.best and len(self._plans.statements) > 0:
            self.best = solve(self._plans, self.rules, start=frozenset()).indexes

    @property
    def rules(self) -> Rules:
        """What any set must respect, the conflicts met so far included."""
        return Rules(self._offers, self._limits, self._required, self._forbidden, self.conflicts)

    @property
    def _proven(self) -> bool:
        return self.bound is not None and self._best_cost <= self.bound * (1 + self._limits.gap * (1 - _WORTHWHILE))

    @property
    def _spent(self) -> bool:
        return self._deadline.passed or self._plans.explains >= self._most

    def _finer(self) -> bool:
        """Solve the relaxed program more precisely from now on; return whether that is still of use."""
        self._fineness /= 4
        return self._fineness >= _FINEST

    def _allowed(self, statement: Statement) -> frozenset[IndexDef]:
        return self._plans.relevant(statement) & self._possible

    def _open(self, statement: Statement) -> None:
        """Plan with all candidates, unless a larger set has been tried."""
        if self._plans.floor(statement, self._allowed(statement)) is None:
            self._plans.ask(statement, self._allowed(statement))

    def _agree(self) -> None:
        """Solve and ask in turn until the planner confirms the program's estimate."""
        for _ in range(_AGREEING):
            solution = self._solve()
            cost = self._consider(solution.indexes)
            if cost >= solution.estimate * (1 - _WORTHWHILE) or self._deadline.passed:
                return

    def _consider(self, indexes: frozenset[IndexDef]) -> float:
        """Ask for the true cost of a set, tax included, and keep the set where it is the best one that follows the rules.

        When the time is up the best plans seen stand for the answer, which is then an upper bound.
        """
        known = self._deadline.passed
        cost = estimate(self._plans, self._offers, indexes) if known else self._plans.workload_cost(indexes) + self._tax(indexes)
        fits = self._required <= indexes <= self._possible | self._required and within(indexes, self._offers, self._limits)
        if fits and cost < self._best_cost:
            self.best, self._best_cost = indexes, cost
        return cost

    def _tax(self, indexes: frozenset[IndexDef]) -> float:
        return fsum(self._offers[index].charge for index in indexes)

    def _solve(self) -> Solution:
        """Solve; of two indexes in play of which one does the other's work, at most one may be in the answer."""
        options = (self._plans.options(statement) for statement in self._plans.statements)
        self._in_conflict(frozenset(index for choices in options for used, _ in choices for index in used))
        while True:
            precision = min(0.02, max(self._limits.gap, self._distance) / 3)
            start = self.best or self._start
            # also when the time is up: what the planner has said by then is worth choosing from
            seconds = max(_LAST_SECONDS, self._deadline.left(_SOLVE_SECONDS))
            solution = solve(self._plans, self.rules, start=start, precision=precision, seconds=seconds)
            if not self._in_conflict(solution.indexes):
                return solution

    def _relax(self) -> Relaxation | None:
        """Return the relaxed program's answer, and raise the bound."""
        # one statement's part of an eighth of the distance
        tolerance = self._best_cost * self._to_go / (8 * max(1, len(self._plans.statements)))
        ladders = {}
        for statement in self._plans.statements:
            rungs = ladder(self._plans.floors(statement), self._allowed(statement), tolerance / max(statement.weight, 1e-12))
            # where the answer with all candidates is missing, all that is known is that no plan costs less than nothing
            ladders[statement] = rungs if rungs and not rungs[-1].unless else (*rungs, Rung(0.0, ()))
        while True:
            precision = self._best_cost * max(self._limits.gap / 10, self._distance / 4) * self._fineness
            seconds = self._deadline.left(_RELAX_SECONDS)
            relaxed = relax(ladders, self.rules, precision=precision, start=self.best, cutoff=self._best_cost, seconds=seconds)
            if relaxed is not None:
                self.bound = max(self.bound or 0.0, relaxed.bound)
            if relaxed is None or not self._in_conflict(relaxed.indexes):
                return relaxed

    @property
    def _distance(self) -> float:
        """How far the best set is from the bound, as a share of its cost."""
        return 1.0 - (self.bound or 0.0) / self._best_cost if self._best_cost > 0 else 0.0

    @property
    def _to_go(self) -> float:
        """The distance yet to go, as a share of the best set's cost; where nothing new was learnt with that, a finer one."""
        return max(self._limits.gap, min(self._distance, 1.0) * self._fineness)

    def _in_conflict(self, indexes: frozenset[IndexDef]) -> bool:
        found = redundant_pairs(indexes - self._required, self._catalog) - self.conflicts
        self.conflicts |= found
        return bool(found)

    def _close_in(self, target: frozenset[IndexDef]) -> None:
        """Raise what is known of a set from below, by the statements that fall short most, until it is half way from the bound to the best.

        The dearer the set, the more may be left open: that asks the fewest questions. Where it brings the bound no further, all but a
        part of the distance is closed, so that more is learnt for each time the programs are solved.
        """
        floors = {each: cost for each in self._plans.statements if (cost := self._floor(each, target)) is not None}
        distance = self._best_cost * self._to_go
        goal = self._best_cost - distance / 2 - self._tax(target)
        priced: set[Statement] = set()
        while True:
            known = {statement: self._plans.known(statement, target) for statement in floors}
            apart = {statement: statement.weight * max(0.0, known[statement] - floor) for statement, floor in floors.items()}
            above = sum(statement.weight * cost for statement, cost in known.items())
            level = water_level(apart.values(), min(max(above - goal, distance / 2), self._ease * distance))
            far = [statement for statement in apart if apart[statement] > level]
            fresh = [statement for statement in far if statement not in priced]
            if not fresh:
                break
            self._each("closing in", lambda statement: self._price(statement, target), fresh)
            priced.update(fresh)
        self._each("closing in", lambda statement: self._approach(statement, target, level / max(statement.weight, 1e-12)), far)

    def _floor(self, statement: Statement, target: frozenset[IndexDef]) -> float | None:
        """Return what a statement cannot undercut under a set; None where the answer with all candidates is missing."""
        floor = self._plans.floor(statement, target & self._allowed(statement))
        return None if floor is None else floor.cost

    def _price(self, statement: Statement, target: frozenset[IndexDef]) -> None:
        if not self._spent:
            self._plans.ask(statement, target)

    def _approach(self, statement: Statement, target: frozenset[IndexDef], enough: float) -> None:
        """Plan without what makes cheaper plans than the target's, until none is left: any set must hold some of that to cost less."""
        allowed = self._allowed(statement)
        for _ in range(_STEPS):
            if self._spent:
                return
            # anew each time: the planner may show that the target can do with less
            price = self._plans.known(statement, target)
            price -= max(enough, price * _WORTHWHILE)
            cheaper = [used - target for used, cost in self._plans.options(statement) if cost < price and used <= allowed]
            gone = self._hitting(cheaper)
            answers = self._plans.answers
            answer = self._plans.ask(statement, allowed - gone - stand_ins(gone, allowed - target, statement.columns))
            if answer.cost >= price or self._plans.answers == answers:
                return

    def _hitting(self, sets: Collection[frozenset[IndexDef]]) -> frozenset[IndexDef]:
        """Return indexes of which each set holds one, none needless, large ones: a set within the limits is likeliest to lack them."""
        taken: list[IndexDef] = []
        for some in sets:
            if some.isdisjoint(taken):
                taken.append(self._largest(some))
        for index in sorted(taken, key=lambda index: (self._offers[index].size_bytes or 0, str(index))):
            rest = frozenset(taken) - {index}
            if not any(some.isdisjoint(rest) for some in sets):
                taken.remove(index)
        return frozenset(taken)

    def _largest(self, indexes: Collection[IndexDef]) -> IndexDef:
        """Return the largest index: the one that a set within the limits is likeliest to lack, so that the answer without it tells most."""
        return min(indexes, key=lambda index: (-(self._offers[index].size_bytes or 0), str(index)))

    def _each(self, activity: str, work: Callable[[Statement], None], statements: Collection[Statement]) -> None:
        """Do the work for some statements, heaviest first, several at a time where the source of costs takes that."""
        heaviest = sorted(statements, key=lambda statement: -statement.weight * self._plans.known(statement, frozenset()))

        def one(statement: Statement) -> None:
            if not self._deadline.passed:
                work(statement)

        for done, _ in enumerate(in_parallel(one, heaviest, self._jobs, self._deadline, self._plans.interrupt), start=1):
            self._progress(activity, done, len(heaviest))


def water_level(heights: Iterable[float], volume: float) -> float:
    """Return the level at which to cut heights off so that no more than a volume is left; infinite where they hold less.

    >>> water_level([1.0, 2.0, 10.0], 6.0)
    3.0
    """
    rising = sorted(heights)
    for number, height in enumerate(rising):
        level = volume / (len(rising) - number)
        if height > level:
            return level
        volume -= height
    return float("inf")
