"""Rows of ``extended_statistics.sql`` as values, and whose state this role is not shown.

pg_statistic_ext is open to every role; whether ANALYZE has filled an object shows in pg_stats_ext alone, which shows it to the owner of
the table alone (14.12, 15.7, 16.3 and later).
"""

from __future__ import annotations

from collections.abc import Mapping

from indexadvisor.catalog.model import StatisticsObject, Table
from indexadvisor.db.connection import Rows
from indexadvisor.findings import Skipped

_HIDDEN = "whether it holds data is shown to the owner of the table alone, which role {} is not"


def read_statistics(rows: Rows, tables: Mapping[int, Table], user: str) -> tuple[tuple[StatisticsObject, ...], tuple[Skipped, ...]]:
    """Return the extended statistics of the given tables (by oid), and those of which this role may not know whether they hold data."""
    found, hidden = [], []
    for schema, name, relation, numbers, expressions, kinds, target, analyzed, own in rows:
        if relation not in tables:
            continue
        names = {column.number: column.name for column in tables[relation].columns}
        columns = tuple(names[number] for number in numbers if number in names)
        made = StatisticsObject(schema, name, tables[relation].name, columns, _bare(expressions), tuple(kinds), analyzed, target)
        found.append(made)
        if analyzed is None and not own:
            hidden.append(Skipped("catalog", f"extended statistics {made.full_name}", _HIDDEN.format(user)))
    return tuple(found), tuple(hidden)


def _bare(expressions: list[str]) -> tuple[str, ...]:
    # as for indexes, PostgreSQL puts parentheses around what does not look like a function call
    return tuple(text[1:-1] if text.startswith("(") else text for text in expressions)
