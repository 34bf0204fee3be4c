"""The report as values: all that a writer shows, already named, grouped, masked and divided.

Costs are the planner's units; ``weighted`` ones are multiplied by calls. Fractions are of 1. Sizes are bytes, times milliseconds
or seconds as the field's name says. None is unknown. The fields of these classes are the keys of ``report.json``, documented
in ``docs/report-schema.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from indexadvisor.findings import Skipped
from indexadvisor.report.usagemap import UsageMap
from indexadvisor.selection.model import WriteTax
from indexadvisor.whatif.verify import Verification

SCHEMA_VERSION = "1.0"
"""Version of report.json: the second number grows with added fields, the first when a field changes its meaning or goes.

1.0: first version.
"""


@dataclass(frozen=True)
class Server:
    """The analysed database, and what answered the cost questions (``cost_source`` is ``hypopg``, ``lab`` or ``trial``)."""

    database: str
    version: str
    version_num: int
    cost_source: str
    cost_source_version: str
    cost_description: str


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

    ``benefit`` is (cost_without - cost_after with the whole set) times calls.
    """

    query_id: str
    title: str
    calls: int
    cost_before: float
    cost_after: float
    cost_without: float
    benefit: float


@dataclass(frozen=True)
class Recommendation:
    """One index to create. ``rank`` is also the order of creation.

    ``columns``: keys in order, an expression in parentheses. ``definition`` is the whole index in one line. ``ddl`` are the
    ``statements`` as one text; ``undo`` takes it back. ``masked``: literals are missing from the DDL, so it does not run.
    ``benefit_fraction``: of the workload's cost before; ``benefit_fraction_helped``: of the cost that the helped queries have
    without this index; ``improvement_factor``: geometric mean over the helped queries of cost without by cost with it.
    ``workload_cost_after``, ``total_bytes``: once this index and all before it exist.
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
    improvement_factor: float | None
    write_tax: WriteTax
    queries: tuple[HelpedQuery, ...]
    reasons: tuple[str, ...]
    caveats: tuple[str, ...]
    workload_cost_after: float
    total_bytes: int
    plan: PlanPair | None


@dataclass(frozen=True)
class Query:
    """One template of the workload. ``title`` is its first line's worth, ``text`` has ``$n`` for constants, ``captured`` is a
    statement as it was logged (None when masked or the same).

    Costs are per call and None where the query was not costed, ``not_costed_reason`` then says why. ``cost_share``: its part
    of the workload's cost before. ``indexes``: recommended indexes its plan uses.
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
    cost_before: float | None
    cost_after: float | None
    cost_bound: float | None
    cost_share: float | None
    improvement_factor: float | None
    indexes: tuple[str, ...]
    not_costed_reason: str | None
    plan: PlanPair | None


@dataclass(frozen=True)
class WorkloadSummary:
    """The workload's cost before, after, and at best with any set of these candidates (sums of cost per call times calls).

    ``geometric_mean_factor``: how many times cheaper the typical query became, over all costed queries alike.
    ``write_tax``: of all recommended indexes, None where one of them is unknown. ``gap``: how far the set can be from the
    best over these candidates, proven; None where not proven.
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
    """One point of savings against size: the workload's cost with a set of this size."""

    size_bytes: int
    cost: float
    cost_fraction: float | None
    indexes: int


@dataclass(frozen=True)
class IgnoredEntries:
    """Entries of the capture that are no workload, with the reason."""

    reason: str
    count: int


@dataclass(frozen=True)
class Capture:
    """How much of the capture could be used. ``unreadable`` entries are named in ``skipped`` (stage ``capture``)."""

    sources: tuple[str, ...]
    entries: int
    events: int
    bytes_read: int
    unreadable: int
    ignored: tuple[IgnoredEntries, ...]
    first_at: datetime | None
    last_at: datetime | None
    duration_s: float | None


@dataclass(frozen=True)
class Work:
    """What the answer took: EXPLAINs sent, answers that needed none, wall seconds."""

    explains: int
    cache_hits: int
    seconds: float


@dataclass(frozen=True)
class Bounds:
    """The limits that were set for this run; None or empty is no limit."""

    budget_bytes: int | None
    max_indexes: int | None
    max_indexes_per_table: int | None
    min_benefit: float
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    time_limit_s: float | None


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
    not_costed: tuple[NotCosted, ...]
    frontier: tuple[SavingsPoint, ...]
    usage: UsageMap
    skipped: tuple[Skipped, ...]
    capture: Capture
    effort: Work
    caveats: tuple[str, ...]
    verification: Verification | None = None
