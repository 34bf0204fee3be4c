"""How large B-tree entries can become: declared lengths, what statistics show and hide, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexadvisor.candidates.entry_size import declared_bytes, growing, is_document, known_short, size_caveat
from indexadvisor.catalog.model import Catalog, Column, ColumnStatistics, Index, IndexDef, IndexKey, ServerInfo, Table, TableName

NAME = TableName("public", "orders")
SHORT = ColumnStatistics(0.0, 24, -0.9, histogram_bounds=("anna", "zoe"))
LONG = ColumnStatistics(0.0, 60, -0.9, histogram_bounds=("a", "b" * 201))
WIDE = ColumnStatistics(0.0, 101, -0.9, histogram_bounds=("a", "b"))
OUT_OF_LINE = ColumnStatistics(0.25, 18, -0.75)
"""What ANALYZE leaves of a column whose every value is some kB long: pointers counted, nothing sampled."""


def text(name, statistics=SHORT, base="text", type_name=None, category="S"):
    return Column(name, 1, type_name or base, base, category, statistics=statistics)


def table_of():
    kind = Column("kind", 2, "integer", "int4", "N", statistics=ColumnStatistics(0.0, 4, 8.0, common_values=("1",)))
    return Table(NAME, "r", (kind,), rows=1e6)


def catalog_of(*columns, indexes=(), **settings):
    table = Table(NAME, "r", (Column("id", 1, "bigint", "int8", "N"), *columns), rows=1e6, pages=20_000)
    return Catalog(ServerInfo(150000, "15.0", "shop"), tables=(table,), indexes=indexes, settings=settings)


def index(*keys, **rest):
    return IndexDef(NAME, tuple(key if isinstance(key, IndexKey) else IndexKey(key) for key in keys), **rest)


def expression(sql):
    return index(IndexKey(expression=sql))


@pytest.mark.parametrize(
    ("statistics", "short"),
    [(SHORT, True), (LONG, False), (WIDE, False), (OUT_OF_LINE, False), (None, False), (ColumnStatistics(1.0, 0, 0.0), True)],
    ids=["short", "long value", "wide on average", "out of line", "unanalyzed", "all null"],
)
def test_what_statistics_show_and_hide(statistics, short):
    assert known_short(text("note", statistics), table_of()) is short
    assert (growing(index("note"), catalog_of(text("note", statistics))) == ()) is short


def test_sampled_values_count_in_bytes():
    assert not known_short(text("note", replace(SHORT, common_values=("é" * 101,))), table_of())
    assert known_short(text("note", replace(SHORT, common_values=("é" * 100,))), table_of())


@pytest.mark.parametrize(("values", "width", "short"), [(True, 18, False), (True, 24, False), (False, 18, False), (False, 24, True)])
def test_where_a_snapshot_holds_no_values_the_width_of_pointers_tells(values, width, short):
    note = text("note", ColumnStatistics(0.0, width, -1.0))
    beside = Column("kind", 2, "integer", "int4", "N", statistics=ColumnStatistics(0.0, 4, 8.0, common_values=("1",) if values else ()))
    assert known_short(note, Table(NAME, "r", (note, beside), rows=1e6)) is short


@pytest.mark.parametrize(
    ("type_name", "base", "category", "size"),
    [
        ("character varying(255)", "varchar", "S", 1024),
        ("character(10)", "bpchar", "S", 44),
        ("bit varying(800)", "varbit", "V", 109),
        ("bit varying", "varbit", "V", None),
        ("character varying", "varchar", "S", None),
        ("numeric", "numeric", "N", 64),
        ("mood", "mood", "E", 64),
        ("uuid", "uuid", "U", 64),
        ("integer[]", "_int4", "A", None),
        ("nummultirange", "nummultirange", "R", None),
        ("address", "address", "C", None),
        ("vector(3)", "vector", "U", None),
    ],
)
def test_declared_lengths(type_name, base, category, size):
    assert declared_bytes(text("c", None, base, type_name, category)) == size
    assert is_document(base, category) is (base in ("_int4", "nummultirange", "address", "vector"))


def test_lengths_in_characters_take_the_bytes_of_the_encoding():
    long = text("note", None, "varchar", "character varying(1000)")
    assert growing(index("note"), catalog_of(long)) == ("note",)
    assert growing(index("note"), catalog_of(long, server_encoding="LATIN1")) == ()
    assert growing(index("note"), catalog_of(long, server_encoding="EUC_JP")) == ("note",)


def test_declared_lengths_are_added_up_over_keys_and_include():
    names = [text(name, None, "varchar", "character varying(255)") for name in ("a", "b", "c")]
    assert growing(index("a", "b", "id"), catalog_of(*names)) == ()
    assert growing(index("a", "b", include=("c",)), catalog_of(*names)) == ("a", "b", "c")
    known = [replace(column, statistics=SHORT) for column in names]
    assert growing(index("a", "b", include=("c",)), catalog_of(*known)) == ()


@pytest.mark.parametrize(
    ("sql", "grows"),
    [
        ("lower(note)", True),
        ("lower(name)", False),
        ("name || note", True),
        ("payload ->> 'ref'", True),
        ("(payload ->> 'ref')::int", False),
        ("md5(note)", False),
        ("left(note, 100)", False),
        ("left(note, 1000)", True),
        ("substring(note from 1 for 20)", False),
        ("substr(note, 20)", True),
        ("note IS NULL", False),
        ("length(note)", False),
    ],
)
def test_expressions_are_judged_by_their_result_and_the_columns_they_read(sql, grows):
    catalog = catalog_of(text("note", LONG), text("name"), text("payload", None, "jsonb", category="U"))
    assert growing(expression(sql), catalog) == ((f"({sql})",) if grows else ())


def test_other_methods_and_null_entries_have_no_such_limit():
    catalog = catalog_of(text("note", LONG))
    assert size_caveat(index("note", method="hash"), catalog) is None
    assert size_caveat(index("note", predicate="note IS NULL"), catalog) is None
    assert size_caveat(index("note", predicate="id > 5 OR note IS NULL"), catalog) is not None


def test_what_a_btree_limits_today_is_not_said_again():
    def held(**changed):
        return replace(Index("orders_note_key", index("note"), ""), **changed)

    assert size_caveat(index("note", "id"), catalog_of(text("note", LONG), indexes=(held(),))) is None
    assert size_caveat(expression("lower(note)"), catalog_of(text("note", LONG), indexes=(held(),))) is None
    for other in (held(ready=False), held(definition=index("note", predicate="id > 5")), held(definition=index("note", method="hash"))):
        assert size_caveat(index("note", "id"), catalog_of(text("note", LONG), indexes=(other,))) is not None


def test_the_caveat_names_the_columns_and_how_to_check_them():
    catalog = catalog_of(text("note", LONG), text("Body", WIDE), text("name"))
    assert size_caveat(index(IndexKey("note", operator_class="text_pattern_ops")), catalog) == (
        "A row whose note takes more than about 2,700 bytes in the index can no longer be inserted or updated (index row size exceeds "
        "maximum), and fails the build if it is there: check max(pg_column_size(note)) and what the application allows"
    )
    assert "whose note, with the other columns, takes more" in size_caveat(index("name", "note"), catalog)
    both = size_caveat(index("note", include=("Body",)), catalog)
    assert 'whose note and "Body" together take more' in both
    assert 'max(pg_column_size(note)) and max(pg_column_size("Body"))' in both
