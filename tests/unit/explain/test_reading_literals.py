"""Strings that hold line breaks are one value in TEXT, whatever their further lines look like."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexadvisor.explain import read
from indexadvisor.explain.text_property import listed

COST = "(cost=0.00..1.00 rows=1 width=4) (actual time=0.001..0.002 rows=1 loops=1)"
FAKE = f"a\n  ->  Seq Scan on stolen  {COST}\n        Filter: (x = 1)\nExecution Time: 5.000 ms\n\n  Buffers: shared hit=7"


def plan_with(value, name="Filter"):
    return f"""\
Limit  {COST}
  Buffers: shared hit=3
  ->  Seq Scan on a_table_with_quite_a_long_name_so_that_its_line_is_the_longest_of_all another_alias  {COST}
        {name}: {value}
        Buffers: shared hit=2
Settings: work_mem = '64MB'
Execution Time: 1.000 ms"""


def read_whole(text):
    reading = read(text)
    assert reading.unread == ()
    plan, = reading.plans
    assert [node.node_type for node in plan.walk()] == ["Limit", "Seq Scan"]
    assert (plan.truncated, plan.execution_ms, dict(plan.settings)) == (None, 1.0, {"work_mem": "64MB"})
    assert plan.root.children[0].buffers.shared_hit == 2
    return plan.root.children[0]


@pytest.mark.parametrize("string", [FAKE, "a\n\n\nb", "it''s\n(", "\n", 'a"\n"b', "a  \n  b", "x\n)'' AND (''y"], ids=range(7))
def test_a_string_of_several_lines_is_one_value(string):
    assert read_whole(plan_with(f"(a = '{string}'::text)")).text("Filter") == f"(a = '{string}'::text)"


def test_a_quoted_name_of_several_lines_is_one_value():
    assert read_whole(plan_with('("a\nb" = 1)')).text("Filter") == '("a\nb" = 1)'


def test_a_list_is_split_outside_of_its_strings():
    assert read_whole(plan_with("a, 'b, c\n->  d'::text, f(e, g)", "Output")).texts("Output") == ("a", "'b, c\n->  d'::text", "f(e, g)")


def test_signs_of_psql_are_taken_off():
    lines = plan_with("(a = 'b\n  c'::text)").split("\n")
    width = max(map(len, lines))
    framed = [f" {line.ljust(width)}" + ("+" if "'b" in line else "") for line in lines]
    node = read_whole("\n".join([" QUERY PLAN", "-" * (width + 2), *framed, f"({len(lines) - 1} rows)"]))
    assert node.text("Filter") == "(a = 'b\n  c'::text)"


def test_what_a_mail_program_broke_gets_its_blank_back():
    broken = "\n".join(textwrap.fill(line, 100, subsequent_indent="") for line in plan_with(f"(a = '{'word ' * 30}'::text)").split("\n"))
    assert read(broken).plans[0].root.children[0].text("Filter") == f"(a = '{'word ' * 30}'::text)"


def test_a_string_without_an_end_takes_nothing_with_it():
    text = f"Limit  {COST}\n  ->  Seq Scan on t  {COST}\n        Filter: (a = 'x\n        Buffers: shared hit=2\nExecution Time: 1.000 ms"
    plan = read(text).plans[0]
    assert plan.execution_ms == 1.0
    assert plan.root.children[0].buffers.shared_hit == 2


@pytest.mark.parametrize("line", ["  Filter: (a = 'x", "  Filter: ('", '  Output: "', "  Filter: (a = 'x'' ("])
def test_thousands_of_open_strings_are_read_in_one_pass(line):
    """Were each looked for to the end of the text, this would take minutes."""
    count = 20_000
    reading = read("\n".join([f"Seq Scan on t  {COST}", *(f"{line}{number}" for number in range(count))]))
    assert len(reading.plans) == 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["a", "f(b, c)", "'x, y'", '"q, r"', "ARRAY[1, 2]", "(g(h, i) + '1'::int)", "count(*)"]), min_size=1))
@example(["f(b, c)", "a"])
def test_a_list_is_what_was_joined(parts):
    assert listed(", ".join(parts)) == parts


def test_a_heading_behind_a_child_is_its_parents():
    plan = read(f"""\
Nested Loop  {COST}
  ->  Seq Scan on a  {COST}
  ->  Seq Scan on b  {COST}
  SubPlan 1
    ->  Aggregate  {COST}
          ->  Seq Scan on c  {COST}
  SubPlan 2
    ->  Result  {COST}""").plans[0]
    assert [(child.node_type, child.relationship, child.subplan_name) for child in plan.root.children] == [
        ("Seq Scan", "Outer", None), ("Seq Scan", "Inner", None), ("Aggregate", "SubPlan", "SubPlan 1"), ("Result", "SubPlan", "SubPlan 2"),
    ]  # fmt: skip


def test_entities_of_xml_are_the_parsers():
    text = """<explain xmlns="http://www.postgresql.org/2009/explain"><Query><Plan><Node-Type>Seq Scan</Node-Type>
<Filter>((doc -&gt;&gt; 'a'::text) = '&quot;&lt;b&gt;&quot;'::text)</Filter></Plan></Query></explain>"""
    assert read(text).plans[0].root.text("Filter") == "((doc ->> 'a'::text) = '\"<b>\"'::text)"


def test_lines_keep_their_numbers_behind_a_string():
    text = plan_with("(a = 'b\nc'::text)").replace("Settings: work_mem = '64MB'", "  Strange line")
    unread, = read(text).unread
    assert text.split("\n")[unread.line - 1] == "  Strange line"
