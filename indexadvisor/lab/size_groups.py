"""How many rows share a key: groups of equal keys, from distinct values and common values, for one column or several together.

Columns are taken as independent: a group is divided by the next column as if each of its rows drew a value. Columns that follow from
each other then look more varied than they are, so the estimate leans to the large side, unless something bounds how many combinations
there can be: extended statistics, or a foreign key over several columns, whose values are among the referenced table's rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from indexadvisor.catalog.model import Catalog, Table
from indexadvisor.catalog.snapshot_extended import ExtendedStatistics
from indexadvisor.lab.size_keys import KeyShape, without_nulls
from indexadvisor.lab.size_rows import Condition, Kept

Groups = tuple[tuple[float, float], ...]
"""Pairs of rows in a group and number of such groups."""

_STEPS_PER_DOUBLING = 3
_NULLABLE = 4


@dataclass(frozen=True)
class Pattern:
    """Rows alike in which keys are NULL (places, from 0), and their groups of equal keys."""

    null: frozenset[int]
    groups: Groups


@dataclass(frozen=True)
class Bound:
    """At most ``combinations`` different combinations of values of these columns."""

    columns: frozenset[str]
    combinations: float


def bounds_of(table: Table, catalog: Catalog, extended: Iterable[ExtendedStatistics] = ()) -> tuple[Bound, ...]:
    """Return what is known of several columns of a table together: foreign keys, then the extended statistics among ``extended``."""
    found = []
    for key in catalog.foreign_keys:
        parent = catalog.by_name.get(key.referenced_table)
        if key.table == table.name and len(key.columns) > 1 and parent is not None and parent.rows:
            found.append(Bound(frozenset(key.columns), parent.rows))
    for known in extended:
        for places, combinations in known.distinct:
            # an expression has a negative place
            if known.table == table.name and min(places) > 0:
                found.append(Bound(frozenset(known.columns[place - 1] for place in places), combinations))
    return tuple(found)


def values_of(shape: KeyShape, rows: float) -> Groups:
    """Return the values of a key as pairs of share of the rows and number of values, the NULLs as one value, over a table of ``rows``."""
    known = shape.statistics
    if known is None:
        return ((1 / max(rows, 1.0), max(rows, 1.0)),)
    nulls = ((known.null_fraction, 1.0),) if known.null_fraction > 0 else ()
    common = tuple((frequency, 1.0) for frequency in known.common_frequencies)
    rest = 1 - known.null_fraction - sum(known.common_frequencies)
    others = min(known.distinct_values(rows) - len(common), rest * rows)
    # what rounding leaves over where all values are common is none
    if rest <= 1e-4 or (others < 0.5 and common):
        return nulls + common
    others = max(others, 1.0)
    return (*nulls, *common, (rest / others, others))


def restricted(shape: KeyShape, rows: float, condition: Condition | None) -> Groups:
    """Return the values of a key among the rows that a condition on it keeps; shares are of those rows."""
    values = values_of(shape, rows)
    if condition is None or condition.share is None or condition.kept is None:
        return values
    if condition.kept in (Kept.NULLS, Kept.ONE):
        return ((1.0, 1.0),)
    nulls = shape.null_fraction
    filled = values[1:] if nulls > 0 else values
    whole = sum(share * count for share, count in filled) or 1.0
    if condition.kept is Kept.VALUES:
        return tuple((share / whole, count) for share, count in filled)
    kept = min(1.0, condition.share / whole)
    scaled = tuple((share, max(count * kept, 1e-9)) for share, count in filled)
    total = sum(share * count for share, count in scaled) or 1.0
    return tuple((share / total, count) for share, count in scaled)


def null_patterns(
    shapes: Sequence[KeyShape], rows: float, about: Mapping[str, Condition], others: float, bounds: Iterable[Bound] = ()
) -> tuple[Pattern, ...]:
    """Return the rows of an index by which of its keys are NULL, each pattern with its groups of equal keys.

    ``rows`` are the table's; ``about`` the conditions on single key columns; ``others`` the share that the remaining conditions keep;
    ``bounds`` hold for the rows without NULL in their columns.
    NULLs of several columns are taken as independent; a key beyond the four with the most counts NULL as one more value.
    """
    kept = rows * math.prod(each.share for each in about.values() if each.share is not None)
    nullable = [place for place, shape in enumerate(shapes) if shape.column not in about and shape.null_fraction > 0]
    nullable = sorted(nullable, key=lambda place: -shapes[place].null_fraction)[:_NULLABLE]
    found = []
    for chosen in product((False, True), repeat=len(nullable)):
        null = frozenset(place for place, is_null in zip(nullable, chosen, strict=True) if is_null)
        null |= {
            place for place, shape in enumerate(shapes) if shape.column and shape.column in about and about[shape.column].kept is Kept.NULLS
        }
        chance = math.prod(shapes[place].null_fraction if place in null else 1 - shapes[place].null_fraction for place in nullable)
        if chance * kept <= 0:
            continue
        columns: list[tuple[str | None, Groups]] = []
        for place, shape in enumerate(shapes):
            if place in nullable and place not in null:
                columns.append((shape.column, values_of(without_nulls(shape), rows * (1 - shape.null_fraction))))
            elif place not in null:
                columns.append((shape.column, restricted(shape, rows, about.get(shape.column or ""))))
        groups = equal_keys([values for _, values in columns], kept * chance, others)
        found.append(Pattern(null, _at_most(groups, _combinations(columns, bounds))))
    return tuple(found)


def _combinations(columns: Sequence[tuple[str | None, Groups]], bounds: Iterable[Bound]) -> float:
    """Return the most combinations by the tightest bound, infinity without one; columns beside the bounded ones multiply them."""
    names = {name for name, _ in columns}
    free = {bound: [values for name, values in columns if name not in bound.columns] for bound in bounds if bound.columns <= names}
    most = (bound.combinations * math.prod(sum(count for _, count in values) for values in rest) for bound, rest in free.items())
    return min(most, default=math.inf)


def _at_most(groups: Groups, most: float) -> Groups:
    """Return the groups, where they are more than ``most``, as fewer and larger ones with the same rows."""
    factor = sum(count for _, count in groups) / max(1.0, most)
    return groups if factor <= 1 else tuple((size * factor, count / factor) for size, count in groups)


def equal_keys(columns: Sequence[Groups], rows: float, others: float = 1.0) -> Groups:
    """Return the groups of equal keys among so many rows, thinned out to the share ``others``; ``columns`` are the values of each key."""
    ordered = sorted(columns, key=lambda values: -sum(count for _, count in values))
    groups = _bounded([(share * rows, count) for share, count in ordered[0]] if ordered else [(rows, 1.0)])
    for values in ordered[1:]:
        groups = _merged(part for size, count in groups for part in _divided(size, count, values))
    if others < 1:
        groups = _merged(part for size, count in groups for part in _divided(size, count, ((others, 1.0),)))
    return tuple(groups)


def _divided(size: float, count: float, values: Groups) -> list[tuple[float, float]]:
    found = []
    for share, different in values:
        # how many of these values a group of so many rows holds
        chance = 1.0 if share >= 1 else -math.expm1(size * math.log1p(-share))
        if chance * different * count > 0:
            found.append((size * share / chance, different * chance * count))
    return found


def _bounded(groups: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the groups with none smaller than one row, the number of rows kept."""
    return [(size, count) if size >= 1 else (1.0, size * count) for size, count in groups if size * count > 0]


def _merged(groups: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return groups of nearly equal size taken together, numbers of groups and of rows kept."""
    rows: dict[int, float] = {}
    counts: dict[int, float] = {}
    for size, count in _bounded(groups):
        step = round(math.log2(size) * _STEPS_PER_DOUBLING)
        rows[step] = rows.get(step, 0.0) + size * count
        counts[step] = counts.get(step, 0.0) + count
    return [(rows[step] / counts[step], counts[step]) for step in sorted(rows)]
