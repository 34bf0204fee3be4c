"""Reasons, merging and pruning, on column uses written by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from indexadvisor.candidates.example import ORDERS, USERS, occurrence, use
from indexadvisor.candidates.generate import PER_QUERY, finds_one_row, generate
from indexadvisor.candidates.immutable import columns_of, refusal
from indexadvisor.candidates.merge import merge, unite
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.prune import PRUNERS, prune, reported
from indexadvisor.candidates.scope import Scope
from indexadvisor.candidates.sort import sort
from indexadvisor.catalog.model import Activity, Catalog, Column, ForeignKey, Index, IndexDef, IndexKey, ServerInfo, Table, TableName
from indexadvisor.findings import Skipped
from indexadvisor.settings import Limits
from indexadvisor.usage.model import ColumnRef, RelationUse, UsageGraph, UseKind

PKEY = Index("orders_pkey", IndexDef(ORDERS.name, (IndexKey("id"),), unique=True), "", constraint="p")
OPEN = use(UseKind.EQUALITY, "status", operator="=", predicate="status = 'open'")
SET_TOTAL = use(UseKind.WRITTEN, "total", operator="update")
MINE = use(UseKind.EQUALITY, "customer_id", operator="=")
NEWEST = use(UseKind.ORDER, "placed_at", descending=True, nulls_first=True)


def shop(*indexes, tables=(ORDERS, USERS), **fields):
    return Catalog(ServerInfo(150000, "15.0", "shop"), tables=tables, indexes=indexes, **fields)


def relation(*uses, query_id="q1", table=ORDERS, **fields):
    return RelationUse(query_id, table.name, table.name.name, uses, **fields)


def run(*relations, catalog=None, limits=None, **calls):
    return generate(UsageGraph(relations, calls or {"q1": 100}), catalog or shop(PKEY), limits or Limits())


def by_text(result):
    return {str(candidate.index): candidate for candidate in result.candidates}


def reasons(result, subject):
    return " / ".join(skipped.reason for skipped in result.skipped if skipped.subject == subject)


def test_reasons_read_like_a_dba():
    found = by_text(run(relation(MINE, OPEN, NEWEST, ordered_alone=True, limited=True)))
    assert found["orders btree (customer_id, status, placed_at)"].reasons == (
        "equality on customer_id and status, then newest first by placed_at",
    )
    partial = found["orders btree (customer_id, placed_at) WHERE status = 'open'"]
    assert partial.reasons[0] == "equality on customer_id, then newest first by placed_at"
    assert partial.reasons[1] == "holds only the rows that every call asks for (status = 'open')"


def test_covering_says_what_it_carries():
    found = by_text(run(relation(MINE, use(UseKind.OUTPUT, "total"), use(UseKind.OUTPUT, "status"))))
    assert "covers status, total: index-only scan" in found["orders btree (customer_id) INCLUDE (status, total)"].reasons[1]


def test_policies_and_foreign_keys_are_named():
    key = ForeignKey("orders_customer_fk", ORDERS.name, ("customer_id",), TableName("public", "customers"), ("id",))
    tenant = replace(MINE, origin="policy tenant_isolation")
    probe = replace(MINE, origin="foreign key orders_customer_fk")
    found = by_text(run(relation(tenant), relation(probe, query_id="q2"), catalog=shop(PKEY, foreign_keys=(key,))))
    assert found["orders btree (customer_id)"].reasons[1:] == (
        "row-security policy tenant_isolation filters on customer_id in every query",
        "foreign key orders_customer_fk: each delete or key update on customers probes orders.customer_id",
    )
    assert found["orders btree (customer_id)"].query_ids == ("q1", "q2")


def test_a_parameter_that_never_changed_is_an_assumption():
    found = by_text(run(relation(MINE, replace(OPEN, from_parameter=True))))
    (assumption,) = found["orders btree (customer_id) WHERE status = 'open'"].assumptions
    assert assumption.startswith("status = 'open' in every call")
    assert "generic plan" in assumption
    assert found["orders btree (customer_id)"].assumptions == ()


def test_an_invalid_index_counts_as_missing_and_is_named():
    invalid = Index("orders_customer_ccnew", IndexDef(ORDERS.name, (IndexKey("customer_id"),)), "", valid=False)
    result = run(relation(MINE), catalog=shop(PKEY, invalid))
    assert "orders btree (customer_id)" in by_text(result)
    assert "invalid index" in reasons(result, "orders_customer_ccnew")


def test_a_partial_unique_index_does_not_find_every_row():
    live = Index("orders_token", IndexDef(ORDERS.name, (IndexKey("token"),), predicate="total IS NULL", unique=True), "")
    lookup = use(UseKind.EQUALITY, "token", operator="=")
    assert "orders btree (token)" in by_text(run(relation(lookup), catalog=shop(PKEY, live)))
    whole = replace(live, definition=replace(live.definition, predicate=None))
    assert not run(relation(lookup), catalog=shop(PKEY, whole)).candidates
    broken = replace(whole, valid=False)
    assert "orders btree (token)" in by_text(run(relation(lookup), catalog=shop(PKEY, broken)))


def test_one_row_is_found_only_by_the_whole_key_outside_an_or():
    both = Index("orders_key", IndexDef(ORDERS.name, (IndexKey("customer_id"), IndexKey("placed_at")), unique=True), "")
    base = occurrence(ORDERS, MINE)
    assert not finds_one_row(replace(base, catalog=shop(both)))
    whole = occurrence(ORDERS, MINE, use(UseKind.EQUALITY, "placed_at", operator="="))
    assert finds_one_row(replace(whole, catalog=shop(both)))
    arms = occurrence(ORDERS, replace(MINE, branch=(0, 0)), use(UseKind.EQUALITY, "placed_at", operator="=", branch=(0, 1)))
    assert not finds_one_row(replace(arms, catalog=shop(both)))


def test_a_full_index_does_not_stand_in_the_way_of_a_partial_one():
    full = Index("orders_customer", IndexDef(ORDERS.name, (IndexKey("customer_id"),)), "")
    live = Index("orders_open", IndexDef(ORDERS.name, (IndexKey("customer_id"),), predicate="(status = 'open'::text)"), "")
    wanted = "orders btree (customer_id) WHERE status = 'open'"
    assert wanted in by_text(run(relation(MINE, OPEN), catalog=shop(PKEY, full)))
    result = run(relation(MINE, OPEN), catalog=shop(PKEY, live))
    assert wanted not in by_text(result)
    assert reasons(result, wanted).startswith("orders_open exists already")


@pytest.mark.parametrize(("calls", "stays"), [(2, False), (3, True)])
def test_a_value_seen_in_few_calls_is_no_predicate(calls, stays):
    found = by_text(run(relation(MINE, OPEN), q1=calls))
    assert ("orders btree (customer_id) WHERE status = 'open'" in found) is stays
    gone = use(UseKind.NULL_TEST, "total", operator="is null", predicate="total IS NULL")
    assert "orders btree (customer_id) WHERE total IS NULL" in by_text(run(relation(MINE, gone), q1=calls))


def test_a_join_to_the_primary_key_may_be_covered_on_a_large_table():
    join = use(UseKind.JOIN, "id", operator="=", partner=ColumnRef("l", USERS.name, "id"))
    found = by_text(run(relation(join, use(UseKind.OUTPUT, "customer_id"))))
    assert "orders btree (id) INCLUDE (customer_id)" in found
    assert "orders btree (id)" not in found
    small = replace(ORDERS, pages=900)
    assert not run(relation(join, use(UseKind.OUTPUT, "customer_id")), catalog=shop(PKEY, tables=(small,))).candidates


def test_hash_is_not_offered_on_a_primary_key_prefix_either():
    token = Index("orders_token", IndexDef(ORDERS.name, (IndexKey("token"),), unique=True), "")
    listed = use(UseKind.IN_LIST, "token", operator="=")
    assert not {c.index.method for c in run(relation(listed), catalog=shop(PKEY, token)).candidates} & {"hash"}


@pytest.mark.parametrize(
    ("writes", "reads", "stays"),
    [(10, 100, True), (99, 100, True), (100, 100, False), (5000, 100, False)],
)
def test_a_column_rewritten_as_often_as_it_is_searched_goes(writes, reads, stays):
    update = relation(SET_TOTAL, use(UseKind.EQUALITY, "id", operator="="), query_id="u", target=True)
    search = relation(use(UseKind.RANGE, "total", operator=">"), outputs_all=True)
    result = run(update, search, u=writes, q1=reads)
    assert ("orders btree (total)" in by_text(result)) is stays
    if not stays:
        assert reasons(result, "orders btree (total)").startswith(f"total is rewritten by {writes:,} calls and searched by {reads:,}")


def test_an_insert_rewrites_nothing():
    insert = relation(use(UseKind.WRITTEN, "total", operator="insert"), query_id="i", target=True)
    search = relation(use(UseKind.RANGE, "total", operator=">"))
    assert "orders btree (total)" in by_text(run(insert, search, i=10_000, q1=5))


def test_the_hot_share_is_said():
    activity = Activity(0, 1000, 0, 970, 0, 0, 0, 0, None, None)
    hot = replace(ORDERS, activity=activity)
    update = relation(SET_TOTAL, use(UseKind.EQUALITY, "id", operator="="), query_id="u", target=True)
    result = run(update, relation(use(UseKind.RANGE, "total", operator=">")), catalog=shop(PKEY, tables=(hot,)), u=500, q1=5)
    assert "97% of this table's updates are HOT" in reasons(result, "orders btree (total)")


def test_foreign_and_system_tables_are_left_alone():
    remote = replace(ORDERS, kind="f", name=TableName("public", "remote"))
    result = run(relation(MINE, table=remote), catalog=shop(tables=(remote,)))
    assert not result.candidates
    assert "foreign table" in reasons(result, "remote")
    system = replace(ORDERS, name=TableName("pg_catalog", "pg_attribute"))
    result = run(relation(MINE, table=system), catalog=shop(tables=(system,)))
    assert not result.candidates
    assert "system table" in reasons(result, "pg_catalog.pg_attribute")


def test_an_unknown_table_asks_for_nothing():
    assert run(relation(MINE), catalog=shop(tables=(USERS,))).candidates == ()


@pytest.mark.parametrize(("pages", "stays"), [(0, True), (9, False), (10, True)])
def test_only_a_table_known_to_be_tiny_is_left_alone(pages, stays):
    result = run(relation(MINE), catalog=shop(tables=(replace(ORDERS, pages=pages),)))
    assert bool(result.candidates) is stays
    assert bool(reasons(result, "orders")) is not stays


def test_a_partitioned_table_is_as_large_as_its_partitions():
    parent = replace(ORDERS, kind="p", pages=0)
    leaf = replace(ORDERS, name=TableName("public", "orders_1"), partition_of=ORDERS.name, pages=3)
    assert not run(relation(MINE), catalog=shop(tables=(parent, leaf))).candidates
    assert run(relation(MINE), catalog=shop(tables=(parent, replace(leaf, pages=3000)))).candidates


def test_equal_definitions_are_united():
    index = IndexDef(ORDERS.name, (IndexKey("customer_id"),))
    one = Candidate(index, "btree", ("a",), ("q2",), ("x",))
    (found,) = unite([one, Candidate(index, "sort", ("b", "a"), ("q1",), ("x", "y"))])
    assert found == Candidate(index, "btree", ("a", "b"), ("q1", "q2"), ("x", "y"))


def test_partial_and_full_are_never_merged():
    def covering(include, query_id, predicate=None):
        index = IndexDef(ORDERS.name, (IndexKey("customer_id"),), include=(include,), predicate=predicate)
        return Candidate(index, "covering", ("c",), (query_id,))

    full, live = covering("total", "q1"), covering("status", "q2", "total IS NULL")
    assert {c.index for c in merge([full, live], shop(), {})} == {full.index, live.index}
    merged = {str(c.index) for c in merge([full, covering("status", "q2")], shop(), {})}
    assert "orders btree (customer_id) INCLUDE (status, total)" in merged


def test_merging_stops_where_the_entry_grows_too_wide():
    def covering(include, query_id):
        return Candidate(IndexDef(ORDERS.name, (IndexKey("customer_id"),), include=(include,)), "covering", ("c",), (query_id,))

    found = {str(c.index) for c in merge([covering("total", "q1"), covering("details", "q2"), covering("status", "q3")], shop(), {"q1": 9})}
    assert "orders btree (customer_id) INCLUDE (status, total)" in found
    assert not any("details, " in text or ", details" in text for text in found)


def test_a_longer_index_names_the_queries_of_its_prefix():
    found = by_text(run(relation(MINE), relation(MINE, use(UseKind.RANGE, "total", operator=">"), query_id="q2")))
    assert found["orders btree (customer_id, total)"].query_ids == ("q1", "q2")


def test_every_pass_has_a_name_and_a_docstring():
    assert len({pruner.__name__ for pruner in PRUNERS}) == len(PRUNERS) == 9
    assert all(pruner.__doc__ for pruner in PRUNERS)


def test_each_pass_reports_what_it_drops():
    json = Column("raw", 10, "json", "json", "U")
    table = Table(ORDERS.name, "r", (*ORDERS.columns, json), rows=1_000_000, pages=20_000)
    scope = Scope(UsageGraph(()), shop(PKEY, tables=(table,)), Limits(max_key_columns=2, covering=False))
    wide = tuple(IndexKey(name) for name in ("customer_id", "status", "placed_at"))
    cases = {
        IndexDef(table.name, (IndexKey("raw"),)): "no default operator class",
        IndexDef(table.name, (IndexKey("ctid"),)): "not a column",
        IndexDef(table.name, (IndexKey(expression="now()"),)): "not known to be immutable",
        IndexDef(table.name, wide): "more than 2 key columns",
        IndexDef(table.name, (IndexKey("total"),), include=("status",)): "switched off",
        IndexDef(table.name, (IndexKey("id"), IndexKey("total"))): "orders_pkey",
    }
    for index, words in cases.items():
        kept, dropped = prune([Candidate(index, "btree", ("r",), ("q1",))], scope)
        assert kept == []
        assert [s.subject for s in reported(dropped)] == [str(index)]
        assert words in reported(dropped)[0].reason


def test_the_cap_is_said():
    columns = tuple(Column(f"c{i:02}", i, "integer", "int4", "N") for i in range(1, 20))
    wide = replace(ORDERS, columns=columns)
    uses = [use(UseKind.EQUALITY, column.name, operator="=") for column in columns]
    pairs = [relation(one, other, table=wide, outputs_all=True) for one, other in combinations(uses, 2)]
    result = run(*pairs, catalog=shop(tables=(wide,)))
    (said,) = (s.reason for s in result.skipped if s.subject == "query q1")
    assert said.endswith(f"were not tried (cap {PER_QUERY} per query)")
    assert len(result.candidates) == PER_QUERY


def test_directions():
    def orders(*keys):
        found = next(iter(sort(occurrence(ORDERS, *keys, ordered_alone=True))))
        return str(found.index).removeprefix("orders btree ")

    up, down = {"nulls_first": False}, {"descending": True, "nulls_first": True}
    total = {"position": 1}
    assert orders(use(UseKind.ORDER, "placed_at", **up), use(UseKind.ORDER, "total", **up, **total)) == "(placed_at, total)"
    assert orders(use(UseKind.ORDER, "placed_at", **down), use(UseKind.ORDER, "total", **down, **total)) == "(placed_at, total)"
    assert orders(use(UseKind.ORDER, "placed_at", **down), use(UseKind.ORDER, "total", **up, **total)) == "(placed_at DESC, total)"
    assert orders(use(UseKind.ORDER, "placed_at", nulls_first=True)) == "(placed_at NULLS FIRST)"
    assert orders(use(UseKind.ORDER, "placed_at", descending=True)) == "(placed_at DESC NULLS LAST)"


def test_another_relations_order_asks_for_nothing():
    assert list(sort(occurrence(ORDERS, MINE, NEWEST))) == []


def test_hostile_expressions_are_refused_not_raised():
    for text in ("a), (b", "1) FROM orders --", "(select 1)", "lower(", "\x00", "lower(email); DROP TABLE users", "x" * 5000, "(" * 3000):
        assert refusal(text, USERS) is not None
        assert columns_of(text, USERS) <= set(USERS.by_name)


def test_skipped_are_sorted_and_said_once():
    twice = use(UseKind.ARRAY, "tags", operator="= any")
    result = run(relation(twice, twice), relation(twice, query_id="q2"))
    assert [s for s in result.skipped if "ANY" in s.reason] == [
        Skipped(
            "candidates",
            "orders gin (tags)",
            "x = ANY(tags) cannot use a GIN index: write tags @> ARRAY[x], then an index USING gin (tags) serves it",
        )
    ]
    assert list(result.skipped) == sorted(result.skipped)
