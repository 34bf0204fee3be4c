"""``--redact``: no name and no literal of a plan survives in any format; what is alike stays alike, figures stay."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indexadvisor.cli.explain_redact import redacted
from indexadvisor.explain.anonymise import Anonymiser
from indexadvisor.explain.engine import analyse
from indexadvisor.explain.reading import read
from indexadvisor.explain.shape import label
from indexadvisor.explain.thresholds import Thresholds
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.write import FORMATS, render
from tests.fakes.plan_results import TIMED, timed_result

ROLES = ("schema", "table", "other", "alias", "index", "column", "second", "function", "cte", "trigger", "constraint", "type", "literal",
         "pattern", "setting", "comment", "unread", "custom")  # fmt: skip
SECRET = st.text("qxzjkwvQXZü", min_size=9, max_size=14)
"""Letters that no word of ours is made of."""


def plan_of(word, *, quoted):
    """Return EXPLAIN's JSON of a plan with a secret word in each role, and its statement."""

    def name(role):
        return f'"{word[role]}"' if quoted or not word[role].islower() or not word[role].isascii() else word[role]

    column, second, alias = name("column"), name("second"), name("alias")
    scan = {
        "Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": word["table"], "Schema": word["schema"],
        "Alias": word["alias"], "Startup Cost": 0.0, "Total Cost": 5000.0, "Plan Rows": 10, "Plan Width": 8, "Actual Rows": 10,
        "Actual Loops": 1, "Actual Startup Time": 0.1, "Actual Total Time": 500.0, "Rows Removed by Filter": 990000,
        "Output": [f"{alias}.{column}", f"{name('function')}({alias}.{second})"],
        "Filter": f"(({alias}.{column} = '{word['literal']}'::{name('type')}) AND ({alias}.{second} ~~ '%{word['pattern']}%'::text)"
                  f" AND ({name('schema')}.{name('function')}({alias}.{column}) > 4711) AND (hashed SubPlan 1))",
        "Workers": [{"Worker Number": 0, "Actual Rows": 5, "Actual Loops": 1, word["custom"]: word["literal"]}],
    }  # fmt: skip
    index = {
        "Node Type": "Index Scan", "Parent Relationship": "Inner", "Relation Name": word["other"], "Schema": word["schema"],
        "Alias": word["other"], "Index Name": word["index"], "Startup Cost": 0.0, "Total Cost": 5.0, "Plan Rows": 10, "Plan Width": 8,
        "Actual Rows": 1, "Actual Loops": 10, "Actual Startup Time": 0.1, "Actual Total Time": 0.5,
        "Index Cond": f"({column} = {alias}.{second})",
    }  # fmt: skip
    cte = {"Node Type": "Result", "Parent Relationship": "InitPlan", "Subplan Name": f"CTE {word['cte']}", "Plan Rows": 1}
    root = {
        "Node Type": "Nested Loop", "Join Type": "Inner", "Startup Cost": 0.0, "Total Cost": 9000.0, "Plan Rows": 10, "Plan Width": 8,
        "Actual Rows": 10, "Actual Loops": 1, "Actual Startup Time": 0.1, "Actual Total Time": 600.0,
        "Join Filter": f"({column} <> '{word['literal']}'::text)", "Plans": [cte, scan, index],
    }  # fmt: skip
    statement = (
        f"WITH {name('cte')} AS (SELECT 1) SELECT {alias}.{column}, {name('function')}({second}) -- {word['comment']}\n"
        f"FROM {name('schema')}.{name('table')} AS {alias} JOIN {name('other')} ON true\n"
        f"WHERE {column} = '{word['literal']}'::{name('type')} AND {second} LIKE '%{word['pattern']}%' /* {word['comment']} */"
    )
    document = {
        "Query Text": statement, "Query Parameters": f"$1 = '{word['literal']}'", "Plan": root,
        "Settings": {"search_path": word["setting"]},
        "Triggers": [
            {"Trigger Name": word["trigger"], "Constraint Name": word["constraint"], "Relation": word["table"], "Time": 1.0, "Calls": 2}
        ],
        "Execution Time": 601.0, "Further": word["custom"],
    }  # fmt: skip
    return json.dumps([document]) + f"\n\n{word['unread']}\n", statement


def secrets(word):
    return {each for each in word.values() if each}


@pytest.mark.parametrize("quoted", [True, False], ids=["quoted", "plain"])
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=st.lists(SECRET, min_size=len(ROLES), max_size=len(ROLES), unique_by=str.lower))
@example(words=[f"qxz{number:02d}jkwvqq" for number in range(len(ROLES))])
def test_no_secret_word_survives_in_any_format(quoted, words):
    word = dict(zip(ROLES, words, strict=True))
    text, statement = plan_of(word, quoted=quoted)
    (plan,) = read(text).plans
    result = redacted(PlanResult("a file.json", analyse(plan), statement), Thresholds())
    for form in FORMATS:
        shown = render([result], form).lower()
        found = {each for each in secrets(word) - {word["custom"]} if each.lower() in shown or json.dumps(each.lower())[1:-1] in shown}
        assert not found, (form, [role for role in ROLES if word[role] in found])
        assert "4711" not in shown


def test_tested_advice_is_replaced_like_the_plan():
    result = redacted(timed_result(), Thresholds())
    for form in FORMATS:
        shown = render([result], form)
        if form == "sarif":
            # the rules' own documentation has examples
            shown = json.dumps(json.loads(shown)["runs"][0]["results"])
        for name in ("orders", "customers", "o.status", "status_idx", "'open", "customer_id", "o.amount"):
            assert name not in shown, (form, name)
    (table,) = {node.relation for node in result.report.plan.walk() if node.relation and node.text("Filter")}
    assert f"ON public.{table} USING btree" in result.tried.advice[0].indexes[0].ddl[0]
    assert result.tried.advice[0].indexes[0].name in {node.index for node in result.tried.together.after.walk()}


def test_structure_figures_and_findings_stay():
    (plan,) = read(TIMED).plans
    shown = Anonymiser().plan(plan)
    assert [(label(a), a.number, a.actual, a.rows, a.buffers) for a in plan.walk()] == [
        (label(b), b.number, b.actual, b.rows, b.buffers) for b in shown.walk()
    ]
    before, after = analyse(plan), analyse(shown)
    assert [(one.code, one.node, one.severity, one.score) for one in before.findings] == [
        (one.code, one.node, one.severity, one.score) for one in after.findings
    ]
    assert after.times == before.times


def test_the_same_name_is_replaced_by_the_same_everywhere():
    names = Anonymiser()
    (plan,) = read(TIMED).plans
    shown = names.plan(plan)
    scan = next(node for node in shown.walk() if node.text("Filter"))
    assert scan.text("Filter") == f"({scan.alias}.c1 = 'v1'::text)"
    assert names.statement("SELECT status FROM Orders o WHERE o.status = 'open'") == (
        f"SELECT c1 FROM {scan.relation} {scan.alias} WHERE {scan.alias}.c1 = 'v1'"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("(a.b = ANY ('{x,y}'::text[]))", "(a1.c1 = ANY ('{v1,v2}'::text[]))"),
        ("(hashed SubPlan 12)", "(hashed SubPlan 12)"),
        ("((InitPlan 1).col1 > 0)", "((InitPlan 1).col1 > 0)"),
        ("(b)::timestamp without time zone", "(c1)::timestamp without time zone"),
        ("((b)::numeric(10,2) > 55.5)", "((c1)::numeric(10,2) > 9001)"),
        ("date_trunc('month'::text, b)", "date_trunc('v1'::text, c1)"),
        ("lower((name)::text)", "lower((c1)::text)"),
        ("(b ~~ '%x'::text)", "(c1 ~~ '%v1'::text)"),
        ("(b IS NOT NULL)", "(c1 IS NOT NULL)"),
        ("\"*VALUES*\".column1", "\"*VALUES*\".column1"),
        ("b DESC NULLS LAST", "c1 DESC NULLS LAST"),
        ("(b = $1)", "(c1 = $1)"),
    ],
)  # fmt: skip
def test_conditions_keep_their_form(text, shown):
    assert Anonymiser()._text.printed(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("select count(*) from t where x=1 limit 50", "select count(*) from c1 where c2=1 limit 9001"),
        ("UPDATE t SET x = E'a\\'b' RETURNING *", "UPDATE c1 SET c2 = 'v1' RETURNING *"),
        ("SELECT date'2020-01-01', $$secret$$", "SELECT date'v1', 'v2'"),
        ("SELECT 'unfinished secret", "SELECT 'v1'"),
        ("SELECT 1 -- secret", "SELECT 1"),
    ],
)
def test_statements_keep_their_form(text, shown):
    assert Anonymiser().statement(text) == shown
