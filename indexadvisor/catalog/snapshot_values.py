"""Leaves sampled values out of a snapshot, except those that are mere quantities.

Kept are values of numbers, dates and times, booleans, enums and ranges of these. All others go (text, json, xml, bytea, arrays, network
addresses, geometry, types of extensions): a list of what is harmless is safer than one of what is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from indexadvisor.catalog.model import Catalog, ColumnStatistics, Index, Table
from indexadvisor.catalog.snapshot_script import ARGUMENT
from indexadvisor.db.connection import Session
from indexadvisor.errors import SnapshotError

_QUANTITIES = """
WITH RECURSIVE behind (type, base) AS (
    SELECT t.oid, t.oid FROM pg_catalog.pg_type AS t
    UNION ALL
    SELECT b.type, t.typbasetype FROM behind AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.base WHERE t.typtype = 'd'
), plain (type, base, category) AS (
    SELECT b.type, b.base, t.typcategory
    FROM behind AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.base WHERE t.typtype <> 'd'
), quantities (type) AS (
    SELECT p.type FROM plain AS p
    LEFT JOIN pg_catalog.pg_range AS r ON r.rngtypid = p.base
    LEFT JOIN plain AS s ON s.type = r.rngsubtype
    WHERE COALESCE(s.category, p.category) IN ('N', 'D', 'T', 'B', 'E')
)
SELECT n.nspname, c.relname, a.attname, a.attnum
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f', 'i', 'I') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN (SELECT q.type FROM quantities AS q)
"""
_VALUES = frozenset({
    "most_common_vals", "most_common_freqs", "histogram_bounds", "most_common_elems", "most_common_elem_freqs", "elem_count_histogram",
    "range_bounds_histogram", "range_length_histogram", "range_empty_frac",
})  # fmt: skip
"""Arguments of pg_restore_attribute_stats that hold values, or make sense only beside them (PostgreSQL documentation, 9.28)."""

_ARGUMENT = re.compile(ARGUMENT, re.DOTALL)
_RESTORE_ATTRIBUTE = "SELECT * FROM pg_catalog.pg_restore_attribute_stats("
_RESTORE_RELATION = "SELECT * FROM pg_catalog.pg_restore_relation_stats("


@dataclass(frozen=True)
class Quantities:
    """The columns whose sampled values may stay: (schema, table or index, column name) and (schema, index, column number)."""

    by_name: frozenset[tuple[str, str, str]]
    by_number: frozenset[tuple[str, str, int]]

    def without_values(self, catalog: Catalog) -> Catalog:
        """Return the catalog without the sampled values of all other columns and index expressions."""
        return replace(
            catalog,
            tables=tuple(self._table(table) for table in catalog.tables),
            indexes=tuple(self._index(index) for index in catalog.indexes),
        )

    def edited(self, call: str) -> str:
        """Return one statistics call without the arguments that hold values, unless the column is a quantity.

        Raises SnapshotError for a call that is not written as pg_dump writes it: it could hold a value unseen.
        """
        if call.startswith(_RESTORE_RELATION):
            return call
        arguments = dict(_arguments(call))
        try:
            schema, relation = _unquoted(arguments["schemaname"]), _unquoted(arguments["relname"])
            named = "attname" in arguments
            column = _unquoted(arguments["attname" if named else "attnum"])
        except KeyError:
            raise SnapshotError("pg_dump wrote statistics in a form that is not known, so values cannot be left out") from None
        stays = (schema, relation, column) in self.by_name if named else (schema, relation, int(column)) in self.by_number
        if stays:
            return call
        kept = [text for name, text in _arguments(call, whole=True) if name not in _VALUES]
        return _RESTORE_ATTRIBUTE + ",".join(f"\n\t{text}" for text in kept) + "\n);"

    def _table(self, table: Table) -> Table:
        name = (table.name.schema, table.name.name)
        columns = tuple(
            column if (*name, column.name) in self.by_name else replace(column, statistics=_bare(column.statistics))
            for column in table.columns
        )
        return replace(table, columns=columns)

    def _index(self, index: Index) -> Index:
        statistics = tuple(
            each if (index.schema, index.name, number) in self.by_number else _bare(each)
            for number, each in enumerate(index.key_statistics, start=1)
        )
        return replace(index, key_statistics=statistics)


def read_quantities(session: Session) -> Quantities:
    """Return the columns of the session's database whose sampled values are mere quantities."""
    rows = session.rows(_QUANTITIES)
    return Quantities(
        frozenset((schema, relation, name) for schema, relation, name, _ in rows),
        frozenset((schema, relation, number) for schema, relation, _, number in rows),
    )


def _bare(statistics: ColumnStatistics | None) -> ColumnStatistics | None:
    if statistics is None:
        return None
    # named one by one, so that a field added later stays out until somebody thought about it
    return ColumnStatistics(statistics.null_fraction, statistics.average_width_bytes, statistics.n_distinct, statistics.correlation)


def _arguments(call: str, *, whole: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the arguments of a call as (name, string constant) or, ``whole``, as (name, both as they are written)."""
    for found in _ARGUMENT.finditer(call):
        yield found["name"] or found["key"], found[0] if whole else found["value"] or found["text"]


def _unquoted(constant: str) -> str:
    """Return the text of a string constant.

    >>> _unquoted("'it''s'"), _unquoted(r"E'a\\\\b'")
    ("it's", 'a\\\\b')
    """
    body = constant[constant.index("'") + 1 : -1].replace("''", "'")
    return re.sub(r"\\(.)", r"\1", body, flags=re.DOTALL) if constant[0] in "eE" else body
