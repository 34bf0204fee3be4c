"""One index for several queries of a table: wider versions that carry what each of them needs.

Two covering indexes, where the keys of one begin those of the other, become the longer keys with both INCLUDE lists:

>>> from indexadvisor.candidates.example import ORDERS, occurrence
>>> from indexadvisor.catalog.model import IndexDef, IndexKey
>>> narrow = Candidate(IndexDef(ORDERS.name, (IndexKey("customer_id"),), include=("total",)), "covering", query_ids=("q1",))
>>> wide = Candidate(IndexDef(ORDERS.name, (IndexKey("customer_id"), IndexKey("placed_at")), include=("status",)), "covering",
...                  query_ids=("q2",))
>>> [str(each.index) for each in merge([narrow, wide], occurrence(ORDERS).catalog, {}) if each.query_ids == ("q1", "q2")]
['orders btree (customer_id, placed_at) INCLUDE (status, total)']

A partial index and its full version are never merged. Source of the idea: Chaudhuri and Narasayya, "Index Merging", ICDE 1999.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from indexadvisor.candidates.model import Candidate
from indexadvisor.catalog.model import Catalog, IndexDef, IndexKey, Table, TableName

MERGED_COLUMNS = 8
"""Most INCLUDE columns of a merged index."""
MERGED_BYTES = 200
"""Greatest average width of a merged INCLUDE list, per row."""
MERGED_PER_TABLE = 20
"""Merged indexes per table, those for the most calls first."""


def unite(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return each definition once, with the reasons, queries and assumptions of all its proposers."""
    found: dict[IndexDef, Candidate] = {}
    for candidate in candidates:
        known = found.get(candidate.index)
        found[candidate.index] = candidate if known is None else _joined(known, candidate)
    return list(found.values())


def merge(candidates: Sequence[Candidate], catalog: Catalog, calls: Mapping[str, int]) -> list[Candidate]:
    """Return the candidates, the merged ones added, each listing every query whose narrower index it can stand for."""
    families: dict[tuple[TableName, str | None], list[Candidate]] = {}
    for candidate in candidates:
        if candidate.index.method == "btree":
            families.setdefault((candidate.index.table, candidate.index.predicate), []).append(candidate)
    merged: list[Candidate] = []
    for (name, _), family in families.items():
        table = catalog.table(name)
        if table is not None:
            merged += _merged_of(family, table, calls)
    return _with_prefix_queries(unite([*candidates, *merged]))


def _merged_of(family: list[Candidate], table: Table, calls: Mapping[str, int]) -> list[Candidate]:
    """Return the merged indexes of one table and predicate, at most MERGED_PER_TABLE."""
    ranked = sorted(family, key=lambda each: (-_calls(each, calls), str(each.index)))
    found = []
    for keys in dict.fromkeys(candidate.index.keys for candidate in ranked):
        members = [each for each in ranked if each.index.include and each.index.keys == keys[: len(each.index.keys)]]
        if len({member.query_ids for member in members}) > 1:
            candidate = _accumulated(keys, members, table)
            if candidate is not None:
                found.append(candidate)
    return found[:MERGED_PER_TABLE]


def _accumulated(keys: tuple[IndexKey, ...], members: list[Candidate], table: Table) -> Candidate | None:
    """Add one INCLUDE list after another, the most called first, while the limits hold."""
    included: set[str] = set()
    taken: list[Candidate] = []
    key_columns = {key.column for key in keys}
    for member in members:
        wider = (included | set(member.index.include)) - key_columns
        if len(wider) <= MERGED_COLUMNS and _width_bytes(wider, table) <= MERGED_BYTES:
            included = {name for name in wider if name is not None}
            taken.append(member)
    query_ids = tuple(sorted({query_id for member in taken for query_id in member.query_ids}))
    if len(taken) < 2 or len(query_ids) < 2:
        return None
    include = tuple(column.name for column in table.columns if column.name in included)
    index = replace(taken[0].index, keys=keys, include=include)
    reason = f"one index in place of {len(taken)} narrower ones: carries {', '.join(include)} for all of them"
    assumptions = tuple(dict.fromkeys(text for member in taken for text in member.assumptions))
    return Candidate(index, "covering", (reason,), query_ids, assumptions) if include else None


def _with_prefix_queries(candidates: list[Candidate]) -> list[Candidate]:
    """Return candidates that also name the queries of the narrower B-trees they contain: same beginning, no column less."""
    plain: dict[tuple[TableName, str | None, tuple[IndexKey, ...]], set[str]] = {}
    for each in candidates:
        if each.index.method == "btree" and not each.index.include:
            plain.setdefault((each.index.table, each.index.predicate, each.index.keys), set()).update(each.query_ids)
    found = []
    for each in candidates:
        index, query_ids = each.index, set(each.query_ids)
        if index.method == "btree" and not index.include:
            for length in range(1, len(index.keys)):
                query_ids |= plain.get((index.table, index.predicate, index.keys[:length]), set())
        elif index.method == "gin" and len(index.keys) == 1 and index.keys[0].operator_class is None:
            query_ids |= _containment_queries(index.keys[0], index, candidates)
        found.append(replace(each, query_ids=tuple(sorted(query_ids))))
    return found


def _containment_queries(key: IndexKey, index: IndexDef, candidates: list[Candidate]) -> set[str]:
    """Return the queries of the jsonb_path_ops index that the default class, which also knows ``?``, stands for."""
    narrow = replace(index, keys=(replace(key, operator_class="jsonb_path_ops"),))
    return {query_id for each in candidates if each.index == narrow for query_id in each.query_ids}


def _joined(first: Candidate, second: Candidate) -> Candidate:
    return replace(
        first,
        reasons=tuple(dict.fromkeys((*first.reasons, *second.reasons))),
        query_ids=tuple(sorted({*first.query_ids, *second.query_ids})),
        assumptions=tuple(dict.fromkeys((*first.assumptions, *second.assumptions))),
    )


def _calls(candidate: Candidate, calls: Mapping[str, int]) -> int:
    return sum(calls.get(query_id, 1) for query_id in candidate.query_ids)


def _width_bytes(names: Iterable[str | None], table: Table) -> int:
    """Return the known average width of columns together; a column without statistics counts 0."""
    columns = (table.column(name) for name in names if name is not None)
    return sum(column.statistics.average_width_bytes for column in columns if column is not None and column.statistics is not None)
