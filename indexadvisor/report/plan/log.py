"""A log of plans as text, Markdown or JSON: what costs most over all executions, and which statements changed their plan."""

from __future__ import annotations

import json
from collections.abc import Iterator

from indexadvisor.diagnosis.plan_log import PlanLog, PlannedQuery, RankedFinding, Run
from indexadvisor.report import units
from indexadvisor.report.gfm import code, text
from indexadvisor.report.plan import sentences
from indexadvisor.report.plan.json import SCHEMA_VERSION, finding, value
from indexadvisor.report.plan.tree import span
from indexadvisor.report.sqltext import one_line

_TITLE = 100
_RUNS = 12


def render(log: PlanLog, form: str, *, top: int = 20) -> str:
    """Return the log's answer; ``form`` is text, md or json. JSON holds everything, the others the ``top`` of each list."""
    if form == "json":
        return _json(log)
    return "".join(f"{line}\n" for line in (_markdown(log, top) if form == "md" else _text(log, top)))


def _headline(log: PlanLog) -> str:
    plans, queries = units.counted(log.plans, "plan"), units.counted(len(log.queries), "statement")
    changed = sum(1 for query in log.queries if query.changes)
    return f"{plans} of {queries}, {units.milliseconds(log.total_ms)} in all; {units.counted(changed, 'statement')} changed plan"


def _text(log: PlanLog, top: int) -> Iterator[str]:
    yield _headline(log)
    yield ""
    for place, one in enumerate(log.findings[:top], start=1):
        found = f"{place:>3}. {one.example.code} {one.example.severity}  query {one.query_id}, {one_line(one.subject)}"
        yield f"{found}: {one_line(one.example.message)}"
        yield f"     {_weight(one)}"
        for advice in one.example.advice:
            yield f"     -> {one_line(advice.text)}"
    if len(log.findings) > top:
        yield f"     and {len(log.findings) - top:,} more (--top)"
    restless = [query for query in log.queries if query.changes]
    if restless:
        yield ""
        yield "Statements that changed their plan"
        for query in restless[:top]:
            yield f"  query {query.query_id}: {one_line(query.text, _TITLE)}"
            yield f"     {_changes(query)}"
            yield from (f"       {line}" for line in _runs(query))
    yield ""
    yield "Statements by time"
    for query in log.queries[:top]:
        yield (
            f"  query {query.query_id}: {units.counted(query.executions, 'execution')}, {units.milliseconds(query.total_ms)}, "
            f"{units.counted(len(query.shapes), 'plan shape')}  {one_line(query.text, _TITLE)}"
        )


def _markdown(log: PlanLog, top: int) -> Iterator[str]:
    yield "# Plans of the log"
    yield ""
    yield f"**{text(_headline(log))}.**"
    yield ""
    yield "| finding | query | node | executions | their time | could save |"
    yield "|---|---|---|---:|---:|---:|"
    for one in log.findings[:top]:
        saving = "unknown" if one.saving_ms is None else span(one.saving_ms)
        cells = (f"{one.example.code} {text(one.example.name)}", code(one.query_id), code(one.subject, 60), f"{one.executions:,}")
        yield f"| {' | '.join(cells)} | {units.milliseconds(one.duration_ms)} | {saving} |"
    yield ""
    for one in log.findings[:top]:
        yield f"- **{one.example.code}** query {code(one.query_id)}: {text(one.example.message)}"
        for advice in one.example.advice:
            yield f"  - {text(advice.text)}" + (f" {code(advice.sql)}" if advice.sql else "")
    yield ""
    for query in [query for query in log.queries if query.changes][:top]:
        yield f"- query {code(query.query_id)} changed its plan: {text(_changes(query))} {code(query.text, _TITLE)}"


def _weight(one: RankedFinding) -> str:
    told = f"in {units.counted(one.executions, 'execution')} of {units.milliseconds(one.duration_ms)} together"
    saving = "saving unknown: the plans were not timed" if one.saving_ms is None else f"could save {span(one.saving_ms)}"
    return f"{told}; {saving}; e.g. {one_line(one.source)}; {sentences.worth(one.example)}"


def _changes(query: PlannedQuery) -> str:
    shapes = ", ".join(
        f"{one.shape} {units.counted(one.executions, 'time')} at {units.milliseconds(one.mean_ms)} (e.g. {one_line(one.source)})"
        for one in query.shapes
    )
    return f"{units.counted(query.changes, 'change')} between {shapes}"


def _runs(query: PlannedQuery) -> Iterator[str]:
    """Yield when which shape was in use, the first runs only."""
    for run in query.runs[:_RUNS]:
        mean = units.milliseconds(run.total_ms / run.executions)
        yield f"{_period(run)}{run.shape}: {units.counted(run.executions, 'time')} at {mean}"
    if len(query.runs) + query.more_changes > _RUNS:
        yield f"and {len(query.runs) + query.more_changes - _RUNS:,} more runs (--format json)"


def _period(run: Run) -> str:
    if run.first_at is None:
        return ""
    last = f" to {run.last_at:%Y-%m-%d %H:%M:%S}" if run.last_at is not None and run.last_at != run.first_at else ""
    return f"{run.first_at:%Y-%m-%d %H:%M:%S}{last}  "


def _json(log: PlanLog) -> str:
    document = {
        "schema_version": SCHEMA_VERSION,
        "plans": log.plans,
        "total_ms": log.total_ms,
        "findings": [
            {
                "query_id": one.query_id, "subject": one.subject, "executions": one.executions, "duration_ms": one.duration_ms,
                "saving_ms": value(one.saving_ms), "weight": one.weight, "source": one.source, "example": finding(one.example),
            }
            for one in log.findings
        ],
        "queries": [
            {
                "query_id": query.query_id, "text": query.text, "executions": query.executions, "total_ms": query.total_ms,
                "changes": query.changes,
                "shapes": [
                    {"shape": one.shape, "executions": one.executions, "total_ms": one.total_ms, "mean_ms": one.mean_ms,
                     "source": one.source}
                    for one in query.shapes
                ],
                "runs": [
                    {"shape": run.shape, "executions": run.executions, "total_ms": run.total_ms,
                     "first_at": None if run.first_at is None else run.first_at.isoformat(),
                     "last_at": None if run.last_at is None else run.last_at.isoformat()}
                    for run in query.runs
                ],
            }
            for query in log.queries
        ],
        "skipped": [value(one) for one in log.skipped],
    }  # fmt: skip
    return json.dumps(document, indent=2) + "\n"
