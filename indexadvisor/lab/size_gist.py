"""Pages of a freshly built GiST or SP-GiST index: the bytes of its leaf tuples, and how full splits leave the pages.

Leaf tuples: src/backend/access/gist (index tuples), contrib/btree_gist (lower and upper bound of a fixed type, one value of a varlena),
contrib/pg_trgm/trgm_gist.c (three bytes per trigram), src/backend/access/spgist (12-byte header; texts lose the prefix that inner tuples
hold). How full the pages are depends on the order of the rows; the constants are what the builds of benchmarks/lab/sizes.py showed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from indexadvisor.lab.size_elements import trigrams
from indexadvisor.lab.size_keys import KeyShape, sampled
from indexadvisor.lab.size_types import TEXTS, maxalign, varlena_width

_PAGE = 8192 - 24 - 16
_LINE_POINTER = 4
_FILL, _FILL_TRIGRAMS, _FILL_SEVERAL, _FILL_RANGES, _FILL_IN_ORDER = 0.65, 0.69, 0.57, 0.55, 0.46
"""Random order (0.58 to 0.69 measured), trigrams (0.63 to 0.80), several columns, ranges (0.47 to 0.60), rows that come in the order of the
key: each split then leaves a half behind (0.45 to 0.47)."""
_SORTED_FROM, _FILL_SORTED, _FILL_RANGES_SORTED = 18, 0.98, 0.86
"""From 18 on ranges and the classes of btree_gist are built by sorting (release notes of 18)."""
_IN_ORDER = 0.95
_FEW_VALUES_SHARE = 1e-3
_SPGIST_FILL = 0.76
_INNER_SHARE = 1.012
_SPGIST_HEADER = 16
_BRANCHES = 10


def gist_pages(shapes: Sequence[KeyShape], rows: float, major: int) -> int:
    """Return the pages for so many rows on a server of this major version.

    >>> gist_pages((KeyShape("point", "G", "at", None),), 0, 15)
    1
    """
    width = sum(_gist_key(shape) for shape in shapes)
    tuple_bytes = maxalign(8 + width) + _LINE_POINTER
    return max(1, math.ceil(rows * tuple_bytes / (_PAGE * _gist_fill(shapes, rows, major)) * _INNER_SHARE))


def _gist_key(shape: KeyShape) -> float:
    """Return the bytes of one leaf key."""
    if _by_trigrams(shape):
        return varlena_width(1 + 3 * _mean_trigrams(shape))
    if shape.base_type in ("point", "box"):
        return 32.0
    if shape.category == "R":
        return shape.mean_width()
    if shape.fixed:
        return 2.0 * maxalign(shape.fixed[0]) if shape.fixed[0] > 4 else 8.0
    # its own header stays whole inside the key
    return shape.mean_width() + 4


def _by_trigrams(shape: KeyShape) -> bool:
    return (shape.operator_class or "").endswith("gist_trgm_ops")


def _gist_fill(shapes: Sequence[KeyShape], rows: float, major: int) -> float:
    first = shapes[0]
    known = first.statistics
    if _by_trigrams(first):
        return _FILL_TRIGRAMS
    if major >= _SORTED_FROM and all(shape.category != "G" and not _by_trigrams(shape) for shape in shapes):
        return _FILL_RANGES_SORTED if any(shape.category == "R" for shape in shapes) else _FILL_SORTED
    if known is not None and known.correlation is not None and abs(known.correlation) > _IN_ORDER:
        return _FILL_IN_ORDER
    # equal keys are split by halves however they come
    if len(shapes) == 1 and known is not None and not first.fixed and known.distinct_values(rows) < _FEW_VALUES_SHARE * rows:
        return _FILL_IN_ORDER
    if len(shapes) > 1:
        return _FILL_SEVERAL
    return _FILL_RANGES if first.category == "R" else _FILL


def _mean_trigrams(shape: KeyShape) -> float:
    """Return the mean number of different trigrams of a value; without sampled values one for each byte."""
    values = sampled(shape.statistics) if shape.statistics else []
    total = sum(share for _, share in values)
    if not total:
        return shape.mean_width()
    return sum(len(trigrams(value)) * share for value, share in values) / total


def spgist_pages(shapes: Sequence[KeyShape], rows: float) -> int:
    """Return the pages for so many rows; the first three are the meta page and the two roots."""
    shape = shapes[0]
    width = float(shape.fixed[0]) if shape.fixed else shape.mean_width()
    if shape.base_type in TEXTS:
        width = max(1.0, width - _shared_prefix(shape, rows))
    tuple_bytes = maxalign(_SPGIST_HEADER + width) + _LINE_POINTER
    return 3 + math.ceil(rows * tuple_bytes / (_PAGE * _SPGIST_FILL))


def _shared(a: str, b: str) -> int:
    """Return how many characters two texts begin with in common."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _shared_prefix(shape: KeyShape, rows: float) -> float:
    """Return the mean length that inner tuples hold of a text: what neighbours in the histogram share, and more as rows stand closer."""
    bounds = shape.statistics.histogram_bounds if shape.statistics else ()
    if len(bounds) < 2:
        return 0.0
    shared = sum(_shared(*pair) for pair in pairwise(bounds)) / (len(bounds) - 1)
    return shared + 1 + max(0.0, math.log(max(rows, 1.0) / len(bounds), _BRANCHES))
