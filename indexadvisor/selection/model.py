"""The chosen set of indexes with what each one brings and costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from indexadvisor.candidates.model import Candidate
from indexadvisor.catalog.model import Index, IndexDef
from indexadvisor.explain.plan import Plan
from indexadvisor.findings import Skipped
from indexadvisor.whatif.interface import SourceInfo


@dataclass(frozen=True)
class WriteTax:
    """What keeping one index up to date costs.

    ``cost``: planner cost units over the captured workload (comparable with the benefit); None where the number of writes
    is unknown. ``entries``: index entries written over the workload. ``entries_per_hour``: the same from the server's own
    counters, None where they have no time base. ``breaks_hot``: columns of the index that captured UPDATEs set.
    ``cost_per_entry``: planner cost units of one entry in this index, None where its table is unknown. ``from_counters``: the
    server's counters say that more rows change than were captured, and ``cost`` is of their number.
    """

    cost: float | None
    entries: float | None
    entries_per_hour: float | None = None
    breaks_hot: tuple[str, ...] = ()
    cost_per_entry: float | None = None
    from_counters: bool = False


@dataclass(frozen=True)
class QueryEffect:
    """One query under one index: the cost per call with the whole set, and with the set lacking this index.

    ``calls`` is the query's weight: its calls, or what its time makes of them.
    """

    query_id: str
    calls: float
    cost_with: float
    cost_without: float


@dataclass(frozen=True)
class Risk:
    """A known way in which the estimates of one index can flatter.

    ``kind`` is ``limit-filter``, ``correlated-columns``, ``expression-statistics``, ``repeated-lookups``, ``generic-plan`` or
    ``default-selectivity``;
    ``sentence`` says it to a person, without a full stop; ``query_ids`` are the queries whose estimates it touches, sorted.
    """

    kind: str
    sentence: str
    query_ids: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One recommended index, in the order of creation.

    ``benefit``: how much the weighted workload cost would rise if this index alone were left out of the set (planner cost
    units times calls), before the write tax. ``size_bytes`` is None where the source cannot tell. ``cost_after`` is the
    workload's cost once this and all earlier steps exist; ``total_bytes`` their size together (unknown sizes count 0).
    ``caveat`` says why this source's costs with the index can be wrong, where something is known against them. ``risks``: shapes
    whose estimate is known to flatter; ``discounted_benefit`` is the benefit with the share of those queries reduced by the
    discount asked for, None where none was. ``swayed``: statements that do not scan the index but are estimated otherwise beside it
    (statistics on an expression): no saving, but part of the difference between the costs.
    """

    candidate: Candidate
    size_bytes: int | None
    benefit: float
    write_tax: WriteTax
    effects: tuple[QueryEffect, ...]
    cost_after: float
    total_bytes: int
    caveat: str | None = None
    risks: tuple[Risk, ...] = ()
    discounted_benefit: float | None = None
    swayed: tuple[QueryEffect, ...] = ()

    @property
    def uncounted(self) -> float:
        """What of the benefit is at risk and not counted; 0 where no discount was asked for."""
        return 0.0 if self.discounted_benefit is None else self.benefit - self.discounted_benefit


@dataclass(frozen=True)
class QueryOutcome:
    """One query before and after: cost per call averaged over its samples by share.

    ``cost_bound``: the lowest cost any set of the candidates could give. ``used``: indexes of the set that its plans use.
    The plans are those of its heaviest sample; ``index_names`` tells which proposed index a name in ``plan_after`` stands for.
    ``plans_differ``: its samples get plans of different shape, today or with the chosen set, so that one parameter value does not
    tell how another fares.
    """

    query_id: str
    calls: int
    cost_before: float
    cost_after: float
    cost_bound: float
    used: frozenset[IndexDef]
    plan_before: Plan
    plan_after: Plan
    generic: bool = False
    index_names: Mapping[str, IndexDef] = field(default_factory=dict, compare=False)
    sources: tuple[SourceInfo, ...] = ()
    plans_differ: bool = False


@dataclass(frozen=True)
class Drop:
    """An existing index that may go, with what that frees and how to bring it back.

    ``kinds``: any of ``invalid``, ``duplicate``, ``prefix``, ``proposal``, ``unused``; ``reasons`` the same as sentences, in this order.
    ``size_bytes``: what it occupies, its partitions' together; None where unknown. ``tax``: what keeping it up to date costs. ``loss``: by
    how much the weighted workload cost rises when all that may go is gone, as far as it is queries that use this index with the chosen
    set (``effects``: the cost with it, and without); None where the source cannot tell.
    ``confidence`` is ``high``, ``medium`` or ``low``; ``caveats`` say what to look at first. ``replaced_by``: the definition that does
    its work, where one does; ``after`` whether a proposed index must be built before it may go. ``ddl`` drops it; ``undo_ddl`` are the
    statements that build it again, in order. No statement has a semicolon.
    """

    index: Index
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]
    size_bytes: int | None
    tax: WriteTax
    confidence: str
    caveats: tuple[str, ...]
    ddl: str
    undo_ddl: tuple[str, ...]
    replaced_by: IndexDef | None = None
    after: bool = False
    loss: float | None = None
    effects: tuple[QueryEffect, ...] = ()


@dataclass(frozen=True)
class FrontierPoint:
    """One point of savings against size: the workload's cost with a set of this size."""

    size_bytes: int
    cost: float
    indexes: int


@dataclass(frozen=True)
class Choice:
    """The answer: steps in order of creation, every query's outcome, and what was left out.

    Costs are sums of cost per call times calls over all queries that could be costed. ``gap``: how far ``cost_after`` plus
    write tax can be above the best set over these candidates within the limits, as a fraction; None where not proven.
    ``not_costed``: candidates this source of cost cannot judge, with the reason. ``interrupted``: the time limit or Ctrl-C
    ended the search early. ``drops``: existing indexes that may go, those that free most first. ``knee``: which point of the frontier is
    its knee, None where it has none.
    """

    steps: tuple[Step, ...]
    queries: tuple[QueryOutcome, ...]
    cost_before: float
    cost_after: float
    cost_bound: float
    frontier: tuple[FrontierPoint, ...] = ()
    knee: int | None = None
    gap: float | None = None
    not_costed: tuple[tuple[Candidate, str], ...] = ()
    skipped: tuple[Skipped, ...] = ()
    interrupted: bool = False
    drops: tuple[Drop, ...] = ()

    @property
    def indexes(self) -> frozenset[IndexDef]:
        """The chosen indexes as a set."""
        return frozenset(step.candidate.index for step in self.steps)

    @property
    def size_bytes(self) -> int:
        """The known size of all chosen indexes together."""
        return sum(step.size_bytes or 0 for step in self.steps)
