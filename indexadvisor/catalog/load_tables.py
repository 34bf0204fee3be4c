"""Rows of ``relations.sql`` and ``columns.sql`` as tables and columns; partition trees summed up at their roots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from indexadvisor.catalog.model import Activity, Column, ColumnStatistics, Index, Table, TableName
from indexadvisor.db.connection import Rows

Statistics = Mapping[tuple[str, str], Mapping[str, list[tuple[bool, ColumnStatistics]]]]
"""By (schema, table or index), then by column: the table's own statistics first, then those over its children (True)."""

_NO_TEXT_FORM = {"box"}
"""Types whose arrays are not separated by commas (pg_type.typdelim): their values cannot be read as text[]."""


@dataclass(frozen=True)
class Seen:
    """What one relation row says beside the table itself: its oid, its parents, and what this role may see of it."""

    oid: int
    table: Table
    is_partition: bool
    parents: tuple[int, ...]
    readable: bool
    rows_hidden: bool


def read_columns(rows: Rows) -> dict[int, list[tuple[Column, str]]]:
    """Return the columns of each relation by its oid, each with its base type, in the order of the table."""
    found: dict[int, list[tuple[Column, str]]] = {}
    for relation, name, number, type_name, base_type, category, not_null, generated, collation in rows:
        column = Column(name, number, type_name, base_type, category, not_null, generated, collation)
        found.setdefault(relation, []).append((column, base_type))
    return found


def read_relation(
    row: tuple[Any, ...], columns: Mapping[int, list[tuple[Column, str]]], statistics: Statistics, since: datetime | None, version_num: int
) -> Seen:
    """Return one row of ``relations.sql`` as a table with its columns and statistics."""
    (oid, schema, name, kind, rows, pages, visible, size, options, key, is_partition, parents, security, forced,
     inserted, updated, deleted, hot, scans, live, modified, analyzed_at, readable, hidden, owner) = row  # fmt: skip
    known = statistics.get((schema, name), {})
    table = Table(
        name=TableName(schema, name),
        kind=kind,
        columns=tuple(replace(column, statistics=_of_column(known.get(column.name, []), kind, base))
                      for column, base in columns.get(oid, [])),
        # before PostgreSQL 14 a table never analyzed and an empty one look the same
        rows=None if rows < 0 or (version_num < 140000 and rows == 0 and pages == 0) else float(rows),
        pages=max(pages, 0),
        all_visible_pages=visible,
        size_bytes=size,
        fillfactor=_fillfactor(options),
        partition_key=key,
        row_security=security,
        force_row_security=forced,
        owner=owner,
        activity=None if kind == "f" else Activity(inserted, updated, deleted, hot, scans, 0, live, modified, analyzed_at, since),
    )  # fmt: skip
    return Seen(oid, table, is_partition, tuple(parents), bool(readable), bool(hidden))


def whole_trees(seen: Iterable[Seen], indexes: Iterable[Index]) -> tuple[Table, ...]:
    """Return the tables by name, with parents named, index scans counted, and partitioned tables summed over their partitions."""
    seen = list(seen)
    names = {each.oid: each.table.name for each in seen}
    scans: dict[TableName, int] = {}
    for index in indexes:
        scans[index.definition.table] = scans.get(index.definition.table, 0) + (index.scans or 0)
    tables = {each.table.name: _with_parents(each, names, scans) for each in seen}
    parts: dict[TableName, list[TableName]] = {}
    for table in tables.values():
        if table.partition_of is not None:
            parts.setdefault(table.partition_of, []).append(table.name)
    return tuple(_summed(tables[name], tables, parts) for name in sorted(tables))


def _with_parents(each: Seen, names: Mapping[int, TableName], scans: Mapping[TableName, int]) -> Table:
    parents = tuple(names[parent] for parent in each.parents if parent in names)
    activity = each.table.activity
    return replace(
        each.table,
        partition_of=parents[0] if each.is_partition and parents else None,
        inherits=() if each.is_partition else parents,
        activity=None if activity is None else replace(activity, index_scans=scans.get(each.table.name, 0)),
    )


def _summed(table: Table, tables: Mapping[TableName, Table], parts: Mapping[TableName, list[TableName]]) -> Table:
    if table.kind != "p":
        return table
    children = [_summed(tables[name], tables, parts) for name in parts.get(table.name, [])]
    sizes = [child.size_bytes for child in children if child.kind != "f"]
    counts = [child.rows for child in children]
    return replace(
        table,
        # an analyzed parent knows its rows; 0 is what versions before 14 leave in one that was not
        rows=table.rows or (sum(known) if len(known := [count for count in counts if count is not None]) == len(counts) else None),
        pages=sum(child.pages for child in children),
        all_visible_pages=sum(child.all_visible_pages for child in children),
        size_bytes=sum(size for size in sizes if size is not None) if None not in sizes else None,
        activity=_sum_of([child.activity for child in children if child.activity is not None], table.activity),
    )


def _sum_of(parts: list[Activity], own: Activity | None) -> Activity | None:
    if not parts:
        return own
    counters = ("inserted", "updated", "deleted", "hot_updated", "sequential_scans", "index_scans", "live_rows", "modified_since_analyze")
    sums = {name: sum(getattr(part, name) for part in parts) for name in counters}
    times = [part.last_analyzed for part in parts]
    # the whole was analyzed when its last part was; unknown while one part never was
    known = [time for time in times if time is not None]
    return Activity(**sums, last_analyzed=min(known) if len(known) == len(times) else None, since=parts[0].since)


def _of_column(found: list[tuple[bool, ColumnStatistics]], kind: str, base_type: str) -> ColumnStatistics | None:
    """Return a column's statistics: over the partitions for a partitioned table, else the table's own where it has them."""
    if not found:
        return None
    chosen = next((value for inherited, value in found if inherited == (kind == "p")), found[0][1])
    return replace(chosen, common_values=(), common_frequencies=(), histogram_bounds=()) if base_type in _NO_TEXT_FORM else chosen


def _fillfactor(options: Iterable[str]) -> int:
    return next((int(value) for name, _, value in (option.partition("=") for option in options) if name == "fillfactor"), 100)
