"""Two plans compared: what is matched, what changed, what is blamed, and what fails a build."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexadvisor.explain.diff import ConditionChanged, IndexChanged, MethodChanged, NodeAdded, NodeRemoved, SpillChanged, diff
from indexadvisor.explain.gate import Tolerance, regressions
from indexadvisor.explain.plan import Actual, Plan, PlanNode, numbered
from indexadvisor.explain.shape import shape
from indexadvisor.explain.slower import verdict


def scan(kind="Seq Scan", relation="orders", *, cost=100.0, rows=10.0, index=None, actual=None, alias=None, **details):
    return PlanNode(kind, 0.0, cost, rows, 8, relation, alias=alias or relation, index=index, actual=actual, details=details)


def over(kind, *children, cost=200.0, rows=10.0, **details):
    named = tuple(related(child, "Inner" if place else "Outer") for place, child in enumerate(children))
    return PlanNode(kind, 0.0, cost, rows, 8, children=named, details=details)


def related(node, relationship):
    return replace(node, relationship=relationship)


def plan(root):
    return Plan(numbered(root))


BY_INDEX = {"kind": "Index Scan", "index": "orders_pkey", "Index Cond": "(id = 7)"}


def test_a_plan_does_not_differ_from_itself():
    one = plan(over("Hash Join", scan(), over("Hash", scan(relation="customers")), **{"Hash Cond": "(a = b)"}))
    found = diff(one, one)
    assert found.edits == ()
    assert found.same_shape
    assert found.cost_factor == 1
    assert verdict(found).node is None
    assert regressions(one, one) == ()


def test_a_scan_that_lost_its_index():
    before, after = plan(scan(**BY_INDEX, cost=8)), plan(scan(cost=900, Filter="(id = 7)"))
    found = diff(before, after)
    assert [type(edit) for edit in found.edits] == [MethodChanged, ConditionChanged, ConditionChanged]
    assert not found.same_shape
    blamed = verdict(found)
    assert blamed.sentence == (
        "cost 892 of the cost 892 lost are in Seq Scan on orders: on orders, Index Scan using orders_pkey became Seq Scan"
    )
    assert [item.kind for item in regressions(before, after)] == ["seq-scan", "cost"]


def test_a_small_table_may_be_read_whole():
    before, after = plan(scan(**BY_INDEX, cost=8)), plan(scan(cost=9, Filter="(id = 7)"))
    assert regressions(before, after, rows_now={"orders": 40}) == ()
    assert [item.kind for item in regressions(before, after, rows_now={"orders": 4000})] == ["seq-scan"]
    measured = plan(scan(cost=9, actual=Actual(1, 1), Filter="(id = 7)", **{"Rows Removed by Filter": 999}))
    assert [item.kind for item in regressions(before, measured)] == ["seq-scan"]
    assert regressions(before, measured, Tolerance(least_rows=1001)) == ()


def test_another_index_is_told_from_another_method():
    before, after = plan(scan(**BY_INDEX)), plan(scan(**{**BY_INDEX, "index": "orders_other"}))
    (edit,) = diff(before, after).edits
    assert isinstance(edit, IndexChanged)
    assert not diff(before, after).same_shape
    assert regressions(before, after) == ()


def test_a_condition_that_moved_behind_the_index():
    wide = plan(scan("Index Scan", index="i", **{"Index Cond": "((a = 1) AND (b = 2))"}))
    narrow = plan(scan("Index Scan", index="i", Filter="(b = 2)", **{"Index Cond": "(a = 1)"}))
    assert [item.kind for item in regressions(wide, narrow)] == ["filter-after-index"]
    assert regressions(narrow, wide) == ()
    # a filter that is merely new comes from another statement, not from another use of the index
    assert regressions(plan(scan("Index Scan", index="i")), plan(scan("Index Scan", index="i", Filter="(b = 2)"))) == ()


def test_a_join_that_became_a_nested_loop_over_whole_scans():
    before = plan(over("Hash Join", scan(), over("Hash", scan(relation="customers"))))
    after = plan(over("Nested Loop", scan(), over("Materialize", scan(relation="customers"))))
    kinds = [type(edit) for edit in diff(before, after).edits]
    assert kinds == [MethodChanged, NodeRemoved, NodeAdded]
    assert [item.kind for item in regressions(before, after)] == ["nested-loop"]
    by_index = plan(over("Nested Loop", scan(), scan("Index Scan", "customers", index="customers_pkey")))
    assert regressions(before, by_index) == ()


def test_an_added_sort():
    before, after = plan(scan(**BY_INDEX)), plan(over("Sort", scan(**BY_INDEX), cost=100, **{"Sort Key": ["placed_at"]}))
    (found,) = regressions(before, after)
    assert found.kind == "sort-added"
    assert "placed_at" in found.message
    incremental = plan(over("Incremental Sort", scan(**BY_INDEX), cost=100, **{"Sort Key": ["placed_at"]}))
    assert regressions(after, incremental) == ()


@pytest.mark.parametrize(("rows_now", "kinds"), [(1000, ["cost"]), (1900, ["cost"]), (3100, [])])
def test_cost_may_grow_with_the_table(rows_now, kinds):
    before, after = plan(scan(cost=100)), plan(scan(cost=300))
    found = regressions(before, after, rows_then={"orders": 1000}, rows_now={"orders": rows_now})
    assert [item.kind for item in found] == kinds


def test_a_new_partition_is_not_a_new_shape():
    def partitions(count):
        return plan(over("Append", *(scan(relation=f"orders_{year}", alias=f"orders_{year}") for year in range(count))))

    assert shape(partitions(2)) == shape(partitions(3))
    assert shape(partitions(2)) != shape(plan(over("Append", scan(), scan(**BY_INDEX))))


def test_versions_name_the_same_initplan_differently():
    def with_initplan(name):
        inner = replace(scan(relation="limits"), subplan_name=name, relationship="InitPlan")
        return plan(replace(scan(), children=(inner,)))

    assert shape(with_initplan("InitPlan 1 (returns $0)")) == shape(with_initplan("InitPlan 1"))


def test_spills_are_edits():
    memory = plan(over("Sort", scan(), **{"Sort Space Type": "Memory", "Sort Key": ["a"]}))
    disk = plan(over("Sort", scan(), **{"Sort Space Type": "Disk", "Sort Key": ["a"]}))
    (edit,) = diff(with_rows(memory), with_rows(disk)).edits
    assert isinstance(edit, SpillChanged)


def with_rows(one):
    def visit(node):
        return replace(node, actual=Actual(10, 1), children=tuple(visit(child) for child in node.children))

    return Plan(visit(one.root))


def test_scans_under_another_alias_are_still_matched():
    found = diff(plan(scan(alias="o")), plan(scan(alias="o_1")))
    assert found.matched == ((0, 0),)
    assert found.edits == ()


def test_plans_without_costs_or_times_give_no_verdict():
    bare = Plan(PlanNode("Seq Scan", relation="orders", alias="orders"))
    assert verdict(diff(bare, bare)).sentence == "neither times nor costs were printed in both plans"
    assert regressions(bare, bare) == ()
