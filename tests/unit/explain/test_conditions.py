"""Conditions as EXPLAIN prints them give columns, operators, values, subplans and their AND/OR structure."""

# ruff: noqa: E501 - plans and conditions stand on one line, as they are printed
from __future__ import annotations

from itertools import accumulate

import pytest

from indexadvisor.explain.conditions import ColumnName, parse_condition, parse_sort_key


def compared(text):
    condition = parse_condition(text)
    assert condition.whole
    return [(str(each.column.alias or "") + "." + each.column.name, each.operator, each.quantifier, each.value and condition.part(each.value),
             each.expression and condition.part(each.expression)) for each in condition.comparisons]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a = 1)", [(".a", "=", None, "1", None)]),
        ("(1 < t.a)", [("t.a", ">", None, "1", None)]),
        ("((a = 1) AND (b = ANY ('{1,2}'::integer[])))", [(".a", "=", None, "1", None), (".b", "=", "ANY", "'{1,2}'::integer[]", None)]),
        ("((name)::text ~~ '%x%'::text)", [(".name", "~~", None, "'%x%'::text", "(name)::text")]),
        ("(lower(name) = 'x'::text)", [(".name", "=", None, "'x'::text", "lower(name)")]),
        ("(tags @> '{1}'::integer[])", [(".tags", "@>", None, "'{1}'::integer[]", None)]),
        ("('{1}'::integer[] <@ tags)", [(".tags", "@>", None, "'{1}'::integer[]", None)]),
        ("(a = $1)", [(".a", "=", None, "$1", None)]),
        ("(a IS NOT NULL)", [(".a", "IS NOT NULL", None, None, None)]),
        ("((a IS NULL) AND active AND (NOT deleted))",
         [(".a", "IS NULL", None, None, None), (".active", "= true", None, None, None), (".deleted", "= false", None, None, None)]),
        ("(ts >= (now() - '1 day'::interval))", [(".ts", ">=", None, "now() - '1 day'::interval", None)]),
        ("(a > (InitPlan 1).col1)", [(".a", ">", None, "(InitPlan 1).col1", None)]),
        ("(a = (SubPlan 1))", []),
        ("(a.x = b.x)", [("a.x", "=", None, None, None)][:0]),
        ("((a = 1) OR (b = 2))", []),
        ("(5 = ANY (tags))", []),
        ("((ts AT TIME ZONE 'UTC'::text) > '2024-01-01'::date)", [(".ts", ">", None, "'2024-01-01'::date", "ts AT TIME ZONE 'UTC'::text")]),
        ("((p <-> '(0,0)'::point) < '5'::double precision)", [(".p", "<", None, "'5'::double precision", "p <-> '(0,0)'::point")]),
        ('("My Table"."A b" IS NOT DISTINCT FROM 5)', [("My Table.A b", "IS NOT DISTINCT FROM", None, "5", None)]),
        ("(a OPERATOR(s.=) 1)", [(".a", "=", None, "1", None)]),
    ],
)  # fmt: skip
def test_comparisons(text, expected):
    assert compared(text) == expected


@pytest.mark.parametrize("text", [
    "((((a)::text = 'x'::text) OR ((b)::text ~~ 'y%'::text)) AND ((c + 1) > 2) AND ((d)::numeric(3,1) < (e * (f - 1))))",
    "(((a -> 'b'::text) ->> 'c'::text) IS NOT NULL)", "(ANY ((a)::text = ((hashed SubPlan 2).col1)::text))", "(((r).x)[1] = (ARRAY[1, 2])[2])",
])  # fmt: skip
def test_every_part_has_its_brackets_in_pairs(text):
    condition = parse_condition(text)
    assert condition.whole
    for part in condition.root.walk():
        shown = condition.part(part)
        assert all(shown.count(opening) == shown.count(closing) for opening, closing in ("()", "[]")), shown
        depths = list(accumulate({"(": 1, ")": -1}.get(sign, 0) for sign in shown))
        assert min(depths) >= 0, shown


@pytest.mark.parametrize(
    ("text", "subplans"),
    [
        ("(NOT (hashed SubPlan 1))", ("SubPlan 1",)),
        ("(alternatives: SubPlan 1 or hashed SubPlan 2)", ("SubPlan 1", "SubPlan 2")),
        ("(ANY (a = (hashed SubPlan 2).col1))", ("SubPlan 2",)),
        ("EXISTS(SubPlan 3)", ("SubPlan 3",)),
        ("((a = (SubPlan 1)) AND (b > (InitPlan 2).col1) AND (c = (SubPlan 1)))", ("SubPlan 1", "InitPlan 2")),
        ("(a > 10)", ()),
    ],
)
def test_subplans(text, subplans):
    condition = parse_condition(text)
    assert condition.whole
    assert condition.subplans == subplans


def test_a_hashed_subplan_is_told_from_one_run_for_each_row():
    parts = list(parse_condition("((NOT (hashed SubPlan 1)) OR (SubPlan 2))").root.walk())
    assert [(part.name, part.hashed) for part in parts if part.kind == "subplan"] == [("SubPlan 1", True), ("SubPlan 2", False)]


def test_structure():
    condition = parse_condition("((a = 1) AND ((b = 2) OR (c = 3) OR (d = 4)) AND (e = 5))")
    assert [arm.kind for arm in condition.arms] == ["operator", "or", "operator"]
    assert [condition.part(each) for each in condition.arms[1].arguments] == ["b = 2", "c = 3", "d = 4"]
    assert condition.alternatives == (condition.root,)
    assert [column.name for column in condition.columns] == ["a", "b", "c", "d", "e"]
    assert parse_condition("((a = 1) OR (b = 2))").alternatives[1].arguments[0].column == ColumnName(None, "b")
    assert len(parse_condition("(" + " AND ".join(f"(c{n} = {n})" for n in range(2000)) + ")").arms) == 2000


def test_precedence_without_parentheses():
    condition = parse_condition("a + b * 2 > c AND NOT d OR e = 1")
    assert condition.root.kind == "or"
    assert condition.root.arguments[0].kind == "and"
    assert condition.root.arguments[0].arguments[0].name == ">"


def test_words_of_every_kind():
    text = "((CASE WHEN (a > 1) THEN f(b) ELSE NULL::text END = 'it''s'::character varying(20)) AND (ROW(c, d) = ROW(1, $2)) AND (arr[1] = (comp).field))"
    condition = parse_condition(text)
    assert condition.whole
    assert [column.name for column in condition.columns] == ["a", "b", "c", "d", "arr", "comp"]
    assert condition.functions == ("f",)
    assert condition.constants == ("1", "NULL", "'it''s'", "1", "1")
    assert condition.parameters == ("$2",)
    assert condition.operators == ("=", ">")
    assert [part.name for part in condition.root.walk() if part.kind == "cast"] == ["text", "character varying(20)"]


@pytest.mark.parametrize(
    "text",
    ["count(*)", "PARTIAL sum(a)", "(PARTIAL count(*))", "rank() OVER (?)", "rank() OVER w1", "sum(a) FILTER (WHERE (b > 1))", "EXTRACT(year FROM a)", "t.*",
     "(a)::timestamp(3) with time zone", "(a COLLATE \"C\")", "array_agg(DISTINCT a ORDER BY b DESC)", "a, b, (c + 1)", "CURRENT_DATE", "(- a)",
     "((a)::jsonb -> 'k'::text)", "substring(a FROM 1 FOR 2)", "GROUPING(a, b)", "(a)::integer[]", "x.\"y z\"", "'a'::bpchar(3)"],
)  # fmt: skip
def test_output_expressions_are_understood(text):
    assert parse_condition(text).whole


@pytest.mark.parametrize(
    ("text", "column", "order"),
    [
        ("a", "a", ""), ("t.a DESC", "a", "DESC"), ("a NULLS FIRST", "a", "NULLS FIRST"), ("lower(a) DESC NULLS LAST", "a", "DESC NULLS LAST"),
        ('a COLLATE "C" DESC', "a", 'COLLATE "C" DESC'), ("a USING ~<~", "a", "USING ~<~"), ('"x DESC"', "x DESC", ""),
    ],
)  # fmt: skip
def test_sort_keys(text, column, order):
    condition, rest = parse_sort_key(text)
    assert condition.whole
    assert (condition.columns[0].name, rest) == (column, order)


def test_what_is_not_understood_still_gives_its_columns():
    condition = parse_condition("((o.a = 1) AND XMLFOO(WEIRD b PASSING $1 AS 'x' <=> 3")
    assert not condition.whole
    assert ColumnName("o", "a") in condition.columns
    assert "<=>" in condition.operators
    assert condition.parameters == ("$1",)
    assert condition.comparisons == ()
