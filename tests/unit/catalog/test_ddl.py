"""DDL and names without a server: shape, quoting, refusal of anything that is not an expression or a name."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.catalog.ddl import create_index, drop_index, index_name, index_names, quote_identifier, statements
from indexadvisor.catalog.model import Catalog, Index, IndexDef, IndexKey, ServerInfo, Table, TableName

T = TableName("public", "orders")


def test_every_part_of_a_statement_stands_in_its_place():
    keys = (
        IndexKey("customer_id"),
        IndexKey("placed_at", descending=True),
        IndexKey("total", descending=True, nulls_first=False),
        IndexKey(expression="lower(note)", nulls_first=True, collation='"C"', operator_class="text_pattern_ops"),
    )
    definition = IndexDef(TableName("Sales", "orders"), keys, include=("Total",), predicate="status = 'open'", unique=True)
    assert create_index(definition, "an index") == (
        'CREATE UNIQUE INDEX CONCURRENTLY "an index" ON "Sales".orders USING btree (customer_id, placed_at DESC,'
        ' total DESC NULLS LAST, (lower(note)) COLLATE "C" text_pattern_ops NULLS FIRST) INCLUDE ("Total") WHERE status = \'open\''
    )
    gist = IndexDef(T, (IndexKey("note", operator_class="extensions.gist_trgm_ops", class_options=(("siglen", "3'2"),)),), "gist")
    assert create_index(gist, "i", concurrently=False).endswith("USING gist (note extensions.gist_trgm_ops (siglen='3''2'))")
    assert drop_index("public", "i", concurrently=False) == "DROP INDEX public.i"


@pytest.mark.parametrize(
    "definition",
    [
        IndexDef(T, (IndexKey(expression="a), (b"),)),
        IndexDef(T, (IndexKey(expression="1) FROM pg_shadow --"),)),
        IndexDef(T, (IndexKey(expression="a); DROP TABLE orders; --"),)),
        IndexDef(T, (IndexKey("a"),), predicate="true; DROP TABLE orders"),
        IndexDef(T, (IndexKey("a"),), predicate="a = 1) OR (SELECT true"),
        IndexDef(T, (IndexKey("a"),), predicate=""),
        IndexDef(T, (IndexKey("a", operator_class="x); DROP TABLE orders; --"),)),
        IndexDef(T, (IndexKey("a", operator_class='"x'),)),
        IndexDef(T, (IndexKey("a", collation="C desc"),)),
        IndexDef(T, (IndexKey("a", operator_class="x", class_options=(("a b", "1"),)),)),
        IndexDef(T, (IndexKey("a", class_options=(("siglen", "1"),)),)),
        IndexDef(T, (IndexKey("a", descending=True),), "gin"),
        IndexDef(T, (IndexKey("a\0"),)),
        IndexDef(T, (IndexKey(""),)),
    ],
    ids=str,
)
def test_what_is_not_an_index_is_refused(definition):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - which sentence it is depends on the case
        create_index(definition, "i")
    assert str(caught.value)


def test_a_comment_in_a_predicate_swallows_nothing():
    definition = IndexDef(T, (IndexKey(expression="lower(a) -- why"),), predicate="b -- and this")
    assert create_index(definition, "i").endswith("((lower(a) -- why\n)) WHERE b -- and this\n")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_a_quoted_name_reads_back(name):
    quoted = quote_identifier(name)
    assert quoted == name or quoted[1:-1].replace('""', '"') == name


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)


@given(names, st.lists(names, min_size=1, max_size=5, unique=True), st.booleans())
def test_a_name_fits_and_is_the_same_every_time(table, columns, unique):
    definition = IndexDef(TableName("public", table), tuple(IndexKey(column) for column in columns), unique=unique)
    name = index_name(definition)
    assert 0 < len(name.encode()) <= 63
    assert name == index_name(definition)
    assert name.endswith("_key" if unique else "_idx")


@given(st.lists(st.tuples(names, names), min_size=1, max_size=12), st.randoms())
def test_names_of_a_set_are_distinct_whatever_the_order(pairs, shuffled):
    definitions = [IndexDef(TableName("public", table), (IndexKey(column),)) for table, column in pairs]
    taken = {index_name(definitions[0])}
    named = index_names(definitions, taken)
    assert set(named) == set(definitions)
    assert len(set(named.values()) | taken) == len(named) + 1
    assert all(len(name.encode()) <= 63 for name in named.values())
    shuffled.shuffle(definitions)
    assert index_names(definitions, taken) == named


def test_a_long_name_ends_in_the_hash_of_its_definition():
    table = TableName("public", "a" * 60)
    first, second = IndexDef(table, (IndexKey("x"),)), IndexDef(table, (IndexKey("y"),))
    assert index_name(first) != index_name(second)
    digest = hashlib.sha256(f"public.{'a' * 60} {first}".encode()).hexdigest()[:8]
    assert index_name(first) == f"{'a' * 50}_{digest}_idx"


def test_names_tell_what_an_index_is_for():
    assert index_name(IndexDef(T, (IndexKey("tags"),), "gin")) == "orders_tags_gin_idx"
    assert index_name(IndexDef(T, (IndexKey("a"),), include=("b", "c"))) == "orders_a_with_b_c_idx"
    assert index_name(IndexDef(T, (IndexKey("a", descending=True, nulls_first=False),))) == "orders_a_desc_nulls_last_idx"
    assert index_name(IndexDef(T, (IndexKey("a", operator_class="text_pattern_ops"),))) == "orders_a_text_pattern_idx"
    assert index_name(IndexDef(T, (IndexKey(expression="metadata ->> 'kind'::text"),))) == "orders_metadata_kind_idx"


def _part(name, parent, kind="r"):
    return Table(TableName("public", name), kind, (), partition_of=parent and TableName("public", parent))


def test_a_foreign_partition_takes_no_index_and_an_equal_one_is_attached():
    own = IndexDef(TableName("public", "p1"), (IndexKey("a"),), predicate="(b = 'x'::text)")
    catalog = Catalog(
        ServerInfo(150000, "15", "shop"),
        (_part("orders", None, "p"), _part("p1", "orders"), _part("p2", "orders"), _part("far", "orders", "f")),
        (
            Index("p1_old", own, ""),
            Index("p2_old", IndexDef(TableName("public", "p2"), own.keys, predicate=own.predicate), "", valid=False),
        ),
    )
    wanted = IndexDef(T, (IndexKey("a"),), predicate="b = 'x'")
    assert statements(wanted, "i", catalog) == (
        "CREATE INDEX i ON ONLY public.orders USING btree (a) WHERE b = 'x'",
        "CREATE INDEX CONCURRENTLY p2_a_where_b_x_idx ON public.p2 USING btree (a) WHERE b = 'x'",
        "ALTER INDEX public.i ATTACH PARTITION public.p2_a_where_b_x_idx",
        "ALTER INDEX public.i ATTACH PARTITION public.p1_old",
    )
