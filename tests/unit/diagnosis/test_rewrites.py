"""Statements written otherwise: what is recognised, what is left alone and why, and the text that comes out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.catalog.model import Catalog, Column, ColumnStatistics, Index, IndexDef, IndexKey, ServerInfo, Table, TableName
from indexadvisor.diagnosis.rewrites.interface import NoRewrite
from indexadvisor.diagnosis.rewrites.keyset import keyset
from indexadvisor.diagnosis.rewrites.not_in import not_in
from indexadvisor.diagnosis.rewrites.outline import Outline
from indexadvisor.diagnosis.rewrites.sargable import sargable
from indexadvisor.diagnosis.rewrites.split_or import split_or
from indexadvisor.usage.parse import parse_statement

_STATISTICS = ColumnStatistics(0, 4, -1, histogram_bounds=tuple(str(value) for value in range(0, 1001, 10)))


def _table(name, *columns, inherits=()):
    made = [
        Column(column.rstrip("!"), number, kind, kind, "N", column.endswith("!"), statistics=_STATISTICS)
        for number, (column, kind) in enumerate(columns, 1)
    ]  # fmt: skip
    return Table(TableName("public", name), "r", tuple(made), rows=1000.0, inherits=tuple(TableName("public", each) for each in inherits))


ORDERS = _table("orders", ("id!", "int4"), ("c", "int4"), ("at!", "timestamptz"), ("n!", "int4"), ("status", "text"))
PAYMENTS = _table("payments", ("id!", "int4"), ("order_id!", "int4"), ("c", "int4"), ("paid", "timestamp"), ("day", "date"))
BASE = _table("base", ("id!", "int4"))
CHILD = _table("child", ("id!", "int4"), inherits=("base",))
QUOTED = _table("Odd Table", ("Id!", "int4"), ("c", "int4"))


def _key(table, column):
    return Index(f"{table}_pkey", IndexDef(TableName("public", table), (IndexKey(column),), unique=True), "", constraint="p")


CATALOG = Catalog(
    ServerInfo(150000, "15", "shop"),
    tables=(ORDERS, PAYMENTS, BASE, CHILD, QUOTED),
    indexes=(_key("orders", "id"), _key("base", "id"), _key("Odd Table", "Id")),
)


def outline(text):
    return Outline(text, CATALOG)


@pytest.mark.parametrize(
    ("text", "expected", "condition", "proven"),
    [
        pytest.param(
            "SELECT * FROM orders WHERE id NOT IN (SELECT order_id FROM payments) -- all",
            "SELECT * FROM orders WHERE NOT EXISTS (SELECT 1 FROM payments WHERE payments.order_id = orders.id) -- all",
            "orders.id and payments.order_id are never NULL", True, id="both never null",
        ),
        pytest.param(
            "SELECT * FROM orders o WHERE n BETWEEN 1 AND 2 AND"
            " o.c NOT IN (SELECT DISTINCT c FROM payments WHERE id = 1 OR id = 3) ORDER BY 1",
            "SELECT * FROM orders o WHERE n BETWEEN 1 AND 2 AND"
            " NOT EXISTS (SELECT 1 FROM payments WHERE (id = 1 OR id = 3) AND payments.c = o.c) ORDER BY 1",
            "o.c and payments.c are never NULL", False, id="both may be null",
        ),
        pytest.param(
            "SELECT 1 FROM orders WHERE (NOT (orders.id IN (SELECT c FROM payments p WHERE p.id > 1 AND c IS NOT NULL)));",
            "SELECT 1 FROM orders WHERE (NOT EXISTS (SELECT 1 FROM payments p WHERE (p.id > 1 AND c IS NOT NULL) AND p.c = orders.id))",
            "orders.id and p.c are never NULL", True, id="nulls left out by the subquery",
        ),
        pytest.param(
            "SELECT 1 FROM payments p LEFT JOIN orders o ON o.id = p.order_id WHERE o.id <> ALL (SELECT id FROM base)",
            "SELECT 1 FROM payments p LEFT JOIN orders o ON o.id = p.order_id WHERE NOT EXISTS (SELECT 1 FROM base WHERE base.id = o.id)",
            "o.id is never NULL", False, id="filled by an outer join",
        ),
        pytest.param(
            'SELECT 1 FROM "Odd Table" WHERE "Id" NOT IN (SELECT id FROM base)',
            'SELECT 1 FROM "Odd Table" WHERE NOT EXISTS (SELECT 1 FROM base WHERE base.id = "Odd Table"."Id")',
            '"Odd Table"."Id" and base.id are never NULL', True, id="quoted names",
        ),
    ],
)  # fmt: skip
def test_not_exists_for_not_in(text, expected, condition, proven):
    found = not_in(outline(text), None)
    assert (found.sql, found.condition, found.proven) == (expected, condition, proven)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT 1 FROM orders WHERE id NOT IN (1, 2)", "no NOT IN over a subquery"),
        ("SELECT 1 FROM orders WHERE id IN (SELECT id FROM payments)", "no NOT IN over a subquery"),
        ("SELECT 1 FROM orders WHERE n = 1 OR id NOT IN (SELECT id FROM payments)", "no NOT IN over a subquery"),
        ("SELECT 1 FROM orders WHERE id NOT IN (SELECT id FROM orders)", "calls a table orders"),
        ("SELECT 1 FROM orders WHERE id NOT IN (SELECT max(id) FROM payments)", "returns an expression"),
        ("SELECT 1 FROM orders WHERE id NOT IN (SELECT id FROM payments LIMIT 5)", "more than SELECT, FROM and WHERE"),
        ("SELECT 1 FROM orders WHERE id NOT IN (SELECT id FROM payments UNION SELECT 1)", "more than SELECT, FROM and WHERE"),
        ("SELECT 1 FROM orders WHERE id + 1 NOT IN (SELECT id FROM payments)", "no column"),
        ("SELECT 1 FROM orders WHERE (id, n) NOT IN (SELECT id, c FROM payments)", "no column"),
        ("SELECT 1 FROM orders JOIN payments USING (id) WHERE n NOT IN (SELECT id FROM base)", "USING"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELEC", "refuses it"),
    ],
)
def test_what_not_in_leaves_alone(text, reason):
    with pytest.raises(NoRewrite, match=reason):
        not_in(outline(text), None)


def test_a_page_by_its_key():
    found = keyset(outline("SELECT id FROM orders WHERE status = $1 ORDER BY id LIMIT 20 OFFSET $2"), ("open", "500"))
    assert found.sql == "SELECT id FROM orders WHERE status = $1 AND orders.id > $3 ORDER BY id LIMIT 20"
    assert (found.planned, found.parameters) == (found.sql, ("open", "500", "500")), "the value lies where the page does"
    assert found.condition == "the pages are read one after another: $3 is the last row's orders.id"
    without = keyset(outline("SELECT id FROM orders WHERE status = $1 ORDER BY id LIMIT 20 OFFSET $2"), None)
    assert (without.planned, without.parameters) == (None, None)


def test_an_order_that_is_not_unique_gets_the_primary_key():
    found = keyset(outline("SELECT * FROM orders o WHERE c = 1 OR n = 2 ORDER BY o.c DESC, at DESC /* newest */ OFFSET 900 LIMIT 5;"), None)
    assert found.sql == (
        "SELECT * FROM orders o WHERE (c = 1 OR n = 2) AND (o.c, o.at, o.id) < ($1, $2, $3)"
        " ORDER BY o.c DESC, at DESC, o.id DESC /* newest */  LIMIT 5"
    )
    assert found.condition.endswith("o.c is never NULL; rows of equal o.c, o.at come in the order of the primary key")
    assert found.parameters == ("100", "100", "100"), "from the other end of the histogram"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT id FROM orders ORDER BY id LIMIT 20", "ORDER BY, LIMIT and OFFSET"),
        ("SELECT id FROM orders ORDER BY at DESC, id LIMIT 20 OFFSET 9", "both directions"),
        ("SELECT id FROM orders ORDER BY c NULLS LAST LIMIT 20 OFFSET 9", "where NULLs come"),
        ("SELECT id FROM orders ORDER BY lower(status) LIMIT 20 OFFSET 9", "not ordered by columns"),
        ("SELECT id, n AS at FROM orders ORDER BY at LIMIT 20 OFFSET 9", "not ordered by columns"),
        ("SELECT o.id FROM orders o, payments p ORDER BY o.id LIMIT 20 OFFSET 9", "one table alone"),
        ("SELECT c FROM payments ORDER BY c LIMIT 20 OFFSET 9", "no primary key"),
        ("SELECT id FROM base ORDER BY id LIMIT 20 OFFSET 9", "inherit"),
        ("SELECT DISTINCT id FROM orders ORDER BY id LIMIT 20 OFFSET 9", "DISTINCT"),
        ("SELECT id, count(*) OVER () FROM orders ORDER BY id LIMIT 20 OFFSET 9", "window"),
        ("SELECT n FROM orders GROUP BY n ORDER BY n LIMIT 20 OFFSET 9", "GROUP BY"),
        ("SELECT id FROM orders UNION SELECT id FROM payments ORDER BY id LIMIT 20 OFFSET 9", "plain SELECT"),
    ],
)
def test_what_keyset_leaves_alone(text, reason):
    with pytest.raises(NoRewrite, match=reason):
        keyset(outline(text), None)


@pytest.mark.parametrize(
    ("text", "expected", "proven"),
    [
        pytest.param(
            "SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE n > 3 AND (o.c = 1 OR p.paid = $1) ORDER BY id LIMIT 4",
            "(SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE n > 3 AND (o.c = 1)) UNION ALL"
            " (SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE n > 3 AND (p.paid = $1) AND (o.c = 1) IS NOT TRUE)"
            " ORDER BY id LIMIT 4", True, id="union all",
        ),
        pytest.param(
            "SELECT o.n FROM orders o JOIN payments p ON o.id = p.c OR left(o.status, 1) = 'x' AND o.c = p.id JOIN base ON base.id = o.id",
            "(SELECT o.n FROM orders o JOIN payments p ON (o.id = p.c) JOIN base ON base.id = o.id) UNION ALL"
            " (SELECT o.n FROM orders o JOIN payments p ON (left(o.status, 1) = 'x' AND o.c = p.id) AND (o.id = p.c) IS NOT TRUE"
            " JOIN base ON base.id = o.id)", False, id="two ways to join",
        ),
        pytest.param(
            "WITH z AS (SELECT 1) SELECT DISTINCT o.id FROM orders o, payments p WHERE o.c = 1 OR lower(p.c) = 2",
            "WITH z AS (SELECT 1) (SELECT DISTINCT o.id FROM orders o, payments p WHERE (o.c = 1)) UNION"
            " (SELECT DISTINCT o.id FROM orders o, payments p WHERE (lower(p.c) = 2))", False, id="distinct",
        ),
    ],
)  # fmt: skip
def test_one_select_per_arm(text, expected, proven):
    found = split_or(outline(text), None)
    assert (found.sql, found.proven) == (expected, proven)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT count(*) FROM orders o, payments p WHERE o.c = 1 OR p.c = 2", "aggregate"),
        ("SELECT 1 FROM orders o, payments p WHERE o.c = 1 OR o.n = 2", "no OR over several tables"),
        ("SELECT 1 FROM orders o LEFT JOIN payments p ON o.c = p.c OR o.id = p.id", "no OR over several tables"),
        ("SELECT 1 FROM orders o, payments p WHERE o.c = 1 OR p.c IN (SELECT id FROM base)", "subquery"),
        ("SELECT 1 FROM orders o, payments p WHERE o.c = 1 OR p.gone = 2", "not known"),
        ("SELECT o.id FROM orders o, payments p WHERE o.c = 1 OR p.c = 2 ORDER BY o.at", "ordered by"),
        ("SELECT 1 FROM orders o, payments p WHERE o.c = 1 OR p.c = 2 FOR UPDATE", "GROUP BY"),
        ("SELECT 1 WHERE 1 = 1 OR 2 = 2", "from tables"),
    ],
)
def test_what_or_leaves_alone(text, reason):
    with pytest.raises(NoRewrite, match=reason):
        split_or(outline(text), None)


@pytest.mark.parametrize(
    ("clause", "expected", "condition"),
    [
        ("date_trunc('day', at) = '2024-03-01'",
         "o.at >= '2024-03-01'::timestamptz AND o.at < '2024-03-01'::timestamptz + interval '1 day'", None),
        ("date_trunc('week', o.at) < $1", "o.at < $1::timestamptz", "$1 is the beginning of a week"),
        ("date_trunc('month', at) <= '2024-03-02'", "o.at < '2024-03-02'::timestamptz + interval '1 month'",
         "'2024-03-02' is the beginning of a month"),
        ("date_trunc('quarter', at) > '2024-04-01'", "o.at >= '2024-04-01'::timestamptz + interval '3 months'", None),
        ("current_date = at::date", "o.at >= CURRENT_DATE AND o.at < CURRENT_DATE + 1", None),
        ("date(at) >= '2024-01-01'", "o.at >= '2024-01-01'::date", None),
        ("'2024-01-01'::date < at::date", "o.at >= CAST('2024-01-01' AS DATE) + 1", None),
        ("extract(year from at) = 2024", "o.at >= '2024-01-01'::timestamptz AND o.at < '2025-01-01'::timestamptz", None),
        ("to_char(at, 'YYYY-MM') = '2024-02'",
         "o.at >= '2024-02-01'::timestamptz AND o.at < '2024-02-01'::timestamptz + interval '1 month'", None),
        ("n + 5 > 7", "o.n > 7 - 5", "no value is so large that the sum would overflow"),
        ("(n - 5) <= -7", "o.n <= -7 + 5", "no value is so large that the sum would overflow"),
        ("0 + n = $1", "o.n = $1", None),
        ("n::text = '17'", "o.n = 17", None),
    ],
)  # fmt: skip
def test_the_column_alone(clause, expected, condition):
    found = sargable(outline(f"SELECT 1 FROM orders o WHERE status = 'x' AND {clause} /* c */ LIMIT 1"), None)
    assert found.sql == f"SELECT 1 FROM orders o WHERE status = 'x' AND {expected} /* c */ LIMIT 1"
    assert (found.condition, found.proven) == (condition, condition is None)


@pytest.mark.parametrize("clause", [
    "lower(status) = 'x'", "n::text = '017'", "n::text > '17'", "5 - n > 3", "n + c > 3", "n * 2 = 4", "date_trunc('day', at) = now()",
    "at::date = now()", "at::date = '2024-01-01 10:00'::timestamp", "at::date BETWEEN '2024-01-01' AND '2024-01-02'",
    "date_trunc('day', at) = (SELECT max(day) FROM payments)", "date_trunc('day', at, 'UTC') = '2024-01-01'", "at::date = at",
    "n + 1 = $1 OR c = 2",
    "to_char(at, 'YYYY-MM') = '2024-13'", "to_char(at, 'MM') = '01'",
    "NOT date_trunc('day', at) = '2024-01-01'", "date_trunc(status, at) = '2024-01-01'", "status::date = '2024-01-01'", "n + 1.5 > 3",
])  # fmt: skip
def test_what_has_no_form_with_the_column_alone(clause):
    with pytest.raises(NoRewrite):
        sargable(outline(f"SELECT 1 FROM orders WHERE {clause}"), None)


_PARTS = st.sampled_from([
    "SELECT", "id", "FROM", "orders", "o", "WHERE", "o.id", "NOT", "IN", "(", ")", "(SELECT order_id FROM payments)", "AND", "OR",
    "BETWEEN", "CASE", "WHEN", "THEN", "END", "date_trunc('day', at)", "=", "'2024-01-01'", "p", "payments", ",", "ORDER BY", "LIMIT 5",
    "OFFSET 90", "UNION", "ALL", "at::date", "n + 5", ">", "$1", "-- x\n", "/* ( */", "IS DISTINCT FROM", "WITH z AS", "AS", '"limit"',
    "E'\\''", "$$ ( $$",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(_PARTS, max_size=12).map(" ".join), st.sampled_from(["", "ORDER BY id LIMIT 5 OFFSET 90"]),
    st.sampled_from([not_in, keyset, split_or, sargable]),
)  # fmt: skip
def test_whatever_comes_is_refused_or_stays_sql(where, after, recogniser):
    for text in (f"SELECT id FROM orders o WHERE {where} {after}", where):
        try:
            found = recogniser(outline(text), None)
        except NoRewrite:
            continue
        parse_statement(found.sql)
