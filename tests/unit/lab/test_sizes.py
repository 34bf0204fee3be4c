"""Sizes from statistics: more rows and wider values never make an index smaller, and what was assumed is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.catalog.model import (
    Catalog,
    Column,
    ColumnStatistics,
    ForeignKey,
    Index,
    IndexDef,
    IndexKey,
    ServerInfo,
    Table,
    TableName,
)
from indexadvisor.catalog.snapshot_extended import ExtendedStatistics
from indexadvisor.lab.size_rows import conditions, total_share
from indexadvisor.lab.sizes import index_size

NAME = TableName("public", "orders")
CATALOG = Catalog(ServerInfo(150020, "PostgreSQL 15.20", "shop"))
DAYS = tuple(f"2025-01-{day:02}" for day in range(1, 31))


def number(name="id", distinct=-1.0, nulls=0.0, common=(), base_type="int4"):
    values = tuple(str(n) for n in range(len(common)))
    return Column(name, 1, base_type, base_type, "N", statistics=ColumnStatistics(nulls, 4, distinct, 0.0, values, tuple(common)))


def text(name="note", width=20, distinct=-1.0, base_type="text", bounds=(), nulls=0.0):
    return Column(name, 2, base_type, base_type, "S", statistics=ColumnStatistics(nulls, width, distinct, 0.0, histogram_bounds=bounds))


STATUS = Column(
    "status",
    3,
    "text",
    "text",
    "S",
    statistics=ColumnStatistics(0.1, 7, 3, None, ("done", "open", "held"), (0.6, 0.2, 0.1)),
)
DAY = Column("day", 4, "date", "date", "D", statistics=ColumnStatistics(0.0, 4, 365, 0.0, histogram_bounds=DAYS))
FLAG = Column("done", 5, "boolean", "bool", "B", statistics=ColumnStatistics(0.0, 1, 2, None, ("t", "f"), (0.97, 0.03)))


def table(*columns, rows=100_000.0, pages=1000, **more):
    return Table(NAME, "r", columns, rows=rows, pages=pages, **more)


def on(*keys, method="btree", operator_class=None, **more):
    parsed = tuple(
        IndexKey(expression=key[1:-1], operator_class=operator_class)
        if key.startswith("(")
        else IndexKey(key, operator_class=operator_class)
        for key in keys
    )
    return IndexDef(NAME, parsed, method, **more)


def size(definition, *columns, rows=100_000.0, catalog=CATALOG, **more):
    return index_size(definition, table(*columns, rows=rows, **more), catalog)


def test_a_unique_integer_key_fills_its_pages_as_postgresql_does():
    """366 entries on a leaf, 284 leaves under an inner page: known of every primary key."""
    found = size(on("id"), number(), rows=1_000_000.0)
    leaves = -(-999_999 // 366)
    assert (found.pages, found.height) == (leaves + -(-(leaves - 1) // 284) + 1 + 1, 2)
    assert found.size_bytes == found.pages * 8192


@pytest.mark.parametrize(("rows", "height"), [(0.0, 0), (1.0, 0), (367.0, 0), (368.0, 1), (104_311.0, 1), (104_312.0, 2)])
def test_the_root_rises_when_its_level_is_full(rows, height):
    assert size(on("id"), number(), rows=rows).height == height


def test_equal_keys_share_posting_lists():
    assert size(on("id"), number(distinct=100.0)).pages < 0.4 * size(on("id"), number()).pages


@pytest.mark.parametrize("definition", [on("id", include=("note",)), on("id", unique=True)])
def test_included_columns_and_uniqueness_keep_every_entry(definition):
    shared = size(replace(definition, unique=False, include=()), number(distinct=100.0), text())
    assert size(definition, number(distinct=100.0), text()).pages > 2 * shared.pages


@pytest.mark.parametrize("base_type", ["numeric", "float8", "jsonb", "bpchar"])
def test_types_whose_equal_values_may_differ_keep_every_entry(base_type):
    many = size(on("note"), text(base_type=base_type, distinct=50.0))
    # separators of equal keys hold a row pointer too
    assert many.pages == pytest.approx(size(on("note"), text(base_type=base_type)).pages, rel=0.01)


def test_common_values_share_more_than_rare_ones():
    skewed = size(on("id"), number(distinct=50_000.0, common=(0.5, 0.4)))
    assert skewed.pages < 0.6 * size(on("id"), number(distinct=50_000.0)).pages


def test_keys_that_hold_a_unique_index_are_all_different():
    key = Index("orders_pkey", on("id", unique=True), "")
    few = number(distinct=-0.01)
    assert size(on("id", "done"), few, FLAG, catalog=replace(CATALOG, indexes=(key,))).pages > 2 * size(on("id", "done"), few, FLAG).pages


SHARES = [
    ("status IS NULL", 0.1),
    ("status IS NOT NULL", 0.9),
    ("status = 'open'", 0.2),
    ("status = 'open'::text", 0.2),
    ("'open' = status", 0.2),
    ("status <> 'open'", 0.7),
    ("status IN ('open', 'held')", 0.3),
    ("status = ANY (ARRAY['open'::text, 'held'::text])", 0.3),
    ("done", 0.97),
    ("NOT done", 0.03),
    ("done IS TRUE", 0.97),
    ("done = false", 0.03),
    ("NOT done AND status = 'open'", 0.006),
    ("NOT done OR status = 'open'", 0.224),
    ("day < '2025-01-15'", 14 / 29),
    ("day >= '2025-01-15'::date", 15 / 29),
    ("day > '2026-01-01'", 0.0),
    ("'2025-01-15' > day", 14 / 29),
    ("(status = 'open') AND (done IS FALSE)", 0.006),
    ("id = 7", 1 / 50),
    ("id < 7", None),
    ("lower(status) = 'open'", None),
    ("now() > day", None),
    ("syntax (", None),
    ("nosuch = 1", None),
]


@pytest.mark.parametrize(("predicate", "share"), SHARES, ids=[each[0] for each in SHARES])
def test_the_share_of_a_predicate(predicate, share):
    columns = (number(distinct=50.0), STATUS, DAY, FLAG)
    found = conditions(predicate, table(*columns))
    if share is None:
        assert [each.share for each in found] == [None]
        assert any("upper bound" in text for text in size(on("id", predicate=predicate), *columns).assumptions)
    else:
        assert total_share(found) == pytest.approx(share)
        kept = size(on("id", predicate=predicate), *columns)
        assert kept.tuples == pytest.approx(share * 100_000)
        assert kept.pages <= size(on("id"), *columns).pages


def test_a_predicate_on_the_key_leaves_its_one_value():
    one = size(on("status", predicate="status = 'open'"), STATUS)
    assert one.pages <= 1 + -(-20_000 // 1000) + 1


METHODS = [
    on("id"),
    on("note"),
    on("id", "note"),
    on("note", include=("id",)),
    on("id", method="hash"),
    on("note", method="hash"),
    on("id", method="brin"),
    on("note", method="gin", operator_class="gin_trgm_ops"),
    on("note", method="gist", operator_class="gist_trgm_ops"),
    on("id", method="gist"),
    on("note", method="spgist"),
    on("(lower(note))"),
    on("(upper(note) || 'x')", "id"),
    on("id", method="bloom"),
]
definitions = st.sampled_from(METHODS)
statistics = st.builds(
    ColumnStatistics,
    st.floats(0, 1),
    st.integers(1, 900),
    st.one_of(st.floats(-1, 0), st.integers(1, 1_000_000).map(float)),
    st.one_of(st.none(), st.floats(-1, 1)),
)
rows = st.floats(0, 1e8)


@given(definitions, rows, statistics, statistics)
def test_any_statistics_give_a_size(definition, count, first, second):
    columns = (replace(number(), statistics=first), replace(text(), statistics=second))
    found = size(definition, *columns, rows=count, pages=int(count / 50))
    assert found.pages >= 1
    assert found.tuples >= 0
    assert (found.height is not None) == (definition.method == "btree")
    assert found == size(definition, *columns, rows=count, pages=int(count / 50))


@given(definitions, st.floats(0, 1e7), st.floats(1.3, 10), st.one_of(st.floats(-1, -0.1), st.integers(1, 1000).map(float)))
def test_more_rows_never_take_less(definition, count, factor, distinct):
    columns = (number(distinct=distinct), text(distinct=distinct))
    less = size(definition, *columns, rows=count, pages=int(count / 50))
    more = size(definition, *columns, rows=count * factor, pages=int(count * factor / 50))
    # the content of a page is a mean over simulated pages: a hundredth is noise
    assert more.pages >= 0.99 * less.pages


@given(definitions, st.integers(1, 100), st.integers(9, 300), st.one_of(st.floats(-1, -0.1), st.integers(1, 1000).map(float)))
def test_wider_values_never_take_less(definition, width, wider, distinct):
    narrow = size(definition, number(), text(width=width, distinct=distinct))
    assert size(definition, number(), text(width=width + wider, distinct=distinct)).pages >= 0.97 * narrow.pages


def test_hash_and_gin_leave_nulls_out_and_the_btree_keeps_them():
    empty = text(nulls=1.0)
    assert size(on("note", method="hash"), empty).tuples == 0
    assert size(on("note", method="hash"), empty).pages == 1 + 512 + 1
    assert size(on("note"), empty).pages > 80


def test_sampled_values_tell_their_trigrams():
    values = tuple(f"invoice number {n}" for n in range(100))
    plain = size(on("note", method="gin", operator_class="gin_trgm_ops"), text(bounds=values))
    assert plain.tuples == pytest.approx(1_790_000)  # 8 + 7 + 3 for two digits, 2 for one
    assert plain.gin is not None
    assert plain.gin.entries < 2000
    unknown = size(on("note", method="gin", operator_class="gin_trgm_ops"), text())
    assert "upper bound" in " ".join(unknown.assumptions)


def test_the_elements_of_arrays_come_from_their_own_statistics():
    tags = ColumnStatistics(0.0, 40, -0.5, common_elements=("red", "blue"), element_frequencies=(0.5, 0.25), element_count_average=0.75)
    column = Column("tags", 2, "text[]", "_text", "A", statistics=tags)
    found = size(on("tags", method="gin"), column)
    assert found.gin is not None
    assert (found.gin.entries, found.tuples) == (2, pytest.approx(75_000))


def test_a_json_path_takes_its_values_from_the_documents():
    documents = tuple(f'{{"kind": "{n % 3}", "number": "T-{n:07}"}}' for n in range(100))
    column = Column("doc", 2, "jsonb", "jsonb", "U", statistics=ColumnStatistics(0.0, 45, -1.0, histogram_bounds=documents))
    few, many = size(on("(doc ->> 'kind')"), column), size(on("(doc ->> 'number')"), column)
    none = size(on("(doc ->> 'nosuch')"), column)
    assert few.pages < 0.5 * many.pages
    assert many.pages == pytest.approx(100_000 * 28 / 7300, rel=0.03)
    assert none.pages < 0.4 * many.pages
    assert any("derived" in text for text in many.assumptions)


def test_a_truncated_moment_has_fewer_values():
    moments = tuple(f"2025-01-{day:02} 12:00:00" for day in range(1, 31))
    column = Column("at", 2, "timestamp", "timestamp", "D", statistics=ColumnStatistics(0.0, 8, -1.0, 0.0, histogram_bounds=moments))
    assert size(on("(date_trunc('day', at))"), column).pages < 0.4 * size(on("at"), column).pages


def test_an_unknown_expression_says_so():
    found = size(on("(my_function(note))"), text())
    assert found.pages > 500
    assert found.assumptions == ("nothing is known of (my_function(note)): 32 bytes each and all different were assumed",)


def test_given_statistics_replace_what_was_derived():
    known = ColumnStatistics(0.0, 5, 3.0)
    found = index_size(on("(my_function(note))"), table(text()), CATALOG, key_statistics=(known,))
    assert found.assumptions == ()
    assert found.pages < 120


def test_partitions_are_added_up():
    parts = tuple(
        replace(table(number(), rows=rows), name=TableName("public", f"part_{n}"), partition_of=NAME) for n, rows in enumerate((1e5, 3e5))
    )
    parent = replace(table(number(), rows=4e5), kind="p")
    catalog = replace(CATALOG, tables=(parent, *parts))
    found = index_size(on("id"), parent, catalog)
    single = [index_size(replace(on("id"), table=part.name), part, catalog) for part in parts]
    assert (found.pages, found.tuples, found.height) == (sum(each.pages for each in single), 4e5, None)


def test_a_table_never_analyzed_is_taken_as_empty_and_named():
    found = size(on("id"), replace(number(), statistics=None), rows=None)
    assert found.pages == 2
    assert any("never analyzed" in text for text in found.assumptions)


PAIR = (number("part", distinct=200_000.0), number("supplier", distinct=10_000.0))
OFFERS = TableName("public", "offers")
OFFERED = ForeignKey("orders_offer_fkey", NAME, ("supplier", "part"), OFFERS, ("supplier", "part"))


def linked(rows):
    parent = Table(OFFERS, "r", (), rows=rows)
    return replace(CATALOG, tables=(parent,), foreign_keys=(OFFERED,))


def paired(*keys, catalog=CATALOG, extended=(), columns=PAIR):
    return index_size(on(*keys), table(*columns, rows=6_000_000.0), catalog, extended=extended)


def test_a_foreign_key_over_several_columns_bounds_their_combinations():
    """7.5 rows for each of 800,000 offers: a build makes 7,435 pages of them, 16,661 where the columns are independent."""
    found = paired("part", "supplier", catalog=linked(800_000.0))
    assert found.pages == pytest.approx(7_435, rel=0.05)
    assert paired("part", "supplier").pages == pytest.approx(16_661, rel=0.02)
    assert not found.assumptions


def test_extended_statistics_bound_the_combinations_of_their_columns():
    known = ExtendedStatistics("public", "pair", NAME, ("part", "supplier"), inherited=False, distinct=(((1, 2), 800_000.0),))
    assert paired("supplier", "part", extended=(known,)) == paired("supplier", "part", catalog=linked(800_000.0))
    of_another = replace(known, table=OFFERS)
    assert paired("supplier", "part", extended=(of_another,)) == paired("supplier", "part")


def test_a_column_beside_the_bounded_ones_multiplies_them():
    one, two = (paired("part", "supplier", "id", catalog=linked(rows), columns=(*PAIR, number(distinct=values)))
                for rows, values in ((200_000.0, 1.0), (100_000.0, 2.0)))  # fmt: skip
    assert one == two
    assert one.pages > paired("part", "supplier", "id", catalog=linked(100_000.0), columns=(*PAIR, number(distinct=1.0))).pages


SILENT = [linked(0.0), linked(None), linked(1e9), replace(linked(8.0), tables=())]


@pytest.mark.parametrize("catalog", SILENT, ids=["empty", "never analyzed", "large", "not there"])
def test_a_bound_that_says_nothing_changes_no_pages(catalog):
    assert paired("part", "supplier", catalog=catalog).pages == paired("part", "supplier").pages
    assert paired("part", catalog=linked(8.0)).pages == paired("part").pages


def test_rows_with_null_are_not_bound_by_a_foreign_key():
    half = (number("part", distinct=200_000.0, nulls=0.5), PAIR[1])
    unbound, bound = (paired("part", "supplier", catalog=each, columns=half).pages for each in (CATALOG, linked(1_000.0)))
    # half the rows share 1,000 keys, the others keep theirs
    assert 0.4 * unbound < bound < 0.75 * unbound


LINE = number("line", distinct=7.0, common=(0.25, 0.2, 0.18, 0.14, 0.11, 0.08, 0.04))


def lined(definition, *columns, unique=True, **more):
    """Six million lines of orders, of which ANALYZE saw too few."""
    key = Index("lines_pkey", on("id", "line", unique=unique, **more), "")
    return size(definition, number(distinct=386_370.0), *(columns or (LINE,)), rows=6_000_000.0, catalog=replace(CATALOG, indexes=(key,)))


def test_a_unique_key_proves_more_different_values_than_analyze_saw():
    """As many orders as first lines: a build of TPC-H's lineitem (l_orderkey) makes 9,509 pages, 6,130 by what ANALYZE saw."""
    assert lined(on("id")).pages == pytest.approx(size(on("id"), number(distinct=1_500_000.0), rows=6_000_000.0).pages, rel=0.001)
    assert lined(on("id"), unique=False).pages < 0.7 * lined(on("id")).pages


def test_without_common_values_every_line_may_be_the_first():
    seven = number("line", distinct=7.0)
    assert lined(on("id"), seven).pages == pytest.approx(size(on("id"), number(distinct=6e6 / 7), rows=6_000_000.0).pages, rel=0.001)


@pytest.mark.parametrize("more", [{"predicate": "line > 1"}, {"include": ("done",)}], ids=["partial", "include"])
def test_only_a_whole_unique_key_proves_something(more):
    proves = "include" in more
    assert (lined(on("id"), LINE, FLAG, **more) == lined(on("id"), LINE, FLAG)) is proves


def test_nulls_beside_a_column_prove_nothing():
    sparse = number("line", distinct=7.0, nulls=0.5, common=(0.3, 0.2))
    assert lined(on("id"), sparse) == lined(on("id"), sparse, unique=False)
