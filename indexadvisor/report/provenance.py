"""Where the figures come from: the server, what was asked about costs, the limits of the run, the capture, the effort."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from indexadvisor.catalog.model import Catalog
from indexadvisor.report.redact import Redactor
from indexadvisor.selection.model import QueryOutcome
from indexadvisor.settings import Limits
from indexadvisor.whatif.interface import SourceInfo
from indexadvisor.workload.model import CaptureQuality


@dataclass(frozen=True)
class CostShare:
    """How many ``queries`` one source of cost answered for: ``source`` as in ``SourceInfo.kind``, ``version`` of the planner asked."""

    source: str
    version: str
    queries: int


@dataclass(frozen=True)
class Server:
    """The analysed database, and what answered the cost questions (``cost_source`` as in ``SourceInfo.kind``).

    ``cost_sources``: the same split by the queries that each source answered for, most first.
    """

    database: str
    version: str
    version_num: int
    cost_source: str
    cost_source_version: str
    cost_description: str
    cost_sources: tuple[CostShare, ...]


@dataclass(frozen=True)
class Bounds:
    """The limits that were set for this run; None or empty is no limit.

    ``auto_budget``: the budget was to be the knee of the frontier. ``weight``: what queries counted for, ``calls`` or ``time``.
    ``risk_discount``: share of a benefit not counted where its estimate is known to flatter.
    """

    budget_bytes: int | None
    auto_budget: bool
    max_indexes: int | None
    max_indexes_per_table: int | None
    min_benefit: float
    min_saving: float
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    time_limit_s: float | None
    weight: str
    risk_discount: float


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


def server(catalog: Catalog, info: SourceInfo, outcomes: Iterable[QueryOutcome]) -> Server:
    """Return the analysed server with the sources that costed ``outcomes``."""
    return Server(
        database=catalog.server.database,
        version=catalog.server.version,
        version_num=catalog.server.version_num,
        cost_source=info.kind,
        cost_source_version=info.server_version,
        cost_description=info.description.rstrip("."),
        cost_sources=cost_shares(outcomes, info),
    )


def sources_of(outcome: QueryOutcome, info: SourceInfo) -> tuple[SourceInfo, ...]:
    """Return the sources that costed a query's samples; of a run with one source that one, empty where nobody kept it."""
    return outcome.sources or (() if "+" in info.kind else (info,))


def cost_shares(outcomes: Iterable[QueryOutcome], info: SourceInfo) -> tuple[CostShare, ...]:
    """Return how many queries each source answered for, most first; a query whose samples went to two counts for both."""
    each = ({(source.kind, source.server_version) for source in sources_of(outcome, info)} for outcome in outcomes)
    found = Counter(planner for planners in each for planner in planners)
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(CostShare(kind, version, queries) for (kind, version), queries in ranked)


def other_planners(shares: Iterable[CostShare], info: SourceInfo, catalog: Catalog) -> str | None:
    """Return the one sentence on planners of another version than the server's, or None where all were the server's."""
    asked = {share.version: share.queries for share in shares}
    if not asked:
        asked = {info.server_version: 0}
    differing = [version for version in asked if _major(version) != catalog.server.major]
    if not differing:
        return None
    server_runs = f"the server runs {short(catalog.server.version)}, whose planner may differ"
    if len(differing) == len(asked):
        return f"Costs were estimated by PostgreSQL {' and '.join(map(short, differing))}; {server_runs}"
    by = " and ".join(f"{asked[version]:,} by PostgreSQL {short(version)}" for version in differing)
    return f"Of the queries, {by} were costed by another version than the server's: {server_runs}"


def short(version: str) -> str:
    """Return a version without its packager's words.

    >>> short("15.20 (Debian 15.20-1.pgdg12+1)")
    '15.20'
    """
    return version.split()[0] if version.split() else version


def _major(version: str) -> int | None:
    found = re.search(r"\d+", version)
    return int(found.group()) if found else None


def bounds(limits: Limits) -> Bounds:
    """Return the limits that were set."""
    return Bounds(
        budget_bytes=limits.budget_bytes,
        auto_budget=limits.auto_budget,
        max_indexes=limits.max_indexes,
        max_indexes_per_table=limits.max_indexes_per_table,
        min_benefit=limits.min_benefit,
        min_saving=limits.min_saving,
        include=limits.include,
        exclude=limits.exclude,
        time_limit_s=limits.time_limit_s,
        weight=limits.weight,
        risk_discount=limits.risk_discount,
    )


def capture(quality: CaptureQuality, mask: Redactor) -> Capture:
    """Return how much of the capture could be used."""
    return Capture(
        sources=quality.sources,
        entries=quality.entries,
        events=quality.events,
        bytes_read=quality.bytes_read,
        unreadable=quality.unreadable,
        ignored=tuple(IgnoredEntries(mask.composed(reason), count) for reason, count in quality.ignored),
        first_at=quality.first_at,
        last_at=quality.last_at,
        duration_s=quality.duration_s,
    )
