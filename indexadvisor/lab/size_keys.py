"""What an index stores for one key: its type, its statistics and its widths; an expression gets figures derived from its column's.

Where a table already has an index on the same expression and it was analysed, those statistics are taken instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest

from indexadvisor.catalog.compare import same_expression
from indexadvisor.catalog.model import Catalog, ColumnStatistics, IndexDef, IndexKey, Table
from indexadvisor.lab.size_expressions import derive
from indexadvisor.lab.size_types import SHORT_LIMIT, UNKNOWN_VARLENA, fixed_width, text_form_width

_LONG_HEADER = 4
_REMEMBERED = 256
"""Columns whose widths are kept: more would hold many statistics in memory."""


@dataclass(frozen=True)
class KeyShape:
    """One key or included column; ``column`` is None for an expression, ``statistics`` where unknown; ``operator_class`` as in IndexKey."""

    base_type: str
    category: str
    column: str | None
    statistics: ColumnStatistics | None
    operator_class: str | None = None
    assumptions: tuple[str, ...] = ()

    @property
    def fixed(self) -> tuple[int, int] | None:
        """Bytes and alignment of a fixed-width type, else None."""
        return fixed_width(self.base_type, self.category)

    @property
    def null_fraction(self) -> float:
        """The share of rows with NULL; 0 where unknown."""
        return self.statistics.null_fraction if self.statistics else 0.0

    def widths(self) -> tuple[tuple[float, float], ...]:
        """Return pairs of bytes and share over the non-null values of a varlena, as its sampled values show them.

        The common values count by their frequency, the histogram bounds alike. Without sampled values the mean width is taken, with every
        remainder by 8 equally likely; pg_stats rounds that mean down.
        """
        return _widths(self.statistics, self.base_type)

    def steps(self) -> tuple[tuple[int, int, float], ...]:
        """Return what a value does to the alignment of those after it: alignment, bytes modulo 8, and share of the non-null values."""
        if self.fixed:
            return ((self.fixed[1], self.fixed[0] % 8, 1.0),)
        return _steps(self.statistics, self.base_type)

    def mean_width(self) -> float:
        """Return the mean bytes of a non-null value."""
        if self.fixed:
            return float(self.fixed[0])
        return _mean_width(self.statistics, self.base_type)


# the indexes of a run are thousands over the same few columns
@lru_cache(maxsize=_REMEMBERED)
def _widths(known: ColumnStatistics | None, base_type: str) -> tuple[tuple[float, float], ...]:
    if known is None:
        return ((float(UNKNOWN_VARLENA), 1.0),)
    found: dict[float, float] = {}
    for value, share in sampled(known):
        width = text_form_width(value, base_type)
        if width is None:
            found.clear()
            break
        found[width] = found.get(width, 0.0) + share
    if not found:
        mean = float(known.average_width_bytes)
        return tuple((max(1.0, mean + step), 1 / 8) for step in range(-3, 5))
    total = sum(found.values())
    return tuple((width, share / total) for width, share in sorted(found.items()))


@lru_cache(maxsize=_REMEMBERED)
def _steps(known: ColumnStatistics | None, base_type: str) -> tuple[tuple[int, int, float], ...]:
    found: dict[tuple[int, int], float] = {}
    for width, share in _widths(known, base_type):
        # a short header is one byte and unaligned, the long one aligned to four
        place = (1 if width <= SHORT_LIMIT + 1 else 4, round(width) % 8)
        found[place] = found.get(place, 0.0) + share
    return tuple((alignment, rest, share) for (alignment, rest), share in found.items())


@lru_cache(maxsize=_REMEMBERED)
def _mean_width(known: ColumnStatistics | None, base_type: str) -> float:
    mean = sum(width * share for width, share in _widths(known, base_type))
    # the sampled values are few; pg_stats knows the mean over all of the sample, rounded down
    return mean if known is None else min(max(mean, known.average_width_bytes), known.average_width_bytes + 1.0)


def sampled(known: ColumnStatistics) -> list[tuple[str, float]]:
    """Return the values that the statistics show, each with the share of the rows it stands for."""
    found = list(zip(known.common_values, known.common_frequencies, strict=False))
    rest = max(0.0, 1 - known.null_fraction - sum(known.common_frequencies))
    bounds = known.histogram_bounds
    return found + [(bound, rest / len(bounds)) for bound in bounds]


def key_shapes(definition: IndexDef, table: Table, catalog: Catalog) -> tuple[KeyShape, ...]:
    """Return the shape of each key of an index, in order; included columns are not among them."""
    return tuple(_shape(key, table, catalog) for key in definition.keys)


def with_statistics(shapes: Sequence[KeyShape], known: Sequence[ColumnStatistics | None]) -> tuple[KeyShape, ...]:
    """Return the shapes with other statistics where they are given; what was assumed to derive the former no longer holds."""
    pairs = zip_longest(shapes, known[: len(shapes)])
    return tuple(shape if given is None else replace(shape, statistics=_as_stored(given, shape), assumptions=()) for shape, given in pairs)


def _as_stored(known: ColumnStatistics, shape: KeyShape) -> ColumnStatistics:
    """Return an expression's statistics with the width a tuple stores: ANALYZE sees computed values with four bytes of header."""
    width = known.average_width_bytes
    if shape.column is not None or shape.fixed or width > SHORT_LIMIT + _LONG_HEADER:
        return known
    return replace(known, average_width_bytes=max(1, width - _LONG_HEADER + 1))


def without_nulls(shape: KeyShape) -> KeyShape:
    """Return the shape of the values other than NULL; frequencies become shares of those."""
    known = shape.statistics
    if known is None or known.null_fraction <= 0:
        return shape
    filled = max(1e-9, 1 - known.null_fraction)
    frequencies = tuple(frequency / filled for frequency in known.common_frequencies)
    distinct = max(-1.0, known.n_distinct / filled) if known.n_distinct < 0 else known.n_distinct
    return replace(shape, statistics=replace(known, null_fraction=0.0, common_frequencies=frequencies, n_distinct=distinct))


def included_shapes(definition: IndexDef, table: Table) -> tuple[KeyShape, ...]:
    """Return the shapes of the INCLUDE columns."""
    return tuple(_column_shape(name, table) for name in definition.include)


def _shape(key: IndexKey, table: Table, catalog: Catalog) -> KeyShape:
    if key.column is not None:
        shape = replace(_column_shape(key.column, table), operator_class=key.operator_class)
        return replace(shape, statistics=_raised(key.column, shape.statistics, table, catalog))
    expression = key.expression or ""
    value, assumptions = derive(expression, table)
    shape = KeyShape(value.base_type, value.category, None, value.statistics, key.operator_class, assumptions)
    return with_statistics((shape,), (_analysed(expression, table, catalog),))[0]


def _raised(name: str, known: ColumnStatistics | None, table: Table, catalog: Catalog) -> ColumnStatistics | None:
    """Return a column's statistics with at least as many distinct values as a unique key that holds it proves.

    ANALYZE sees too few where equal values lie on the same pages, as the lines of an order do. But in a unique key over (order, line) there
    are as many orders as rows with line 1: the rows times the frequency of the other column's commonest value.
    """
    rows = table.rows or 0.0
    if known is None or known.null_fraction > 0 or rows <= 0:
        return known
    unique = [index.definition for index in catalog.indexes_of(table.name) if index.valid and index.definition.unique]
    least = max((_least_share(definition, name, table) for definition in unique), default=0.0)
    return replace(known, n_distinct=-least) if least * rows > known.distinct_values(rows) else known


def _least_share(unique: IndexDef, name: str, table: Table) -> float:
    """Return the least share of the rows that differ in a column of a unique key; 0 where the key proves nothing."""
    if unique.predicate is not None or len(unique.columns) < len(unique.keys) or name not in unique.columns:
        return 0.0
    columns = [table.column(other) for other in unique.columns if other != name]
    others = [column.statistics if column is not None else None for column in columns]
    known = [each for each in others if each is not None and each.null_fraction == 0]
    if len(known) < len(others):
        return 0.0
    if len(known) == 1 and known[0].common_frequencies:
        return min(1.0, max(known[0].common_frequencies))
    return 1 / max(1.0, math.prod(max(1.0, each.distinct_values(table.rows or 0.0)) for each in known))


def _column_shape(name: str, table: Table) -> KeyShape:
    column = table.column(name)
    if column is None:
        return KeyShape("unknown", "X", name, None, None, (f"{name} is not a column of {table.name}: {UNKNOWN_VARLENA} bytes assumed",))
    said = () if column.statistics or table.rows == 0 else (f"no statistics on {name}: all values taken as different",)
    return KeyShape(column.base_type, column.category, name, column.statistics, None, said)


def _analysed(expression: str, table: Table, catalog: Catalog) -> ColumnStatistics | None:
    for index in catalog.indexes_of(table.name):
        for key, known in zip(index.definition.keys, index.key_statistics, strict=False):
            if known is not None and index.definition.predicate is None and same_expression(key.expression, expression, table):
                return known
    return None
