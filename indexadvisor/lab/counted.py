"""What ANALYZE would count over the results of an expression, from its values for a sample of the column's.

Source: src/backend/commands/analyze.c (Haas and Stokes), src/backend/tsearch/ts_typanalyze.c, src/backend/utils/adt/array_typanalyze.c.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from indexadvisor.catalog.model import ColumnStatistics

_MOST_COMMON = 100
_NEAR = 3
"""The column's number of distinct values is an estimate too, by a sample of its own, and tends to be too low."""
_TWENTIETH = 20
_SEEN_OFTEN = 3
"""An element in so many sampled values is as common as it seems; one seen once or twice stands for all the rare ones."""


@dataclass(frozen=True)
class Result:
    """An expression's value for one sampled value; ``rank`` orders the results, ``weight`` is the share of rows, ``elements`` are those of
    an array or tsvector, None for any other type. ``common``: of one of the column's most common values.
    """

    text: str | None
    width_bytes: int
    rank: int
    weight: float
    common: bool
    elements: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Elements:
    """Common elements, each with the share of the non-null rows that hold it; ``others`` is that of any element not listed.

    ``counts`` are the numbers of different elements in the sampled values, in order.
    """

    shares: dict[str, float]
    others: float
    counts: tuple[int, ...]


def counted(results: Sequence[Result], base: ColumnStatistics, rows: float) -> ColumnStatistics:
    """Return the statistics of results over one column, whose own are ``base``, in a table of ``rows`` rows."""
    present = [result for result in results if result.text is not None]
    null_fraction = min(1.0, base.null_fraction + sum(result.weight for result in results if result.text is None))
    if not present:
        return ColumnStatistics(1.0, 1, 0.0)
    weight: dict[str, float] = defaultdict(float)
    for result in present:
        weight[result.text or ""] += result.weight
    n_distinct = _distinct(present, base, rows)
    often = _most_common(present, weight, n_distinct)
    bounds = _bounds(present, frozenset(often), n_distinct)
    correlation = base.correlation if _same_order(results) else None
    return ColumnStatistics(
        null_fraction, _width(present), _signed(n_distinct, rows), correlation, tuple(often), tuple(weight[text] for text in often), bounds
    )


def counted_by_chance(results: Sequence[Result], most: float, rows: float) -> ColumnStatistics:
    """Return the statistics of equally likely results that came of columns put side by side by chance.

    No more than ``most`` of them can be different. How they lie depends on how the columns go together, so that no histogram is given, and
    of common values only those that fill a twentieth of the rows or more.
    """
    present = [result for result in results if result.text is not None]
    if not present:
        return ColumnStatistics(1.0, 1, 0.0)
    null_fraction = 1 - len(present) / len(results)
    seen = Counter(result.text for result in present)
    estimate = distinct_values(len(present), len(seen), sum(count == 1 for count in seen.values()), rows * (1 - null_fraction))
    filling = [text for text, count in seen.items() if text is not None and count * _TWENTIETH >= len(results)]
    often = sorted(filling, key=lambda text: (-seen[text], text))
    return ColumnStatistics(
        null_fraction, _width(present), _signed(max(min(estimate, most), len(seen)), rows), None,
        tuple(often), tuple(seen[text] / len(results) for text in often),
    )  # fmt: skip


def counted_elements(results: Sequence[Result]) -> Elements | None:
    """Return the common elements of results that are arrays or tsvectors; None for other types, or where there is no element.

    What was seen once or twice in the sample is not as common as that: such elements are left to ``others``, the share of the mean one
    among as many as there must be of them.
    """
    present = [result for result in results if result.elements is not None]
    whole = sum(result.weight for result in present)
    share: dict[str, float] = defaultdict(float)
    seen: Counter[str] = Counter()
    for result in present:
        for element in set(result.elements or ()):
            share[element] += result.weight / whole
            seen[element] += _SEEN_OFTEN if result.common else 1
    if not share:
        return None
    rare = [element for element in share if seen[element] < _SEEN_OFTEN]
    often = [element for element in share if seen[element] >= _SEEN_OFTEN] or [max(rare, key=lambda element: (share[element], element))]
    listed = {element: share[element] for element in sorted(often, key=lambda element: (-share[element], element))[: 10 * _MOST_COMMON]}
    others = min(listed.values())
    if rare:
        sightings, once = sum(seen[element] for element in rare), sum(seen[element] == 1 for element in rare)
        # as many as the values hold, were each in one row only, is far more than the sample can tell
        different = distinct_values(sightings, len(rare), once, float("inf"))
        others = min(others, sum(share[element] for element in rare) / different)
    return Elements(listed, others, tuple(sorted(len(set(result.elements or ())) for result in present)))


def distinct_values(seen: float, different: float, once: float, population: float) -> float:
    """Return how many different values a population holds of which a sample of ``seen`` showed so many, some of them once only.

    The estimator of Haas and Stokes, as in compute_scalar_stats() of analyze.c. With each value seen once it is the population, or where
    that has no end, as many as would most likely show no repetition in such a sample.

    >>> distinct_values(300, 100, 0, 1e6), round(distinct_values(400, 360, 320, 1e6)), distinct_values(10, 10, 10, 500)
    (100.0, 1797, 500)
    """
    if once >= seen:
        return population if population != float("inf") else seen * seen / 2
    share = once / population * seen if population != float("inf") else 0.0
    return min(population, seen * different / (seen - once + share))


def _width(present: Sequence[Result]) -> int:
    return round(sum(result.width_bytes for result in present) / len(present))


def _distinct(present: Sequence[Result], base: ColumnStatistics, rows: float) -> float:
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
    estimate = distinct_values(size, len(sampled), sum(count == 1 for count in sampled.values()), max(rows, size))
    return min(max(estimate, different), max(own, different))


def _signed(distinct: float, rows: float) -> float:
    """Return n_distinct as PostgreSQL keeps it: a negative fraction where the number grows with the table."""
    return -min(1.0, distinct / rows) if distinct > 0.1 * rows else float(round(distinct))


def _most_common(present: Sequence[Result], weight: dict[str, float], distinct: float) -> list[str]:
    """Return the values to list as most common: all where they are few, else those that recur or were common in the column."""
    times = Counter(result.text for result in present)
    listed = {result.text for result in present if result.common}
    if round(distinct) <= len(weight) <= _MOST_COMMON:
        keep = list(weight)
    else:
        average = sum(weight.values()) / max(distinct, 1)
        keep = [text for text in weight if (text in listed or times[text] > 2) and weight[text] > 1.25 * average]
    return sorted(keep, key=lambda text: (-weight[text], text))[:_MOST_COMMON]


def _bounds(present: Sequence[Result], often: frozenset[str], distinct: float) -> tuple[str, ...]:
    """Return the histogram of what is not among the most common values, or none where too little is left."""
    rest = sorted((result for result in present if result.text not in often and not result.common), key=lambda result: result.rank)
    found = tuple(dict.fromkeys(result.text or "" for result in rest))
    return found if len(found) > 1 and distinct > len(often) else ()


def _same_order(results: Sequence[Result]) -> bool:
    """Return whether the expression keeps the column's order, as far as its histogram shows."""
    ranks = [result.rank for result in results if not result.common]
    return len(ranks) > 1 and ranks == sorted(ranks)
