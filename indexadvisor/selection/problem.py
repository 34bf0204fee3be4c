"""The choice as numbers: statements with weights, indexes with sizes and write tax, and the plans seen so far.

A ``Statement`` is one sample of one template; its weight is the template's calls times the sample's share, so the sum of
weight times cost over all statements is the workload's cost. An ``Observation`` is one answer of the planner: with the set
``enabled`` it uses ``used`` at ``cost``. By DESIGN's exact rule it prices every set between the two.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from indexadvisor.candidates.model import Candidate
from indexadvisor.catalog.model import IndexDef, TableName
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.plan import Plan
from indexadvisor.findings import Skipped
from indexadvisor.whatif.interface import CostSource, SourceInfo
from indexadvisor.workload.model import Sample


@dataclass(frozen=True, eq=False)
class Statement:
    """One sample with its weight, the candidates that could serve it, and which columns of each table it uses. Compared by identity."""

    query_id: str
    sample: Sample
    weight: float
    relevant: frozenset[IndexDef]
    columns: Mapping[TableName, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Observation:
    """The planner's answer for one statement: a plan that needs the indexes ``used`` and costs ``cost``."""

    enabled: frozenset[IndexDef]
    used: frozenset[IndexDef]
    cost: float
    plan: Plan
    names: Mapping[str, IndexDef] = field(default_factory=dict, compare=False)
    source: SourceInfo | None = None


@dataclass
class Deadline:
    """A moment after which no further question is asked; None never ends."""

    seconds: float | None = None
    started: float = field(default_factory=time.monotonic)
    ended: bool = False

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self.ended or (self.seconds is not None and time.monotonic() - self.started >= self.seconds)

    def part(self, share: float) -> Deadline:
        """Return the moment when a share of the time is used up."""
        return Deadline(None if self.seconds is None else self.seconds * share, self.started, self.ended)

    def end(self) -> None:
        """Let the time be up now, so that threads at work stop asking."""
        self.ended = True

    def left(self, most: float) -> float:
        """Return the seconds left, at most so many."""
        return most if self.seconds is None else max(0.0, min(most, self.seconds - (time.monotonic() - self.started)))


@dataclass(frozen=True)
class Offer:
    """A candidate with its size, its write tax in planner cost units (0 where the writes are unknown), and what its source says
    against its costs. ``uncounted``: what of its savings is not to be counted, in the same units (``choose.pick``).
    """

    candidate: Candidate
    size_bytes: int | None
    tax: float
    caveat: str | None = None
    uncounted: float = 0.0

    @property
    def index(self) -> IndexDef:
        """The index itself."""
        return self.candidate.index

    @property
    def charge(self) -> float:
        """What having it adds to a set's cost: the write tax, and what it seems to save and is not counted."""
        return self.tax + self.uncounted


@dataclass(frozen=True)
class Floor:
    """What no set within ``enabled`` can undercut: ``cost``, the lowest seen within it, by the plan that needs ``used``."""

    enabled: frozenset[IndexDef]
    cost: float
    used: frozenset[IndexDef]


@dataclass
class _Seen:
    """One answer, its sets as bit masks, and the cheapest answer seen within its enabled set (the planner can contradict itself)."""

    enabled: int
    answer: Observation
    cheapest: Observation


Options = tuple[tuple[frozenset[IndexDef], float], ...]
"""(needed indexes, cost) pairs of one statement, cheapest first."""


class Plans:
    """The planner's answers so far, by statement. ``ask`` goes to the source of costs, ``known`` and ``floor`` never do. ``skipped`` names
    the statements, in order, of which an answer is missing. Threads may ask at the same time, each for statements of its own.
    """

    def __init__(self, costs: CostSource, statements: Sequence[Statement]) -> None:
        self._costs = costs
        self._answers: dict[Statement, dict[frozenset[IndexDef], Observation]] = {statement: {} for statement in statements}
        self._seen: dict[Statement, list[_Seen]] = {statement: [] for statement in statements}
        self._relevant: dict[Statement, frozenset[IndexDef]] = {statement: statement.relevant for statement in statements}
        self._bits: dict[IndexDef, int] = {}
        for statement in statements:
            self._number(statement.relevant)
        self.skipped: dict[Skipped, None] = {}
        self._stood_in: set[tuple[Statement, frozenset[IndexDef]]] = set()
        self._options: dict[Statement, tuple[int, Options]] = {}

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements, in order."""
        return tuple(self._answers)

    @property
    def answers(self) -> int:
        """How many sets have been asked about so far, over all statements."""
        return sum(len(seen) for seen in self._seen.values())

    @property
    def explains(self) -> int:
        """EXPLAINs the source of costs has sent so far."""
        return self._costs.effort.explains

    def relevant(self, statement: Statement) -> frozenset[IndexDef]:
        """Return the candidates that could serve a statement, those that joined later included."""
        return self._relevant[statement]

    def widen(self, statement: Statement, indexes: Iterable[IndexDef]) -> None:
        """Let further candidates, prepared by the source of costs, serve a statement from now on."""
        more = frozenset(indexes)
        self._number(more)
        self._relevant[statement] |= more

    def forget(self, statement: Statement) -> None:
        """Leave a statement out: the planner refused it."""
        del self._answers[statement], self._seen[statement], self._relevant[statement]

    def ask(self, statement: Statement, enabled: frozenset[IndexDef]) -> Observation:
        """Return what the statement costs with a set; raises StatementFailed when the planner refuses."""
        enabled &= self._relevant[statement]
        known = self._answers[statement].get(enabled)
        if known is None:
            known = self._answer(statement, enabled)
            self._answers[statement][enabled] = known
            if (statement, enabled) not in self._stood_in:
                self._see(statement, known)
        return known

    def beside(self, statement: Statement, enabled: frozenset[IndexDef], gone: frozenset[TableName]) -> tuple[float, float] | None:
        """Ask what a statement costs with a set, and with it and without some existing indexes, both by one planner.

        None where the source cannot tell, or refuses.
        """
        try:
            answers = self._costs.cost_without(statement.sample, enabled & self._relevant[statement], gone)
        except StatementFailed:
            return None
        return None if answers is None else (answers[0].total_cost, answers[1].total_cost)

    def interrupt(self) -> None:
        """Cancel the questions that other threads have under way."""
        self._costs.interrupt()

    def floor(self, statement: Statement, indexes: frozenset[IndexDef]) -> Floor | None:
        """Return the highest floor that holds for a set, by the smallest enabled set; None where none does.

        More indexes never make the cheapest plan dearer, so a set within an enabled one costs at least as much.
        """
        mask = self._mask(indexes & self._relevant[statement])
        over = [seen for seen in self._seen[statement] if mask & ~seen.enabled == 0]
        if not over:
            return None
        best = max(over, key=lambda seen: (seen.cheapest.cost, -seen.enabled.bit_count()))
        return Floor(best.answer.enabled, best.cheapest.cost, best.cheapest.used)

    def floors(self, statement: Statement) -> Iterator[Floor]:
        """Yield the floor of every set asked about."""
        return (Floor(seen.answer.enabled, seen.cheapest.cost, seen.cheapest.used) for seen in self._seen[statement])

    def _number(self, indexes: Iterable[IndexDef]) -> None:
        for index in sorted(indexes, key=str):
            self._bits.setdefault(index, 1 << len(self._bits))

    def _mask(self, indexes: Iterable[IndexDef]) -> int:
        return sum(self._bits[index] for index in indexes)

    def _see(self, statement: Statement, answer: Observation) -> None:
        """Note an answer; it is the new floor of every enabled set around its own that was thought to cost more."""
        enabled = self._mask(answer.enabled)
        all_seen = self._seen[statement]
        cheapest = answer
        for seen in all_seen:
            if enabled & ~seen.enabled == 0 and answer.cost < seen.cheapest.cost:
                seen.cheapest = answer
            if seen.enabled & ~enabled == 0 and seen.cheapest.cost < cheapest.cost:
                cheapest = seen.cheapest
        all_seen.append(_Seen(enabled, answer, cheapest))

    def _answer(self, statement: Statement, enabled: frozenset[IndexDef]) -> Observation:
        """Ask; where the server refuses what it has planned before (a lock, a time-out, a lost connection), ask once more, and then take
        the best plan known to be possible: the cost is then an upper bound, and no floor.
        """
        for attempt in (1, 2):
            try:
                answer = self._costs.cost(statement.sample, enabled)
            except StatementFailed as error:
                possible = [seen for seen in self.observations(statement) if seen.used <= enabled]
                if not possible:
                    raise
                if attempt == 2:
                    reason = f"one answer is missing, the best plan known stands in for it: {error}"
                    self.skipped[Skipped("whatif", f"query {statement.query_id}", reason)] = None
                    self._stood_in.add((statement, enabled))
                    return replace(min(possible, key=lambda seen: seen.cost), enabled=enabled)
            else:
                return Observation(enabled, answer.used, answer.total_cost, answer.plan, answer.names, answer.source)
        raise AssertionError("unreachable")

    def reweigh(self, weights: Mapping[Statement, float]) -> None:
        """Give every statement another weight; the answers so far are kept, the statements themselves are new values."""
        new = {statement: replace(statement, weight=weights[statement]) for statement in self._answers}
        self._answers = {new[statement]: answers for statement, answers in self._answers.items()}
        self._seen = {new[statement]: seen for statement, seen in self._seen.items()}
        self._relevant = {new[statement]: relevant for statement, relevant in self._relevant.items()}
        self._stood_in = {(new[statement], enabled) for statement, enabled in self._stood_in}
        self._options = {}

    def observations(self, statement: Statement) -> Collection[Observation]:
        """Return every answer so far for a statement."""
        return self._answers[statement].values()

    def options(self, statement: Statement) -> Options:
        """Return (needed indexes, cost) pairs, cheapest first, without those that need more and cost no less.

        The last one needs nothing, since every statement is first asked without candidates.
        """
        count, kept = self._options.get(statement, (0, ()))
        if count != len(self._answers[statement]):
            kept = _undominated(self.observations(statement))
            self._options[statement] = (len(self._answers[statement]), kept)
        return kept

    def known(self, statement: Statement, indexes: frozenset[IndexDef]) -> float:
        """Return the lowest cost among the plans seen that a set allows: an upper bound on its true cost."""
        return next(cost for used, cost in self.options(statement) if used <= indexes)

    def workload_cost(self, indexes: frozenset[IndexDef]) -> float:
        """Ask for the true weighted cost of a set over all statements."""
        return sum(statement.weight * self.ask(statement, indexes).cost for statement in self.statements)


def _undominated(seen: Collection[Observation]) -> Options:
    kept: list[tuple[frozenset[IndexDef], float]] = []
    for answer in sorted(seen, key=lambda answer: (answer.cost, len(answer.used))):
        if not any(used <= answer.used for used, _ in kept):
            kept.append((answer.used, answer.cost))
    return tuple(kept)


def total_bytes(indexes: Iterable[IndexDef], offers: Mapping[IndexDef, Offer]) -> int:
    """Return the known sizes of a set together."""
    return sum(offers[index].size_bytes or 0 for index in indexes)
