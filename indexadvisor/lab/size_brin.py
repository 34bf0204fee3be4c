"""Pages of a freshly built BRIN index (minmax): a meta page, the range map, and one summary tuple per range of 128 heap pages.

Source: src/backend/access/brin/brin_tuple.c (brin_form_tuple()), brin_revmap.c, src/include/access/brin_page.h.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from indexadvisor.lab.size_keys import KeyShape
from indexadvisor.lab.size_types import SHORT_LIMIT, maxalign

PAGES_PER_RANGE = 128
_REVMAP_ITEMS = 1360
_HEADER = 5
_PAGE = 8192 - 24 - 8


def brin_pages(shapes: Sequence[KeyShape], table_pages: int) -> int:
    """Return the pages over a table of so many pages.

    >>> brin_pages((), 0)
    3
    """
    ranges = max(1, math.ceil(table_pages / PAGES_PER_RANGE))
    per_page = max(1, int(_PAGE // (_summary_bytes(shapes) + 4)))
    return 1 + math.ceil(ranges / _REVMAP_ITEMS) + math.ceil(ranges / per_page)


def _summary_bytes(shapes: Sequence[KeyShape]) -> float:
    """Return the bytes of a summary: the least and the greatest value of each column."""
    nulls = any(shape.null_fraction > 0 for shape in shapes)
    size = maxalign(_HEADER + (math.ceil(len(shapes) * 2 / 8) if nulls else 0))
    for shape in shapes:
        fixed = shape.fixed
        width = shape.mean_width()
        alignment = fixed[1] if fixed else 1 if width <= SHORT_LIMIT + 1 else 4
        for _ in range(2):
            size = math.ceil(size / alignment) * alignment + width
    return maxalign(size)
