"""Which existing indexes may go, which never, and what the answer says of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.catalog.model import (
    Activity,
    Catalog,
    Column,
    ForeignKey,
    Index,
    IndexDef,
    IndexKey,
    ServerInfo,
    StatisticsObject,
    Table,
    TableName,
)
from indexadvisor.selection.drops import droppable, names_in_plans
from indexadvisor.selection.keepers import keep_reason, serves_foreign_key
from indexadvisor.selection.problem import Plans, Statement
from indexadvisor.selection.redundant import stands_in
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from indexadvisor.usage.model import UsageGraph
from indexadvisor.workload.model import Sample, Workload
from tests.fakes.costs import NONE, ModelCosts
from tests.fakes.schema import catalog_from_sql, workload_from_sql

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ORDERS = TableName("public", "orders")
SCHEMA = """
CREATE TABLE customer (id bigint PRIMARY KEY, email text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, status text, placed_at timestamptz, note text);
CREATE INDEX by_customer ON orders (customer_id);
CREATE INDEX by_customer_status ON orders (customer_id, status);
CREATE INDEX by_status ON orders (status);
"""


def since(days):
    return Activity(10, 10, 10, 5, 3, 4, 100, 0, None, NOW - timedelta(days=days) if days is not None else None)


def catalog_of(sql, days=100, **changes):
    """Return a catalog whose counters run for so many days; by index name, what differs from 1,000 scans and 8 MB."""
    catalog = catalog_from_sql(sql)
    indexes = tuple(replace(index, **{"scans": 1000, "size_bytes": 8 << 20, **changes.get(index.name, {})}) for index in catalog.indexes)
    tables = tuple(replace(table, activity=since(days)) for table in catalog.tables)
    return replace(catalog, indexes=indexes, tables=tables, read_at=NOW)


def drops_of(catalog, chosen=(), used=(), limits=None, load=None):
    load = load or Workload(())
    return droppable(catalog, usage_graph(load, catalog), load, chosen, frozenset(used), limits)


def by_name(drops):
    return {drop.index.name: drop for drop in drops}


def test_a_prefix_goes_and_the_wider_index_stays():
    drops, skipped = drops_of(catalog_of(SCHEMA))
    (drop,) = drops
    assert (drop.index.name, drop.kinds, drop.confidence) == ("by_customer", ("prefix",), "medium")
    assert drop.replaced_by.columns == ("customer_id", "status")
    assert drop.ddl == "DROP INDEX CONCURRENTLY public.by_customer"
    assert drop.undo_ddl == ("CREATE INDEX CONCURRENTLY by_customer ON orders (customer_id)",)
    assert (drop.size_bytes, drop.after, skipped) == (8 << 20, False, ())


def test_an_index_is_never_replaced_by_one_that_goes_itself():
    drops, _ = drops_of(catalog_of(SCHEMA, by_customer_status={"scans": 0}))
    assert {name: drop.kinds for name, drop in by_name(drops).items()} == {"by_customer_status": ("unused",)}


def test_of_three_that_begin_alike_only_the_widest_stays_and_replaces_both():
    sql = SCHEMA + "CREATE INDEX by_three ON orders (customer_id, status, placed_at);"
    found = by_name(drops_of(catalog_of(sql))[0])
    assert set(found) == {"by_customer", "by_customer_status"}
    assert {drop.replaced_by.columns for drop in found.values()} == {("customer_id", "status", "placed_at")}


def test_of_two_duplicates_the_less_scanned_goes():
    sql = SCHEMA + "CREATE INDEX by_status_too ON orders (status);"
    drops, _ = drops_of(catalog_of(sql, by_status={"scans": 5}))
    assert by_name(drops)["by_status"].kinds == ("duplicate",)
    assert by_name(drops)["by_status"].confidence == "high"
    assert "by_status_too" not in by_name(drops)


def test_a_small_partial_index_is_no_duplicate_of_a_full_one():
    sql = SCHEMA + "CREATE INDEX open_ones ON orders (status) WHERE note IS NULL;"
    assert "open_ones" not in by_name(drops_of(catalog_of(sql))[0])


def test_a_proposal_makes_what_it_begins_with_redundant_once_it_is_built():
    proposed = IndexDef(ORDERS, (IndexKey("status"), IndexKey("placed_at")))
    (drop,) = [drop for drop in drops_of(catalog_of(SCHEMA), chosen=[proposed])[0] if drop.index.name == "by_status"]
    assert (drop.kinds, drop.after, drop.replaced_by) == (("proposal",), True, proposed)
    assert any("built" in caveat for caveat in drop.caveats)


def test_the_plans_of_the_workload_count_as_use_whatever_the_counters_say():
    catalog = catalog_of(SCHEMA, by_status={"scans": 0})
    assert by_name(drops_of(catalog)[0])["by_status"].kinds == ("unused",)
    assert "by_status" not in by_name(drops_of(catalog, used={"by_status"})[0])


def test_an_unused_duplicate_of_one_that_stays_is_told_as_both_and_is_sure():
    sql = SCHEMA + "CREATE INDEX by_status_too ON orders (status);"
    drop = by_name(drops_of(catalog_of(sql, 7, by_status={"scans": 0}))[0])["by_status"]
    assert (drop.kinds, drop.confidence) == (("unused", "duplicate"), "high")
    assert drop.replaced_by.columns == ("status",)
    assert drop.reasons[1] == "the same as by_status_too"


def test_unused_duplicates_that_both_go_replace_nothing():
    sql = SCHEMA + "CREATE INDEX by_status_too ON orders (status);"
    found = by_name(drops_of(catalog_of(sql, by_status={"scans": 0}, by_status_too={"scans": 0}))[0])
    assert [found[name].kinds for name in ("by_status", "by_status_too")] == [("unused",), ("unused",)]


@pytest.mark.parametrize(("days", "confidence"), [(100, "high"), (40, "medium"), (7, "low"), (None, "low")])
def test_how_long_the_counters_ran_decides_how_sure_unused_is(days, confidence):
    drops, _ = drops_of(catalog_of(SCHEMA, days, by_status={"scans": 0}))
    drop = by_name(drops)["by_status"]
    assert drop.confidence == confidence
    assert any("replica" in caveat for caveat in drop.caveats)
    assert ("does not say" in drop.reasons[0]) == (days is None)


def test_counters_of_an_hour_say_nothing_and_that_is_said():
    drops, skipped = drops_of(catalog_of(SCHEMA, 1 / 24, by_status={"scans": 0}))
    assert "by_status" not in by_name(drops)
    assert [item.subject for item in skipped] == ["index by_status"]
    assert "only run since 2026-05-31 23:00" in skipped[0].reason


def test_a_database_just_restored_has_no_unused_indexes():
    catalog = catalog_of(SCHEMA, None, by_status={"scans": 0}, by_customer_status={"scans": 0}, by_customer={"scans": 0})
    idle = replace(since(None), sequential_scans=0, index_scans=0)
    catalog = replace(catalog, tables=tuple(replace(table, activity=idle) for table in catalog.tables))
    drops, skipped = drops_of(catalog)
    assert {name: drop.kinds for name, drop in by_name(drops).items()} == {"by_customer": ("prefix",)}
    assert {item.subject for item in skipped} == {"index by_customer_status", "index by_status"}
    assert all("its table has not been read either" in item.reason for item in skipped)


def test_a_last_scan_long_ago_is_no_use():
    drops, _ = drops_of(catalog_of(SCHEMA, 400, by_status={"scans": 9, "last_scan": NOW - timedelta(days=200)}))
    assert by_name(drops)["by_status"].reasons == ("not scanned since 2025-11-13",)
    recent = catalog_of(SCHEMA, 400, by_status={"scans": 9, "last_scan": NOW - timedelta(days=20)})
    assert "by_status" not in by_name(drops_of(recent)[0])


def test_without_counters_nothing_is_called_unused():
    drops, skipped = drops_of(catalog_of(SCHEMA, by_status={"scans": None}))
    assert "by_status" not in by_name(drops)
    assert [(item.subject, item.reason) for item in skipped] == [
        ("1 indexes", "whether they are used is unknown: no scan counts were read")
    ]


def test_an_invalid_index_goes_unless_it_waits_for_its_partitions():
    drop = by_name(drops_of(catalog_of(SCHEMA, by_status={"valid": False}))[0])["by_status"]
    assert (drop.kinds, drop.confidence) == (("invalid",), "high")
    assert "every write still pays" in drop.reasons[0]
    sql = """
        CREATE TABLE event (id bigint, at timestamptz) PARTITION BY RANGE (at);
        CREATE INDEX event_at ON event (at);
    """
    assert drops_of(catalog_of(sql, event_at={"valid": False, "scans": 0}), used={"event_at"})[0] == ()


def test_an_invalid_index_replaces_nothing():
    drops, _ = drops_of(catalog_of(SCHEMA, by_customer_status={"valid": False}))
    assert {name: drop.kinds for name, drop in by_name(drops).items()} == {"by_customer_status": ("invalid",)}


PROTECTED = {
    "constraint": "constraint",
    "foreign_key_target": "foreign key",
    "replica_identity": "replica identity",
    "clustered": "CLUSTER",
    "parent": "attached",
}


@pytest.mark.parametrize("mark", sorted(PROTECTED))
def test_what_something_rests_on_never_goes(mark):
    value = {"constraint": "x", "parent": "whole"}.get(mark, True)
    catalog = catalog_of(SCHEMA, by_status={"scans": 0, mark: value}, by_customer={mark: value, "scans": 0, "valid": False})
    drops, skipped = drops_of(catalog)
    assert drops == ()
    if mark not in ("constraint", "parent"):
        assert [item.subject for item in skipped] == ["index by_customer", "index by_status"]
        assert all(PROTECTED[mark] in item.reason for item in skipped)
    assert PROTECTED[mark] in keep_reason(next(index for index in catalog.indexes if index.name == "by_status"))


def test_a_unique_index_never_goes():
    sql = SCHEMA + "CREATE UNIQUE INDEX one_note ON orders (note); CREATE INDEX note_too ON orders (note);"
    drops, skipped = drops_of(catalog_of(sql, one_note={"scans": 0}))
    assert "one_note" not in by_name(drops)
    assert by_name(drops)["note_too"].kinds == ("duplicate",)
    assert "unique" in next(item.reason for item in skipped if item.subject == "index one_note")


FOREIGN = """
CREATE TABLE customer (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customer, status text);
CREATE INDEX by_customer ON orders (customer_id);
"""


def test_the_last_index_that_serves_a_foreign_key_stays():
    drops, skipped = drops_of(catalog_of(FOREIGN, by_customer={"scans": 0}))
    assert drops == ()
    assert "foreign key" in skipped[0].reason


def test_of_two_that_serve_a_foreign_key_the_larger_goes():
    sql = FOREIGN + "CREATE INDEX by_both ON orders (customer_id, status);"
    drops, skipped = drops_of(catalog_of(sql, by_customer={"scans": 0}, by_both={"scans": 0, "size_bytes": 16 << 20}))
    assert set(by_name(drops)) == {"by_both"}
    assert [item.subject for item in skipped] == ["index by_customer"]


def test_a_proposal_that_serves_the_foreign_key_lets_the_old_one_go():
    proposed = IndexDef(ORDERS, (IndexKey("customer_id"), IndexKey("status")))
    drops, _ = drops_of(catalog_of(FOREIGN), chosen=[proposed])
    assert by_name(drops)["by_customer"].kinds == ("proposal",)
    (drop,), _ = drops_of(catalog_of(FOREIGN, by_customer={"scans": 0}), chosen=[proposed])
    assert (drop.kinds, drop.after) == (("unused",), True)
    assert any("until then it alone serves" in caveat for caveat in drop.caveats)


@pytest.mark.parametrize(
    ("columns", "predicate", "method", "serves"),
    [
        (("a", "b"), None, "btree", True),
        (("b", "a", "c"), None, "btree", True),
        (("a",), "a IS NOT NULL", "btree", True),
        (("a",), "c IS NOT NULL", "btree", False),
        (("c", "a"), None, "btree", False),
        (("a",), None, "gin", False),
        (("a",), None, "hash", True),
    ],
)  # fmt: skip
def test_which_indexes_serve_a_foreign_key(columns, predicate, method, serves):
    child, parent = TableName("public", "child"), TableName("public", "parent")
    key = ForeignKey("child_fk", child, ("a", "b"), parent, ("x", "y"))
    index = IndexDef(child, tuple(IndexKey(name) for name in columns), method, predicate=predicate)
    assert (serves_foreign_key(index, [], [key]) is not None) == serves
    assert serves_foreign_key(index, [IndexDef(child, (IndexKey("a"), IndexKey("b")))], [key]) is None


PARTED = """
CREATE TABLE event (id bigint, at timestamptz, kind text) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE INDEX event_kind ON event (kind);
CREATE INDEX event_1_kind ON event_1 (kind);
"""


@pytest.mark.parametrize(("scans", "goes"), [(0, True), (3, False)])
def test_a_partitioned_index_is_as_used_as_those_attached_to_it(scans, goes):
    catalog = catalog_of(PARTED, event_kind={"scans": 0, "size_bytes": None}, event_1_kind={"scans": scans, "parent": "event_kind"})
    drops, _ = drops_of(catalog)
    assert set(by_name(drops)) == ({"event_kind"} if goes else set())
    for drop in drops:
        assert drop.ddl == "DROP INDEX public.event_kind"
        assert drop.size_bytes == 8 << 20
        assert drop.undo_ddl[0].startswith("CREATE INDEX event_kind ON ONLY public.event")
        assert any("CONCURRENTLY" in caveat for caveat in drop.caveats)


def test_an_unused_expression_index_takes_statistics_along():
    sql = SCHEMA + "CREATE INDEX lower_note ON orders (lower(note));"
    drop = by_name(drops_of(catalog_of(sql, lower_note={"scans": 0}))[0])["lower_note"]
    assert any("CREATE STATISTICS" in caveat for caveat in drop.caveats)


def test_tables_that_are_to_be_left_alone_keep_their_indexes():
    assert drops_of(catalog_of(SCHEMA, by_status={"scans": 0}), limits=Limits(exclude=("orders",)))[0] == ()


@pytest.mark.parametrize(
    "ddl",
    [
        "CREATE INDEX by_status ON orders (status); DROP TABLE orders",
        "CREATE INDEX by_status ON orders (status) -- x",
        "DROP TABLE orders",
        "",
    ],
)
def test_what_a_file_says_is_ddl_must_be_one_create_index(ddl):
    drop = by_name(drops_of(catalog_of(SCHEMA, by_status={"scans": 0, "ddl": ddl}))[0])["by_status"]
    assert drop.undo_ddl == ("CREATE INDEX CONCURRENTLY by_status ON public.orders USING btree (status)",)


def test_the_tax_of_a_dropped_index_is_what_it_would_be_taxed_if_proposed():
    load = workload_from_sql("-- query id=w calls=1000\nINSERT INTO orders (id, status) VALUES ($1, $2);")
    drop = by_name(drops_of(catalog_of(SCHEMA, by_status={"scans": 0}), load=load)[0])["by_status"]
    assert drop.tax.entries == pytest.approx(1000)
    assert drop.tax.cost > 0


def test_what_frees_most_comes_first():
    drops, _ = drops_of(catalog_of(SCHEMA, by_status={"scans": 0, "size_bytes": 1 << 20}))
    assert [drop.index.name for drop in drops] == ["by_customer", "by_status"]


def test_the_names_in_the_plans_are_those_of_both_worlds():
    index = IndexDef(ORDERS, (IndexKey("status"),))
    costs = ModelCosts({"q": [(NONE, 5.0), (frozenset({index}), 1.0)]})
    costs.prepare([index])
    plans = Plans(costs, [Statement("q", Sample("q", ()), 1.0, frozenset({index}))])
    plans.ask(plans.statements[0], NONE)
    assert names_in_plans(plans, frozenset({index})) == {str(index)}


COLUMNS = "abc"


@st.composite
def catalogs(draw):
    table = TableName("public", "t")
    columns = tuple(Column(name, number, "integer", "int4", "N") for number, name in enumerate(COLUMNS, 1))
    keys = st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique=True)
    indexes = []
    for number in range(draw(st.integers(1, 7))):
        definition = IndexDef(table, tuple(map(IndexKey, draw(keys))), unique=draw(st.integers(0, 5)) == 0)
        indexes.append(
            Index(
                f"i{number}", definition, "", 8192 * draw(st.integers(1, 4)), valid=draw(st.integers(0, 5)) > 0,
                clustered=draw(st.integers(0, 6)) == 0, scans=draw(st.sampled_from([0, 0, 5, None])),
            )
        )  # fmt: skip
    keys_of = [ForeignKey("fk", table, tuple(draw(keys)), table, ())] if draw(st.booleans()) else []
    return Catalog(
        ServerInfo(150000, "15", "d"), (Table(table, "r", columns, rows=1000.0, activity=since(100)),), tuple(indexes), tuple(keys_of),
        read_at=NOW,
    )  # fmt: skip


@given(catalogs())
@settings(max_examples=150, deadline=None)
def test_whatever_goes_the_rest_still_does_its_work(catalog):
    drops, _ = droppable(catalog, UsageGraph(()), Workload(()), ())
    gone = {drop.index.name for drop in drops}
    assert len(gone) == len(drops)
    left = [index for index in catalog.indexes if index.name not in gone]
    for drop in drops:
        assert keep_reason(drop.index) is None
        if drop.kinds[0] in ("duplicate", "prefix"):
            assert any(index.valid and stands_in(index.definition, drop.index.definition, None) for index in left)
        elif drop.kinds[0] == "unused":
            assert drop.index.scans == 0
    valid = [index.definition for index in left if index.valid]
    for drop in drops:
        assert serves_foreign_key(drop.index.definition, valid, catalog.foreign_keys) is None
    assert droppable(catalog, UsageGraph(()), Workload(()), ()) == (drops, _)


@pytest.mark.parametrize(("analyzed", "warned"), [(True, False), (False, True), (None, True)])
def test_statistics_that_go_with_an_index_are_told_unless_others_hold_them(analyzed, warned):
    sql = SCHEMA + "CREATE INDEX by_note ON orders (lower(note));"
    catalog = catalog_of(sql, by_note={"scans": 0})
    told = [caveat for caveat in by_name(drops_of(catalog)[0])["by_note"].caveats if "statistics on lower(note)" in caveat]
    assert len(told) == 1
    own = StatisticsObject("public", "note_stats", ORDERS, (), ("lower(note)",), ("e",), analyzed)
    drop = by_name(drops_of(replace(catalog, statistics=(own,)))[0])["by_note"]
    assert any("statistics on lower(note)" in caveat for caveat in drop.caveats) == warned


def test_an_unused_index_is_told_to_be_a_prefix_of_one_that_stays():
    drop = by_name(drops_of(catalog_of(SCHEMA, 7, by_customer={"scans": 0}))[0])["by_customer"]
    assert (drop.kinds, drop.confidence) == (("unused", "prefix"), "medium")
    assert drop.replaced_by.columns == ("customer_id", "status")


def test_what_an_existing_index_replaces_waits_for_no_new_one():
    proposed = IndexDef(ORDERS, (IndexKey("customer_id"), IndexKey("note")))
    drop = by_name(drops_of(catalog_of(SCHEMA), chosen=[proposed])[0])["by_customer"]
    assert (drop.kinds, drop.after, drop.replaced_by.columns) == (("prefix", "proposal"), False, ("customer_id", "status"))
    assert not any("built" in caveat for caveat in drop.caveats)


@pytest.mark.parametrize("ready", [False, True])
def test_an_invalid_unique_index_goes_where_no_write_enters_it(ready):
    sql = SCHEMA + "CREATE UNIQUE INDEX one_note ON orders (note);"
    drops, skipped = drops_of(catalog_of(sql, one_note={"valid": False, "ready": ready}))
    assert ("one_note" in by_name(drops)) == (not ready)
    told = [item.reason for item in skipped if item.subject == "index one_note"]
    assert all("rejects new duplicates already" in text for text in told)
    assert len(told) == ready


@pytest.mark.parametrize(("hours", "silent"), [(3, True), (30, False), (None, False)])
def test_counters_that_were_never_reset_are_no_older_than_the_servers(hours, silent):
    catalog = catalog_of(SCHEMA, None, by_status={"scans": 0})
    oldest = NOW - timedelta(hours=hours) if hours else None
    drops, skipped = drops_of(replace(catalog, server=replace(catalog.server, oldest_counters=oldest)))
    assert ("by_status" in by_name(drops)) == (not silent)
    told = [item.reason for item in skipped if item.subject == "index by_status"]
    assert told == (["not scanned, but no counter of this server is older than 2026-05-31 21:00"] if silent else [])
