"""Reading EXPLAIN's JSON keeps every property, and refuses what is not a plan."""

from __future__ import annotations

import pytest

from indexadvisor.errors import StatementFailed
from indexadvisor.explain.parse import from_json
from indexadvisor.explain.plan import Plan, PlanNode

BITMAP = [{"Plan": {
    "Node Type": "Bitmap Heap Scan", "Startup Cost": 4.2, "Total Cost": 65.25, "Plan Rows": 23, "Plan Width": 12, "Relation Name": "p2",
    "Alias": "p_2", "Recheck Cond": "(k = 5)", "Plans": [{"Node Type": "Bitmap Index Scan", "Total Cost": 4.2, "Index Name": "p2_k"}]},
    "Settings": {"work_mem": "64MB"}}]  # fmt: skip


def test_reads_nodes_indexes_details_and_settings():
    plan = from_json(BITMAP)
    assert [node.node_type for node in plan.walk()] == ["Bitmap Heap Scan", "Bitmap Index Scan"]
    assert plan.indexes() == {"p2_k"}
    assert plan.root.details == {"Recheck Cond": "(k = 5)"}
    assert (plan.total_cost, plan.root.rows, plan.root.alias, plan.settings) == (65.25, 23.0, "p_2", {"work_mem": "64MB"})


def test_indexes_of_pruned_partitions_count():
    assert Plan(PlanNode("Append", 0, 1, 1, 1), hidden_indexes=frozenset({"p1_k"})).indexes() == {"p1_k"}


NO_PLANS = ["", "[]", "{}", "[1]", "null", '[{"Plan": {}}]', '[{"Plan": {"Node Type": "Result", "Total Cost": "x"}}]']


@pytest.mark.parametrize("document", NO_PLANS)
def test_what_is_not_a_plan_is_refused_in_a_sentence(document):
    with pytest.raises(StatementFailed, match="not the JSON output of EXPLAIN"):
        from_json(document)


@pytest.mark.parametrize("value", [10**400, -(10**400), float("inf"), float("nan"), True, "5", None, [1]], ids=range(8))
def test_an_amount_is_a_number_that_can_be_reckoned_with(value):
    assert PlanNode("Sort", details={"Sort Space Used": value}).amount("Sort Space Used") is None
    assert PlanNode("Sort", details={"Sort Space Used": 2**63}).amount("Sort Space Used") == 2.0**63
