"""Indexes that do nearly the same for a statement: a plan without one of them takes the next, at nearly the same cost.

They begin with the same key and hold the same columns as far as the statement uses them; whether the others are keys or INCLUDE, in which
order, and which further columns follow, moves a scan's cost by little. To learn what a plan costs without one of them they
go together: one by one, each would take an EXPLAIN that says nothing new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from indexadvisor.catalog.model import IndexDef, TableName


def stand_ins(
    indexes: Iterable[IndexDef], among: Collection[IndexDef], columns: Mapping[TableName, frozenset[str]]
) -> frozenset[IndexDef]:
    """Return those of ``among`` that stand in for any of the indexes in a statement that uses these columns of each table."""
    return frozenset(
        other for index in indexes for other in among
        if (other.table, other.method, other.predicate, other.keys[0]) == (index.table, index.method, index.predicate, index.keys[0])
        and {*other.columns, *other.include} >= {*index.columns, *index.include} & columns.get(index.table, frozenset())
    )  # fmt: skip
