"""Pages of a freshly built GIN index: an entry tree of keys, short posting lists beside their key, long ones in trees of their own.

Source: src/backend/access/gin/ginentrypage.c (GinFormTuple(), entrySplitPage()), gindatapage.c (leaf segments), ginpostinglist.c (varbyte
encoding of differences between row pointers), src/include/access/ginblock.h, gininsert.c (ginBuildCallback()).

What keys there are comes from the sampled values and the common elements of pg_stats; keys seen once or twice in the sample stand for all
the rare ones, whose number is estimated as analyze.c estimates distinct values.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from indexadvisor.catalog.model import Table
from indexadvisor.lab.size_elements import element_width, reader
from indexadvisor.lab.size_keys import KeyShape, sampled
from indexadvisor.lab.size_types import TEXTS, maxalign

_TUPLE_HEADER, _LINE_POINTER, _LIST_HEADER = 8, 4, 8
_PAGE = 8192 - 24 - 8
_LONGEST_TUPLE = 2712
"""A third of a page (GinMaxItemSize): a key with more is given a posting tree."""
_DATA_PAGE = 8152
_ENTRY_FILL_ONCE, _ENTRY_FILL_AGAIN = 0.53, 0.66
"""Keys arrive in order, and a full page is split in half that nobody fills up: measured over the 60 GIN builds of benchmarks/lab/sizes.py;
where memory forces several rounds, later keys fall into the halves."""
_DATA_FILL = 0.93
_BUILD_BYTES_PER_POINTER, _BUILD_BYTES_PER_KEY = 9, 120
_BUILD_MEMORY = 64 << 20
"""The default maintenance_work_mem; the accumulator of a build starts over when it is full."""
_RARE = 2


@dataclass(frozen=True)
class GinSize:
    """Pages of the file with the meta page; of those the pages of keys and of posting trees; the number of keys, and of key-row pairs."""

    pages: int
    entry_pages: int
    data_pages: int
    entries: float
    pairs: float
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Key:
    """So many keys that are alike: the share of the rows each occurs in, and the bytes of its datum."""

    share: float
    count: float
    width: float


def gin_size(shapes: Sequence[KeyShape], rows: float, table: Table) -> GinSize:
    """Return the size over ``rows`` rows of ``table`` (fewer than its own where the index is partial)."""
    per_page = max(rows / max(table.pages, 1), 0.01)
    keys: list[_Key] = []
    said: tuple[str, ...] = ()
    for shape in shapes:
        found, assumptions = _keys_of(shape, rows)
        # several columns share one entry tree: each key carries its column's number
        keys += [_Key(key.share, key.count, key.width + (2 if len(shapes) > 1 else 0)) for key in found]
        said += assumptions
    return _pages(keys, rows, per_page, said)


def _pages(keys: Sequence[_Key], rows: float, per_page: float, said: tuple[str, ...]) -> GinSize:
    entry_bytes, data_pages = 0.0, 0.0
    for key in keys:
        pointers = max(1.0, key.share * rows)
        posting = _LIST_HEADER + (pointers - 1) * _pointer_bytes(min(1.0, key.share), per_page)
        head = math.ceil((_TUPLE_HEADER + key.width) / 2) * 2
        whole = maxalign(head + posting)
        if whole > _LONGEST_TUPLE:
            leaves = max(1.0, (posting + posting / 256 * _LIST_HEADER) / (_DATA_PAGE * _DATA_FILL))
            data_pages += key.count * (1 if leaves <= 1.05 else 1 + math.ceil(leaves))
            whole = maxalign(head)
        entry_bytes += key.count * (whole + _LINE_POINTER)
    entries = sum(key.count for key in keys)
    pairs = sum(max(1.0, key.share * rows) * key.count for key in keys)
    rounds = (pairs * _BUILD_BYTES_PER_POINTER + entries * _BUILD_BYTES_PER_KEY) / _BUILD_MEMORY
    fill = _ENTRY_FILL_ONCE if rounds < 1 else _ENTRY_FILL_AGAIN
    leaves = 1 if entry_bytes <= _PAGE else math.ceil(entry_bytes / (_PAGE * fill))
    entry_pages, level = leaves, leaves
    while level > 1:
        level = math.ceil(level / 200)
        entry_pages += level
    return GinSize(1 + entry_pages + math.ceil(data_pages), entry_pages, math.ceil(data_pages), entries, pairs, said)


def _pointer_bytes(share: float, per_page: float) -> float:
    """Return the mean bytes of the difference to the next row with the key: rows of one page, up to 7 pages on, up to 1,023, beyond.

    A pointer counts 2,048 for each page, and a byte holds 7 bits.
    """
    if share >= 1:
        return 1.0
    page_without = math.exp(per_page * math.log1p(-share))
    leaves_page = min(1.0, (1 - page_without) / (per_page * share))
    beyond_seven, beyond_thousand = leaves_page * page_without**7, leaves_page * page_without**1023
    return 1 + leaves_page + beyond_seven + beyond_thousand


def _keys_of(shape: KeyShape, rows: float) -> tuple[list[_Key], tuple[str, ...]]:
    known, read = shape.statistics, reader(shape.base_type, shape.operator_class)
    if known is not None and known.common_elements and shape.base_type.startswith("_"):
        return _from_elements(shape, rows), ()
    values = sampled(known) if known is not None else []
    if read is None or not values:
        return _unknown(shape, rows)
    frequencies: dict[str, float] = {}
    seen: Counter[str] = Counter()
    datum: dict[str, tuple[float, str]] = {}
    commons = len(known.common_values) if known else 0
    for number, (value, share) in enumerate(values):
        for key, found in read(value).items():
            frequencies[key] = frequencies.get(key, 0.0) + share
            # a key of a common value is known well enough
            seen[key] += _RARE + 1 if number < commons else 1
            datum[key] = found
    said = f"the keys of {shape.column or 'the expression'} were taken from {len(values)} sampled values"
    return _with_rare(frequencies, seen, datum, rows, trigrams=shape.base_type in TEXTS), (said,)


def _with_rare(
    frequencies: dict[str, float], seen: Counter[str], datum: dict[str, tuple[float, str]], rows: float, *, trigrams: bool
) -> list[_Key]:
    """Return the keys of a sample: often seen ones as they are, rare ones as many as there must be of them in the table."""
    found = [_Key(share, 1.0, datum[key][0]) for key, share in frequencies.items() if seen[key] > _RARE]
    places: dict[str, list[str]] = {}
    for key, times in seen.items():
        if times <= _RARE:
            places.setdefault(datum[key][1], []).append(key)
    for rare in places.values():
        occurrences = sum(frequencies[key] for key in rare) * rows
        sightings = sum(seen[key] for key in rare)
        once = sum(1 for key in rare if seen[key] == 1)
        distinct = sightings * len(rare) / (sightings - once + once * sightings / max(occurrences, sightings))
        if trigrams:
            # no more of them than the characters seen can form
            distinct = min(distinct, float(len({character for key in rare for character in key})) ** 3)
        distinct = min(max(distinct, len(rare)), max(occurrences, 1.0))
        found.append(_Key(occurrences / distinct / max(rows, 1.0), distinct, sum(datum[key][0] for key in rare) / len(rare)))
    return found


def _from_elements(shape: KeyShape, rows: float) -> list[_Key]:
    """Return the elements of an array column: the common ones by their frequency, the rest by the sampled arrays."""
    known = shape.statistics
    assert known is not None
    element = shape.base_type[1:]
    filled = 1 - known.null_fraction
    pairs = zip(known.common_elements, known.element_frequencies, strict=False)
    found = [_Key(share * filled, 1.0, element_width(text, element)) for text, share in pairs]
    average = known.element_count_average
    rest = 0.0 if average is None else average * filled - sum(key.share for key in found)
    if rest > 0.02 * (average or 1.0):
        least = min(key.share for key in found)
        width = sum(key.width for key in found) / len(found)
        # none of the others is as common as the least of these: half of that is taken for them
        share = max(1 / max(rows, 1.0), least / 2)
        found.append(_Key(share, rest / share, width))
    return found


def _unknown(shape: KeyShape, rows: float) -> tuple[list[_Key], tuple[str, ...]]:
    """Return one key of its own for each 8 bytes of a value: an upper bound where no sampled value tells."""
    width = shape.mean_width()
    per_row = max(1.0, width / 8)
    subject = shape.column or "the expression"
    said = f"no values of {subject} are sampled: a key of its own for each 8 bytes was taken, an upper bound"
    return [_Key(1 / max(rows, 1.0), per_row * rows, 8.0)], (said,)
