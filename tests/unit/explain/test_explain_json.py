"""A plan as JSON has everything the model has, in one order."""

from __future__ import annotations

import json
from dataclasses import fields

from indexadvisor.explain import read
from indexadvisor.explain.explain_json import SCHEMA_VERSION, to_json
from indexadvisor.explain.plan import Plan, PlanNode

TEXT = """\
Sort  (cost=0.00..1.00 rows=1 width=4) (actual time=0.001..0.002 rows=1 loops=1)
  Sort Key: b, a
  Buffers: shared hit=3
  Worker 0:  actual time=0.001..0.002 rows=1 loops=1
  Nobody knows
  ->  Index Scan using i on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.001..0.002 rows=1 loops=1)
        Index Cond: (a = 1)
Settings: work_mem = '64MB', jit = 'off'
Planning Time: 0.100 ms
Execution Time: 0.200 ms
"""


def test_everything_is_there_and_survives_json():
    plan = read(TEXT).plans[0]
    document = to_json(plan)
    assert json.loads(json.dumps(document)) == document
    assert document["schema_version"] == SCHEMA_VERSION
    held = {"root": "nodes"}
    assert {held.get(each.name, each.name) for each in fields(Plan)} | {"schema_version"} == set(document)
    for node in document["nodes"]:
        assert {each.name for each in fields(PlanNode)} - {"children"} | {"parent"} == set(node)
    sort, scan = document["nodes"]
    assert (sort["number"], sort["parent"], scan["number"], scan["parent"]) == (0, None, 1, 0)
    assert sort["details"]["Sort Key"] == ["b", "a"]
    assert sort["buffers"]["shared_hit"] == 3
    assert sort["workers"][0]["actual"] == {"rows": 1, "loops": 1, "startup_ms": 0.001, "total_ms": 0.002, "rows_decimals": 0}
    assert (scan["index"], scan["relationship"]) == ("i", "Outer")
    assert document["settings"] == {"jit": "off", "work_mem": "64MB"}
    assert document["unread"][0]["text"] == "Nobody knows"
    assert document["execution_ms"] == 0.2


def test_the_order_of_keys_does_not_depend_on_the_order_of_printing():
    first = read('[{"Plan": {"Node Type": "Sort", "Filter": "x", "Alpha": 1, "Total Cost": 5.0}, "Zeta": 1, "Beta": 2}]').plans[0]
    second = read('[{"Beta": 2, "Zeta": 1, "Plan": {"Total Cost": 5.0, "Alpha": 1, "Filter": "x", "Node Type": "Sort"}}]').plans[0]
    assert json.dumps(to_json(first)) == json.dumps(to_json(second))
    assert list(to_json(first)["nodes"][0]["details"]) == ["Alpha", "Filter"]


def test_a_plan_built_by_hand():
    document = to_json(Plan(PlanNode("Result"), hidden_indexes=frozenset({"b", "a"})))
    assert document["hidden_indexes"] == ["a", "b"]
    assert document["nodes"][0]["startup_cost"] is None
