"""Pages of a freshly built hash index: buckets for the row count, overflow pages where equal values crowd one bucket.

Source: src/backend/access/hash/hashpage.c (_hash_init(), _hash_init_metabuffer()), hashutil.c (_hash_spareindex()), hash.h.
"""

from __future__ import annotations

import math

from indexadvisor.lab.size_groups import Groups

_ITEM = 20
"""Index tuple header, hash code, line pointer."""
_PER_BUCKET = 8192 * 75 // 100 // _ITEM
_PER_PAGE = (8192 - 24 - 16) // _ITEM
_BITMAP_PAGES = 4096 * 8
_LARGE = 4 * _PER_PAGE


def hash_pages(groups: Groups, table_rows: float) -> int:
    """Return the pages for rows grouped by equal values, NULLs already left out (hash indexes do not store them).

    The buckets are made for ``table_rows``, all rows of the table, also where the index is partial or its column mostly NULL.

    >>> hash_pages(((1.0, 1000.0),), 1000.0)
    6
    """
    buckets = _buckets(table_rows)
    overflow = _overflow(groups, buckets)
    return 1 + buckets + overflow + 1 + overflow // _BITMAP_PAGES


def _buckets(rows: float) -> int:
    """Return the buckets allocated: a power of two, from 512 on in quarters of the next doubling."""
    wanted = max(2, math.ceil(rows / _PER_BUCKET))
    power = 1 << (wanted - 1).bit_length()
    if power <= 512:
        return power
    half = power // 2
    return half + math.ceil((wanted - half) / (half / 4)) * (half // 4)


def _overflow(groups: Groups, buckets: int) -> int:
    """Return the overflow pages: values with more rows than a page on their own, the others as they fall into the buckets.

    Between powers of two the buckets that were not divided yet take twice the rows of the others.
    """
    large = sum(count * (size / _PER_PAGE - 0.5) for size, count in groups if size > _LARGE)
    small = [(size, count) for size, count in groups if size <= _LARGE]
    total = sum(size * count for size, count in small)
    if total <= 0:
        return math.ceil(large)
    typical = sum(size * size * count for size, count in small) / total
    half = 1 << (buckets.bit_length() - 1)
    divided = 2 * (buckets - half)
    whole = buckets - divided
    pages = whole * _pages_over(total / half, typical) + divided * _pages_over(total / half / 2, typical)
    return math.ceil(large) + round(pages)


def _pages_over(mean: float, size: float) -> float:
    """Return the mean pages beyond the first of a bucket that values of ``size`` rows each fall into, ``mean`` rows on average."""
    rate = mean / size
    if rate <= 0:
        return 0.0
    spread = 8 * math.sqrt(rate) + 8
    chances = range(max(0, int(rate - spread)), int(rate + spread))
    return sum(math.exp(n * math.log(rate) - rate - math.lgamma(n + 1)) * max(0, math.ceil(n * size / _PER_PAGE) - 1) for n in chances)
