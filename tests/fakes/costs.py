"""Sources of cost without a server: a table of exact answers, and a model that plays a cost-based planner.

Both refuse, as the real sources do, to cost an index that was not prepared (WhatIfError), and both count their questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from indexadvisor.catalog.model import IndexDef, TableName
from indexadvisor.errors import StatementFailed, WhatIfError
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.findings import Skipped
from indexadvisor.whatif.interface import Effort, QueryCost, SourceInfo
from indexadvisor.workload.model import Sample

NONE: frozenset[IndexDef] = frozenset()


class _FakeCosts:
    """What both fakes share: sizes, refusals, the account of questions. ``asked`` keeps every question, in order."""

    def __init__(self, sizes: Mapping[IndexDef, int] | None, refused: Mapping[IndexDef, str] | None, failing: Iterable[str]) -> None:
        self._sizes = dict(sizes or {})
        self._refused = dict(refused or {})
        self._failing = frozenset(failing)
        self._prepared: set[IndexDef] = set()
        self._effort = Effort()
        self.asked: list[tuple[Sample, frozenset[IndexDef]]] = []
        self.closed = False

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("fake", "0", "costs written down in a test")

    @property
    def effort(self) -> Effort:
        return self._effort

    jobs = 1
    """How many questions at once; a test may set more."""

    def interrupt(self) -> None:
        """Nothing is under way between two questions."""

    def prepare(self, indexes: Iterable[IndexDef]) -> Mapping[IndexDef, str]:
        wanted = list(indexes)
        self._prepared.update(index for index in wanted if index not in self._refused)
        return {index: self._refused[index] for index in wanted if index in self._refused}

    def size_bytes(self, index: IndexDef) -> int | None:
        return self._sizes.get(index)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return ()

    def caveat(self, index: IndexDef) -> str | None:
        return None

    def close(self) -> None:
        self.closed = True

    def cost(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        unknown = indexes - self._prepared
        if unknown:
            raise WhatIfError(f"not prepared: {', '.join(sorted(map(str, unknown)))}")
        self.asked.append((sample, indexes))
        self._effort.explains += 1
        if sample.text in self._failing:
            raise StatementFailed(f"refused: {sample.text}", sqlstate="42P01")
        return self._answer(sample, indexes)

    def cost_without(
        self, sample: Sample, indexes: frozenset[IndexDef], gone: frozenset[TableName]
    ) -> tuple[QueryCost, QueryCost] | None:
        """Nothing that exists can be hidden, unless a test says what that would cost."""
        return None

    def _answer(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        raise NotImplementedError


class TableCosts(_FakeCosts):
    """Exact answers: ``{(sample or its text, indexes): cost}``, or ``(cost, used)`` in place of the cost.

    Without ``used``, the used indexes are the smallest set written down for the statement, within the asked set, that has
    the same cost (ties by name). A question that is not in the table is an AssertionError: the test forgot it.
    """

    def __init__(
        self,
        costs: Mapping[tuple[Sample | str, frozenset[IndexDef]], float | tuple[float, frozenset[IndexDef]]],
        *,
        sizes: Mapping[IndexDef, int] | None = None,
        refused: Mapping[IndexDef, str] | None = None,
        failing: Iterable[str] = (),
    ) -> None:
        super().__init__(sizes, refused, failing)
        self._costs = dict(costs)

    def _answer(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        key = sample if (sample, indexes) in self._costs else sample.text
        if (key, indexes) not in self._costs:
            raise AssertionError(f"no cost written down for {sample.text!r} with {sorted(map(str, indexes))}")
        entry = self._costs[key, indexes]
        if isinstance(entry, tuple):
            return answer(*entry)
        same = [known for (name, known), value in self._costs.items() if name == key and known <= indexes and value == entry]
        return answer(entry, min(same, key=_size_and_names))


class ModelCosts(_FakeCosts):
    """A planner by rule: ``plans`` maps a statement's text to its possible plans, each the indexes it needs and its cost.

    The answer is the cheapest plan whose indexes all exist; of equal ones that with fewest indexes, then by name. So more
    indexes never cost more, and the answer with set E and used set U holds for every set between U and E. Every statement
    needs a plan without indexes: ``{"select 1": [(frozenset(), 100.0), (frozenset({a}), 10.0)]}``.
    """

    def __init__(
        self,
        plans: Mapping[str, Sequence[tuple[frozenset[IndexDef], float]]],
        *,
        sizes: Mapping[IndexDef, int] | None = None,
        refused: Mapping[IndexDef, str] | None = None,
        failing: Iterable[str] = (),
    ) -> None:
        super().__init__(sizes, refused, failing)
        for text, choices in plans.items():
            if not any(used == NONE for used, _ in choices):
                raise ValueError(f"{text!r} needs a plan without indexes")
        self._plans = {text: tuple(choices) for text, choices in plans.items()}

    def _answer(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        possible = [(cost, used) for used, cost in self._plans[sample.text] if used <= indexes]
        cost, used = min(possible, key=lambda plan: (plan[0], *_size_and_names(plan[1])))
        return answer(cost, used)


def answer(cost: float, used: frozenset[IndexDef] = NONE) -> QueryCost:
    """Return an answer with a plan that names its indexes by their definitions."""
    scans = tuple(
        PlanNode("Index Scan", 0.0, cost, 1.0, 8, relation=index.table.name, schema=index.table.schema, index=str(index))
        for index in sorted(used, key=str)
    )
    return QueryCost(cost, used, Plan(PlanNode("Append" if scans else "Seq Scan", 0.0, cost, 1.0, 8, children=scans)))


def _size_and_names(indexes: frozenset[IndexDef]) -> tuple[int, list[str]]:
    return len(indexes), sorted(map(str, indexes))
