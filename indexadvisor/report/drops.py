"""Existing indexes that may go, as the report shows them: named, masked, with the statements both ways."""

from __future__ import annotations

from indexadvisor.catalog.model import Index, IndexDef, TableName
from indexadvisor.report.context import Context
from indexadvisor.report.model import DropAdvice, QueryWithout
from indexadvisor.report.recommend import ended, masked
from indexadvisor.report.sqltext import visible_sql
from indexadvisor.selection.model import Drop


def drop_advice(drop: Drop, context: Context) -> DropAdvice:
    """Return one existing index that may go."""
    index, mask = drop.index, context.redact
    table = context.catalog.table(index.definition.table)
    undo = tuple(ended(visible_sql(mask.sql(statement))) for statement in drop.undo_ddl)
    return DropAdvice(
        name=str(TableName(index.schema, index.name)),
        schema=index.schema,
        table=str(index.definition.table),
        definition=str(masked(index.definition, mask)),
        kinds=drop.kinds,
        reasons=tuple(mask.composed(reason) for reason in drop.reasons),
        confidence=drop.confidence,
        caveats=tuple(mask.composed(caveat) for caveat in drop.caveats),
        size_bytes=drop.size_bytes,
        scans=index.scans,
        last_scan=index.last_scan,
        counted_since=table.activity.since if table is not None and table.activity is not None else None,
        write_tax=drop.tax,
        replaced_by=_replacement(drop, context),
        after=drop.after,
        loss=drop.loss,
        loss_fraction=_share(drop),
        queries=tuple(QueryWithout(effect.query_id, effect.cost_with, effect.cost_without) for effect in drop.effects),
        statement=ended(visible_sql(drop.ddl)),
        undo=undo,
        masked=any(mask.sql(statement) != statement for statement in drop.undo_ddl),
    )


def _share(drop: Drop) -> float | None:
    """Return the loss as a share of what the queries that use the index cost with it."""
    if drop.loss is None:
        return None
    cost = sum(effect.calls * effect.cost_with for effect in drop.effects)
    return drop.loss / cost if cost > 0 else 0.0


def _replacement(drop: Drop, context: Context) -> str | None:
    """Return the name of the index that does the dropped one's work: an existing one, or one recommended here."""
    if drop.replaced_by is None:
        return None
    if drop.replaced_by in context.names:
        return context.names[drop.replaced_by]
    existing = next((other for other in _others(drop.index, context) if other.definition == drop.replaced_by), None)
    return existing.name if existing is not None else _shown(drop.replaced_by, context)


def _others(index: Index, context: Context) -> list[Index]:
    return [other for other in context.catalog.indexes_of(index.definition.table) if other.name != index.name]


def _shown(definition: IndexDef, context: Context) -> str:
    return str(masked(definition, context.redact))
