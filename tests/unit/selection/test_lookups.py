"""Look-ups priced as if there were more of them: by what plans show, and silent where they show too little."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.selection.lookups import underpriced
from indexadvisor.selection.model import QueryOutcome
from indexadvisor.selection.risk import risks_of
from indexadvisor.usage.graph import usage_graph
from tests.fakes.schema import catalog_from_sql, workload_from_sql

ITEM = TableName("public", "item")
BY_SUPPLIER = IndexDef(ITEM, (IndexKey("supplier_id"),))
SCHEMA = """
CREATE TABLE nation (id int PRIMARY KEY, name text);
CREATE TABLE supplier (id int PRIMARY KEY, nation_id int);
CREATE TABLE item (id int PRIMARY KEY, supplier_id int, price int);
-- rows supplier 10000
-- rows item 6000000
-- stats item.supplier_id n_distinct=10000 correlation=0.0
"""


def catalog_of(pages=100_000, **settings):
    catalog = catalog_from_sql(SCHEMA)
    tables = tuple(replace(table, pages=pages) if table.name == ITEM else table for table in catalog.tables)
    return replace(catalog, tables=tables, settings={"random_page_cost": "4", "effective_cache_size": "4GB", **settings})


def scan(alias, rows, kind="Seq Scan", index=None, condition=None, test=None, children=()):
    details = {name: text for name, text in (("Index Cond", condition), ("Filter", test)) if text}
    return PlanNode(kind, 0.0, 100.0, rows, 8, alias, None, alias, index, tuple(children), details)


def nested(outer, inner, rows=1.0, kind="Nested Loop"):
    made = (replace(outer, relationship="Outer"), replace(inner, relationship="Inner"))
    return PlanNode(kind, 0.0, 1000.0, rows, 8, children=made)


LOOKED_UP = scan("item", 600, "Index Scan", "by_supplier", "(supplier_id = supplier.id)")
SUPPLIER = scan("supplier", 10_000)
NATION = scan("nation", 1, test="(name = 'PERU'::text)")


def found(root, catalog=None, index=BY_SUPPLIER):
    return underpriced(Plan(root), frozenset({"by_supplier"}), index, catalog or catalog_of())


def test_look_ups_behind_a_join_are_counted_before_it():
    look = found(nested(nested(NATION, SUPPLIER, rows=400), LOOKED_UP))
    assert (look.number, look.priced_as) == (400, 10_000)
    # 240,000 rows lie on all 100,000 pages: 250 a look-up; of 6,000,000 rows in 10,000 look-ups it is 10
    assert look.extra == pytest.approx(400 * (250 - 10) * 4, rel=1e-6)


@pytest.mark.parametrize(
    "root",
    [
        nested(SUPPLIER, LOOKED_UP),
        nested(scan("supplier", 400, test="(nation_id = 3)"), LOOKED_UP),
        nested(nested(NATION, SUPPLIER, rows=400), scan("item", 600, "Index Only Scan", "by_supplier", "(supplier_id = supplier.id)")),
        nested(nested(NATION, SUPPLIER, rows=400), PlanNode("Memoize", 0.0, 1.0, 600, 8, children=(LOOKED_UP,))),
        nested(nested(NATION, SUPPLIER, rows=400), replace(LOOKED_UP, index="another")),
        nested(nested(NATION, SUPPLIER, rows=400), LOOKED_UP, kind="Hash Join"),
        nested(nested(NATION, scan("elsewhere", 10_000), rows=400), LOOKED_UP),
        nested(PlanNode("Function Scan", 0.0, 1.0, 400, 8, alias="supplier"), LOOKED_UP),
    ],
    ids=["all", "filtered itself", "index only", "memoized", "another index", "hash join", "source not in the plan", "no table"],
)
def test_nothing_is_said_where_the_price_is_right_or_the_plan_does_not_show(root):
    assert found(root) is None


def looked_up_itself(test=None):
    """Return supplier as rows found by nation: what the plan shows is rows per nation."""
    return scan("supplier", 400, "Index Scan", "by_nation", "(nation_id = nation.id)", test)


def test_a_source_that_is_looked_up_itself_counts_with_all_its_rows_unless_it_is_filtered():
    assert found(nested(nested(NATION, looked_up_itself(), rows=400), LOOKED_UP)).priced_as == 10_000
    assert found(nested(nested(NATION, looked_up_itself("(id > 5)"), rows=400), LOOKED_UP)) is None


def test_of_two_sources_the_smaller_counts_as_the_planner_has_it():
    both = replace(LOOKED_UP, details={"Index Cond": "((supplier_id = supplier.id) AND (price = nation.id))"})
    assert found(nested(nested(scan("nation", 500), SUPPLIER, rows=400), both)).priced_as == 500


def test_bitmaps_are_look_ups_too():
    pointers = scan(None, 600, "Bitmap Index Scan", "by_supplier", "(supplier_id = supplier.id)")
    bitmap = scan("item", 600, "Bitmap Heap Scan", children=[pointers])
    # in the order of pages: 250 and 10 of 100,000 are read at nearly the price of random ones
    right, charged = (pages * (4 - 3 * (pages / 100_000) ** 0.5) for pages in (250, 10))
    assert found(nested(nested(NATION, SUPPLIER, rows=400), bitmap)).extra == pytest.approx(400 * (right - charged), rel=1e-6)


def test_rows_that_a_filter_takes_away_were_fetched_all_the_same():
    few = replace(LOOKED_UP, rows=2.0, details={**LOOKED_UP.details, "Filter": "(price > 7)"})
    assert found(nested(nested(NATION, SUPPLIER, rows=400), few)).extra == pytest.approx(400 * 240 * 4, rel=1e-6)


def test_a_small_cache_is_shared_among_the_tables_read():
    catalog = catalog_of(effective_cache_size="80MB")
    supplier = next(table for table in catalog.tables if table.name.name == "supplier")
    both = tuple(replace(table, pages=100_000) if table == supplier else table for table in catalog.tables)
    root = nested(nested(NATION, SUPPLIER, rows=400), LOOKED_UP)
    alone, shared = found(root, catalog), found(root, replace(catalog, tables=both))
    # with a tenth of the table cached, most pages are read again: by all look-ups together, too
    assert alone.extra < found(root).extra
    assert shared.extra < alone.extra


def test_partitions_are_passed_over():
    catalog = catalog_of()
    whole = tuple(replace(table, kind="p") if table.name == ITEM else table for table in catalog.tables)
    assert found(nested(nested(NATION, SUPPLIER, rows=400), LOOKED_UP), replace(catalog, tables=whole)) is None


def test_rows_in_the_order_of_the_index_lie_together():
    sorted_rows = catalog_from_sql(SCHEMA.replace("correlation=0.0", "correlation=1.0"))
    tables = tuple(replace(table, pages=100_000) if table.name == ITEM else table for table in sorted_rows.tables)
    assert found(nested(nested(NATION, SUPPLIER, rows=400), LOOKED_UP), replace(sorted_rows, tables=tables)) is None


@pytest.mark.parametrize(("saved", "marked"), [(100_000.0, True), (1_000_000.0, False)])
def test_the_mark_is_for_what_eats_the_saving(saved, marked):
    load = workload_from_sql("-- query id=q calls=10\nSELECT price FROM item JOIN supplier ON supplier_id = supplier.id;")
    after = Plan(nested(nested(NATION, SUPPLIER, rows=400), LOOKED_UP))
    before = Plan(PlanNode("Hash Join", 0.0, 1000.0 + saved, 1, 8))
    outcome = QueryOutcome("q", 10, 1000.0 + saved, 1000.0, 1.0, frozenset({BY_SUPPLIER}), before, after,
                           index_names={"by_supplier": BY_SUPPLIER})  # fmt: skip
    catalog = catalog_of()
    risks = risks_of(BY_SUPPLIER, ["q"], {"q": outcome}, catalog, usage_graph(load, catalog))
    assert [risk.kind for risk in risks] == ["repeated-lookups"] * marked
    if marked:
        assert "about 400 look-ups in a nested loop are each priced as one of 10,000" in risks[0].sentence
        assert "384,000 more, where the query seems to save 100,000" in risks[0].sentence
