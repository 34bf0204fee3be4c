"""GiST and SP-GiST: overlapping ranges, geometry, network containment, and the nearest rows by distance.

>>> from indexadvisor.candidates.example import ORDERS, occurrence, show, use
>>> from indexadvisor.usage.model import UseKind
>>> during = use(UseKind.RANGE_OPERATOR, "during", operator="&&")
>>> show(gist(occurrence(ORDERS, during)))
orders gist (during)
>>> room = use(UseKind.EQUALITY, "customer_id", operator="=")
>>> show(gist(occurrence(ORDERS, during, room, extensions={"btree_gist": "1.6"})))
orders gist (customer_id, during)
orders gist (during)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from indexadvisor.candidates.immutable import refusal
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence, Role, bare_key
from indexadvisor.candidates.operators import TRIGRAM_TYPES, accepts, special, stored_type
from indexadvisor.catalog.model import IndexKey
from indexadvisor.findings import Skipped
from indexadvisor.usage.model import ColumnUse, UseKind

_KINDS = (UseKind.RANGE_OPERATOR, UseKind.GEOMETRIC, UseKind.DISTANCE)
_BTREE_GIST_TYPES = frozenset({"int2", "int4", "int8", "text", "varchar", "uuid", "date", "timestamp", "timestamptz", "numeric", "bool"})
_NETWORK = frozenset({"inet", "cidr"})


def gist(occurrence: Occurrence) -> Iterator[Candidate | Skipped]:
    """Yield GiST indexes, and SP-GiST ones for points, networks and ``^@``; text only by distance, where GIN cannot help."""
    for use in occurrence.relation.uses:
        if use.kind is UseKind.LIKE_PREFIX and use.operator == "^@" and stored_type(use, occurrence) == "text":
            yield special("spgist", use, occurrence, None, f"prefix search ^@ on {bare_key(use).text}")
        if use.kind not in _KINDS:
            continue
        reason = refusal(use.expression, occurrence.table) if use.expression is not None else None
        if reason is not None:
            yield Skipped("candidates", f"{occurrence.table.name} gist (({use.expression}))", reason)
        else:
            yield from _indexes(use, occurrence)


def _indexes(use: ColumnUse, occurrence: Occurrence) -> Iterator[Candidate | Skipped]:
    kind, name = stored_type(use, occurrence), bare_key(use).text
    reason = f"nearest first by {name} {use.operator}" if use.kind is UseKind.DISTANCE else f"operator {use.operator} on {name}"
    if kind == "vector":
        advice = "an approximate index (hnsw or ivfflat) changes which rows come back: test its recall before building one"
        yield Skipped("candidates", f"{occurrence.table.name} hnsw ({name})", advice)
    elif kind in TRIGRAM_TYPES and kind is not None:
        yield _trigram_distance(use, occurrence, reason)
    elif kind in _NETWORK:
        yield special("gist", use, occurrence, "inet_ops", reason)
        yield special("spgist", use, occurrence, None, reason)
    elif kind is None or _served(kind, use, occurrence):
        base = special("gist", use, occurrence, None, reason)
        yield from _with_equality(base, use, occurrence)
        yield base
        if kind == "point":
            yield special("spgist", use, occurrence, None, reason)


def _served(kind: str, use: ColumnUse, occurrence: Occurrence) -> bool:
    column = occurrence.table.column(use.column)
    return accepts(occurrence.catalog, "gist", None, kind, column.category if column is not None else "") is not False


def _trigram_distance(use: ColumnUse, occurrence: Occurrence, reason: str) -> Candidate | Skipped:
    if "pg_trgm" in occurrence.catalog.extensions:
        return special("gist", use, occurrence, "gist_trgm_ops", reason)
    subject = f"{occurrence.table.name} gist ({bare_key(use).text} gist_trgm_ops)"
    return Skipped("candidates", subject, "needs extension pg_trgm: CREATE EXTENSION pg_trgm")


def _with_equality(base: Candidate, use: ColumnUse, occurrence: Occurrence) -> Iterator[Candidate | Skipped]:
    """Yield the index led by an equality column, which btree_gist allows (``room = $1 AND during && $2``)."""
    terms = [term for term in occurrence.top.of(Role.EQUALITY) if term.plain and _scalar(term.use, occurrence)]
    if not terms or use.branch != ():
        return
    column = terms[0].use.column
    index = replace(base.index, keys=(IndexKey(column), *base.index.keys))
    if "btree_gist" in occurrence.catalog.extensions:
        yield replace(base, index=index, reasons=(f"equality on {column}, then {base.reasons[0]}", *base.reasons[1:]))
    else:
        yield Skipped("candidates", str(index), "needs extension btree_gist: CREATE EXTENSION btree_gist")


def _scalar(use: ColumnUse, occurrence: Occurrence) -> bool:
    column = occurrence.table.column(use.column)
    return column is not None and column.base_type in _BTREE_GIST_TYPES - {"bool"}
