"""Extended statistics put together byte by byte, as src/backend/statistics lays them out."""

from __future__ import annotations

import struct

import pytest

from indexadvisor.catalog.model import TableName
from indexadvisor.catalog.snapshot_extended import Combination, ExpressionStatistics, ExtendedStatistics
from indexadvisor.lab.extended import dependencies_bytes, distinct_bytes, with_shares

# what PostgreSQL 18 on a little-endian machine stores for {"2, 3": 41} and {"3 => 2": 0.250000}
DISTINCT = struct.pack("<III", 0xA352BFA4, 1, 1) + struct.pack("<d", 41) + struct.pack("<i", 2) + struct.pack("<hh", 2, 3)
DEPENDENCIES = struct.pack("<III", 0xB4549A2C, 1, 1) + struct.pack("<d", 0.25) + struct.pack("<h", 2) + struct.pack("<hh", 3, 2)


def test_groups_become_bytes_with_the_labs_column_numbers():
    assert distinct_bytes((((1, 2), 41.0),), {1: 2, 2: 3}) == DISTINCT
    assert dependencies_bytes((((2, 1), 0.25),), {1: 2, 2: 3}) == DEPENDENCIES


def test_expressions_keep_their_negative_numbers():
    assert distinct_bytes((((1, -1), 5.0),), {1: 7})[-4:] == struct.pack("=hh", 7, -1)


def test_nothing_is_no_bytes_and_an_unknown_key_is_refused():
    assert distinct_bytes((), {}) is None
    assert dependencies_bytes((), {}) is None
    with pytest.raises(KeyError):
        distinct_bytes((((1, 9), 5.0),), {1: 1})


def test_shares_are_put_into_a_stored_list_and_nothing_else_changes():
    head = struct.pack("=III", 0xE1A651C2, 1, 2) + b"\x02\x00" + b"types, dimensions and values"
    item = struct.Struct("=??ddHH")
    stored = head + item.pack(False, True, 0.5, 0.5, 0, 1) + item.pack(False, False, 0.5, 0.5, 1, 0)
    items = [Combination(("a", None), 0.7, 0.2), Combination(("b", "c"), 0.3, 0.1)]
    patched = with_shares(stored, 2, items)
    assert patched == head + item.pack(False, True, 0.7, 0.2, 0, 1) + item.pack(False, False, 0.3, 0.1, 1, 0)
    with pytest.raises(ValueError, match="1 combinations became 2"):
        with_shares(stored, 2, items[:1])


def test_values_go_unless_every_column_is_harmless():
    expression = ExpressionStatistics(0.1, 4, -1.0, "{a}", (0.5,), "{b}", 0.3, "{c}", (0.1,), (1.0,))
    combination = (Combination(("1", "2"), 0.5, 0.2),)
    known = ExtendedStatistics("s", "n", TableName("s", "t"), ("a", "b"), False, (((1, 2), 3.0),), (), combination)
    assert known.without_values({("s", "t", "a"), ("s", "t", "b")}) == known
    assert known.without_values({("s", "t", "a")}).combinations == ()
    computed = ExtendedStatistics("s", "n", TableName("s", "t"), ("a",), False, (), (), combination, (expression, None)).without_values(
        {("s", "t", "a")}
    )
    assert computed.combinations == ()
    assert computed.expressions == (ExpressionStatistics(0.1, 4, -1.0, correlation=0.3), None)
