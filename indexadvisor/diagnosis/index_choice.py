"""The smallest index that gives nearly all of what indexes can give to one node of a plan.

    1. with all candidates on the node's table at once the planner shows the least the statement can cost (whatif: a bound);
    2. the columns the finding names are tried alone, then every other candidate alone, plain before partial, small before large: the first
       that gives nearly all of the gain is chosen, or of those hardly larger the one with the cheapest plan;
    3. where none does alone, the indexes the bound uses are taken away one by one, the largest first, as long as the gain stays.

At most ``MOST_QUESTIONS`` EXPLAINs. Ties break by size, then by definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from indexadvisor.catalog.model import IndexDef
from indexadvisor.diagnosis.questions import Questions
from indexadvisor.whatif.interface import QueryCost
from indexadvisor.workload.model import Sample

WORTHWHILE = 0.99
"""Advice must lower the statement's cost by at least 1 %: less is within the planner's own rounding of choices."""
NEARLY_ALL = 0.97
"""Share of the cost saved that a smaller index must save, too, to be preferred."""
NEARLY_AS_MANY_TIMES = 0.8
"""Or in powers: where all candidates make the statement 100 times cheaper, a smaller one must make it 100 ** 0.8 = 40 times cheaper."""
ALIKE = 1.25
"""Indexes up to so many times as large as the smallest that does count as small as it: the cheapest plan decides."""
MOST_QUESTIONS = 60
_LEAST_COST = 0.01
"""As EXPLAIN rounds: a cost of nothing is below it."""

Serves = Callable[[QueryCost], bool]
"""Whether an answer's plan uses a proposed index where one is wanted."""


@dataclass(frozen=True)
class Choice:
    """``bound``: the answer with all candidates. ``chosen``: with the indexes chosen, None where the planner takes none up.
    ``other``: another answer worth knowing: the bound where it is cheaper than what was chosen, else None.
    """

    bound: QueryCost
    chosen: QueryCost | None = None
    other: QueryCost | None = None


class IndexChoice:
    """Chooses among candidates for one statement, which costs ``now`` without them. ``base``: indexes that are there all the time."""

    def __init__(self, questions: Questions, sample: Sample, now: QueryCost, base: frozenset[IndexDef] = frozenset()) -> None:
        self._questions = questions
        self._base = base
        self._sample = sample
        self._now = now
        self._asked = 0

    def best(self, candidates: Sequence[IndexDef], first: Sequence[IndexDef], serves: Serves) -> Choice:
        """Return what to build of ``candidates``; those in ``first`` are preferred. Raises StatementFailed."""
        bound = self._cost(candidates)
        if not bound.used - self._base or not serves(bound) or bound.total_cost > self._now.total_cost * WORTHWHILE:
            return Choice(bound)
        chosen = self._alone(candidates, first, bound, serves) or self._trimmed(bound, serves)
        cheaper = bound.total_cost < chosen.total_cost * WORTHWHILE and bound.used != chosen.used
        return Choice(bound, chosen, bound if cheaper else None)

    def _alone(self, candidates: Iterable[IndexDef], first: Sequence[IndexDef], bound: QueryCost, serves: Serves) -> QueryCost | None:
        rest = sorted((index for index in candidates if index not in first), key=self._claim)
        chosen: QueryCost | None = None
        limit = float("inf")
        for index in (*first, *rest):
            if self._asked >= MOST_QUESTIONS or (chosen is not None and self._claim(index)[:3] > (*self._claim_of(chosen), limit)):
                break
            answer = self._cost((index,))
            better = chosen is None or answer.total_cost < chosen.total_cost * WORTHWHILE
            if better and serves(answer) and self._enough(answer, bound):
                limit = ALIKE * (self._questions.size_bytes(index) or 0) if chosen is None else limit
                chosen = answer
        return chosen

    def _claim_of(self, answer: QueryCost) -> tuple[bool, bool]:
        """Return what sort of index an answer uses, as the order of trial ranks it."""
        return self._claim(min(answer.used - self._base or answer.used, key=str))[:2]

    def _trimmed(self, bound: QueryCost, serves: Serves) -> QueryCost:
        """Take away what the bound uses, the largest first, as long as nearly all of the gain stays."""
        kept = bound
        for index in sorted(bound.used - self._base, key=lambda each: (-(self._questions.size_bytes(each) or 0), str(each))):
            left = kept.used - {index}
            if index not in kept.used or not left - self._base or self._asked >= MOST_QUESTIONS:
                continue
            answer = self._cost(left)
            if serves(answer) and self._enough(answer, bound):
                kept = answer
        return kept

    def _enough(self, answer: QueryCost, bound: QueryCost) -> bool:
        now = self._now.total_cost
        if now - answer.total_cost >= NEARLY_ALL * (now - bound.total_cost):
            return True
        possible, given = (now / max(each.total_cost, _LEAST_COST) for each in (bound, answer))
        return bool(given >= max(possible**NEARLY_AS_MANY_TIMES, 1.0))

    def _claim(self, index: IndexDef) -> tuple[bool, bool, float, int, str]:
        """Order of trial: a partial index serves this one constant only, and BRIN rests on the order of the rows."""
        size = self._questions.size_bytes(index)
        width = len(index.keys) + len(index.include)
        special = index.method in {"brin", "hash"}
        return index.predicate is not None, special, float("inf") if size is None else float(size), width, str(index)

    def _cost(self, indexes: Iterable[IndexDef]) -> QueryCost:
        self._asked += 1
        return self._questions.cost(self._sample, self._base.union(indexes))
