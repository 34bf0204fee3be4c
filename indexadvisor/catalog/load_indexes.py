"""Rows of ``indexes.sql`` as index definitions, with exactly the operator classes and collations that PostgreSQL itself would print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.load_tables import Statistics
from indexadvisor.catalog.model import Index, IndexDef, IndexKey, Table
from indexadvisor.db.connection import Rows
from indexadvisor.findings import Skipped

_DESCENDING, _NULLS_FIRST = 1, 2
"""Bits of pg_index.indoption (src/include/catalog/pg_index.h, INDOPTION_DESC and INDOPTION_NULLS_FIRST)."""


@dataclass(frozen=True)
class _Printed:
    """What DDL says of a key beyond its column and order."""

    operator_class: str | None = None
    collation: str | None = None
    class_options: tuple[tuple[str, str], ...] = ()


def read_indexes(
    rows: Rows, tables: Mapping[int, Table], nulls_not_distinct: set[int], statistics: Statistics
) -> tuple[tuple[Index, ...], tuple[Skipped, ...]]:
    """Return the indexes of the given tables (by oid), and those that could not be described."""
    found, unread = [], []
    for row in rows:
        if row[1] not in tables:
            continue
        index = _index(row, tables[row[1]], row[0] in nulls_not_distinct, statistics)
        if index is None:
            unread.append(Skipped("catalog", f"index {row[2]}", "its definition could not be read; it may just have been dropped"))
        else:
            found.append(index)
    return tuple(found), tuple(unread)


def _index(row: tuple[Any, ...], table: Table, nulls_not_distinct: bool, statistics: Statistics) -> Index | None:
    (_, _, name, method, key_count, numbers, options, texts, predicate, ddl, unique, valid, ready, replica, clustered,
     constraint, target, parent, storage, tuples, size, scans, column_names, last_scan) = row  # fmt: skip
    columns = {column.number: column.name for column in table.columns}
    if ddl is None or any(number > 0 and number not in columns for number in numbers):
        return None
    printed = _printed(ddl, key_count)
    if printed is None:
        return None
    keys = tuple(
        _key(columns.get(number), text, option, spelled)
        for number, text, option, spelled in zip(numbers[:key_count], texts, options, printed, strict=True)
    )
    definition = IndexDef(table.name, keys, method, tuple(columns[number] for number in numbers[key_count:]), predicate, unique)
    known = statistics.get((table.name.schema, name), {})
    return Index(
        name, definition, ddl, size, None if tuples < 0 else float(tuples), valid, ready, constraint, replica, clustered,
        nulls_not_distinct, scans, tuple(storage), parent, target,
        tuple(known[column][0][1] if column in known and key.expression else None for column, key in zip(column_names, keys, strict=False)),
        last_scan,
    )  # fmt: skip


def _key(column: str | None, text: str, option: int, printed: _Printed) -> IndexKey:
    # pg_get_indexdef() puts parentheses around every expression that does not look like a function call
    expression = None if column is not None else text[1:-1] if text.startswith("(") else text
    return IndexKey(
        column, expression, bool(option & _DESCENDING), bool(option & _NULLS_FIRST), printed.operator_class, printed.collation,
        printed.class_options,
    )  # fmt: skip


def _printed(ddl: str, key_count: int) -> list[_Printed] | None:
    """Return what PostgreSQL prints for each key: an operator class or collation stands there only when it is not the default.

    None for what only an old grammar reads, such as the postfix operators of versions before 14.
    """
    import pgparse

    try:
        elements = pgparse.parse(ddl)[0]["stmt"]["IndexStmt"]["indexParams"]
    except (pgparse.PGQueryError, RecursionError):
        return None
    return [_element(each["IndexElem"]) for each in elements[:key_count]]


def _element(element: dict[str, Any]) -> _Printed:
    options = tuple((each["DefElem"]["defname"], _text(each["DefElem"].get("arg", {}))) for each in element.get("opclassopts", []))
    return _Printed(_name(element.get("opclass")), _name(element.get("collation")), options)


def _name(parts: list[dict[str, Any]] | None) -> str | None:
    return ".".join(quote_identifier(part["String"]["sval"]) for part in parts) if parts else None


def _text(value: dict[str, Any]) -> str:
    body: dict[str, Any] = next(iter(value.values()), {})
    return str(next(iter(body.values()), "0"))
