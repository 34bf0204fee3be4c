"""Which indexes do each other's work: a leftmost prefix of another index is no advice, however cheap its scans.

A partial index beside a full one is no pair: it is there because it is small.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from indexadvisor.catalog.compare import covers
from indexadvisor.catalog.model import Catalog, IndexDef, Table, TableName


def redundant_pairs(indexes: Iterable[IndexDef], catalog: Catalog) -> set[tuple[IndexDef, IndexDef]]:
    """Return (wide, narrow) pairs of a set in which the wide index serves every query that the narrow one is for."""
    by_table: dict[TableName, list[IndexDef]] = {}
    for index in sorted(indexes, key=str):
        by_table.setdefault(index.table, []).append(index)
    return {
        (wide, narrow)
        for table, several in by_table.items()
        for wide, narrow in permutations(several, 2)
        if stands_in(wide, narrow, catalog.table(table))
    }


def stands_in(wide: IndexDef, narrow: IndexDef, table: Table | None) -> bool:
    """Return whether ``wide`` serves every query that ``narrow`` is for, and is no full index beside a small partial one."""
    return (wide.predicate is None) == (narrow.predicate is None) and covers(wide, narrow, table)
