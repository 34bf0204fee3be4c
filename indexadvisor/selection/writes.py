"""What an index costs when rows change, in the planner's own units, so that it can be weighed against what it saves.

One new index entry costs what PostgreSQL's planner charges for finding one leaf page of a B-tree (src/backend/utils/adt/
selfuncs.c, btcostestimate): a comparison per binary-search step, 50 operators per level descended, one index tuple, one
random page.

    entry = ceil(log2(rows)) * cpu_operator_cost + (height + 1) * 50 * cpu_operator_cost + cpu_index_tuple_cost + random_page_cost

Entries written per changed row (PostgreSQL documentation, "Heap-Only Tuples"):

    INSERT                                   1
    UPDATE that sets a column of the index   1, and 1 in every other index of the table as far as the update was HOT before
    UPDATE that sets none of its columns     1 for the share of updates that are not HOT
    DELETE                                   0 (VACUUM removes the entry later; that work is not counted)

A partial index takes an entry only for the share of rows its predicate keeps, by the column's statistics; where they cannot tell, for
every row. The HOT share is the server's own (n_tup_hot_upd / n_tup_upd); where it has no count, an update is taken to be HOT unless it
sets a column of an existing index. Calls come from the captured workload; a capture without writes leaves the cost unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from indexadvisor.candidates.partial import kept_share
from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import Activity, Catalog, IndexDef, Table, TableName
from indexadvisor.lexer import names
from indexadvisor.selection.model import WriteTax
from indexadvisor.usage.model import UsageGraph, UseKind
from indexadvisor.workload.model import QueryGroup, StatementKind, Workload

_ENTRY_BYTES = 24
_FANOUT_FLOOR = 50


@dataclass(frozen=True)
class TableWrites:
    """Rows one template changes in one table over the workload, and the columns it sets."""

    kind: StatementKind
    rows: float
    columns: frozenset[str]


def write_taxes(
    indexes: Iterable[IndexDef], workload: Workload, usage: UsageGraph, catalog: Catalog, rows_per_call: Mapping[str, float]
) -> dict[IndexDef, WriteTax]:
    """Return the tax of each index. ``rows_per_call``: the planner's estimate of rows changed per call, by query id."""
    writes = table_writes(workload, usage, rows_per_call)
    return {
        index: _tax(index, writes.get(index.table, ()), catalog, kept=kept_by(index, usage, catalog), known=bool(writes))
        for index in indexes
    }


def kept_by(index: IndexDef, usage: UsageGraph, catalog: Catalog) -> float:
    """Return the share of rows that an index's predicate keeps, by statistics; what they cannot tell counts as all rows."""
    table = catalog.table(index.table)
    if index.predicate is None or table is None:
        return 1.0
    share = 1.0
    uses = {use.predicate: use for relation in usage.of_table(index.table) for use in relation.uses if use.predicate is not None}
    nulls = {f"{quote_identifier(c.name)} IS NOT NULL": c.statistics.null_fraction for c in table.columns if c.statistics is not None}
    for condition in index.predicate.split(" AND "):
        kept = kept_share(uses[condition], table) if condition in uses else None
        if kept is None and condition in nulls:
            kept = 1.0 - nulls[condition]
        share *= 1.0 if kept is None else kept
    return share


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


def _rows(group: QueryGroup, estimated: float | None) -> float:
    if group.rows is not None:
        return float(group.rows)
    return group.calls * max(1.0, estimated if estimated is not None else 1.0)


def index_columns(index: IndexDef, table: Table) -> frozenset[str]:
    """Return every column an index depends on; columns inside expressions and predicates are found by name."""
    texts = [key.expression for key in index.keys if key.expression] + ([index.predicate] if index.predicate else [])
    mentioned = frozenset().union(*map(names, texts)) & {column.name for column in table.columns}
    return mentioned | {*index.columns, *index.include}


def _tax(index: IndexDef, writes: Iterable[TableWrites], catalog: Catalog, *, kept: float, known: bool) -> WriteTax:
    table = catalog.table(index.table)
    if table is None:
        return WriteTax(None, None)
    columns = index_columns(index, table)
    existing = catalog.indexes_of(table.name)
    already = frozenset(column for other in existing for column in index_columns(other.definition, table))
    entries = 0.0
    broken: set[str] = set()
    for write in writes:
        if write.kind is StatementKind.UPDATE or (write.kind is StatementKind.MERGE and write.columns):
            hot = _hot_share(table.activity, write.columns, already)
            touched = columns & write.columns
            broken |= touched if hot > 0 else frozenset()
            entries += write.rows * ((kept + hot * len(existing)) if touched else kept * (1 - hot))
        elif write.kind is not StatementKind.DELETE:
            entries += write.rows * kept
    per_hour = _per_hour(table.activity)
    if not known:
        return WriteTax(None, None, per_hour, ())
    return WriteTax(entries * entry_cost(table, catalog.settings), entries, per_hour, tuple(sorted(broken - already)))


def _hot_share(activity: Activity | None, columns: frozenset[str], indexed: frozenset[str]) -> float:
    if columns & indexed:
        return 0.0
    if activity is not None and activity.updated > 0:
        return min(1.0, activity.hot_updated / activity.updated)
    return 1.0


def _per_hour(activity: Activity | None) -> float | None:
    """Return rows inserted or updated out of HOT per hour since the counters were reset, None without a time base."""
    if activity is None or activity.since is None:
        return None
    from datetime import UTC, datetime

    hours = (datetime.now(UTC) - activity.since).total_seconds() / 3600
    if hours <= 0:
        return None
    return (activity.inserted + activity.updated - activity.hot_updated) / hours


def entry_cost(table: Table, settings: Mapping[str, str]) -> float:
    """Return what one new index entry costs in planner units.

    >>> from indexadvisor.catalog.model import Table, TableName
    >>> round(entry_cost(Table(TableName("public", "t"), "r", (), rows=1_000_000), {}), 3)
    4.43
    """
    operator = float(settings.get("cpu_operator_cost", 0.0025))
    rows = max(2.0, table.rows or 2.0)
    leaves = max(1.0, rows * _ENTRY_BYTES / 8192)
    height = math.ceil(math.log(leaves, _FANOUT_FLOOR * 5)) if leaves > 1 else 0
    descent = math.ceil(math.log2(rows)) * operator + (height + 1) * 50 * operator
    return descent + float(settings.get("cpu_index_tuple_cost", 0.005)) + float(settings.get("random_page_cost", 4.0))
