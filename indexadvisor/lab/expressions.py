"""Statistics for the expressions of index candidates, from the sampled values that the statistics of the base columns hold.

The most common values and the histogram of a column are a sample of it. The expression is evaluated over that sample, by PostgreSQL
itself and as a role without rights, and what comes out is counted as ANALYZE would count it (src/backend/commands/analyze.c): share of
NULLs, width, distinct values, most common ones, histogram; elements, where the result is an array or a tsvector. The number of distinct
values is the column's own where no two sampled values gave the same result, or the number of rows where that is not far above it and
the results come in no order; else it is estimated from how often results recur (Haas and Stokes, as ANALYZE does).

Over several columns the sampled values are put side by side by chance, as if the columns were independent. That tells how many results
there are, how wide they are and which elements they hold; which results are common it does not, so that none are given.

All of it is an assumption, and is said to be one: the histogram is a sample of a hundred values evenly spaced in the column's order.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from indexadvisor.catalog.compare import is_one_expression
from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import Column, ColumnStatistics, Table
from indexadvisor.db.compose import SQL
from indexadvisor.db.connection import Rows, Session
from indexadvisor.errors import StatementFailed
from indexadvisor.lab.counted import Elements, Result, counted, counted_by_chance, counted_elements
from indexadvisor.lab.size_types import SHORT_LIMIT
from indexadvisor.lexer import significant

_SIDE_BY_SIDE = 400
"""Rows put together of several columns; one has some 200 sampled values."""
_LONG_HEADER = 4
_NAME = r"""(?:[^\W\d]\w*|"[^"\0]+")"""
_TYPE = re.compile(rf"{_NAME}(?:\.{_NAME})?(?: [a-z ]+)?(?:\(\d+(?:,-?\d+)?\))?(?: [a-z ]+)?(?:\[\])?")
_RESULT_TYPE = """
SELECT t.typname, t.typcategory, t.typlen, pg_catalog.format_type(t.typelem, NULL)
FROM (SELECT pg_catalog.pg_typeof(value) AS result FROM ({values}) AS evaluated) AS asked
JOIN pg_catalog.pg_type AS t ON t.oid = asked.result::pg_catalog.oid LIMIT 1
"""
_RESULTS = """
SELECT value::text, pg_catalog.pg_column_size(value), {rank}, {elements} FROM ({values}) AS evaluated ORDER BY indexadvisor_place
"""
_RANKS = ("rank() OVER (ORDER BY value)", "0")
"""Not every type can be sorted."""
_ELEMENTS = {
    "tsvector": "pg_catalog.tsvector_to_array(value)",
    "array": "CASE WHEN value IS NOT NULL THEN ARRAY(SELECT DISTINCT e::text FROM unnest(value) AS e WHERE e IS NOT NULL) END",
    "": "NULL::text[]",
}
_IN_ORDER = "SELECT ARRAY(SELECT e::text FROM pg_catalog.unnest(%s::text[]::{type}[]) AS e ORDER BY e)"


@dataclass(frozen=True)
class Derived:
    """What is assumed of an expression. ``statistics`` holds its common elements in the order that the server wants.

    ``least_share`` goes with them, such that an element not listed is expected in half of that share of the rows (ts_selfuncs.c,
    array_selfuncs.c), and ``element_counts`` are the numbers of different elements in the sampled values. ``stored`` is what an index is
    sized by: of a tsvector the server keeps no values, of several columns it is not told how they lie. ``columns``: how many it reads.
    """

    statistics: ColumnStatistics
    stored: ColumnStatistics
    columns: int = 1
    least_share: float | None = None
    element_counts: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Sample:
    """Values for each column, row by row, and for each row the share of the table's rows it stands for and whether it is a common one."""

    values: tuple[Sequence[str | None], ...]
    weights: Sequence[float]
    common: int


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


def derive(session: Session, table: Table, expression: str) -> Derived | None:
    """Return the statistics an expression would have, or None where nothing is known: a column without a sample, a text that is refused."""
    columns = columns_of(expression, table)
    known = [column.statistics for column in columns]
    if not table.rows or not columns or not is_one_expression(expression) or not all(_TYPE.fullmatch(each.type_name) for each in columns):
        return None
    filled = [each for each in known if each is not None and (each.common_values or each.histogram_bounds)]
    if len(filled) < len(known):
        return None
    sample = _of_one(filled[0]) if len(columns) == 1 else _side_by_side(columns, filled)
    found = _evaluate(session, columns, sample, expression)
    if found is None:
        return None
    results, kind, element_type = found
    if len(columns) == 1:
        stored = statistics = counted(results, filled[0], table.rows)
    else:
        most = 1.0
        for each in filled:
            most *= max(1.0, each.distinct_values(table.rows))
        statistics = counted_by_chance(results, most, table.rows)
        texts = sorted({result.text for result in results if result.text is not None} - {*statistics.common_values})
        stored = replace(statistics, histogram_bounds=tuple(texts))
    derived = Derived(statistics, stored, len(columns))
    elements = counted_elements(results)
    return derived if elements is None else _with_elements(session, derived, elements, element_type if kind == "array" else None)


def _of_one(statistics: ColumnStatistics) -> _Sample:
    common, bounds = statistics.common_values, statistics.histogram_bounds
    rest = max(0.0, 1 - statistics.null_fraction - sum(statistics.common_frequencies))
    weights = [*statistics.common_frequencies, *(rest / len(bounds) for _ in bounds)]
    return _Sample(((*common, *bounds),), weights, len(common))


def _side_by_side(columns: Sequence[Column], known: Sequence[ColumnStatistics]) -> _Sample:
    """Return rows of several columns: of each its sampled values as often as their shares say, NULL too, in an order of its own."""
    values = []
    for column, statistics in zip(columns, known, strict=True):
        own = _of_one(statistics)
        weights = [*own.weights, statistics.null_fraction]
        ends = list(accumulate(weights))
        texts: list[str | None] = [*own.values[0], None]
        steps = [(number + 0.5) / _SIDE_BY_SIDE * ends[-1] for number in range(_SIDE_BY_SIDE)]
        drawn, at = [], 0
        for step in steps:
            while ends[at] < step:
                at += 1
            drawn.append(texts[at])
        # the same order each time, another one for each column
        random.Random(column.name).shuffle(drawn)  # noqa: S311  no secret
        values.append(drawn)
    return _Sample(tuple(values), [1 / _SIDE_BY_SIDE] * _SIDE_BY_SIDE, 0)


def _evaluate(session: Session, columns: Sequence[Column], sample: _Sample, expression: str) -> tuple[list[Result], str, str] | None:
    """Return the results, the kind of their type (``tsvector``, ``array`` or nothing) and the type of an array's elements."""
    values = _values(columns, expression)
    given = [list(each) for each in sample.values]
    typed = _rows(session, _RESULT_TYPE.replace("{values}", values), [[None] for _ in columns])
    if not typed:
        return None
    name, category, length, element_type = typed[0]
    # sorted rows hold short values with a header of one byte, ANALYZE sees them as computed, with one of four
    more = _LONG_HEADER - 1 if length == -1 else 0
    kind = "tsvector" if name == "tsvector" else "array" if category == "A" else ""
    for rank in _RANKS:
        statement = _RESULTS.replace("{rank}", rank).replace("{elements}", _ELEMENTS[kind]).replace("{values}", values)
        rows = _rows(session, statement, given)
        if rows is not None:
            break
    else:
        return None
    results = [
        Result(
            text, (width or 0) + (more if (width or 0) <= SHORT_LIMIT + 1 else 0), order, weight, place < sample.common,
            None if elements is None else tuple(elements),
        )
        for place, ((text, width, order, elements), weight) in enumerate(zip(rows, sample.weights, strict=True))
    ]  # fmt: skip
    return results, kind, element_type


def _values(columns: Sequence[Column], expression: str) -> str:
    """Return a query for the expression's values, one row for each set of sampled ones, which are its parameters."""
    names = [f"given_{number}" for number, _ in enumerate(columns)]
    typed = ", ".join(
        f"{name}::{column.type_name} AS {quote_identifier(column.name)}" for name, column in zip(names, columns, strict=True)
    ).replace("%", "%%")
    arrays = ", ".join("pg_catalog.unnest(%s::text[])" for _ in columns)
    return (
        f"SELECT indexadvisor_place, ({expression.replace('%', '%%')}\n) AS value "  # noqa: S608  one expression, run as a role without rights
        f"FROM (SELECT {typed}, indexadvisor_place "
        f"FROM ROWS FROM ({arrays}) WITH ORDINALITY AS given({', '.join(names)}, indexadvisor_place)) AS base"
    )


def _rows(session: Session, statement: str, parameters: Sequence[object]) -> Rows | None:
    try:
        return session.rows(SQL(statement), list(parameters))
    except StatementFailed as error:
        if error.sqlstate is None:
            raise
        return None


def _with_elements(session: Session, derived: Derived, elements: Elements, element_type: str | None) -> Derived:
    """Return the statistics with their elements in the order in which the planner searches them."""
    statistics, average = derived.statistics, sum(elements.counts) / len(elements.counts)
    if element_type is None:
        # lexemes: the shorter first, then by bytes (ts_selfuncs.c, compare_lexeme_textfreq())
        order = sorted(elements.shares, key=lambda text: (len(text.encode()), text.encode()))
        statistics = ColumnStatistics(statistics.null_fraction, statistics.average_width_bytes, statistics.null_fraction - 1)
    else:
        found = _rows(session, _IN_ORDER.replace("{type}", element_type), [list(elements.shares)])
        order = [] if not found else [str(each) for each in found[0][0]]
        if set(order) != elements.shares.keys():
            return derived
    known = replace(
        statistics, common_elements=tuple(order), element_frequencies=tuple(elements.shares[text] for text in order),
        element_count_average=None if element_type is None else average,
    )  # fmt: skip
    return replace(derived, statistics=known, least_share=2 * elements.others, element_counts=elements.counts)
