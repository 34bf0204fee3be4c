"""What an index costs when rows change, in the planner's own units, so that it can be weighed against what it saves.

Entries written per changed row (PostgreSQL documentation, "Heap-Only Tuples"); ``entry_cost`` prices them by access method:

    INSERT                                   1
    UPDATE that sets a column of the index   1, and 1 in every other index of the table as far as the update was HOT before
    UPDATE that sets none of its columns     1 for the share of updates that are not HOT
    DELETE                                   0

A deleted row, and the old version of a row whose update wrote an entry, leave one entry for VACUUM to remove, which is priced too. From
PostgreSQL 16 on a BRIN index does not end HOT (its access method says amsummarizing), it only takes its own entry.

A partial index takes an entry only for the share of rows its predicate keeps, by the column's statistics; where they cannot tell, for
every row. The HOT share is the server's own (n_tup_hot_upd / n_tup_upd); where it has no count, an update is taken to be HOT unless it
sets a column of an existing index.

How many rows change comes from the captured workload. Captures that leave out fast statements miss most writes: where the server's counters
have a time base at least as long as the capture, and say that more rows changed in that much time, the difference counts too. A capture
without writes, on a server whose counters have no time base, leaves the cost unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from indexadvisor.candidates.partial import kept_share
from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import Activity, Catalog, Index, IndexDef, Table, TableName
from indexadvisor.lexer import names
from indexadvisor.selection.entry_cost import EntryCost, entry_cost
from indexadvisor.selection.model import WriteTax
from indexadvisor.usage.model import ColumnUse, UsageGraph, UseKind
from indexadvisor.workload.model import QueryGroup, StatementKind, Workload

_LEAST_HOURS = 1.0
"""Counters over less than this are a burst, not a rate."""
_SUMMARIZING_FROM = 16


@dataclass(frozen=True)
class TableWrites:
    """Rows one template changes in one table over the workload, and the columns it sets. ``counted``: by the server's counters."""

    kind: StatementKind
    rows: float
    columns: frozenset[str]
    counted: bool = False


def write_taxes(
    indexes: Iterable[IndexDef],
    workload: Workload,
    usage: UsageGraph,
    catalog: Catalog,
    rows_per_call: Mapping[str, float],
    sizes: Mapping[IndexDef, int | None] | None = None,
) -> dict[IndexDef, WriteTax]:
    """Return the tax of each index. ``rows_per_call``: the planner's estimate of rows changed per call, by query id; ``sizes``: bytes of
    the indexes where they are known, else they are estimated from column widths.
    """
    captured = table_writes(workload, usage, rows_per_call)
    return {index: _taxed(index, (sizes or {}).get(index), captured, workload, usage, catalog, pending=True) for index in indexes}


def taxes_of_existing(
    indexes: Iterable[Index], workload: Workload, usage: UsageGraph, catalog: Catalog, rows_per_call: Mapping[str, float]
) -> dict[Index, WriteTax]:
    """Return what keeping each existing index up to date costs: what it would be taxed if it were proposed now, beside the others.

    ``breaks_hot`` are then the columns whose updates could be HOT without it. The HOT share is today's, with the index: the figure is low.
    """
    captured = table_writes(workload, usage, rows_per_call)
    taxes = {}
    for index in indexes:
        name = index.definition.table
        others = tuple(other for other in catalog.indexes_of(name) if other.name != index.name)
        alone = replace(catalog, tables=tuple(table for table in (catalog.table(name),) if table is not None), indexes=others)
        taxes[index] = _taxed(index.definition, index.size_bytes, captured, workload, usage, alone, pending=_pending(index))
    return taxes


def _taxed(
    index: IndexDef,
    size_bytes: int | None,
    captured: Mapping[TableName, tuple[TableWrites, ...]],
    workload: Workload,
    usage: UsageGraph,
    catalog: Catalog,
    *,
    pending: bool,
) -> WriteTax:
    table = catalog.table(index.table)
    if table is None:
        return WriteTax(None, None)
    mine = captured.get(index.table, ())
    beyond = uncaptured_writes(table, mine, workload, catalog)
    kept = kept_by(index, usage, catalog)
    one = entry_cost(index, table, catalog, kept=kept, size_bytes=size_bytes, pending=pending)
    return _tax(index, table, (*mine, *beyond), catalog, one, kept=kept, known=bool(captured) or bool(beyond))


def kept_by(index: IndexDef, usage: UsageGraph, catalog: Catalog) -> float:
    """Return the share of rows that an index's predicate keeps, by statistics; what they cannot tell counts as all rows."""
    table = catalog.table(index.table)
    if index.predicate is None or table is None:
        return 1.0
    share = 1.0
    uses = {use.predicate: use for relation in usage.of_table(index.table) for use in relation.uses if use.predicate is not None}
    for condition in index.predicate.split(" AND "):
        use = uses.get(condition) or _as_use(condition.strip().removeprefix("(").removesuffix(")"), table)
        kept = kept_share(use, table) if use is not None else None
        share *= 1.0 if kept is None else kept
    return share


def _as_use(condition: str, table: Table) -> ColumnUse | None:
    """Return a condition on one column, as a server prints it, as the use of a query; None for one that statistics cannot judge."""
    mentioned = [column.name for column in table.columns if column.name in names(condition)]
    if len(mentioned) != 1:
        return None
    spelled = quote_identifier(mentioned[0])
    tests = {f"{spelled} IS NULL": "is null", f"{spelled} IS NOT NULL": "is not null"}
    if condition in tests:
        return ColumnUse(UseKind.NULL_TEST, (mentioned[0],), operator=tests[condition])
    truths = {spelled: "true", f"NOT {spelled}": "false"}
    if condition in truths:
        return ColumnUse(UseKind.BOOLEAN, (mentioned[0],), operator=truths[condition])
    if condition.startswith(f"{spelled} = "):
        return ColumnUse(UseKind.EQUALITY, (mentioned[0],), operator="=", predicate=condition)
    return None


def table_writes(
    workload: Workload, usage: UsageGraph, rows_per_call: Mapping[str, float]
) -> dict[TableName, tuple[TableWrites, ...]]:
    """Return what the captured workload changes in each table."""
    found: dict[TableName, list[TableWrites]] = {}
    for group in workload.groups:
        if not group.writes:
            continue
        rows = _rows(group, rows_per_call.get(group.query_id))
        for relation in usage.of_query(group.query_id):
            if relation.target:
                columns = frozenset(column for use in relation.of(UseKind.WRITTEN) for column in use.columns)
                found.setdefault(relation.table, []).append(TableWrites(group.kind, rows, columns))
    return {table: tuple(writes) for table, writes in found.items()}


def uncaptured_writes(
    table: Table, captured: Iterable[TableWrites], workload: Workload, catalog: Catalog
) -> tuple[TableWrites, ...]:
    """Return the rows that the server's counters know of beyond the captured ones, scaled to the capture's duration.

    Empty where the counters have no time base, or a shorter one than the capture. Which columns such updates set is not known: they count
    as setting none of the index's.
    """
    hours, base = (workload.quality.duration_s or 0.0) / 3600, _counted_hours(table.activity, catalog)
    if table.activity is None or base is None or hours <= 0 or base < max(hours, _LEAST_HOURS):
        return ()
    activity, rows = table.activity, dict.fromkeys(StatementKind, 0.0)
    for write in captured:
        rows[StatementKind.INSERT if write.kind is StatementKind.MERGE and not write.columns else write.kind] += write.rows
    counted = {
        StatementKind.INSERT: activity.inserted,
        StatementKind.UPDATE: activity.updated,
        StatementKind.DELETE: activity.deleted,
    }
    found = []
    for kind, count in counted.items():
        more = count * hours / base - rows[kind] - (rows[StatementKind.MERGE] if kind is StatementKind.UPDATE else 0.0)
        if more >= 1:
            found.append(TableWrites(kind, more, frozenset(), counted=True))
    return tuple(found)


def _rows(group: QueryGroup, estimated: float | None) -> float:
    if group.rows is not None:
        return float(group.rows)
    return group.calls * max(1.0, estimated if estimated is not None else 1.0)


def index_columns(index: IndexDef, table: Table) -> frozenset[str]:
    """Return every column an index depends on; columns inside expressions and predicates are found by name."""
    texts = [key.expression for key in index.keys if key.expression] + ([index.predicate] if index.predicate else [])
    mentioned = frozenset().union(*map(names, texts)) & {column.name for column in table.columns}
    return mentioned | {*index.columns, *index.include}


@dataclass(frozen=True)
class _Entries:
    """Rows whose entries one index gains and loses, and those that every other index gains because HOT ended; columns that end it."""

    gained: float
    lost: float
    elsewhere: float
    broken: frozenset[str]


def _tax(
    index: IndexDef, table: Table, writes: tuple[TableWrites, ...], catalog: Catalog, one: EntryCost, *, kept: float, known: bool
) -> WriteTax:
    existing = catalog.indexes_of(table.name)
    blocking = [other.definition for other in existing if _ends_hot(other.definition, catalog)]
    already = frozenset(column for other in blocking for column in index_columns(other, table))
    found = _entries(index, table, writes, already, kept, ends_hot=_ends_hot(index, catalog))
    per_hour = _per_hour(table.activity, catalog)
    if not known:
        return WriteTax(None, None, per_hour, cost_per_entry=one.adding(1.0))
    cost = one.adding(found.gained) + one.removing(found.lost)
    for other in existing if found.elsewhere > 0 else ():
        theirs = entry_cost(other.definition, table, catalog, size_bytes=other.size_bytes, pending=_pending(other))
        cost += theirs.adding(found.elsewhere) + theirs.removing(found.elsewhere)
    entries = found.gained + found.elsewhere * len(existing)
    counted = any(write.counted for write in writes)
    return WriteTax(cost, entries, per_hour, tuple(sorted(found.broken - already)), one.adding(1.0), counted)


def _entries(
    index: IndexDef, table: Table, writes: Iterable[TableWrites], already: frozenset[str], kept: float, *, ends_hot: bool
) -> _Entries:
    columns = index_columns(index, table)
    gained = lost = elsewhere = 0.0
    broken: set[str] = set()
    for write in writes:
        if write.kind is StatementKind.DELETE:
            lost += write.rows * kept
        elif write.kind is StatementKind.UPDATE or (write.kind is StatementKind.MERGE and write.columns):
            hot = _hot_share(table.activity, write.columns, already)
            touched = columns & write.columns
            new = write.rows * kept * (1.0 if touched else 1 - hot)
            gained, lost = gained + new, lost + new
            if touched and ends_hot and hot > 0:
                elsewhere += write.rows * hot
                broken |= touched
        else:
            gained += write.rows * kept
    return _Entries(gained, lost, elsewhere, frozenset(broken))


def _pending(index: Index) -> bool:
    return "fastupdate=off" not in index.options


def _ends_hot(index: IndexDef, catalog: Catalog) -> bool:
    return index.method != "brin" or catalog.server.major < _SUMMARIZING_FROM


def _hot_share(activity: Activity | None, columns: frozenset[str], indexed: frozenset[str]) -> float:
    if columns & indexed:
        return 0.0
    if activity is not None and activity.updated > 0:
        return min(1.0, activity.hot_updated / activity.updated)
    return 1.0


def _counted_hours(activity: Activity | None, catalog: Catalog) -> float | None:
    """Return over how many hours the counters ran until the catalog was read, None where that is not known."""
    if activity is None or activity.since is None or catalog.read_at is None:
        return None
    return (catalog.read_at - activity.since).total_seconds() / 3600


def _per_hour(activity: Activity | None, catalog: Catalog) -> float | None:
    """Return rows inserted or updated out of HOT per hour since the counters were reset, None without a time base."""
    hours = _counted_hours(activity, catalog)
    if activity is None or hours is None or hours <= 0:
        return None
    return (activity.inserted + activity.updated - activity.hot_updated) / hours
