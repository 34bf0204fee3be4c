"""The scanners: tokens, statements, parameters, prepared statements, times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.capture.auto_explain import parse_plan
from indexadvisor.capture.parameters import cut_short, parse_parameters
from indexadvisor.capture.prepared import execute_values, prepared_statement
from indexadvisor.capture.script import split
from indexadvisor.capture.timestamps import parse_time

SQL = st.text(st.sampled_from("ab1 '\"$;/*-()\\eE\n_.é"), max_size=60)


def logged(values):
    return ", ".join(f"${i} = " + ("NULL" if v is None else "'" + v.replace("'", "''") + "'") for i, v in enumerate(values, 1))


@given(st.lists(st.none() | st.text(max_size=20).filter(lambda text: not text.endswith("..."))))
def test_values_survive_being_logged(values):
    assert parse_parameters(logged(values)) == tuple(values)


@given(st.lists(st.none() | st.text("a'$1=, ", max_size=9), min_size=1, max_size=4), st.data())
def test_half_a_list_of_values_is_never_other_values(values, data):
    text = logged(values)
    part = parse_parameters(text[: data.draw(st.integers(0, len(text)))])
    if part is not None and part != tuple(values)[: len(part)]:
        # a cut behind a doubled quote looks like the end of a value: the value is then a beginning of the true one
        assert part[:-1] == tuple(values)[: len(part) - 1]
        assert values[len(part) - 1].startswith(part[-1])


@pytest.mark.parametrize(
    "text",
    ["$2 = '1'", "$1 = 1", "$1 = 'a' $2 = 'b'", "$1 = 'a', ", "x", "$1 = 'a'b'", "$1 = 'long...'", "$1 = NULLx"],
)  # fmt: skip
def test_what_is_no_list_of_values_is_none(text):
    assert parse_parameters(text) is None


def test_a_cut_value_is_told_from_damage():
    assert cut_short("$1 = 'abc...', $2 = '1'")
    assert not cut_short("$1 = 'abc")


@given(SQL)
def test_statements_do_not_overlap_and_lie_within(text):
    last = 0
    for piece in split(text):
        assert last <= piece.lead <= piece.start < piece.end <= len(text)
        last = piece.end


@pytest.mark.parametrize(
    ("text", "values"),
    [("execute p", ()), ("execute p()", ()), ("EXECUTE p(1, -2.5, 'a''b', NULL, true)", ("1", "-2.5", "a'b", None, "true")),
     ("execute p(1+1)", None), ("execute p(now())", None), ("execute p('1'::int)", None), ("execute p(1", None), ("execute p(1,)", None),
     ("select 1", None), ('execute "p"(E\'x\')', None)],
)  # fmt: skip
def test_values_of_execute(text, values):
    assert execute_values(text) == values


def test_prepared_statements():
    assert prepared_statement("PREPARE p AS select 1 as a") == "select 1 as a"
    assert prepared_statement("prepare p (int, numeric(10,2)) as -- x\n select $1") == "-- x\n select $1"
    assert prepared_statement("select 1 as a") is None


@pytest.mark.parametrize(
    "body",
    ["", "Query Text: select 1", "{", "[]", '{"Query Text": 1, "Plan": {}}', "<explain>", "Query Text: x\nPlan: \n  y",
     "<explain><Plan></Plan></explain>", 'Query Text: "\\q"\nPlan: \n  y'],
)  # fmt: skip
def test_a_plan_that_cannot_be_read_is_none(body):
    assert parse_plan(body) is None


TEXT = 'select * from t where v <> \'a"<b>&\\n\'\'x\'\n/* tab\t */ and w = $1'


XML = """<explain xmlns="http://www.postgresql.org/2009/explain">
  <Query-Text>select * from t where v &lt;&gt; 'a"&lt;b&gt;&amp;\\n''x'
/* tab\t */ and w = $1</Query-Text>
  <Query-Parameters>$1 = 'it''s'</Query-Parameters>
  <Plan>
    <Node-Type>Result</Node-Type>
  </Plan>
</explain>"""
YAML = r"""Query Text: "select * from t where v <> 'a\"<b>&\\n''x'\n/* tab\t */ and w = $1"
Query Parameters: "$1 = 'it''s'"
Plan:
  Node Type: Result"""


@pytest.mark.parametrize("body", [XML, YAML], ids=["xml", "yaml"])
def test_plans_in_xml_and_yaml(body):
    plan = parse_plan(body)
    assert plan.text == TEXT
    assert plan.parameters == ("it's",)
    assert plan.plan == body


def test_a_plan_with_values():
    root = "Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.1..0.2 rows=1 loops=1)"
    plan = parse_plan(f"Query Text: select $1\nQuery Parameters: $1 = 'a\nb'\n{root}\n")
    assert (plan.text, plan.parameters) == ("select $1", ("a\nb",))
    assert plan.plan.startswith("Result")


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-11-22", "2026-13-22 05:33:19 UTC", "2026-11-22 05:33:19 ABC", "9" * 400, "2026-11-22 05:33:19 +99"],
)  # fmt: skip
def test_no_time_is_none(text):
    assert parse_time(text) is None
