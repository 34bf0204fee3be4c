"""When an existing index makes a wanted one superfluous."""

from __future__ import annotations

import pytest

from indexadvisor.catalog.compare import covers, same_definition, same_expression
from indexadvisor.catalog.model import Column, IndexDef, IndexKey, Table, TableName

T = TableName("public", "orders")


def index(*keys, method="btree", include=(), predicate=None, unique=False, table=T):
    return IndexDef(table, tuple(_key(key) for key in keys), method, include, predicate, unique)


def _key(text):
    name, *words = text.split()
    if "(" in name:
        return IndexKey(expression=name)
    return IndexKey(name, None, "desc" in words, {"first": True, "last": False}.get(words[-1]) if words else None,
                    next((word for word in words if word.endswith("_ops")), None))  # fmt: skip


@pytest.mark.parametrize(
    ("existing", "wanted"),
    [
        (index("a"), index("a")),
        (index("a", "b"), index("a")),
        (index("a", "b desc"), index("a", "b desc")),
        (index("a desc", "b"), index("a", "b desc")),
        (index("a desc"), index("a")),
        (index("a", "b", "c"), index("a", include=("c", "b"))),
        (index("a", include=("x", "y")), index("a", include=("y",))),
        (index("a"), index("a", predicate="b = 1")),
        (index("a", predicate="(status = 'open'::text)"), index("a", predicate="status = 'open'")),
        (index("a", predicate="(NOT is_read)"), index("a", predicate="is_read = false")),
        (index("lower((email)::text)"), index("lower(email)")),
        (index("a", unique=True), index("a")),
        (index("a", unique=True), index("a", unique=True)),
        (index("a", "b", method="gin"), index("b", method="gin")),
        (index("a", "b", "c", method="brin"), index("c", "a", method="brin")),
        (index("a", "b", method="gist"), index("a", method="gist")),
        (index("a", method="hash"), index("a", method="hash")),
    ],
    ids=str,
)
def test_covered(existing, wanted):
    assert covers(existing, wanted)


@pytest.mark.parametrize(
    ("existing", "wanted"),
    [
        (index("a"), index("a", "b")),
        (index("b", "a"), index("a")),
        (index("a", "b"), index("a", "b desc")),
        (index("a desc", "b"), index("a desc", "b desc")),
        (index("a last"), index("a first")),
        (index("a desc last"), index("a")),
        (index("a"), index("a text_pattern_ops")),
        (index("a text_pattern_ops"), index("a")),
        (index("a"), index("a", include=("x",))),
        (index("a", predicate="b = 1"), index("a")),
        (index("a", predicate="b = 1"), index("a", predicate="b = 2")),
        (index("lower(email)"), index("upper(email)")),
        (index("lower(email)"), index("email")),
        (index("a"), index("a", unique=True)),
        (index("a", "b", unique=True), index("a", unique=True)),
        (index("a", predicate="b = 1", unique=True), index("a", unique=True)),
        (index("a"), index("a", method="hash")),
        (index("a", "b", method="gist"), index("b", method="gist")),
        (index("a"), index("a", table=TableName("other", "orders"))),
    ],
    ids=str,
)
def test_not_covered(existing, wanted):
    assert not covers(existing, wanted)


def test_include_order_does_not_make_another_index():
    assert same_definition(index("a", include=("x", "y")), index("a", include=("y", "x")))
    assert not same_definition(index("a"), index("a", unique=True))
    assert not same_definition(index("a", "b"), index("b", "a"))
    assert not same_definition(index("a"), index("a", "b"))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("lower((email)::text)", "LOWER( email )"),
        ("((metadata ->> 'kind'::text))", "metadata->>'kind'"),
        ("(deleted_at IS NULL)", "deleted_at is null"),
        ("NOT (deleted_at IS NOT NULL)", "deleted_at IS NULL"),
        ("(status = 'open'::text)", "'open' = orders.status"),
        ("(status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])", "status IN ('b', 'a')"),
        ("amount > (5)::numeric", "amount > 5"),
        ("level = '-1'::integer", "level = -1"),
        ("NOT (a AND b)", "NOT b OR NOT a"),
        ("NOT (a IN (1, 2))", "a NOT IN (2, 1)"),
        ("x BETWEEN 1 AND 2", "x <= 2 AND x >= 1"),
        ("this is ( not sql", "this  is ( not sql"),
    ],
)
def test_the_same_in_other_words(a, b):
    assert same_expression(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("a = 1", "a = 2"), ("a = 1", "a = '1'"), ("a > 1", "a >= 1"), ("a AND b", "a OR b"), ("a - b", "b - a"), ('"A" = 1', "a = 1"),
        ("a::date = '2024-01-01'", "a = '2024-01-01'"), ("a = 1.0", "a = 1"), ("doc -> 'a'", "doc ->> 'a'"), ("a IS TRUE", "a"),
        ("a = 'x'::text", None), ("a (", "b ("), ("(1,2) = (a,b,c)", "a = 1 AND b = 2"),
    ],
)  # fmt: skip
def test_different(a, b):
    assert not same_expression(a, b)


def test_a_cast_to_text_counts_where_the_column_is_no_string():
    table = Table(T, "r", (Column("code", 1, "integer", "int4", "N"), Column("name", 2, "character varying", "varchar", "S")))
    assert same_expression("name::text = 'x'", "name = 'x'", table)
    assert not same_expression("code::text = '5'", "code = '5'", table)
    assert same_expression("code::text = '5'", "code = '5'")


def test_deep_nesting_is_compared_as_text():
    deep = "(" * 20_000 + "a" + ")" * 20_000
    assert same_expression(deep, deep)
    assert not same_expression(deep, "a (")
