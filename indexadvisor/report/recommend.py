"""Steps of the choice as recommendations: named, with DDL, shares of cost, caveats and the plan that changed most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import exp, log

from indexadvisor.candidates.entry_size import size_caveat
from indexadvisor.candidates.model import Candidate
from indexadvisor.catalog import ddl
from indexadvisor.catalog.model import Catalog, IndexDef
from indexadvisor.report import risks
from indexadvisor.report.context import Context
from indexadvisor.report.model import HelpedQuery, NotCosted, PlanPair, Query, Recommendation, SwayedQuery
from indexadvisor.report.provenance import cost_shares
from indexadvisor.report.redact import NOT_SHOWN, Redactor
from indexadvisor.report.sqltext import visible_sql
from indexadvisor.selection.model import QueryEffect, Step

_HELPED = 1.0001
"""A query counts as helped when its cost falls by more than rounding."""


def names_of(indexes: Iterable[IndexDef], catalog: Catalog, redact: Redactor) -> Mapping[IndexDef, str]:
    """Return the name of each proposed index; in a masked report made from the masked definition, so that no literal is in it."""
    shown = {index: masked(index, redact) for index in indexes}
    named = ddl.index_names(shown.values(), ddl.taken_names(catalog))
    out: dict[IndexDef, str] = {}
    for number, (index, definition) in enumerate(shown.items(), start=1):
        # definitions that differ only in a masked literal would share a name
        name = named[definition]
        out[index] = f"{name[:40]}_masked_{number}" if name in out.values() else name
    return out


def masked(index: IndexDef, redact: Redactor) -> IndexDef:
    """Return a definition whose literals are masked, or the same one when nothing is to be."""
    keys = tuple(replace(key, expression=redact.sql(key.expression)) if key.expression is not None else key for key in index.keys)
    return replace(index, keys=keys, predicate=redact.sql(index.predicate) if index.predicate is not None else None)


def recommendation(rank: int, step: Step, queries: Mapping[str, Query], context: Context) -> Recommendation:
    """Return one step of the choice as the report shows it; ``queries`` are the report's rows by id."""
    index, redact = step.candidate.index, context.redact
    shown = masked(index, redact)
    name = context.names[index]
    statements, hidden = _statements(index, name, context)
    helped = _helped(step.effects, queries, context)
    weighted_without = sum(effect.cost_without * effect.calls for effect in step.effects if _helps(effect))
    return Recommendation(
        rank=rank,
        name=name,
        kind=step.candidate.kind,
        ddl="\n".join(statements),
        statements=statements,
        undo=ended(visible_sql(ddl.drop_index(index.table.schema, name, concurrently=not _partitioned(index, context.catalog)))),
        masked=hidden,
        schema=index.table.schema,
        table=str(index.table),
        access_method=index.method,
        columns=tuple(key.text for key in shown.keys),
        include=index.include,
        predicate=shown.predicate,
        unique=index.unique,
        definition=str(shown),
        size_bytes=step.size_bytes,
        benefit=step.benefit,
        benefit_fraction=fraction(step.benefit, context.choice.cost_before),
        benefit_fraction_helped=fraction(step.benefit, weighted_without),
        discounted_benefit=step.discounted_benefit,
        improvement_factor=geometric_mean((query.cost_without, query.cost_after) for query in helped),
        write_tax=step.write_tax,
        queries=helped,
        swayed=tuple(SwayedQuery(effect.query_id, effect.cost_with, effect.cost_without) for effect in step.swayed),
        cost_sources=cost_shares((context.outcomes[q.query_id] for q in helped if q.query_id in context.outcomes), context.info),
        reasons=tuple(redact.composed(reason) for reason in step.candidate.reasons),
        risks=risks.shown(step, context),
        caveats=tuple(_caveats(step, hidden, context)),
        workload_cost_after=step.cost_after,
        total_bytes=step.total_bytes,
        plan=_plan(helped, queries),
    )


def not_costed(candidate: Candidate, reason: str, queries: Mapping[str, Query], context: Context) -> NotCosted:
    """Return a candidate without figures, as the report shows it; ``queries`` are the report's rows by id."""
    index, redact = candidate.index, context.redact
    shown = masked(index, redact)
    statements, hidden = _statements(index, context.names[index], context)
    known = [queries[query_id].calls for query_id in candidate.query_ids if query_id in queries]
    return NotCosted(
        definition=str(shown),
        table=str(index.table),
        access_method=index.method,
        columns=tuple(key.text for key in shown.keys),
        ddl="\n".join(statements),
        masked=hidden,
        reason=redact.prose(reason),
        reasons=tuple(redact.composed(text) for text in candidate.reasons),
        query_ids=candidate.query_ids,
        calls=sum(known),
    )


def _statements(index: IndexDef, name: str, context: Context) -> tuple[tuple[str, ...], bool]:
    """Return the statements that build an index, and whether literals are missing from them."""
    shown = masked(index, context.redact)
    try:
        statements = tuple(ended(visible_sql(statement)) for statement in ddl.statements(shown, name, context.catalog))
    except ValueError:
        if shown == index:
            raise
        # an expression that no longer parses without its literals
        return (f"-- {NOT_SHOWN}",), True
    return statements, shown != index


def ended(statement: str) -> str:
    """Return a statement with exactly one semicolon at its end."""
    return statement.strip().rstrip(";") + ";"


def _partitioned(index: IndexDef, catalog: Catalog) -> bool:
    table = catalog.table(index.table)
    return table is not None and table.kind == "p"


def _helped(effects: tuple[QueryEffect, ...], queries: Mapping[str, Query], context: Context) -> tuple[HelpedQuery, ...]:
    found = []
    for effect in effects:
        outcome, query = context.outcomes.get(effect.query_id), queries.get(effect.query_id)
        if not _helps(effect):
            continue
        found.append(
            HelpedQuery(
                query_id=effect.query_id,
                title=query.title if query is not None else "",
                calls=query.calls if query is not None else round(effect.calls),
                cost_before=outcome.cost_before if outcome is not None else effect.cost_without,
                cost_after=outcome.cost_after if outcome is not None else effect.cost_with,
                cost_without=effect.cost_without,
                benefit=(effect.cost_without - effect.cost_with) * effect.calls,
            )
        )
    return tuple(sorted(found, key=lambda query: (-query.benefit, query.query_id)))


def _helps(effect: QueryEffect) -> bool:
    return effect.cost_without > effect.cost_with * _HELPED


def _plan(helped: tuple[HelpedQuery, ...], queries: Mapping[str, Query]) -> PlanPair | None:
    """Return the plans of the query that gains most from the index."""
    for effect in helped:
        query = queries.get(effect.query_id)
        if query is not None and query.plan is not None:
            return query.plan
    return None


def _caveats(step: Step, hidden: bool, context: Context) -> list[str]:
    """Return what makes the index unwelcome or its figures incomplete, most serious first; what flatters its estimate is its risks."""
    tax, out = step.write_tax, []
    too_large = size_caveat(step.candidate.index, context.catalog)
    if too_large is not None:
        out.append(context.redact.composed(too_large))
    if tax.breaks_hot:
        out.append(f"Captured UPDATEs set {', '.join(tax.breaks_hot)}: with this index they can no longer be HOT updates")
    if _partitioned(step.candidate.index, context.catalog):
        out.append("The table is partitioned: the index is built on each partition and then attached")
    if step.caveat is not None:
        out.append(context.redact.composed(step.caveat))
    if step.size_bytes is None:
        out.append("The size is unknown and counts as 0 against the budget")
    if tax.cost is None:
        out.append("The write tax is unknown and is not subtracted from the benefit")
    if hidden:
        out.append("Masked: fill in the constants marked '?' before running the DDL")
    return [context.redact.composed(text) for text in step.candidate.assumptions] + out


def fraction(part: float, whole: float) -> float | None:
    """Return part of whole, or None where there is no whole.

    >>> fraction(1.0, 4.0), fraction(1.0, 0.0)
    (0.25, None)
    """
    return part / whole if whole > 0 else None


def geometric_mean(pairs: Iterable[tuple[float, float]]) -> float | None:
    """Return the geometric mean of before by after over all pairs of positive costs, or None where there is none.

    >>> round(geometric_mean([(100.0, 1.0), (1.0, 1.0)]), 6)
    10.0
    """
    ratios = [log(before / after) for before, after in pairs if before > 0 and after > 0]
    return exp(sum(ratios) / len(ratios)) if ratios else None
