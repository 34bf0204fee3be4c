"""Every template of the workload as a row of the report, costed or with the reason why not."""

from __future__ import annotations

from collections.abc import Mapping

from indexadvisor.findings import Skipped
from indexadvisor.report import risks
from indexadvisor.report.context import Context
from indexadvisor.report.model import Query, QueryRisk
from indexadvisor.report.plans import PlanText
from indexadvisor.report.provenance import sources_of
from indexadvisor.report.sqltext import one_line
from indexadvisor.usage.model import UsageGraph
from indexadvisor.workload.model import QueryGroup, Workload

TITLE_WIDTH = 110
MAX_SHOWN = 50_000
"""Characters of one statement that a report keeps; the rest is counted."""


def query_rows(
    workload: Workload, usage: UsageGraph, skipped: tuple[Skipped, ...], plans: PlanText, context: Context
) -> tuple[Query, ...]:
    """Return all templates: costed ones by their part of the cost, then the others in the workload's order."""
    reasons, shares, risky = _reasons(workload, skipped), _shares(workload, context), risks.by_query(context)
    rows = [
        _row(group, usage, reasons, shares.get(group.query_id), risky.get(group.query_id, ()), plans, context) for group in workload.groups
    ]
    return tuple(sorted(rows, key=lambda row: -1.0 if row.cost_share is None else -1.0 - row.cost_share))


def _reasons(workload: Workload, skipped: tuple[Skipped, ...]) -> Mapping[str, str]:
    """Return why each query that is named in what was left out has no cost."""
    ids = {f"query {group.query_id}": group.query_id for group in workload.groups}
    out: dict[str, str] = {}
    # what the source of cost said explains a missing cost better than an earlier stage's doubt
    for item in sorted(skipped, key=lambda item: item.stage != "whatif"):
        if item.subject in ids:
            out.setdefault(ids[item.subject], item.reason)
    return out


def _row(
    group: QueryGroup, usage: UsageGraph, reasons: Mapping[str, str], share: float | None, risky: tuple[QueryRisk, ...], plans: PlanText,
    context: Context,
) -> Query:  # fmt: skip
    outcome, redact = context.outcomes.get(group.query_id), context.redact
    sources = sources_of(outcome, context.info) if outcome is not None else ()
    text = redact.query(group.text) if redact.enabled else group.normalized
    captured = None if redact.enabled or group.text == group.normalized else group.text
    costed = outcome is not None
    return Query(
        query_id=group.query_id,
        kind=group.kind.value,
        title=one_line(text, TITLE_WIDTH),
        text=shortened(text),
        captured=shortened(captured) if captured is not None else None,
        tables=tuple(sorted(str(table) for table in usage.tables_of(group.query_id))),
        source=group.source,
        calls=group.calls,
        total_ms=group.total_ms,
        mean_ms=group.mean_ms,
        p95_ms=group.p95_ms,
        max_ms=group.max_ms,
        rows=group.rows,
        timeouts=group.timeouts,
        generic=outcome.generic if outcome is not None else any(sample.generic for sample in group.samples),
        plans_differ=outcome is not None and outcome.plans_differ,
        cost_source="+".join(dict.fromkeys(source.kind for source in sources)) or None,
        cost_source_version=" and ".join(dict.fromkeys(source.server_version for source in sources)) or None,
        cost_before=outcome.cost_before if outcome is not None else None,
        cost_after=outcome.cost_after if outcome is not None else None,
        cost_bound=outcome.cost_bound if outcome is not None else None,
        cost_share=share,
        improvement_factor=outcome.cost_before / outcome.cost_after if outcome is not None and outcome.cost_after > 0 else None,
        indexes=tuple(sorted(plans.names[index] for index in outcome.used if index in plans.names)) if outcome is not None else (),
        risks=risky,
        not_costed_reason=None if costed else reasons.get(group.query_id, "no source of cost was asked about it"),
        plan=plans.pair(outcome) if outcome is not None else None,
    )


def _shares(workload: Workload, context: Context) -> Mapping[str, float]:
    """Return each costed query's part of the workload's cost before, weighed as selection weighed it (``selection.weights``)."""
    whole = context.choice.cost_before
    if whole <= 0:
        return {}
    costs = {outcome.query_id: outcome.cost_before * outcome.calls for outcome in context.choice.queries}
    if context.limits.weight == "time":
        times = {group.query_id: group.total_ms for group in workload.groups if group.total_ms and costs.get(group.query_id)}
        total_cost, total_ms = sum(costs[query_id] for query_id in times), sum(times.values())
        costs |= {query_id: ms / total_ms * total_cost for query_id, ms in times.items()}
    return {query_id: cost / whole for query_id, cost in costs.items()}


def shortened(text: str) -> str:
    """Return a statement as a report keeps it: very long ones are cut, and say by how much.

    >>> shortened("x" * 50_010)[-26:]
    '… (10 characters left out)'
    """
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]} … ({len(text) - MAX_SHOWN:,} characters left out)"
