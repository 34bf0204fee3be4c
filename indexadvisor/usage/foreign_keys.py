"""Foreign keys: every delete or key update of the parent looks up the referencing rows, which PostgreSQL does not index by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from indexadvisor.catalog.model import Catalog, ForeignKey, TableName
from indexadvisor.usage.model import ColumnRef, ColumnUse, RelationUse, UseKind

PREFIX = "fk:"
"""Begins the query id of a foreign key's own lookups."""


def foreign_key_uses(
    catalog: Catalog, relations: Sequence[RelationUse], calls: Mapping[str, int]
) -> tuple[list[RelationUse], dict[str, int]]:  # fmt: skip
    """Return a use per foreign key whose parent loses rows or changes keys, and how often where that is known.

    Known: statements of the workload, each counted as one row; else the parent's delete counter. Key updates cannot be told from other
    updates in the counters, so those alone do not count.
    """
    found: list[RelationUse] = []
    counts: dict[str, int] = {}
    seen: set[tuple[TableName, tuple[str, ...], str]] = set()
    # one pass over the workload, not one for each foreign key
    changed: dict[TableName, list[RelationUse]] = {}
    for relation in relations:
        if relation.target:
            changed.setdefault(relation.table, []).append(relation)
    for key in sorted(catalog.foreign_keys, key=lambda each: (each.name, each.table)):
        table = catalog.root(key.table)
        identity = (table, key.columns, key.name)
        if identity in seen or catalog.table(table) is None:
            continue
        seen.add(identity)
        removals = _removals(key, catalog, changed, calls)
        if not removals:
            continue
        query_id = probe_id(key, catalog)
        counts[query_id] = removals
        found.append(_lookup(key, table, query_id))
    return found, counts


def probe_id(key: ForeignKey, catalog: Catalog) -> str:
    """Return the query id of a foreign key's lookup: its name, after its table's where other tables have one of that name."""
    tables = {catalog.root(other.table) for other in catalog.foreign_keys if other.name == key.name}
    return f"{PREFIX}{key.name}" if len(tables) == 1 else f"{PREFIX}{catalog.root(key.table)}.{key.name}"


def _removals(key: ForeignKey, catalog: Catalog, changed: Mapping[TableName, Sequence[RelationUse]], calls: Mapping[str, int]) -> int:
    targets = changed.get(catalog.root(key.referenced_table), ())
    seen = sum(calls.get(relation.query_id, 0) for relation in targets if _removes(relation, key.referenced_columns))
    table = catalog.table(key.referenced_table)
    return seen or (table.activity.deleted if table is not None and table.activity is not None else 0)


def _removes(relation: RelationUse, key_columns: tuple[str, ...]) -> bool:
    """A DELETE writes no column; an UPDATE counts when it sets a referenced one."""
    written = relation.of(UseKind.WRITTEN)
    if not written:
        return relation.deletes
    return any(use.operator == "update" and use.column in key_columns for use in written)


def _lookup(key: ForeignKey, table: TableName, query_id: str) -> RelationUse:
    uses = tuple(
        ColumnUse(
            UseKind.JOIN,
            (column,),
            operator="=",
            partner=ColumnRef(key.referenced_table.name, key.referenced_table, referenced),
            origin=f"foreign key {key.name}",
        )
        for column, referenced in zip(key.columns, key.referenced_columns, strict=True)
    )
    return RelationUse(query_id, table, table.name, uses)
