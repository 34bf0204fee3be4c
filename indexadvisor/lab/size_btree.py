"""Pages and height of a freshly built B-tree (PostgreSQL 13 and newer: posting lists, suffix truncation).

Source: src/backend/access/nbtree/nbtsort.c (_bt_buildadd(), _bt_load()), nbtdedup.c (_bt_dedup_save_htid(), _bt_form_posting()),
nbtutils.c (_bt_truncate(), _bt_allequalimage()), src/include/access/nbtree.h, itup.h. Pages of 8 kB, the default fill factors.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, product

from indexadvisor.lab.size_groups import Groups, Pattern
from indexadvisor.lab.size_keys import KeyShape, without_nulls
from indexadvisor.lab.size_types import deduplicates, maxalign

LINE_POINTER = 4
TID = 6
HEADER, HEADER_WITH_NULLS = 8.0, 16.0
"""IndexTupleData; with NULLs a bitmap for 32 columns follows, aligned (itup.h, IndexInfoFindDataOffset())."""
_ROOM = 8192 - 24 - 16 - 2 * LINE_POINTER
"""Bytes for items on an empty page: without page header, B-tree special space, the high key's line pointer and the next item's."""
_LEAF_TARGET = _ROOM - 819
_INNER_TARGET = _ROOM - 2457
"""A page ends once fewer than (100 - fill factor) % of it are free: 90 for leaves, 70 above them."""
_HARD_LIMIT = _ROOM - 8
_MAX_POSTING = 812
_LONGEST_TUPLE = 2704.0
"""A third of a page (BTMaxItemSize): wider keys are refused by the server."""
_SIMULATED_BYTES = 240_000
_SMALL_REST = 80
"""Below so many bytes of overshoot in the mean a page's content needs no simulation."""
_NULLABLE = 4
COMPRESSED_FROM = 508
"""A datum wider than a sixteenth of a page is compressed where its type allows (indextuple.c, TOAST_INDEX_TARGET)."""


@dataclass(frozen=True)
class Tree:
    """Pages of the whole file, its meta page included, and the level of the root (0: a leaf)."""

    pages: int
    height: int


def tuple_bytes(shapes: Sequence[KeyShape], header: float = HEADER) -> float:
    """Return the mean bytes of an index tuple, aligned, NULLs taken as independent of each other.

    Where the widths of a varlena vary, the padding is averaged over the remainders by 8 that its widths show.
    """
    nullable = [n for n, shape in enumerate(shapes) if 0 < shape.null_fraction < 1]
    nullable = sorted(nullable, key=lambda n: -shapes[n].null_fraction)[:_NULLABLE]
    total = 0.0
    for pattern in product((False, True), repeat=len(nullable)):
        null = {n for n, is_null in zip(nullable, pattern, strict=True) if is_null}
        null |= {n for n, shape in enumerate(shapes) if shape.null_fraction >= 1}
        chance = math.prod(shapes[n].null_fraction if n in null else 1 - shapes[n].null_fraction for n in nullable)
        filled = [shape for n, shape in enumerate(shapes) if n not in null]
        total += chance * _filled_bytes(filled, HEADER_WITH_NULLS if null else header)
    return min(total, _LONGEST_TUPLE)


def _filled_bytes(shapes: Sequence[KeyShape], start: float) -> float:
    """Return the mean aligned bytes of a tuple with these values; remainders by 8 are followed as a distribution."""
    mean, offsets = start, {0: 1.0}
    for shape in shapes:
        mean += shape.mean_width()
        after: dict[int, float] = {}
        for alignment, rest, share in shape.steps():
            for offset, chance in offsets.items():
                padding = -offset % alignment
                mean += padding * share * chance
                place = (offset + padding + rest) % 8
                after[place] = after.get(place, 0.0) + share * chance
        offsets = after
    return mean + sum(-offset % 8 * chance for offset, chance in offsets.items())


def merges_equal_keys(keys: Sequence[KeyShape], included: Sequence[KeyShape], major: int) -> bool:
    """Return whether a B-tree that is not unique keeps equal keys in posting lists (PostgreSQL documentation, "Deduplication")."""
    return not included and all(deduplicates(shape.base_type, shape.category, major) for shape in keys)


def btree_tree(keys: Sequence[KeyShape], included: Sequence[KeyShape], patterns: Sequence[Pattern], *, merges: bool) -> Tree:
    """Return the size of a B-tree whose rows fall into patterns of NULLs, with the groups of equal keys in each."""
    leaves = 0.0
    for pattern in patterns:
        filled = [without_nulls(shape) for place, shape in enumerate(keys) if place not in pattern.null]
        base = tuple_bytes([*filled, *included], header=HEADER_WITH_NULLS if pattern.null else HEADER)
        leaves += leaf_pages(pattern.groups, base, merges=merges)
    groups = tuple(group for pattern in patterns for group in pattern.groups)
    return _with_levels(max(1, math.ceil(leaves)), pivot_bytes(keys, groups))


def pivot_bytes(keys: Sequence[KeyShape], groups: Groups) -> float:
    """Return the mean bytes of a separator: the first key columns that tell two neighbours apart, with a row pointer where none do.

    Neighbours differ in a prefix of the columns as often as there are different prefixes among the rows.
    """
    rows = max(1.0, sum(size * count for size, count in groups))
    different = min(1.0, sum(count for _, count in groups) / rows)
    total, told, prefixes = 0.0, 0.0, 1.0
    for place, shape in enumerate(keys, 1):
        last = place == len(keys)
        prefixes = min(rows, prefixes * (shape.statistics.distinct_values(rows) if shape.statistics else rows))
        chance = different if last else min(different, prefixes / rows)
        total += max(0.0, chance - told) * tuple_bytes(keys[:place])
        told = max(told, chance)
    return total + (1 - told) * (tuple_bytes(keys) + maxalign(TID))


def leaf_pages(groups: Groups, base: float, *, merges: bool) -> float:
    """Return the leaf pages that tuples of ``base`` bytes take; with ``merges`` equal keys share posting lists."""
    rows = sum(size * count for size, count in groups)
    if rows <= 1:
        return rows
    most = posting_capacity(base)
    if not merges or most < 2 or all(size < 1.0001 for size, _ in groups):
        # the last leaf keeps the item that would have ended it
        return (rows - 1) * (base + LINE_POINTER) / _content_of_equal(base)
    large = [(size, count) for size, count in groups if size > 12 * most]
    small = tuple((size, count) for size, count in groups if size <= 12 * most)
    pages = 0.0
    for size, count in large:
        pages += count * _items_bytes(size, base, most) / _content_of_postings(base, most)
    if small:
        weight = sum(_mean_items_bytes(size, base, most) * count for size, count in small)
        pages += weight / _content_of_mixed(small, base, most)
    return pages


def posting_capacity(base: float) -> int:
    """Return the most row pointers in one posting list of a build: a tenth of a page, key included."""
    return int((_MAX_POSTING - LINE_POINTER - base) // TID)


def _item_bytes(rows: int, base: float) -> float:
    return LINE_POINTER + (base if rows == 1 else maxalign(base + TID * rows))


def _items_bytes(size: float, base: float, most: int) -> float:
    """Return the bytes of all items of a group of so many rows, line pointers included."""
    full, rest = divmod(round(size), most)
    return full * _item_bytes(most, base) + (_item_bytes(rest, base) if rest else 0.0)


@lru_cache(maxsize=4096)
def _mean_items_bytes(size: float, base: float, most: int) -> float:
    """Return the mean bytes of a group whose size varies around ``size`` as rows drawn at random do."""
    if size >= 40:
        return sum(_items_bytes(size + step, base, most) for step in range(-4, 5)) / 9
    return sum(chance * _items_bytes(rows, base, most) for rows, chance in _sizes(size))


@lru_cache(maxsize=4096)
def _sizes(mean: float) -> tuple[tuple[int, float], ...]:
    """Return the sizes of non-empty groups with this mean and their chances (Poisson without zero)."""
    if mean < 1.0001:
        return ((1, 1.0),)
    rate = mean
    for _ in range(60):
        rate = mean * -math.expm1(-rate)
    chances, chance = [], math.exp(-rate)
    for rows in range(1, int(mean + 8 * math.sqrt(mean) + 8)):
        chance *= rate / rows
        chances.append((rows, chance))
    total = sum(chance for _, chance in chances)
    return tuple((rows, chance / total) for rows, chance in chances)


def _content_of_equal(base: float) -> float:
    """Return the bytes that plain items fill on a leaf; a page ends with the item that takes it past the target, which moves on."""
    low = math.floor(base / 8) * 8
    item = low + LINE_POINTER
    if base - low < 0.01:
        return max(1.0, min(_LEAF_TARGET // item, _HARD_LIMIT // item - 1)) * item
    # widths vary: what is left over is half an item in the mean
    return max(item, min(_LEAF_TARGET - item / 2, _HARD_LIMIT - 1.5 * item))


def _content_of_postings(base: float, most: int) -> float:
    item = _item_bytes(most, base)
    wanted = math.floor((_LEAF_TARGET - LINE_POINTER - base) / item) + 1
    return max(1.0, min(wanted, _HARD_LIMIT // item - 1)) * item


def _content_of_mixed(groups: Groups, base: float, most: int) -> float:
    """Return the mean bytes on a leaf when plain items and posting lists of many sizes follow each other."""
    sizes = [(_item_bytes(min(most, round(size)), base), count * max(1.0, size / most)) for size, count in groups]
    overshoot = sum(item * item * count for item, count in sizes) / sum(item * count for item, count in sizes) / 2
    if overshoot < _SMALL_REST:
        return _LEAF_TARGET - LINE_POINTER - base + overshoot
    return _simulated_content(groups, base, most)


@lru_cache(maxsize=2048)
def _simulated_content(groups: Groups, base: float, most: int) -> float:
    """Return the mean bytes on a leaf when groups follow each other in random order: pages are filled as _bt_buildadd() does."""
    filled, pages, used, last = 0.0, 0, 0.0, 0.0
    for item in _items(groups, base, most):
        # the high key keeps the key of a posting list only, so the rest of the last item counts as free
        ended = used > _LEAF_TARGET + max(0.0, last - LINE_POINTER - base)
        if last and (ended or used + item > _HARD_LIMIT):
            filled, pages, used = filled + used - last, pages + 1, last
        used += item
        last = item
    return filled / pages if pages else _content_of_equal(base)


def _items(groups: Groups, base: float, most: int) -> Iterator[float]:
    """Yield the items of groups drawn at random, those of one group together, about ``_SIMULATED_BYTES`` in all."""
    draw = random.Random(len(groups))  # noqa: S311
    sizes = [size for size, _ in groups]
    weights = list(accumulate(count for _, count in groups))
    low = math.floor(base / 8) * 8
    made = 0.0
    while made < _SIMULATED_BYTES:
        for size in draw.choices(sizes, cum_weights=weights, k=50):
            rows = _drawn(draw, size)
            width = low + 8 if draw.random() < (base - low) / 8 else low
            while rows > 0:
                item = _item_bytes(min(rows, most), width)
                yield item
                made += item
                rows -= most


def _drawn(draw: random.Random, size: float) -> int:
    if size < 1.0001:
        return 1
    if size >= 12:
        return max(1, round(draw.gauss(size, math.sqrt(size))))
    found = _sizes(size)
    return draw.choices([rows for rows, _ in found], [chance for _, chance in found])[0]


def _with_levels(leaves: int, pivot: float) -> Tree:
    """Return the tree over so many leaves; the first item of an inner page holds no key."""
    fanout = max(2, int((_INNER_TARGET - HEADER - LINE_POINTER) // (pivot + LINE_POINTER)) + 1)
    pages, level, height = leaves, leaves, 0
    while level > 1:
        # the last page of a level keeps the item that would have ended it
        level = max(1, math.ceil((level - 1) / fanout))
        pages += level
        height += 1
    return Tree(pages + 1, height)
