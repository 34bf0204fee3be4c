"""Why an existing index must stay although no query needs it: what else in the database rests on it."""

from __future__ import annotations

from collections.abc import Iterable

from indexadvisor.catalog.compare import same_expression
from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import ForeignKey, Index, IndexDef

_CONSTRAINTS = {"p": "a primary key", "u": "a unique constraint", "x": "an exclusion constraint"}


def keep_reason(index: Index) -> str | None:
    """Return why an index may never be dropped, or None; foreign keys' own columns are ``serves_foreign_key``'s matter.

    A unique index that is not ready enforces nothing, since no write enters it. Sources: pg_constraint.contype, pg_index.indisunique,
    indisready, indisreplident, indisclustered; "Table Partitioning" (an attached index).
    """
    if index.constraint is not None:
        return f"it backs {_CONSTRAINTS.get(index.constraint, 'a constraint')}"
    if index.foreign_key_target:
        return "a foreign key of another table rests on it"
    if index.replica_identity:
        return "it is its table's replica identity"
    if index.definition.unique and index.ready:
        if not index.valid:
            return "it is unique and rejects new duplicates already: mend those there are and REINDEX it, or drop it"
        return "it is unique: queries do not show who relies on that"
    if index.clustered:
        return "CLUSTER orders its table by it"
    if index.parent is not None:
        return f"it is attached to the partitioned index {index.parent}"
    return None


def serves_foreign_key(index: IndexDef, others: Iterable[IndexDef], keys: Iterable[ForeignKey]) -> str | None:
    """Return which of the foreign keys' lookups would be left without an index, or None; ``others`` are the indexes that stay.

    Every delete in the parent searches the referencing table.
    """
    rest = [other for other in others if other.table == index.table]
    for key in sorted(keys, key=lambda key: key.name):
        served = _served(index, key)
        if served and all(_served(other, key) < served for other in rest):
            return f"it alone serves the lookups of foreign key {key.name}"
    return None


def _served(index: IndexDef, key: ForeignKey) -> int:
    """Return how many of a foreign key's columns lead the index, 0 where it cannot serve the key's lookups."""
    if index.table != key.table or index.method not in ("btree", "hash"):
        return 0
    # the lookup compares every column with a value, which proves that none is NULL, and nothing else
    provable = [f"{quote_identifier(column)} IS NOT NULL" for column in key.columns]
    if index.predicate is not None and not any(same_expression(index.predicate, text) for text in provable):
        return 0
    leading = 0
    for each in index.keys:
        if each.column not in key.columns:
            break
        leading += 1
    return leading
