"""Indexes near those in play: what does more than one of them, and what does nearly as much for less.

    wider    one index for two of a table that begin alike: the longer keys, all INCLUDE columns
    narrower the same keys without INCLUDE columns; without the last key
    turned   the first two keys the other way round

They are made from the plans that the search has met, not up front for every combination of columns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import permutations

from indexadvisor.catalog.model import IndexDef

_MOST_COLUMNS = 8


def variants(indexes: Iterable[IndexDef], *, max_key_columns: int, covering: bool) -> Iterator[tuple[IndexDef, str]]:
    """Yield B-trees near the given ones, each with the reason, none of them among the given."""
    given = sorted((index for index in indexes if index.method == "btree"), key=str)
    seen = set(given)
    for index, reason in (*_merged(given), *_narrower(given), *_turned(given)):
        if index not in seen and len(index.keys) <= max_key_columns and (covering or not index.include):
            seen.add(index)
            yield index, reason


def _merged(given: Collection[IndexDef]) -> Iterator[tuple[IndexDef, str]]:
    for long, short in permutations(given, 2):
        if (long.table, long.predicate, long.keys[: len(short.keys)]) == (short.table, short.predicate, short.keys):
            include = tuple(dict.fromkeys(name for name in (*long.include, *short.include) if name not in long.columns))
            if include != long.include and len(long.keys) + len(include) <= _MOST_COLUMNS:
                yield replace(long, include=tuple(sorted(include))), f"one index in place of two: {long} and {short}"


def _narrower(given: Collection[IndexDef]) -> Iterator[tuple[IndexDef, str]]:
    for index in given:
        if index.include:
            yield replace(index, include=()), f"{index} without the INCLUDE columns"
        if len(index.keys) > 1:
            yield replace(index, keys=index.keys[:-1], include=()), f"{index} without its last key"


def _turned(given: Collection[IndexDef]) -> Iterator[tuple[IndexDef, str]]:
    for index in given:
        if len(index.keys) > 1:
            yield replace(index, keys=(index.keys[1], index.keys[0], *index.keys[2:])), f"{index} with its first keys the other way round"
