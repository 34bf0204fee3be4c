"""How large the entries of a B-tree can become: beyond a third of a page PostgreSQL refuses the row, on INSERT and UPDATE alike.

The limit holds for keys and INCLUDE columns together, after values above some 500 bytes were compressed; what is stored out of line in
the table is stored whole in the index. Source: BTMaxItemSize in src/include/access/nbtree.h, index_form_tuple() in
src/backend/access/common/indextuple.c. A hash index holds hash codes only and has no such limit.

Types without a length are judged by what ANALYZE found. It leaves values above 1,024 bytes out of its samples, and counts what is
stored out of line as the 18 bytes of its pointer (WIDTH_THRESHOLD, compute_scalar_stats() in src/backend/commands/analyze.c). So
a column of long values can look narrow; and where long values are few, or yet to come, no statistics show them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pgparse

from indexadvisor.candidates.immutable import columns_of
from indexadvisor.candidates.operators import key_type
from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import Catalog, Column, IndexDef, IndexKey, Table

ENTRY_BYTES = 2_700
"""Largest B-tree entry (BTMaxItemSize of B-tree version 4: 2,704 on pages of 8 kB), in round figures."""
LONG_AVERAGE_BYTES = 100
"""Average width from which values of a type without a length are taken for free text that may grow; names, codes and hashes are below."""
LONG_VALUE_BYTES = 200
"""Length of one sampled value from which the same holds: about the 99th percentile of the rows is among the samples."""
POINTER_BYTES = 18
"""What pg_stats counts for a value stored out of line (TOAST_POINTER_SIZE)."""

_INLINE_BYTES = 2
"""By how much some values kept inline may raise the mean width of a column whose others are pointers."""

DOCUMENTS = frozenset({
    "json", "jsonb", "xml", "bytea", "tsvector", "tsquery", "hstore", "path", "polygon", "geometry", "geography", "raster", "cube",
    "vector", "halfvec", "sparsevec", "jsonpath", "txid_snapshot", "pg_snapshot",
})  # fmt: skip
"""Types whose values hold any number of parts: as a rule too wide for an index entry, whatever today's rows show. Arrays are, too."""
_FIXED_CATEGORIES = frozenset("BNDTEIR")
"""pg_type.typcategory of types that are small in practice: boolean, number, date/time, interval, enum, network, range."""
_FIXED_TYPES = frozenset({"uuid", "name", "char", "macaddr", "macaddr8", "pg_lsn", "xid", "xid8", "cid", "tid", "point", "box"})
_FIXED_BYTES = 64
"""What is taken for any of those: a name, the longest, has 64 bytes; numeric without precision is far shorter in practice."""
_LENGTH = re.compile(r"\((\d+)\)")
_ONE_BYTE = re.compile(r"SQL_ASCII|LATIN\d+|WIN\d+|KOI8.*|ISO_8859_\d+")
"""Server encodings of one byte per character; four for any other (PostgreSQL documentation, "Character Set Support")."""
_SHORT_RESULTS = frozenset({"md5", "jsonb_typeof", "soundex", "metaphone", "host"})
_CUT_RESULTS = {"left": 2, "right": 2, "substring": 3, "substr": 3, "lpad": 2, "rpad": 2}
"""Functions that cut a text to a length, by the number of the argument that is that length."""


def is_document(type_name: str, category: str = "") -> bool:
    """Return whether a type (its name in pg_type) is one of unlimited, as a rule wide values; composite types and arrays are.

    >>> [is_document(name) for name in ("jsonb", "_int4", "text", "uuid")]
    [True, True, False, False]
    """
    return type_name in DOCUMENTS or type_name.startswith("_") or type_name.endswith("multirange") or category in ("A", "C")


def declared_bytes(column: Column, encoding: str | None = None) -> int | None:
    """Return how many bytes a value can take by its type, None where nothing limits it; ``encoding`` is the server's (None: UTF8).

    >>> note = Column("note", 1, "character varying(40)", "varchar", "S")
    >>> declared_bytes(note), declared_bytes(note, "LATIN1"), declared_bytes(Column("note", 1, "text", "text", "S"))
    (164, 44, None)
    """
    if is_document(column.base_type, column.category):
        return None
    if column.base_type in _FIXED_TYPES or column.category in _FIXED_CATEGORIES:
        return _FIXED_BYTES
    length = _LENGTH.search(column.type_name) if column.base_type in ("varchar", "bpchar", "bit", "varbit") else None
    if length is None:
        return None
    if column.category == "V":
        return int(length[1]) // 8 + 9
    return int(length[1]) * (1 if encoding is not None and _ONE_BYTE.fullmatch(encoding) else 4) + 4


def known_short(column: Column, table: Table, average_bytes: int = LONG_AVERAGE_BYTES) -> bool:
    """Return whether statistics show short values only: none sampled above LONG_VALUE_BYTES, and on average at most ``average_bytes``.

    >>> from indexadvisor.candidates.example import ORDERS
    >>> known_short(ORDERS.by_name["status"], ORDERS), known_short(ORDERS.by_name["details"], ORDERS)
    (True, False)
    """
    found = column.statistics
    if found is None or found.average_width_bytes > average_bytes:
        return False
    sampled = (*found.common_values, *found.histogram_bounds)
    # as ANALYZE leaves it where every value was above 1,024 bytes: nothing sampled, all taken for different
    unseen = not sampled and found.n_distinct <= found.null_fraction - 1 and found.average_width_bytes >= POINTER_BYTES
    if unseen and not _samples(table):
        # a snapshot without values: only the width of the pointers themselves tells
        unseen = found.average_width_bytes <= POINTER_BYTES + _INLINE_BYTES
    return not (unseen and found.null_fraction < 1) and all(len(value.encode(errors="replace")) <= LONG_VALUE_BYTES for value in sampled)


def _samples(table: Table) -> bool:
    """Return whether any column of a table has sampled values: a snapshot may hold none."""
    found = (column.statistics for column in table.columns)
    return any(each is not None and (each.common_values or each.histogram_bounds) for each in found)


def growing(index: IndexDef, catalog: Catalog) -> tuple[str, ...]:
    """Return the columns and expressions of a B-tree, as SQL, whose values may outgrow an entry; none for other methods.

    Rule: declared lengths do not keep the whole row below the limit, and of those columns that are to blame the statistics show free
    text (average above 100 bytes, or a sampled value above 200), or show nothing. What a B-tree of the table limits already is left out.
    """
    table = catalog.table(index.table)
    if index.method != "btree" or table is None:
        return ()
    encoding = catalog.settings.get("server_encoding")
    parts = [(_sql(key), *_grows(key, table, encoding)) for key in (*index.keys, *map(IndexKey, index.include))]
    if None not in (bounds := [bound for _, bound, _ in parts]) and sum(bound or 0 for bound in bounds) <= ENTRY_BYTES:
        return ()
    nulls = {quote_identifier(name) for name in always_null(index)}
    limited = frozenset(_limited(index, catalog))
    return tuple(
        text
        for text, bound, read in parts
        if (bound is None or bound > LONG_VALUE_BYTES)
        and text not in nulls
        and not (read and read <= limited)
        and not (read and all(known_short(column, table) for column in table.columns if column.name in read))
    )


def size_caveat(index: IndexDef, catalog: Catalog) -> str | None:
    """Return what to check before building a B-tree whose entries may outgrow a page, None where nothing speaks for that.

    >>> from indexadvisor.candidates.example import ORDERS, occurrence
    >>> size_caveat(IndexDef(ORDERS.name, (IndexKey("details"),)), occurrence(ORDERS).catalog)[:80]
    'A row whose details takes more than about 2,700 bytes in the index can no longer'
    """
    texts = growing(index, catalog)
    if not texts:
        return None
    alone = len(index.keys) + len(index.include) == len(texts) == 1
    whose = f"{', '.join(texts)} takes" if alone else f"{', '.join(texts)}, with the other columns, takes"
    if len(texts) > 1:
        whose = f"{', '.join(texts[:-1])} and {texts[-1]} together take"
    sizes = " and ".join(f"max(pg_column_size({text}))" for text in texts)
    return (
        f"A row whose {whose} more than about {ENTRY_BYTES:,} bytes in the index can no longer be inserted or updated "
        f"(index row size exceeds maximum), and fails the build if it is there: check {sizes} and what the application allows"
    )


def _sql(key: IndexKey) -> str:
    return quote_identifier(key.column) if key.column is not None else f"({key.expression})"


def _grows(key: IndexKey, table: Table, encoding: str | None) -> tuple[int | None, frozenset[str]]:
    """Return the greatest size of a key in bytes (None: not limited), and the columns whose values decide it."""
    if key.column is not None:
        column = table.column(key.column)
        # of a column that the catalog lacks nothing is claimed
        return (declared_bytes(column, encoding) if column is not None else 0), frozenset({key.column})
    kind = key_type(key, table) or "text"
    expression = key.expression or ""
    read = columns_of(expression, table)
    if kind == "enum":
        return _FIXED_BYTES, read
    result = declared_bytes(Column("", 0, kind, kind, _CATEGORY.get(kind, "")), encoding)
    return result if result is not None else _cut_bytes(expression), read


_CATEGORY = {
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8", "money"), "N"),
    **dict.fromkeys(("date", "timestamp", "timestamptz", "time", "timetz"), "D"),
    **dict.fromkeys(("int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"), "R"),
    **dict.fromkeys(("inet", "cidr"), "I"),
    "bool": "B",
    "interval": "T",
}
"""pg_type.typcategory of the types that immutable expressions can have."""


def _cut_bytes(expression: str) -> int | None:
    """Return the greatest size of a text that its own function limits, None for any other.

    >>> _cut_bytes("md5(note)"), _cut_bytes("left(note, 100)"), _cut_bytes("lower(note)"), _cut_bytes("left(note, -3)")
    (64, 404, None, None)
    """
    try:
        node = pgparse.parse(f"SELECT ({expression}\n)")[0]["stmt"]["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
    except (pgparse.PGQueryError, RecursionError, ValueError):
        return None
    call = node.get("FuncCall", {})
    name = call["funcname"][-1]["String"]["sval"] if call else ""
    if name in _SHORT_RESULTS:
        return _FIXED_BYTES
    arguments, place = call.get("args", []), _CUT_RESULTS.get(name, 0)
    if not 0 < place <= len(arguments):
        return None
    length = arguments[place - 1].get("A_Const", {}).get("ival", {}).get("ival", 0)
    return length * 4 + 4 if length > 0 else None


def always_null(index: IndexDef) -> frozenset[str]:
    """Return the columns that a partial index holds only NULL of, by their plain names.

    >>> from indexadvisor.candidates.example import ORDERS
    >>> sorted(always_null(IndexDef(ORDERS.name, (IndexKey("details"),), predicate="details IS NULL AND total > 5")))
    ['details']
    """
    conditions = {text.strip().lower() for text in (index.predicate or "").split(" AND ")}
    return frozenset(name for name in (*index.columns, *index.include) if f"{quote_identifier(name)} is null".lower() in conditions)


def _limited(index: IndexDef, catalog: Catalog) -> Iterator[str]:
    """Yield the columns that a whole B-tree of the table holds already: longer values are refused today."""
    for existing in catalog.indexes_of(index.table):
        if existing.definition.method == "btree" and existing.definition.predicate is None and existing.ready:
            yield from (*existing.definition.columns, *existing.definition.include)
