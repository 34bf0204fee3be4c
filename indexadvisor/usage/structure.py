"""Which templates are alike for indexing: they use the same columns of the same tables in the same ways.

Two degrees, both values that can be compared and hashed:

- ``structure``: everything an index could tell apart, outputs and recurring constants included. Templates of one structure get the same
  candidates; what still differs is the values, the length of LIMIT, and what is computed from the rows once they are found.
- ``outline``: what rows are found by and sorted by, and what is written. Left out are the columns put out and grouped by, recurring
  constants, and which arm of an OR a condition stands in.

The names of aliases never count; the order of the FROM list does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

from indexadvisor.catalog.model import Catalog
from indexadvisor.usage.model import ColumnRef, ColumnUse, RelationUse, UsageGraph, UseKind
from indexadvisor.workload.compress import Alike

_NOT_FOUND_BY = frozenset({UseKind.OUTPUT, UseKind.GROUP, UseKind.DISTINCT, UseKind.OTHER})


def alike(usage: UsageGraph, catalog: Catalog, served: Collection[str]) -> Alike:
    """Return what tells alike templates from others; ``served``: the queries that candidates were made for."""
    queries = frozenset(served)

    def of(what: Callable[[Sequence[RelationUse]], Hashable]) -> Callable[[str], Hashable | None]:
        return lambda query_id: what(usage.of_query(query_id)) if usage.of_query(query_id) else None

    def pages(query_id: str) -> float:
        tables = (catalog.table(name) for name in usage.tables_of(query_id))
        return float(sum(table.pages for table in tables if table is not None))

    return Alike(of(structure), of(outline), pages, queries.__contains__)


def structure(relations: Sequence[RelationUse]) -> Hashable:
    """Return what an index could tell of a query, from its occurrences of tables in order; () for a query without any."""
    places = {relation.alias: place for place, relation in enumerate(relations)}
    return tuple(
        (
            relation.table, relation.level, relation.ordered_alone, relation.limited, relation.outputs_all, relation.target,
            relation.deletes, frozenset(_exact(use, places) for use in relation.uses),
        )
        for relation in relations
    )  # fmt: skip


def outline(relations: Sequence[RelationUse]) -> Hashable:
    """Return what a query's rows are found and sorted by, and what it writes, from its occurrences of tables in order."""
    return tuple(
        (
            relation.table, relation.limited, relation.target, relation.deletes,
            frozenset(_rough(use) for use in relation.uses if use.kind not in _NOT_FOUND_BY),
        )
        for relation in relations
    )  # fmt: skip


def _exact(use: ColumnUse, places: Mapping[str, int]) -> Hashable:
    return (
        use.kind, use.columns, use.expression, use.operator, _partner(use.partner, places), use.descending, use.nulls_first,
        use.position, use.predicate, use.branch, use.origin, use.row_comparison,
    )  # fmt: skip


def _partner(partner: ColumnRef | None, places: Mapping[str, int]) -> Hashable:
    return None if partner is None else (partner.table, partner.column, places.get(partner.alias))


def _rough(use: ColumnUse) -> Hashable:
    return (use.kind, use.columns, use.expression, use.operator, use.descending, use.nulls_first, use.position)
