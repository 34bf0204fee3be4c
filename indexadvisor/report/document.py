"""The results of all stages into one Document: every name, share and sentence of the report is made here, and only here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from indexadvisor import __version__
from indexadvisor.candidates.model import CandidateSet
from indexadvisor.catalog.model import Catalog
from indexadvisor.findings import Skipped
from indexadvisor.report.context import Context
from indexadvisor.report.drops import drop_advice
from indexadvisor.report.model import (
    SCHEMA_VERSION,
    Document,
    NotCosted,
    Query,
    Recommendation,
    SavingsPoint,
    Server,
    Work,
    WorkloadSummary,
)
from indexadvisor.report.plans import PlanText
from indexadvisor.report.provenance import bounds, capture, other_planners, server
from indexadvisor.report.queries import query_rows
from indexadvisor.report.recommend import fraction, geometric_mean, names_of, not_costed, recommendation
from indexadvisor.report.redact import Redactor, redactor
from indexadvisor.report.usagemap import usage_map
from indexadvisor.selection.model import Choice
from indexadvisor.settings import Limits
from indexadvisor.usage.model import UsageGraph
from indexadvisor.whatif.interface import Effort, SourceInfo
from indexadvisor.workload.compress import REPRESENTED
from indexadvisor.workload.model import Workload

__all__ = ["SCHEMA_VERSION", "Document", "document"]

_IMPROVED = 1.01
"""A query counts as improved when its cost falls by 1 % or more."""
_BY_CALLS = "planner cost per call × captured calls, summed over all costed queries"
_BY_TIME = (
    "planner cost per call × a weight by which each query counts for its part of the measured time, summed over all costed queries; "
    "queries without a measured time count by their calls"
)


def document(
    workload: Workload,
    usage: UsageGraph,
    candidates: CandidateSet,
    choice: Choice,
    catalog: Catalog,
    info: SourceInfo,
    effort: Effort,
    *,
    seconds: float,
    limits: Limits,
    redact: bool = False,
    generated_at: datetime | None = None,
) -> Document:
    """Return the report of one run. ``generated_at`` is left out where the same input must give the same bytes."""
    mask = redactor(workload, catalog, enabled=redact, usage=usage)
    skipped = _skipped((workload.skipped, catalog.skipped, usage.skipped, candidates.skipped, choice.skipped), mask)
    proposed = [step.candidate.index for step in choice.steps]
    names = names_of([*proposed, *(candidate.index for candidate, _ in choice.not_costed)], catalog, mask)
    context = Context(catalog, choice, info, limits, mask, names, {outcome.query_id: outcome for outcome in choice.queries})
    queries = query_rows(workload, usage, skipped, PlanText({index: names[index] for index in proposed}, mask), context)
    rows = {query.query_id: query for query in queries}
    recommendations = tuple(recommendation(rank, step, rows, context) for rank, step in enumerate(choice.steps, start=1))
    left_over = tuple(not_costed(candidate, reason, rows, context) for candidate, reason in choice.not_costed)
    origin = server(catalog, info, choice.queries)
    return Document(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        generated_at=generated_at,
        redacted=redact,
        server=origin,
        limits=bounds(limits),
        workload=_summary(choice, queries, recommendations, limits),
        recommendations=recommendations,
        drops=tuple(drop_advice(drop, context) for drop in choice.drops),
        not_costed=tuple(sorted(left_over, key=lambda item: (-item.calls, item.definition))),
        frontier=_frontier(choice),
        usage=usage_map(usage, catalog, dict(enumerate(proposed, start=1)), mask.sql),
        skipped=skipped,
        capture=capture(workload.quality, mask),
        effort=Work(effort.explains, effort.cache_hits, seconds),
        caveats=tuple(_caveats(catalog, info, origin, choice, queries, left_over, redact)),
    )


def _frontier(choice: Choice) -> tuple[SavingsPoint, ...]:
    return tuple(
        SavingsPoint(point.size_bytes, point.cost, fraction(point.cost, choice.cost_before), point.indexes, number == choice.knee)
        for number, point in enumerate(choice.frontier)
    )


def _skipped(groups: Iterable[tuple[Skipped, ...]], mask: Redactor) -> tuple[Skipped, ...]:
    """Return what every stage left out, once, by stage, subject and reason."""
    return tuple(sorted({mask.skipped(item) for items in groups for item in items}))


def _summary(
    choice: Choice, queries: tuple[Query, ...], recommendations: tuple[Recommendation, ...], limits: Limits
) -> WorkloadSummary:
    costed = [query for query in queries if query.cost_before is not None]
    taxes = [item.write_tax.cost for item in recommendations]
    known = [tax for tax in taxes if tax is not None]
    shares = [query.cost_share for query in costed if query.cost_share is not None]
    saved = fraction(choice.cost_before - choice.cost_after, choice.cost_before)
    return WorkloadSummary(
        cost_before=choice.cost_before,
        cost_after=choice.cost_after,
        cost_bound=choice.cost_bound,
        saved_fraction=saved,
        bound_saved_fraction=None if choice.interrupted else fraction(choice.cost_before - choice.cost_bound, choice.cost_before),
        geometric_mean_factor=geometric_mean((outcome.cost_before, outcome.cost_after) for outcome in choice.queries),
        heaviest_query_share=max(shares, default=None),
        write_tax=sum(known) if len(known) == len(taxes) else None,
        size_bytes=choice.size_bytes,
        sizes_unknown=sum(1 for item in recommendations if item.size_bytes is None),
        gap=choice.gap,
        interrupted=choice.interrupted,
        query_count=len(queries),
        queries_costed=len(costed),
        queries_improved=sum(1 for query in costed if (query.improvement_factor or 0) >= _IMPROVED),
        queries_generic=sum(1 for query in costed if query.generic),
        calls=sum(query.calls for query in queries),
        weighting=_BY_TIME if limits.weight == "time" else _BY_CALLS,
        queries=queries,
    )


def _caveats(
    catalog: Catalog, info: SourceInfo, origin: Server, choice: Choice, queries: tuple[Query, ...], left_over: tuple[NotCosted, ...],
    redact: bool,
) -> list[str]:  # fmt: skip
    """Return what a reader must know about all figures of the report."""
    out = ["All costs are the planner's estimates, in its own units; no captured statement was run"]
    planners = other_planners(origin.cost_sources, info, catalog)
    if planners is not None:
        out.append(planners)
    if choice.interrupted:
        out.append("The search was ended early: this is the best answer found until then, and a better one may exist")
    represented = sum(1 for query in queries if query.cost_before is None and (query.not_costed_reason or "").startswith(REPRESENTED))
    if represented:
        out.append(f"{represented} of {len(queries)} queries were costed as another one like them, which carries their calls")
    without = sum(1 for query in queries if query.cost_before is None) - represented
    if without:
        out.append(f"{without} of {len(queries)} queries have no cost and carry no weight in the advice")
    if left_over:
        out.append(f"{len(left_over)} candidates could not be costed by this source; their benefit is unknown, not zero")
    if redact:
        out.append("Literals are masked; a DDL statement that needs one is marked and does not run until it is filled in")
    return out
