"""The hottest part of the column-usage graph, as a table of heat per table and the joins between their columns.

A drawing of every query as a node is unreadable beyond a dozen of them. What a DBA asks is: which columns of this table are
filtered, joined, sorted and written, how often, and which column of which other table they are joined with. So a table is one
card with a row per column and a cell per group of uses, and a join is an edge between two rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.usage.model import ColumnUse, RelationUse, UsageGraph, UseKind

GROUPS: Mapping[str, frozenset[UseKind]] = {
    "equal": frozenset({UseKind.EQUALITY, UseKind.IN_LIST, UseKind.BOOLEAN, UseKind.NULL_TEST}),
    "range": frozenset({UseKind.RANGE, UseKind.INEQUALITY, UseKind.LIKE_PREFIX}),
    "join": frozenset({UseKind.JOIN}),
    "order": frozenset({UseKind.ORDER, UseKind.MIN_MAX}),
    "group": frozenset({UseKind.GROUP, UseKind.DISTINCT}),
    "search": frozenset({UseKind.LIKE_INFIX, UseKind.REGEX, UseKind.ARRAY, UseKind.JSONB_CONTAINMENT, UseKind.JSONB_EXISTENCE,
                         UseKind.JSONB_PATH, UseKind.FULL_TEXT, UseKind.SIMILARITY, UseKind.RANGE_OPERATOR, UseKind.GEOMETRIC,
                         UseKind.DISTANCE, UseKind.OTHER}),
    "output": frozenset({UseKind.OUTPUT}),
    "written": frozenset({UseKind.WRITTEN}),
}  # fmt: skip
"""Uses that ask for the same sort of index, in the order they are shown."""

_GROUP_OF = {kind: group for group, kinds in GROUPS.items() for kind in kinds}
MAX_TABLES = 8
MAX_COLUMNS = 14


@dataclass(frozen=True)
class UseWeight:
    """How much one column is used in one way: calls and number of queries, the kinds of use that make it up."""

    group: str
    kinds: tuple[str, ...]
    calls: int
    queries: int


@dataclass(frozen=True)
class ColumnHeat:
    """One column or expression of a table with its uses; ``ranks`` are the recommendations that hold it."""

    label: str
    uses: tuple[UseWeight, ...]
    ranks: tuple[int, ...]


@dataclass(frozen=True)
class TableHeat:
    """One table of the usage graph; ``rows`` as the catalog estimates them; ``omitted`` columns are not drawn."""

    table: str
    rows: float | None
    calls: int
    queries: int
    columns: tuple[ColumnHeat, ...]
    omitted: int


@dataclass(frozen=True)
class JoinEdge:
    """Two columns that queries compare with each other."""

    left_table: str
    left_column: str
    right_table: str
    right_column: str
    calls: int
    queries: int


@dataclass(frozen=True)
class UsageMap:
    """The hottest part of the column-usage graph; ``omitted_tables`` are used too, but less."""

    tables: tuple[TableHeat, ...]
    joins: tuple[JoinEdge, ...]
    omitted_tables: int


def usage_map(usage: UsageGraph, catalog: Catalog, ranks: Mapping[int, IndexDef], mask: Callable[[str], str]) -> UsageMap:
    """Return the cards of the hottest tables (by calls) and the joins between them; ``ranks`` are the recommended indexes."""
    by_table: dict[TableName, list[RelationUse]] = defaultdict(list)
    for relation in usage.relations:
        by_table[catalog.root(relation.table)].append(relation)
    heat = {table: _calls(usage, {relation.query_id for relation in relations}) for table, relations in by_table.items()}
    hottest = sorted(by_table, key=lambda table: (-heat[table], table))
    drawn = hottest[:MAX_TABLES]
    joins = _joins(usage, catalog, frozenset(drawn))
    return UsageMap(
        tables=tuple(_table(table, by_table[table], usage, catalog, ranks, mask, joins) for table in drawn),
        joins=joins,
        omitted_tables=len(hottest) - len(drawn),
    )


def _calls(usage: UsageGraph, query_ids: set[str]) -> int:
    return sum(usage.calls.get(query_id, 0) for query_id in query_ids)


def _table(
    table: TableName,
    relations: list[RelationUse],
    usage: UsageGraph,
    catalog: Catalog,
    ranks: Mapping[int, IndexDef],
    mask: Callable[[str], str],
    joins: tuple[JoinEdge, ...],
) -> TableHeat:
    """Return one card: columns that take part in a drawn join or a recommended index stay, the coolest others are left out."""
    uses: dict[str, list[tuple[str, ColumnUse]]] = defaultdict(list)
    for relation in relations:
        for use in relation.uses:
            for label in [mask(use.expression)] if use.expression else list(use.columns):
                uses[label].append((relation.query_id, use))
    indexed = _indexed(table, ranks, mask)
    for label in indexed:
        uses.setdefault(label, [])
    joined = {label for join in joins for label in _ends(join, str(table))}
    heat = {label: _calls(usage, {query_id for query_id, use in pairs if use.kind is not UseKind.OUTPUT}) for label, pairs in uses.items()}
    ordered = sorted(uses, key=lambda label: (label not in indexed, label not in joined, -heat[label], label))
    kept = ordered[: max(MAX_COLUMNS, len(indexed.keys() | joined))]
    known = catalog.table(table)
    return TableHeat(
        table=str(table),
        rows=known.rows if known is not None else None,
        calls=_calls(usage, {relation.query_id for relation in relations}),
        queries=len({relation.query_id for relation in relations}),
        columns=tuple(
            ColumnHeat(label, _weights(uses[label], usage), indexed.get(label, ()))
            for label in sorted(kept, key=lambda label: (-heat[label], label))
        ),
        omitted=len(uses) - len(kept),
    )


def _ends(join: JoinEdge, table: str) -> tuple[str, ...]:
    ends = ((join.left_table, join.left_column), (join.right_table, join.right_column))
    return tuple(column for name, column in ends if name == table)


def _indexed(table: TableName, ranks: Mapping[int, IndexDef], mask: Callable[[str], str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = defaultdict(list)
    for rank, index in ranks.items():
        if index.table == table:
            for key in index.keys:
                found[key.column if key.column is not None else mask(key.expression or "")].append(rank)
    return {label: tuple(sorted(set(held))) for label, held in found.items()}


def _weights(pairs: list[tuple[str, ColumnUse]], usage: UsageGraph) -> tuple[UseWeight, ...]:
    out = []
    for group in GROUPS:
        found = [(query_id, use.kind) for query_id, use in pairs if _GROUP_OF[use.kind] == group]
        if found:
            query_ids = {query_id for query_id, _ in found}
            out.append(UseWeight(group, tuple(sorted({kind.value for _, kind in found})), _calls(usage, query_ids), len(query_ids)))
    return tuple(out)


def _joins(usage: UsageGraph, catalog: Catalog, drawn: frozenset[TableName]) -> tuple[JoinEdge, ...]:
    found: dict[tuple[tuple[str, str], tuple[str, str]], set[str]] = defaultdict(set)
    for relation in usage.relations:
        for use in relation.of(UseKind.JOIN):
            if use.partner is None or use.expression:
                continue
            left, right = catalog.root(relation.table), catalog.root(use.partner.table)
            if left in drawn and right in drawn:
                one, other = sorted(((str(left), use.column), (str(right), use.partner.column)))
                found[one, other].add(relation.query_id)
    edges = [JoinEdge(*left, *right, _calls(usage, query_ids), len(query_ids)) for (left, right), query_ids in found.items()]
    return tuple(sorted(edges, key=lambda edge: (-edge.calls, edge.left_table, edge.left_column, edge.right_table, edge.right_column)))
