"""Statistics for the expressions of index candidates, from the sampled values that the statistics of the base column hold.

The most common values and the histogram of a column are a sample of it. The expression is evaluated over that sample, by PostgreSQL
itself and as a role without rights, and what comes out is counted as ANALYZE would count it (src/backend/commands/analyze.c): share of
NULLs, width, distinct values, most common ones, histogram. The number of distinct values is the column's own where no two sampled
values gave the same result, or the number of rows where that is not far above it and the results come in no order; else it is
estimated from how often results recur (Haas and Stokes, as ANALYZE does).

All of it is an assumption, and is said to be one: the histogram is a sample of a hundred values evenly spaced in the column's order.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from indexadvisor.catalog.compare import is_one_expression
from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import Column, ColumnStatistics, Table
from indexadvisor.db.compose import SQL
from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed
from indexadvisor.lexer import significant

_MOST_COMMON = 100
_NEAR = 3
"""The column's number of distinct values is an estimate too, by a sample of its own, and tends to be too low."""
_NAME = r"""(?:[^\W\d]\w*|"[^"\0]+")"""
_TYPE = re.compile(rf"{_NAME}(?:\.{_NAME})?(?: [a-z ]+)?(?:\(\d+(?:,-?\d+)?\))?(?: [a-z ]+)?(?:\[\])?")
_EVALUATE = (
    "SELECT place, value::text, pg_catalog.pg_column_size(value), rank() OVER (ORDER BY value) "
    "FROM (SELECT place, ({expression}\n) AS value FROM (SELECT sampled::{type} AS {column}, place "
    "FROM pg_catalog.unnest(%s::text[]) WITH ORDINALITY AS given(sampled, place)) AS base"
    ") AS evaluated ORDER BY place"
)


@dataclass(frozen=True)
class _Result:
    """An expression's value for one sampled value of the column; ``rank`` orders the results, ``weight`` is the share of rows."""

    text: str | None
    width_bytes: int
    rank: int
    weight: float
    common: bool


def columns_of(expression: str, table: Table) -> tuple[Column, ...]:
    """Return the columns that an expression over unqualified names uses, in the table's order.

    >>> t = Table(None, "r", (Column("Doc", 1, "jsonb", "jsonb", "U"), Column("lower", 2, "text", "text", "S")))
    >>> [column.name for column in columns_of('lower("Doc" ->> \\'lower\\')', t)]
    ['Doc']
    """
    found = list(significant(expression))
    used = set()
    for number, token in enumerate(found):
        called = number + 1 < len(found) and found[number + 1].text == "("
        if token.kind == "quoted":
            used.add(token.text[1:-1].replace('""', '"'))
        elif token.kind == "word" and not called:
            used.add(token.text.lower())
    return tuple(column for column in table.columns if column.name in used)


def derive(session: Session, table: Table, expression: str) -> ColumnStatistics | None:
    """Return the statistics an expression would have, or None where nothing is known: several columns, or a column without a sample."""
    columns = columns_of(expression, table)
    statistics = columns[0].statistics if len(columns) == 1 else None
    if statistics is None or not (statistics.common_values or statistics.histogram_bounds) or not table.rows:
        return None
    results = _evaluate(session, columns[0], statistics, expression)
    if not results:
        return None
    return _counted(results, statistics, table.rows)


def _evaluate(session: Session, column: Column, statistics: ColumnStatistics, expression: str) -> list[_Result]:
    if not is_one_expression(expression) or not _TYPE.fullmatch(column.type_name):
        return []
    statement = _EVALUATE.replace("{expression}", expression.replace("%", "%%")).replace("{type}", column.type_name)
    statement = statement.replace("{column}", quote_identifier(column.name).replace("%", "%%"))
    common, bounds = statistics.common_values, statistics.histogram_bounds
    rest = max(0.0, 1 - statistics.null_fraction - sum(statistics.common_frequencies))
    weights = [*statistics.common_frequencies, *(rest / len(bounds) for _ in bounds)]
    try:
        rows = session.rows(SQL(statement), [[*common, *bounds]])
    except StatementFailed as error:
        if error.sqlstate is None:
            raise
        return []
    return [_Result(text, width or 0, rank, weights[place - 1], place <= len(common)) for place, text, width, rank in rows]


def _counted(results: list[_Result], base: ColumnStatistics, rows: float) -> ColumnStatistics:
    present = [result for result in results if result.text is not None]
    null_fraction = min(1.0, base.null_fraction + sum(result.weight for result in results if result.text is None))
    if not present:
        return ColumnStatistics(1.0, 1, 0.0)
    weight: dict[str, float] = defaultdict(float)
    for result in present:
        weight[result.text or ""] += result.weight
    width = round(sum(result.width_bytes for result in present) / len(present))
    n_distinct = _distinct(present, base, rows)
    values = _signed(n_distinct, rows)
    often = _most_common(present, weight, n_distinct)
    bounds = _bounds(present, frozenset(often), n_distinct)
    correlation = base.correlation if _same_order(results) else None
    return ColumnStatistics(null_fraction, width, values, correlation, tuple(often), tuple(weight[text] for text in often), bounds)


def _distinct(present: list[_Result], base: ColumnStatistics, rows: float) -> float:
    """Return how many distinct values to expect among ``rows``."""
    own = base.distinct_values(rows)
    different = len({result.text for result in present})
    if different == len(present):
        filled = rows * sum(result.weight for result in present)
        # in the column's order, results are as far apart as the histogram's bounds, which says nothing about those between
        unique = different > 2 and not _same_order(present) and own * _NEAR > filled
        return filled if unique else max(own, different)
    sampled = Counter(result.text for result in present if not result.common)
    size = sum(sampled.values())
    if not size:
        return different
    once = sum(count == 1 for count in sampled.values())
    estimate = size * len(sampled) / (size - once + once * size / max(rows, size))
    return min(max(estimate, different), max(own, different))


def _signed(distinct: float, rows: float) -> float:
    """Return n_distinct as PostgreSQL keeps it: a negative fraction where the number grows with the table."""
    return -min(1.0, distinct / rows) if distinct > 0.1 * rows else float(round(distinct))


def _most_common(present: list[_Result], weight: dict[str, float], distinct: float) -> list[str]:
    """Return the values to list as most common: all where they are few, else those that recur or were common in the column."""
    times = Counter(result.text for result in present)
    listed = {result.text for result in present if result.common}
    if distinct <= len(weight) <= _MOST_COMMON:
        keep = list(weight)
    else:
        average = sum(weight.values()) / max(distinct, 1)
        keep = [text for text in weight if (text in listed or times[text] > 2) and weight[text] > 1.25 * average]
    return sorted(keep, key=lambda text: (-weight[text], text))[:_MOST_COMMON]


def _bounds(present: list[_Result], often: frozenset[str], distinct: float) -> tuple[str, ...]:
    """Return the histogram of what is not among the most common values, or none where too little is left."""
    rest = sorted((result for result in present if result.text not in often and not result.common), key=lambda result: result.rank)
    found = tuple(dict.fromkeys(result.text or "" for result in rest))
    return found if len(found) > 1 and distinct > len(often) else ()


def _same_order(results: list[_Result]) -> bool:
    """Return whether the expression keeps the column's order, as far as its histogram shows."""
    ranks = [result.rank for result in results if not result.common]
    return len(ranks) > 1 and ranks == sorted(ranks)
