"""Whether one index does the work of another, whatever the spelling of its expressions and predicate."""

from __future__ import annotations

from dataclasses import replace

from indexadvisor.catalog.expression import canonical, is_one_expression, same_expression
from indexadvisor.catalog.model import IndexDef, IndexKey, Table

__all__ = ["canonical", "covers", "is_one_expression", "same_definition", "same_expression", "same_key"]

_ANY_COLUMN = {"gin", "brin", "bloom"}
"""Methods whose columns serve in any combination (PostgreSQL documentation, section "Multicolumn Indexes")."""


def same_key(a: IndexKey, b: IndexKey, table: Table | None = None) -> bool:
    """Return whether two keys store the same values in the same order."""
    if replace(a, column=None, expression="x") != replace(b, column=None, expression="x"):
        return False
    return a.column == b.column and same_expression(a.expression, b.expression, table)


def same_definition(a: IndexDef, b: IndexDef, table: Table | None = None) -> bool:
    """Return whether two indexes would store the same entries in the same order, INCLUDE columns in any order."""
    return (
        (a.table, a.method, a.unique, set(a.include), len(a.keys)) == (b.table, b.method, b.unique, set(b.include), len(b.keys))
        and all(same_key(x, y, table) for x, y in zip(a.keys, b.keys, strict=True))
        and same_expression(a.predicate, b.predicate, table)
    )


def covers(existing: IndexDef, wanted: IndexDef, table: Table | None = None) -> bool:
    """Return whether ``existing`` serves every query that ``wanted`` is for, so that ``wanted`` adds nothing but speed by size.

    Same table and method; no predicate or an equal one; the wanted keys are a leftmost prefix with the same order, or with exactly the
    opposite order throughout (a btree is read backwards); the wanted INCLUDE columns are among the existing key and INCLUDE columns. GIN,
    BRIN and bloom serve any of their columns. A unique index is covered only by a unique one over the same keys. Whether the existing
    index is valid is for the caller to check.
    """
    if (existing.table, existing.method) != (wanted.table, wanted.method):
        return False
    if existing.predicate is not None and not same_expression(existing.predicate, wanted.predicate, table):
        return False
    if wanted.unique and not (existing.unique and len(existing.keys) == len(wanted.keys) and existing.predicate == wanted.predicate):
        return False
    if not set(wanted.include) <= {*existing.columns, *existing.include}:
        return False
    if existing.method in _ANY_COLUMN:
        return all(any(same_key(key, have, table) for have in existing.keys) for key in wanted.keys)
    if len(wanted.keys) > len(existing.keys):
        return False
    pairs = list(zip(existing.keys, wanted.keys, strict=False))
    return all(same_key(have, key, table) for have, key in pairs) or (
        existing.method == "btree" and all(same_key(have, reversed_key(key), table) for have, key in pairs)
    )


def reversed_key(key: IndexKey) -> IndexKey:
    """Return the key as a backward scan reads it: direction and place of nulls turned around."""
    return replace(key, descending=not key.descending, nulls_first=not key.nulls_first)
