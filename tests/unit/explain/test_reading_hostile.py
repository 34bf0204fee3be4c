"""Broken, cut off and hostile input: what is whole is read, what is missing is said, and nothing crashes, hangs or grows without bound."""

# ruff: noqa: E501 - plans and conditions stand on one line, as they are printed
from __future__ import annotations

import importlib.util
import json
import random
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.explain import read
from indexadvisor.explain.build import MAX_DEPTH
from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.engine import analyse
from indexadvisor.explain.explain_json import to_json
from indexadvisor.explain.parse import from_json
from indexadvisor.explain.reading import LIMIT_BYTES, NoPlan, TooLong

ROOT = Path(__file__).parents[3]
COST = "(cost=0.00..1.00 rows=1 width=4) (actual time=0.001..0.002 rows=1 loops=1)"
TEXT = f"""\
Hash Join  {COST}
  Hash Cond: (a.x = b.x)
  ->  Seq Scan on a  {COST}
        Filter: (y = 1)
  ->  Hash  {COST}
        Buckets: 1024  Batches: 1  Memory Usage: 9kB
        ->  Index Scan using i on b  {COST}
              Index Cond: (z = 2)
Planning Time: 0.100 ms
Execution Time: 0.200 ms
"""
NODE = {"Node Type": "Hash Join", "Total Cost": 9.5, "Hash Cond": "(a = b)", "Plans": [
    {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "a", "Filter": "(x = 'é')", "Output": ["x", "y"]},
    {"Node Type": "Hash", "Parent Relationship": "Inner", "Plans": [{"Node Type": "Result", "Parent Relationship": "Outer"}]}]}  # fmt: skip
JSON = json.dumps([{"Plan": NODE, "Planning Time": 0.1, "Triggers": [], "Execution Time": 0.2}], indent=2)
XML = """\
<explain xmlns="http://www.postgresql.org/2009/explain">
  <Query>
    <Plan>
      <Node-Type>Limit</Node-Type>
      <Plans>
        <Plan>
          <Node-Type>Sort</Node-Type>
          <Parent-Relationship>Outer</Parent-Relationship>
          <Sort-Key>
            <Item>a</Item>
          </Sort-Key>
          <Plans>
            <Plan>
              <Node-Type>Seq Scan</Node-Type>
              <Relation-Name>t</Relation-Name>
            </Plan>
          </Plans>
        </Plan>
      </Plans>
    </Plan>
    <Execution-Time>0.2</Execution-Time>
  </Query>
</explain>"""
YAML = """\
- Plan:
    Node Type: "Limit"
    Plans:
      - Node Type: "Sort"
        Parent Relationship: "Outer"
        Sort Key:
          - "a"
        Plans:
          - Node Type: "Seq Scan"
            Parent Relationship: "Outer"
            Relation Name: "t"
  Execution Time: 0.2"""


def types(plan):
    return [node.node_type for node in plan.walk()]


def test_text_cut_off_at_the_end():
    plan = read(TEXT[: TEXT.index("Index Cond: (z") + 13]).plans[0]
    assert types(plan) == ["Hash Join", "Seq Scan", "Hash", "Index Scan"]
    assert plan.truncated == "the end is missing: line 8 breaks off"
    plan = read(TEXT[: TEXT.index("        ->  Index")]).plans[0]
    assert plan.truncated == "the end is missing: Hash has 0 of 1 inputs"
    plan = read(TEXT[: TEXT.index("  ->  Hash")]).plans[0]
    assert (types(plan), plan.truncated) == (["Hash Join", "Seq Scan"], "the end is missing: Hash Join has 1 of 2 inputs")
    assert read(TEXT).plans[0].truncated is None


def test_a_node_whose_line_breaks_off_is_kept():
    reading = read(TEXT[: TEXT.index("rows=1", TEXT.index("Seq Scan"))])
    assert types(reading.plans[0]) == ["Hash Join", "Seq Scan"]
    assert reading.plans[0].root.children[0].total_cost is None
    assert "line 3 breaks off" in reading.plans[0].truncated
    assert reading.unread[0].line == 3


def test_text_cut_off_at_the_beginning():
    plans = read(TEXT[TEXT.index("  ->  Seq Scan") :]).plans
    assert [types(plan) for plan in plans] == [["Seq Scan"], ["Hash", "Index Scan"]]
    assert all(plan.truncated.startswith("the beginning is missing") for plan in plans)
    assert plans[-1].execution_ms == 0.2


@pytest.mark.parametrize("cut", range(60, len(JSON), 37))
def test_json_cut_off_at_the_end(cut):
    reading = read(JSON[:cut])
    (plan,) = reading.plans
    assert plan.root.node_type == "Hash Join"
    assert plan.truncated.startswith("the end is missing: line ")
    whole = {str(value) for node in read(JSON).plans[0].walk() for value in (node.node_type, *node.details.values())}
    assert {node.node_type for node in plan.walk()} <= whole


def test_json_cut_off_at_the_beginning():
    plans = read(JSON[JSON.index('"Parent') :]).plans
    assert [types(plan) for plan in plans] == [["Hash", "Result"]]
    assert plans[0].truncated.startswith("the beginning is missing")


@pytest.mark.parametrize("cut", range(125, len(XML) - 10, 41))
def test_xml_cut_off_at_the_end(cut):
    (plan,) = read(XML[:cut]).plans
    assert types(plan) == ["Limit", "Sort", "Seq Scan"][: len(types(plan))]
    assert plan.truncated.startswith("the end is missing")


def test_xml_cut_off_at_the_beginning():
    plans = read(XML[XML.index("<Plan>", 120) :]).plans
    assert types(plans[0]) == ["Sort", "Seq Scan"]
    assert plans[0].truncated.startswith("the beginning is missing")


@pytest.mark.parametrize("cut", range(40, len(YAML), 13))
def test_yaml_cut_off_at_the_end(cut):
    (plan,) = read(YAML[:cut]).plans
    assert types(plan) == ["Limit", "Sort", "Seq Scan"][: len(types(plan))]


def test_yaml_cut_off_at_the_beginning():
    plans = read(YAML[YAML.index('      - Node Type: "Sort"') :]).plans
    assert types(plans[0]) == ["Sort", "Seq Scan"]
    assert plans[0].truncated.startswith("the beginning is missing")


def test_a_document_type_is_refused():
    bomb = '<?xml version="1.0"?>\n<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<explain><Query><Plan><Node-Type>&b;</Node-Type></Plan></Query></explain>'
    with pytest.raises(NoPlan) as caught:
        read(bomb)
    assert "DOCTYPE" in str(caught.value)
    outside = XML.replace("<Query>", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><Query>')
    with pytest.raises(NoPlan):
        read(outside)


def test_control_characters_pass_xml():
    (plan,) = read(XML.replace(">t<", ">t\x01\x1f&amp;é<")).plans
    assert [node.relation for node in plan.walk()][-1] == "t\x01\x1f&é"


def test_yaml_aliases_and_tags_are_only_text():
    (plan,) = read('- Plan:\n    Node Type: "Result"\n    A: &x [1, 2]\n    B: *x\n    C: !!python/object:os.system 5').plans
    assert plan.root.details["B"] == "*x"
    assert plan.root.details["C"] == "!!python/object:os.system 5"


def nested(form, depth):
    if form == "json":
        return '[{"Plan": ' + '{"Node Type": "Limit", "Plans": [' * depth + '{"Node Type": "Result"}' + "]}" * depth + "}]"
    if form == "xml":
        return "<explain><Query>" + "<Plan><Node-Type>Limit</Node-Type><Plans>" * depth + "</Plans></Plan>" * depth + "</Query></explain>"
    if form == "yaml":
        return "- Plan:\n" + "\n".join(f'{" " * (4 * n + 2)}{"- " if n else "  "}Node Type: "Limit"\n{" " * (4 * n + 4)}Plans:' for n in range(depth))
    return "Limit  (cost=0.00..1.00 rows=1 width=4)\n" + "\n".join(f"{' ' * (2 + n)}->  Limit  (cost=0.00..1.00 rows=1 width=4)" for n in range(depth))


@pytest.mark.parametrize("form", ["json", "xml", "yaml", "text"])
@pytest.mark.parametrize("depth", [300, 5000])
def test_deep_nesting_is_cut_with_a_message(form, depth):
    if depth == 5000 and form in ("yaml", "text"):
        depth = 1500  # the indentation alone makes the input grow with the square
    reading = read(nested(form, depth))
    (plan,) = reading.plans
    assert min(depth, MAX_DEPTH) <= sum(1 for _ in plan.walk()) <= MAX_DEPTH + 1
    messages = " ".join([each.expected for each in reading.unread] + [plan.truncated or ""])
    assert ("levels deep" in messages) == (depth > MAX_DEPTH)
    json.dumps(to_json(plan))


def test_keys_that_come_twice_lose_nothing():
    text = """[{"Plan": {"Node Type": "Sort", "Filter": "(a)", "Filter": "(b)", "Filter": "(c)",
        "Workers": [{"Worker Number": 0, "Sort Method": "quicksort"}, {"Worker Number": 1, "Sort Method": "external merge"}],
        "Workers": [{"Worker Number": 0, "Actual Rows": 5, "Actual Loops": 1, "Shared Hit Blocks": 7}]}}]"""
    for plan in (read(text).plans[0], from_json(text)):
        assert [plan.root.details[name] for name in ("Filter", "Filter (2)", "Filter (3)")] == ["(a)", "(b)", "(c)"]
        first, second = plan.root.workers
        assert (first.details["Sort Method"], first.actual.rows, first.buffers.shared_hit) == ("quicksort", 5, 7)
        assert (second.number, second.actual) == (1, None)


def test_wrong_types_are_told_and_kept():
    node = {"Node Type": "Sort", "Total Cost": "much", "Plan Rows": None, "Relation Name": ["t"], "Shared Hit Blocks": {"a": 1},
            "Actual Rows": 5, "Actual Loops": -1, "Plans": [5, {"Node Type": 7}, {"Node Type": "Result"}], "Workers": ["x"]}  # fmt: skip
    reading = read(json.dumps([{"Plan": node, "Execution Time": "NaN", "Settings": [1], "Triggers": 5, "JIT": "on", "Planning": 3}]))
    (plan,) = reading.plans
    assert types(plan) == ["Sort", "Result"]
    assert (plan.root.total_cost, plan.root.relation, plan.root.actual, plan.execution_ms) == (None, None, None, None)
    assert plan.root.details["Total Cost"] == "much"
    assert plan.root.details["Relation Name"] == ["t"]
    assert {each.text.split(":")[0] for each in reading.unread} >= {"Total Cost", "Relation Name", "Shared Hit Blocks", "Actual Loops", "Plans",
                                                                    "Node Type", "Workers", "Execution Time"}  # fmt: skip
    json.dumps(to_json(plan))


@pytest.mark.parametrize("number", ["1e999", "NaN", "-Infinity", "9" * 400, "9" * 5000, "1" + "0" * 30])
def test_numbers_out_of_range(number):
    reading = read(f'[{{"Plan": {{"Node Type": "Result", "Total Cost": {number}, "Actual Rows": 1, "Actual Loops": {number}}}}}]')
    assert reading.plans[0].root.total_cost is None or number.startswith("1")
    assert reading.unread or reading.plans[0].truncated
    json.dumps(to_json(reading.plans[0]), allow_nan=False)


HOSTILE = {
    "spaces": "Seq Scan on t" + " " * 60_000 + "(cost=",
    "parentheses": "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: " + "(" * 30_000,
    "quotes": "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: " + "'" * 30_001,
    "groups": "Sort  (cost=0.00..1.00 rows=1 width=4)\n  Full-sort Groups: 1  Sort Method: q" + "  Average Memory: 1kB  Peak Memory: 1kB" * 4_000 + "x",
    "settings": "Result  (cost=0.00..1.00 rows=1 width=4)\nSettings: a = '" + "', b = '" * 30_000,
    "arrows": "Limit  (cost=0.00..1.00 rows=1 width=4)\n" + "  ->  \n" * 6_000,
    "braces": "{" * 30_000,
    "brackets": "[\n" * 6_000 + '"Plan"',
    "objects": '{"Plan":\n' * 4_000,
    "open strings": '{"Plan": "\n' * 4_000,
    "tags": "<explain>" + "<a>" * 30_000,
    "starts": "<explain>\n" * 4_000,
    "plans": "- Plan:\n" * 4_000,
    "queries": "Query Text: select\n" * 4_000,
    "heads": "LOG:  duration: 1 ms  plan:\n" * 4_000,
    "bars": "|" * 60_000 + "\n" + "| |\n" * 4_000,
    "entities": "&gt;" * 10_000 + "-&gt;",
    "csv": ',"duration: 1 ms  plan:\n' * 4_000,
    "chunks": "a[1]: [1-1] duration: \n" * 4_000,
    "wide": "Append  (cost=0.00..1.00 rows=1 width=4)\n" + "  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n" * 4_000,
    "wrapped": "Append  (cost=0.00..1.00\n" + "  ->  Seq Scan on t  (cost=0.00..1.00\n" * 4_000,
    "headings": "Limit  (cost=0.00..1.00 rows=1 width=4)\n" + "  SubPlan 1\n" * 6_000,
    "strings in strings": json.dumps(json.dumps(json.dumps(json.dumps(json.dumps(json.dumps(["(cost=", "->  "])))))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_neither_hang_nor_fill_the_memory(name):
    tracemalloc.start()
    try:
        read(HOSTILE[name])
    except NoPlan as refusal:
        assert refusal.line >= 1  # noqa: PT017 - both outcomes are right
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 200_000_000


@pytest.mark.parametrize("name", ["Plans", "Workers", "Keys", "Never", "Target Tables", "Grouping Sets", "Node Type", "Triggers", "JIT", "Settings"])
def test_names_of_json_s_own_are_no_lines_of_text(name):
    """TEXT prints none of them in that way: they are kept as not understood, and the tree stays whole."""
    lines = f"  {name}: x\n  Worker 0:  actual time=1.000..2.000 rows=1 loops=1\n  Group Key: a\n  ->  Seq Scan on t  {COST}\n        {name}: 5"
    plan = read(f"HashAggregate  {COST}\n{lines}").plans[0]
    assert [node.node_type for node in plan.walk()][:1] == ["Aggregate"]
    assert plan.unread or name in ("JIT", "Triggers")
    json.dumps(to_json(plan))


@pytest.mark.parametrize("planned", [-1, 0, 2**63])
def test_rules_answer_for_workers_that_cannot_be(planned):
    text = f"Gather  {COST}\n  Workers Planned: {planned}\n  Workers Launched: -3\n  ->  Parallel Seq Scan on t  {COST}"
    assert analyse(read(text).plans[0]).rows.keys() == {0, 1}


@pytest.mark.parametrize("filler", [" ", b" "])
def test_more_than_can_be_held_is_refused_before_it_is_looked_at(filler):
    with pytest.raises(TooLong, match=r"^big.log holds 64 MB, and at most 64 MB are read as plans") as refused:
        read(filler * (LIMIT_BYTES + 1), "big.log")
    assert "explain log" in refused.value.hint


@pytest.mark.parametrize("text", ["(" * 10_000, "a = " * 4_000, "a || " * 4_000 + "b", "(a AND " * 4_000, "NOT " * 4_000, "x[" * 4_000, "a::" * 9_000,
                                  "CASE " * 9_000, "f(" * 4_000, "hashed SubPlan", "(InitPlan", "", ")", "((a = 1) AND", '"' * 99], ids=range(15))  # fmt: skip
def test_conditions_never_fail(text):
    condition = parse_condition(text)
    assert condition.text == text
    assert isinstance(condition.columns, tuple)
    assert isinstance(condition.comparisons, tuple)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_a_condition(text):
    assert parse_condition(text).text == text


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.binary()))
def test_any_input_is_read_or_refused(text):
    try:
        assert read(text).plans
    except NoPlan as refusal:
        assert refusal.line >= 1  # noqa: PT017 - both outcomes are right


def fuzzer():
    spec = importlib.util.spec_from_file_location("explain_fuzz", ROOT / "benchmarks" / "explain" / "fuzz.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", range(4))
def test_mutated_plans(seed):
    """The benchmark does this a hundred thousand times."""
    fuzz, rng = fuzzer(), random.Random(seed)
    assert sum(len(fuzz.exercise(fuzz.mutated([TEXT, JSON, XML, YAML], rng))) for _ in range(150)) > 50
