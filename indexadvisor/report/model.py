"""The report as values: all that a writer shows, already named, grouped, masked and divided.

Costs are the planner's units; ``weighted`` ones are multiplied by calls. Fractions are of 1. Sizes are bytes, times milliseconds
or seconds as the field's name says. None is unknown. The fields of these classes are the keys of ``report.json``, documented
in ``docs/report-schema.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from indexadvisor.findings import Skipped
from indexadvisor.report.provenance import Bounds, Capture, CostShare, IgnoredEntries, Server, Work
from indexadvisor.report.usagemap import UsageMap
from indexadvisor.selection.model import Risk, WriteTax
from indexadvisor.whatif.verify import Verification

__all__ = [
    "SCHEMA_VERSION", "Bounds", "Capture", "CostShare", "Document", "DropAdvice", "HelpedQuery", "IgnoredEntries", "NotCosted", "PlanLine",
    "PlanPair", "Query", "QueryRisk", "Recommendation", "SavingsPoint", "Server", "SwayedQuery", "Work", "WorkloadSummary",
]  # fmt: skip

SCHEMA_VERSION = "1.2"
"""Version of report.json: the second number grows with added fields, the first when a field changes its meaning or goes.

1.0: first version.
1.1: indexes to drop, risks, sources per figure, the knee, verification on the server, more of the limits.
1.2: what the captured queries lose with an index to drop.
"""


@dataclass(frozen=True)
class PlanLine:
    """One line of a rendered plan. ``depth`` counts levels; ``changed`` marks a node that the other plan lacks.

    ``heading`` tells a node's own line from the conditions below it.
    """

    text: str
    depth: int
    heading: bool
    changed: bool


@dataclass(frozen=True)
class PlanPair:
    """The plans of one query before and after; ``changed`` is False when both have the same nodes."""

    query_id: str
    changed: bool
    before: tuple[PlanLine, ...]
    after: tuple[PlanLine, ...]


@dataclass(frozen=True)
class HelpedQuery:
    """One query that an index helps, costs per call. ``cost_without``: with all recommended indexes but this one.

    ``benefit`` is (cost_without - cost_after with the whole set) times the query's weight: its calls, or what its time makes of them.
    """

    query_id: str
    title: str
    calls: int
    cost_before: float
    cost_after: float
    cost_without: float
    benefit: float


@dataclass(frozen=True)
class SwayedQuery:
    """One query that does not scan an index and is estimated otherwise beside it; costs per call."""

    query_id: str
    cost_with: float
    cost_without: float


@dataclass(frozen=True)
class Recommendation:
    """One index to create. ``rank`` is also the order of creation.

    ``columns``: keys in order, an expression in parentheses. ``definition`` is the whole index in one line. ``ddl`` are the
    ``statements`` as one text; ``undo`` takes it back. ``masked``: literals are missing from the DDL, so it does not run.
    ``benefit_fraction``: of the workload's cost before; ``benefit_fraction_helped``: of the cost that the helped queries have
    without this index; ``improvement_factor``: geometric mean over the helped queries of cost without by cost with it.
    ``workload_cost_after``, ``total_bytes``: once this index and all before it exist. ``risks``: shapes whose estimate is known to
    flatter; ``discounted_benefit``: the benefit with such savings counted less, None where that was not asked for. ``swayed``: queries that
    do not scan the index and are only estimated otherwise beside it. ``cost_sources``: who costed the queries it helps.
    """

    rank: int
    name: str
    kind: str
    ddl: str
    statements: tuple[str, ...]
    undo: str
    masked: bool
    schema: str
    table: str
    access_method: str
    columns: tuple[str, ...]
    include: tuple[str, ...]
    predicate: str | None
    unique: bool
    definition: str
    size_bytes: int | None
    benefit: float
    benefit_fraction: float | None
    benefit_fraction_helped: float | None
    discounted_benefit: float | None
    improvement_factor: float | None
    write_tax: WriteTax
    queries: tuple[HelpedQuery, ...]
    swayed: tuple[SwayedQuery, ...]
    cost_sources: tuple[CostShare, ...]
    reasons: tuple[str, ...]
    risks: tuple[Risk, ...]
    caveats: tuple[str, ...]
    workload_cost_after: float
    total_bytes: int
    plan: PlanPair | None


@dataclass(frozen=True)
class QueryWithout:
    """One query that uses an existing index; costs per call with it, and without all that may go."""

    query_id: str
    cost_with: float
    cost_without: float


@dataclass(frozen=True)
class DropAdvice:
    """One existing index that may go. ``kinds``, ``reasons``, ``confidence``, ``caveats`` as in ``selection.model.Drop``.

    ``scans`` by this server's counters, which ``counted_since`` started; ``write_tax`` is what goes with it. ``replaced_by``: name or
    definition of the index that does its work; ``after``: only once a recommended index is built. ``loss``: how much dearer the ``queries``
    that use it get when all that may go is gone, ``loss_fraction`` the same as a share of their cost (None: unknown). ``statement`` drops
    it, ``undo`` brings it back; ``masked``: literals are missing from ``undo``.
    """

    name: str
    schema: str
    table: str
    definition: str
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]
    confidence: str
    caveats: tuple[str, ...]
    size_bytes: int | None
    scans: int | None
    last_scan: datetime | None
    counted_since: datetime | None
    write_tax: WriteTax
    replaced_by: str | None
    after: bool
    loss: float | None
    loss_fraction: float | None
    queries: tuple[QueryWithout, ...]
    statement: str
    undo: tuple[str, ...]
    masked: bool


@dataclass(frozen=True)
class QueryRisk:
    """One way in which the estimate of a query with the index of this ``rank`` can flatter."""

    rank: int
    kind: str
    sentence: str


@dataclass(frozen=True)
class Query:
    """One template of the workload. ``title`` is its first line's worth, ``text`` has ``$n`` for constants, ``captured`` is a
    statement as it was logged (None when masked or the same).

    Costs are per call and None where the query was not costed, ``not_costed_reason`` then says why. ``cost_share``: its part
    of the workload's cost before, as queries were weighed. ``indexes``: recommended indexes its plan uses. ``plans_differ``: other
    parameter values get other plans. ``cost_source``, ``cost_source_version``: who costed it, ``hypopg+lab`` and ``15.20 and 18.0`` where
    its samples went to two; None where unknown.
    """

    query_id: str
    kind: str
    title: str
    text: str
    captured: str | None
    tables: tuple[str, ...]
    source: str
    calls: int
    total_ms: float | None
    mean_ms: float | None
    p95_ms: float | None
    max_ms: float | None
    rows: int | None
    timeouts: int
    generic: bool
    plans_differ: bool
    cost_source: str | None
    cost_source_version: str | None
    cost_before: float | None
    cost_after: float | None
    cost_bound: float | None
    cost_share: float | None
    improvement_factor: float | None
    indexes: tuple[str, ...]
    risks: tuple[QueryRisk, ...]
    not_costed_reason: str | None
    plan: PlanPair | None


@dataclass(frozen=True)
class WorkloadSummary:
    """The workload's cost before, after, and at best with any set of these candidates (sums of cost per call times calls).

    ``geometric_mean_factor``: how many times cheaper the typical query became, over all costed queries alike.
    ``write_tax``: of all recommended indexes, None where one of them is unknown. ``gap``: by how much cost and write tax can be above
    those of the best set over these candidates within the limits, a proven bound; None where not proven.
    """

    cost_before: float
    cost_after: float
    cost_bound: float
    saved_fraction: float | None
    bound_saved_fraction: float | None
    geometric_mean_factor: float | None
    heaviest_query_share: float | None
    write_tax: float | None
    size_bytes: int
    sizes_unknown: int
    gap: float | None
    interrupted: bool
    query_count: int
    queries_costed: int
    queries_improved: int
    queries_generic: int
    calls: int
    weighting: str
    queries: tuple[Query, ...]


@dataclass(frozen=True)
class NotCosted:
    """A candidate that this source of cost cannot judge. ``calls``: of the queries it is for."""

    definition: str
    table: str
    access_method: str
    columns: tuple[str, ...]
    ddl: str
    masked: bool
    reason: str
    reasons: tuple[str, ...]
    query_ids: tuple[str, ...]
    calls: int


@dataclass(frozen=True)
class SavingsPoint:
    """One point of savings against size: the workload's cost with a set of this size. ``knee``: more size saves less from here on."""

    size_bytes: int
    cost: float
    cost_fraction: float | None
    indexes: int
    knee: bool


@dataclass(frozen=True)
class Document:
    """The whole report. ``caveats`` hold for all of it; ``skipped`` is ordered by stage, subject and reason.

    ``verification``: what the server's own planner says to the choice, None where it was not asked.
    """

    schema_version: str
    tool_version: str
    generated_at: datetime | None
    redacted: bool
    server: Server
    limits: Bounds
    workload: WorkloadSummary
    recommendations: tuple[Recommendation, ...]
    drops: tuple[DropAdvice, ...]
    not_costed: tuple[NotCosted, ...]
    frontier: tuple[SavingsPoint, ...]
    usage: UsageMap
    skipped: tuple[Skipped, ...]
    capture: Capture
    effort: Work
    caveats: tuple[str, ...]
    verification: Verification | None = None
