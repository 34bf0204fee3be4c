"""The few pages of an index that the planner reads, made by hand, so that an index without entries looks as it would in production.

B-tree: the height is the level of the fast root in the metapage (_bt_getrootheight() in src/backend/access/nbtree/nbtpage.c). The planner
may also descend to the lowest and highest key (get_actual_variable_range() in selfuncs.c), so that the root leads to an empty leaf.
GIN: ginGetStats() in ginutil.c reads the metapage; BRIN: brinGetStats() in brin.c. SP-GiST's metapage is read too; other
methods are costed from the number of pages alone.
Page layout: src/include/storage/bufpage.h; PostgreSQL documentation, section "Database Page Layout". Checksums are off in the lab.
"""

from __future__ import annotations

import math
import struct

PAGE_BYTES = 8192
_HEADER_BYTES = 24
_LAYOUT_VERSION = 4
_BTREE_MAGIC, _BTREE_VERSION = 0x053162, 4
_LEAF, _ROOT, _META = 1, 2, 8
_PIVOT = 0x2000
"""INDEX_ALT_TID_MASK (src/include/access/nbtree.h): the tuple is a pivot, with the number of its attributes in place of an offset."""
_GIN_META, _GIN_VERSION = 8, 2
_BRIN_MAGIC, _BRIN_VERSION, _BRIN_META = 0xA8109CFA, 1, 0xF091
_SPGIST_MAGIC, _SPGIST_META, _SPGIST_PAGE = 0xBA0BABEE, 1, 0xFF82
_NOWHERE = 0xFFFFFFFF
_NONLEAF_FILL = 0.70
"""BTREE_NONLEAF_FILLFACTOR / 100 (src/include/access/nbtree.h)."""


def btree(height: int) -> bytes:
    """Return the first pages of a B-tree of this height (levels below the root): metapage, root and, below it, one empty leaf.

    The root's only downlink goes to the leaf, whatever the height: a descent follows downlinks until it meets a leaf.
    """
    meta = struct.pack("<6I4xxxxxd?7x", _BTREE_MAGIC, _BTREE_VERSION, 1, height, 1, height, -1.0, True)
    pages = [_page(meta, struct.pack("<IIIHH", 0, 0, 0, _META, 0))]
    if height == 0:
        return b"".join([*pages, _page(b"", struct.pack("<IIIHH", 0, 0, 0, _LEAF | _ROOT, 0))])
    # block numbers are stored as two halves (src/include/storage/block.h), the first key of an inner page is minus infinity
    downlink = struct.pack("<HHHH", 0, 2, 0, _PIVOT | 8)
    pages.append(_page(b"", struct.pack("<IIIHH", 0, 0, height, _ROOT, 0), downlink))
    pages.append(_page(b"", struct.pack("<IIIHH", 0, 0, 0, _LEAF, 0)))
    return b"".join(pages)


def gin(pages: int, entry_pages: int, entries: int) -> bytes:
    """Return the metapage of a GIN index without pending entries; ``pages`` counts all, the metapage included."""
    data_pages = max(pages - 1 - entry_pages, 0)
    meta = struct.pack("<IIIIqIIIxxxxqi4x", _NOWHERE, _NOWHERE, 0, 0, 0, pages, entry_pages, data_pages, entries, _GIN_VERSION)
    return _page(meta, struct.pack("<IHH", _NOWHERE, 0, _GIN_META))


def brin(pages_per_range: int, heap_pages: int) -> bytes:
    """Return the metapage of a BRIN index; the range map has one page for each 1,360 ranges (src/include/access/brin_page.h)."""
    ranges = max(1, math.ceil(heap_pages / pages_per_range))
    last_revmap = max(1, math.ceil(ranges / 1360))
    meta = struct.pack("<IIII", _BRIN_MAGIC, _BRIN_VERSION, pages_per_range, last_revmap)
    return _page(meta, struct.pack("<HHHH", 0, 0, 0, _BRIN_META))


def spgist() -> bytes:
    """Return the metapage of an SP-GiST index, which the planner's question for index-only scans reads (spgGetCache() in spgutils.c)."""
    no_pages_cached = struct.pack("<Ii", _NOWHERE, 0) * 8
    return _page(struct.pack("<I", _SPGIST_MAGIC) + no_pages_cached, struct.pack("<HHHH", _SPGIST_META, 0, 0, _SPGIST_PAGE))


def btree_height(pages: int, pivot_bytes: float) -> int:
    """Return the height of a B-tree of so many pages, when an entry of an inner page takes ``pivot_bytes`` (item pointer included).

    >>> [btree_height(pages, 20) for pages in (2, 30, 4116, 23102)]
    [0, 1, 2, 2]
    """
    fanout = max(2, int((PAGE_BYTES - _HEADER_BYTES - 16) * _NONLEAF_FILL / max(pivot_bytes, 20)))
    level, height = pages - 1, 0
    while level > 1:
        level, height = math.ceil(level / fanout), height + 1
    return height


def _page(content: bytes, special: bytes, item: bytes = b"") -> bytes:
    """Return one page: content behind the header (a metapage) or one item at the end, and the access method's own data at the foot."""
    foot = PAGE_BYTES - len(special)
    upper = foot - len(item)
    pointer = struct.pack("<I", upper | 1 << 15 | len(item) << 17) if item else b""
    lower = _HEADER_BYTES + len(content) + len(pointer)
    header = struct.pack("<QHHHHHHI", 0, 0, 0, lower, upper, foot, PAGE_BYTES | _LAYOUT_VERSION, 0)
    body = header + content + pointer
    return body + bytes(upper - len(body)) + item + special
