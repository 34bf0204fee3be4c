"""Relation files are long, take next to no room, and share their storage where they are alike."""

from __future__ import annotations

import pytest

from indexadvisor.lab.files import RelationFiles


def test_a_long_relation_is_cut_into_segments_and_takes_no_room(tmp_path):
    files = RelationFiles(tmp_path, 131_072)
    number = files.make(300_000_000)
    found = sorted(tmp_path.iterdir(), key=lambda path: path.name)
    assert len(found) == -(-300_000_000 // 131_072)
    assert sum(path.stat().st_size for path in found) == 300_000_000 * 8192
    assert sum(path.stat().st_blocks for path in found) == 0
    assert (tmp_path / f"{number}.1").stat().st_size == 1 << 30


@pytest.mark.parametrize("pages", [0, 1, 7, 8, 9, 16])
def test_the_last_segment_is_shorter_than_a_full_one(tmp_path, pages):
    number = RelationFiles(tmp_path, 8).make(pages)
    segments = [tmp_path / str(number), *(tmp_path / f"{number}.{place}" for place in range(1, pages // 8 + 1))]
    assert [path.stat().st_size // 8192 for path in segments] == [*[8] * (pages // 8), pages % 8]


def test_a_head_counts_among_the_pages(tmp_path):
    files = RelationFiles(tmp_path, 131_072)
    head = b"h" * 24_576
    assert (tmp_path / str(files.make(10, head))).stat().st_size == 10 * 8192
    assert (tmp_path / str(files.make(1, head))).stat().st_size == 3 * 8192


def test_equal_files_share_their_storage(tmp_path):
    files = RelationFiles(tmp_path, 131_072)
    one, two, other = (tmp_path / str(files.make(pages, b"h" * 8192)) for pages in (5, 5, 6))
    assert one.samefile(two)
    assert not one.samefile(other)


def test_lengthening_keeps_what_is_there_and_never_shortens(tmp_path):
    files = RelationFiles(tmp_path, 131_072)
    (tmp_path / "77").write_bytes(b"x" * 8192)
    files.lengthen(77, 4)
    assert (tmp_path / "77").read_bytes() == b"x" * 8192 + bytes(3 * 8192)
    files.lengthen(77, 2)
    assert (tmp_path / "77").stat().st_size == 4 * 8192
