"""The pages made by hand have the layout of bufpage.h, and heights follow from page counts."""

from __future__ import annotations

import struct

import pytest

from indexadvisor.lab import pages


def headers(image):
    assert len(image) % pages.PAGE_BYTES == 0
    for start in range(0, len(image), pages.PAGE_BYTES):
        yield struct.unpack_from("<QHHHHHHI", image, start)


@pytest.mark.parametrize("image", [pages.btree(0), pages.btree(3), pages.gin(100, 80, 5000), pages.brin(128, 1000), pages.spgist()])
def test_every_page_has_a_sound_header(image):
    for _, checksum, flags, lower, upper, special, size_and_version, _ in headers(image):
        assert (checksum, flags, size_and_version) == (0, 0, 8192 | 4)
        assert 24 <= lower <= upper <= special < 8192
        assert special % 8 == 0
        assert upper % 8 == 0


def test_a_btree_names_its_height_and_leads_to_a_leaf():
    image = pages.btree(2)
    magic, version, root, level, fast_root, fast_level = struct.unpack_from("<6I", image, 24)
    assert (magic, version, root, level, fast_root, fast_level) == (0x053162, 4, 1, 2, 1, 2)
    assert len(image) == 3 * 8192
    # the root's level, and that of the leaf its one downlink names
    assert struct.unpack_from("<I", image, 2 * 8192 - 8)[0] == 2
    item = struct.unpack_from("<I", image, 8192 + 24)[0]
    assert struct.unpack_from("<HH", image, 8192 + (item & 0x7FFF)) == (0, 2)
    assert struct.unpack_from("<IH", image, 3 * 8192 - 8) == (0, 1)


def test_a_btree_without_inner_pages_has_two_pages():
    assert len(pages.btree(0)) == 2 * 8192


def test_a_brin_map_grows_with_the_table():
    def last(heap):
        return struct.unpack_from("<IIII", pages.brin(128, heap), 24)[3]

    assert last(0) == last(128 * 1360) == 1
    assert last(128 * 1360 + 1) == 2


def test_heights_grow_with_pages_and_width():
    heights = [pages.btree_height(count, 20) for count in (1, 2, 3, 500, 200_000, 30_000_000)]
    assert heights == sorted(heights)
    assert heights[0] == heights[1] == 0
    assert pages.btree_height(5_000, 600) > pages.btree_height(5_000, 20)
