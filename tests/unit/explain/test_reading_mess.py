"""Plans as people and clients hand them on: the same plan must come out, whatever stands around it."""

# ruff: noqa: E501 - plans and conditions stand on one line, as they are printed
from __future__ import annotations

import json
import textwrap

import pytest

from indexadvisor.errors import CaptureError
from indexadvisor.explain import read
from indexadvisor.explain.reading import NoPlan

PLAN = """\
Limit  (cost=0.57..12.60 rows=5 width=40) (actual time=0.010..0.052 rows=5 loops=1)
  Buffers: shared hit=24 read=3
  ->  Nested Loop Left Join  (cost=0.57..240.10 rows=100 width=40) (actual time=0.009..0.050 rows=5 loops=1)
        Join Filter: ((o.status = 'it''s (odd)'::text) AND (c.name <> 'x'::text))
        Rows Removed by Join Filter: 2
        Buffers: shared hit=24 read=3
        ->  Index Scan Backward using "orders pkey" on public.orders o  (cost=0.29..8.30 rows=1 width=20) (actual time=0.004..0.006 rows=1 loops=1)
              Output: o.id, f(o.a, o.b), 'x, y'::text
              Index Cond: ((o.id = ANY ('{1,2,3}'::integer[])) AND (o.placed > '2024-01-01'::date))
              Buffers: shared hit=4
        ->  Seq Scan on public.customers c  (cost=0.00..2.00 rows=100 width=20) (actual time=0.002..0.010 rows=20 loops=5)
              Filter: (c.id > 7)
              Buffers: shared hit=20 read=3
Planning Time: 0.123 ms
Execution Time: 0.456 ms"""
JSON_PLAN = json.dumps([{"Plan": {"Node Type": "Sort", "Total Cost": 9.5, "Sort Key": ["a + b", '"c d"'], "Plans": [
    {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "t", "Filter": "(a = 'x \"y\" +'::text)"}]},
    "Execution Time": 1.5}], indent=2)  # fmt: skip
BASE = read(PLAN).plans[0]


def same(text, lines=None):
    """Assert that a text holds the plan and nothing unread."""
    reading = read(text)
    assert len(reading.plans) == 1
    assert reading.unread == ()
    plan = reading.plans[0]
    assert plan.root == BASE.root
    assert [node.details for node in plan.walk()] == [node.details for node in BASE.walk()]
    assert (plan.execution_ms, plan.planning, plan.truncated) == (0.456, BASE.planning, None)
    return plan


def test_the_plan_itself():
    nodes = list(BASE.walk())
    assert [node.node_type for node in nodes] == ["Limit", "Nested Loop", "Index Scan", "Seq Scan"]
    assert nodes[2].index == "orders pkey"
    assert nodes[2].texts("Output") == ("o.id", "f(o.a, o.b)", "'x, y'::text")
    assert nodes[2].text("Scan Direction") == "Backward"
    assert (nodes[2].schema, nodes[2].relation, nodes[2].alias) == ("public", "orders", "o")
    assert nodes[1].text("Join Type") == "Left"
    assert [node.relationship for node in nodes] == [None, "Outer", "Outer", "Inner"]
    assert nodes[3].actual.loops == 5
    assert nodes[3].amount("Rows Removed by Filter") == 0
    assert (nodes[3].buffers.shared_hit, nodes[3].buffers.shared_read) == (20, 3)


def psql(text, border, left="", right="", rule="-"):
    rows = text.split("\n")
    width = max(map(len, rows))
    if border == 1:
        return "\n".join(["QUERY PLAN".center(width + 2), rule * (width + 2), *(f" {row}" for row in rows), f"({len(rows)} rows)", ""])
    line = "+" + rule * (width + 2) + "+"
    return "\n".join([line, f"{left} {'QUERY PLAN'.center(width)} {right}", line, *(f"{left} {row.ljust(width)} {right}" for row in rows), line,
                      f"({len(rows)} rows)"])  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        psql(PLAN, 1),
        psql(PLAN, 2, "|", "|"),
        psql(PLAN, 2, "│", "│", "─").replace("+", "┼"),
        psql(PLAN, 2, "║", "║", "═").replace("+", "╬"),
        "QUERY PLAN\n" + PLAN + "\n(15 rows)",
        PLAN.replace("\n", "\r\n"),
        PLAN.replace("\n", "\r"),
        "\ufeff" + PLAN,
        PLAN.replace("  ", "\xa0\xa0"),
        "\n\n" + PLAN.replace("\n", "\n\n") + "\n\n",
        textwrap.indent(PLAN, "        "),
        textwrap.indent(PLAN, "\t"),
        textwrap.indent(PLAN, "> ", lambda _: True),
        textwrap.indent(PLAN, "> > ", lambda _: True),
        "Here is my plan, it is slow:\n\n```sql\n" + PLAN + "\n```\n\nThanks!",
        "~~~\n" + PLAN + "\n~~~",
        PLAN.replace("->", "-&gt;").replace("<>", "&lt;&gt;").replace("> ", "&gt; ").replace("-&gt; ", "-&gt; "),
        PLAN.replace("->", "→"),
        "\n".join('"' + line.replace('"', '""') + '"' for line in PLAN.split("\n")),
        '"QUERY PLAN"\n' + "\n".join('"' + line.replace('"', '""') + '"' for line in PLAN.split("\n")),
        "\n".join('"' + line.replace('"', '""') + '",' for line in PLAN.split("\n")),
        "\n".join("'" + line.replace("'", "''") + "'" for line in PLAN.split("\n")),
        "\n".join(f"{n}\t{line}" for n, line in enumerate(PLAN.split("\n"), 1)),
        "QUERY PLAN".ljust(150) + "|\n" + "-" * 150 + "+\n" + "\n".join(line.ljust(150) + "|" for line in PLAN.split("\n")),
        "| QUERY PLAN |\n|---|\n" + "\n".join(f"| {line} |" for line in PLAN.split("\n")),
        "\n".join(f"QUERY PLAN | {line}" for line in PLAN.split("\n")),
        "psql (18.1)\nType \"help\" for help.\n\nshop=# \\timing\nTiming is on.\nshop=# EXPLAIN (ANALYZE, BUFFERS)\nshop-# SELECT * FROM orders;\n"
        + psql(PLAN, 1) + "\nTime: 12.345 ms\nshop=# \\q\n",
        json.dumps([{"QUERY PLAN": line} for line in PLAN.split("\n")]),
        json.dumps([{"QUERY PLAN": line} for line in PLAN.split("\n")], indent=1),
        json.dumps([[line] for line in PLAN.split("\n")]),
        json.dumps(PLAN),
        json.dumps({"rows": [{"plan": PLAN}]}),
    ],
    ids=lambda text: None,
)  # fmt: skip
def test_what_stands_around_a_text_plan(text):
    same(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_bytes_in_any_unicode(encoding):
    same(PLAN.encode(encoding))


@pytest.mark.parametrize("width", [72, 80, 100, 120])
def test_lines_broken_at_a_width(width):
    broken = "\n".join("\n".join(textwrap.wrap(line, width, drop_whitespace=True, break_long_words=False, break_on_hyphens=False)) for line in PLAN.split("\n"))  # fmt: skip
    assert broken != PLAN
    same(broken)


@pytest.mark.parametrize("width", [76, 80, 100])
def test_lines_cut_hard_at_a_width(width):
    pieces = [line[at : at + width] for line in PLAN.split("\n") for at in range(0, len(line), width)]
    plan = read("\n".join(pieces)).plans[0]
    assert [node.node_type for node in plan.walk()] == ["Limit", "Nested Loop", "Index Scan", "Seq Scan"]
    assert plan.root == BASE.root


def test_positions_survive_the_cleaning():
    text = psql(PLAN.replace("        Rows Removed by Join Filter: 2", "        Something odd here"), 2, "|", "|")
    reading = read(text)
    assert len(reading.unread) == 1
    (unread,) = reading.unread
    assert (unread.line, unread.column, unread.text) == (8, 11, "Something odd here")
    assert text.split("\n")[7][10:].startswith("Something odd")
    assert reading.plans[0].unread == reading.unread
    assert "property" in unread.expected


def quoted_cell(text):
    return '"' + text.replace('"', '""') + '"'


def psql_cell(text, sign):
    rows = text.split("\n")
    width = max(map(len, rows))
    body = [f" {row.ljust(width)}{sign}" for row in rows[:-1]] + [f" {rows[-1]}"]
    return "\n".join(["QUERY PLAN".center(width + 2), "-" * (width + 2), *body, "(1 row)", ""])


def framed_cell(text):
    rows = text.split("\n")
    width = max(map(len, rows))
    body = [f"| {row.ljust(width)}{'+' if at < len(rows) - 1 else ' '}|" for at, row in enumerate(rows)]
    line = "+" + "-" * (width + 2) + "+"
    return "\n".join([line, f"| {'QUERY PLAN'.center(width)} |", line, *body, line])


@pytest.mark.parametrize(
    "text",
    [
        JSON_PLAN,
        json.dumps(json.loads(JSON_PLAN)),
        psql_cell(JSON_PLAN, "+"),
        psql_cell(JSON_PLAN, "↵"),
        framed_cell(JSON_PLAN),
        quoted_cell(JSON_PLAN),
        "QUERY PLAN\n" + quoted_cell(JSON_PLAN),
        json.dumps(JSON_PLAN),
        "plan = " + JSON_PLAN,
        "```json\n" + JSON_PLAN + "\n```",
        json.dumps([{"QUERY PLAN": json.loads(JSON_PLAN)}]),
        json.dumps([{"QUERY PLAN": JSON_PLAN}]),
        json.dumps(json.loads(JSON_PLAN)[0]),
        JSON_PLAN.replace("\n", "\r\n"),
        "db=> explain (format json) select 1;\n" + psql_cell(JSON_PLAN, "+") + "\nTime: 1.2 ms",
    ],
    ids=lambda text: None,
)
def test_what_stands_around_a_json_plan(text):
    reading = read(text)
    assert len(reading.plans) == 1
    plan = reading.plans[0]
    assert plan.source_format == "json"
    assert [node.node_type for node in plan.walk()] == ["Sort", "Seq Scan"]
    assert plan.root.texts("Sort Key") == ("a + b", '"c d"')
    assert plan.root.children[0].text("Filter") == "(a = 'x \"y\" +'::text)"
    assert (plan.execution_ms, plan.unread, plan.truncated) == (1.5, (), None)


def test_several_plans_of_several_formats():
    text = "\n\n".join([PLAN, "Result  (cost=0.00..0.01 rows=1 width=4)", JSON_PLAN, "- Plan: \n    Node Type: \"Result\"\n    Total Cost: 0.01",
                        "<explain xmlns=\"http://www.postgresql.org/2009/explain\"><Query><Plan><Node-Type>Result</Node-Type></Plan></Query></explain>",
                        PLAN])  # fmt: skip
    plans = read(text).plans
    assert [plan.source_format for plan in plans] == ["text", "text", "json", "yaml", "xml", "text"]
    lines = text.split("\n")
    starts = ["Limit", "Result", "[", "- Plan", "<explain", "Limit"]
    assert all(lines[plan.line - 1].startswith(start) for plan, start in zip(plans, starts, strict=True))
    assert plans[0].root == plans[5].root == BASE.root


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("", 1, 1), ("\n  hello world", 2, 3), ("SELECT 1;\nLimit", 1, 1), ("x\n  ->", 1, 1)],
    ids=["empty", "prose", "sql", "bare arrow"],
)
def test_no_plan_is_refused_with_its_place(text, line, column):
    with pytest.raises(CaptureError) as caught:
        read(text, "mail.txt")
    assert isinstance(caught.value, NoPlan)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"mail.txt:{line}:{column}: " in str(caught.value)
    assert caught.value.expected in str(caught.value)


def test_a_bare_name_is_a_plan_only_where_nothing_else_stands():
    assert read("QUERY PLAN\n----\n Result\n(1 row)").plans[0].root.node_type == "Result"
    with pytest.raises(NoPlan):
        read("Sort of a problem.\nResult: none.\nLimit reached\n")
