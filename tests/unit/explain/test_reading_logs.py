"""Plans out of logs of auto_explain: stderr with any prefix, csvlog, jsonlog, syslog, and what clouds make of them, in any of the four formats."""

# ruff: noqa: E501 - plans and conditions stand on one line, as they are printed
from __future__ import annotations

import csv
import io
import json

import pytest

from indexadvisor.explain import read

QUERY = "SELECT *\n\tFROM t -- it's \"x\"\nWHERE a = $1"
TEXT_BODY = f"""Query Text: {QUERY}
Query Parameters: $1 = '7, ''8'''
Limit  (cost=0.00..0.03 rows=2 width=8) (actual time=0.007..0.008 rows=2 loops=1)
  ->  Seq Scan on t  (cost=0.00..35.50 rows=2550 width=8) (actual time=0.006..0.007 rows=2 loops=1)
        Filter: (a = 7)
        Rows Removed by Filter: 3"""
_NODE = {"Node Type": "Limit", "Startup Cost": 0.0, "Total Cost": 0.03, "Plan Rows": 2, "Plan Width": 8, "Actual Startup Time": 0.007,
         "Actual Total Time": 0.008, "Actual Rows": 2, "Actual Loops": 1, "Plans": [
             {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "t", "Alias": "t", "Startup Cost": 0.0,
              "Total Cost": 35.5, "Plan Rows": 2550, "Plan Width": 8, "Actual Startup Time": 0.006, "Actual Total Time": 0.007,
              "Actual Rows": 2, "Actual Loops": 1, "Filter": "(a = 7)", "Rows Removed by Filter": 3}]}  # fmt: skip
JSON_BODY = json.dumps({"Query Text": QUERY, "Query Parameters": "$1 = '7, ''8'''", "Plan": _NODE}, indent=2)
_Q = QUERY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _xml(node):
    children = "".join(f"<Plan>{_xml(each)}</Plan>" for each in node.get("Plans", ()))
    own = "\n".join(f"<{name.replace(' ', '-')}>{value}</{name.replace(' ', '-')}>" for name, value in node.items() if name != "Plans")
    return own + (f"<Plans>\n{children}</Plans>" if children else "")


def _yaml(node, indent):
    lines = [f"{' ' * indent}{name}: {json.dumps(value)}" for name, value in node.items() if name != "Plans"]
    for each in node.get("Plans", ()):
        inner = _yaml(each, indent + 4)
        inner[0] = f"{' ' * (indent + 2)}- {inner[0].lstrip()}"
        lines += [f"{' ' * indent}Plans: ", *inner]
    return lines


XML_BODY = (f'<explain xmlns="http://www.postgresql.org/2009/explain">\n  <Query-Text>{_Q}</Query-Text>\n'
            f"  <Query-Parameters>$1 = '7, ''8'''</Query-Parameters>\n  <Plan>\n{_xml(_NODE)}\n  </Plan>\n</explain>")  # fmt: skip
YAML_BODY = "\n".join([f"Query Text: {json.dumps(QUERY)}", "Query Parameters: \"$1 = '7, ''8'''\"", "Plan: ", *_yaml(_NODE, 2)])
BODIES = {"text": TEXT_BODY, "json": JSON_BODY, "xml": XML_BODY, "yaml": YAML_BODY}
PREFIXES = [
    "2024-01-01 00:00:00.123 UTC [123] ", "2024-01-01 00:00:00 UTC:10.0.0.1(5432):user@db:[123]:", "< 2024-01-01 user db >", "",
    "%", "[local] 2024-01-01 12:00:00 CET [9-1] app=psql,db=x ",
]  # fmt: skip


def check(text, count, form, durations=True):
    reading = read(text)
    assert [plan.source_format for plan in reading.plans] == [form] * count
    assert reading.unread == ()
    for at, plan in enumerate(reading.plans):
        assert [(node.node_type, node.relation) for node in plan.walk()] == [("Limit", None), ("Seq Scan", "t")]
        assert plan.root.children[0].text("Filter") == "(a = 7)"
        assert plan.root.actual.total_ms == 0.008
        assert plan.query_text == QUERY
        assert plan.query_parameters == "$1 = '7, ''8'''"
        assert plan.truncated is None
        if durations:
            assert plan.execution_ms == plan.details["Duration"] == 1.5 + at


def stderr_log(prefix, body, count=2):
    entries = [f"{prefix}LOG:  statement: BEGIN"]
    for at in range(count):
        entries.append(f"{prefix}LOG:  duration: {1.5 + at} ms  plan:\n\t" + body.replace("\n", "\n\t"))
        entries.append(f"{prefix}LOG:  duration: 3.141 ms  statement: select '\n\tSeq Scan on x  (cost=1.00..2.00'")
    return "\n".join(entries) + "\n"


@pytest.mark.parametrize("form", sorted(BODIES))
@pytest.mark.parametrize("prefix", PREFIXES, ids=range(len(PREFIXES)))
def test_stderr_with_any_prefix(form, prefix):
    check(stderr_log(prefix, BODIES[form]), 2, form)


@pytest.mark.parametrize("form", sorted(BODIES))
def test_the_line_of_each_plan_is_known(form):
    log = stderr_log("2024-01-01 00:00:00 UTC [1] ", BODIES[form])
    lines = log.split("\n")
    starts = {"text": "\tLimit", "json": "\t{", "xml": "\t<explain", "yaml": "\tQuery Text"}
    plans = read(log).plans
    assert all(lines[plan.line - 1].startswith(starts[form]) for plan in plans)
    assert plans[0].line < plans[1].line


@pytest.mark.parametrize("form", sorted(BODIES))
def test_csvlog(form):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for at in range(2):
        fields = ["2024-01-01 00:00:00.123 UTC", "u", "d", "123", "[local]", "65.1", "1", "SELECT", "2024-01-01", "3/4", "0", "LOG", "00000"]
        writer.writerow([*fields, f"duration: {1.5 + at} ms  plan:\n{BODIES[form]}", "", "", "", "", "", 'with "quotes"', "", "", "psql"])
        writer.writerow([*fields, "duration: 3 ms  statement: select 'a, \"b\"'", "", "", "", "", "", "", "", "", "psql"])
    check(out.getvalue(), 2, form)
    plans = read(out.getvalue()).plans
    assert plans[0].line < plans[1].line <= out.getvalue().count("\n")


@pytest.mark.parametrize("form", sorted(BODIES))
@pytest.mark.parametrize("key", ["message", "textPayload", "properties"])
def test_json_lines_of_servers_and_clouds(form, key):
    lines = []
    for at in range(2):
        message = f"duration: {1.5 + at} ms  plan:\n{BODIES[form]}"
        prefixed = message if key == "message" else f"2024-01-01 00:00:00.123 UTC [123]: [4-1] db=x,user=y LOG:  {message}"
        value = {"message": prefixed} if key == "properties" else prefixed
        lines.append(json.dumps({"timestamp": "2024-01-01", "pid": 5, key: value, "severity": "INFO"}))
        lines.append(json.dumps({"timestamp": "2024-01-01", key: "connection received"}))
    check("\n".join(lines) + "\n", 2, form)
    assert [plan.line for plan in read("\n".join(lines)).plans] == [1, 3]
    check(json.dumps([json.loads(line) for line in lines], indent=2), 2, form)


@pytest.mark.parametrize("form", sorted(BODIES))
def test_syslog_with_interleaved_processes(form):
    lines = []
    for at, pid in ((0, 11), (1, 12)):
        head, *rest = f"LOG:  duration: {1.5 + at} ms  plan:\n{BODIES[form]}".split("\n")
        chunks = [head, *(f"#011{line.replace(chr(9), '#011')}" for line in rest)]
        lines.append([f"Jan  1 00:00:0{at} host postgres[{pid}]: [7-{n}] {chunk}" for n, chunk in enumerate(chunks, 1)])
    mixed = [line for pair in zip(*lines, strict=True) for line in pair]
    check("\n".join(mixed), 2, form)


@pytest.mark.parametrize("form", sorted(BODIES))
def test_heroku_out_of_order(form):
    head, *rest = f"LOG:  duration: 1.5 ms  plan:\n{BODIES[form]}".split("\n")
    lines = [f"2024-01-01T00:00:00.{n:03}+00:00 app[postgres.77]: [DATABASE] [5-{n}]  {'' if n == 1 else chr(9)}{chunk}"
             for n, chunk in enumerate([f"sql_error_code = 00000 {head}", *rest], 1)]  # fmt: skip
    lines = [line.replace("]  ", "] ") for line in lines]
    if len(lines) > 4:
        lines[2], lines[3] = lines[3], lines[2]
    check("\n".join(lines), 1, form)


@pytest.mark.parametrize("form", sorted(BODIES))
def test_an_entry_without_its_prefix(form):
    check(BODIES[form], 1, form, durations=False)
    check(f"duration: 1.5 ms  plan:\n{BODIES[form]}", 1, form)


def test_a_plan_cut_off_in_a_log_does_not_take_the_next_with_it():
    log = stderr_log("2024-01-01 00:00:00 UTC [1] ", JSON_BODY[:300], 1) + stderr_log("2024-01-01 00:00:01 UTC [1] ", JSON_BODY, 1)
    plans = read(log).plans
    assert plans[-1].root.children[0].relation == "t"
    assert plans[-1].truncated is None
    log = stderr_log("2024-01-01 00:00:00 UTC [1] ", "Query Text: select", 1) + stderr_log("2024-01-01 00:00:01 UTC [1] ", TEXT_BODY, 1)
    assert [plan.query_text for plan in read(log).plans] == [QUERY]
