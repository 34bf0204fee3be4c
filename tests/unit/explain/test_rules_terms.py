"""Terms of a condition, and the index that would serve them."""

from __future__ import annotations

import pytest

from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.rule import Analysis
from indexadvisor.explain.rules.indexing import Keys, index_advice, keys, reach, relabelled, serving
from indexadvisor.explain.rules.terms import conjuncts, or_arms, plain_column, terms_of
from tests.fakes.schema import catalog_from_sql

SCHEMA = """
CREATE EXTENSION pg_trgm;
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status varchar(10), paid boolean,
    at timestamptz, tags text[], doc jsonb, during tstzrange);
-- rows orders 1000000
-- stats orders.customer_id n_distinct=50000 width=4
-- stats orders.status n_distinct=3 width=4
"""


def analysis(filter_text, schema=None, **more):
    node = PlanNode("Seq Scan", 0.0, 1e4, 10.0, 8, relation="orders", alias="o", details={"Filter": filter_text}, **more)
    return Analysis(Plan(node), None, {}, None if schema is None else catalog_from_sql(schema)), node


def advice(filter_text, schema=None, **more):
    known, node = analysis(filter_text, schema, **more)
    return index_advice(known, node, terms_of(node))


@pytest.mark.parametrize(
    ("text", "column", "operator", "fixed"),
    [
        ("(a = 1)", "a", "=", True),
        ("(1 < a)", "a", ">", True),
        ("(a = ANY ('{1,2}'::integer[]))", "a", "= ANY", True),
        ("(a IS NULL)", "a", "IS NULL", True),
        ("active", "active", "IS TRUE", True),
        ("(NOT active)", "active", "IS FALSE", True),
        ("((a)::text = 'x'::text)", "a", "=", True),
        ('("A b" = 1)', "A b", "=", True),
        ("(a = b)", "a", "=", False),
        ("(a = random())", "a", "=", False),
        ("((a)::numeric < (SubPlan 1))", "a", "<", False),
        ("(a > (InitPlan 1).col1)", "a", ">", True),
        ("(a > (now() - '1 day'::interval))", "a", ">", True),
        ("(lower(a) = 'x'::text)", None, "=", True),
        ("((a + 1) = 2)", None, "=", True),
        ("(NOT (hashed SubPlan 1))", None, None, False),
        ("(5 = ANY (a))", "a", "ANY =", True),
    ],
)
def test_a_term(text, column, operator, fixed):
    (term,) = conjuncts(text)
    assert (term.column, term.operator, term.fixed) == (column, operator, fixed)


def test_columns_of_other_tables_are_values():
    (term,) = conjuncts("(o.customer_id = c.id)", frozenset({"o", "orders"}))
    assert (term.column, term.value, term.equality) == ("customer_id", "c.id", True)
    (turned,) = conjuncts("(c.id = o.customer_id)", frozenset({"o", "orders"}))
    assert (turned.column, turned.value) == ("customer_id", "c.id")


@pytest.mark.parametrize(
    "text",
    ["((date_trunc('day'::text, at) = 'x) AND ('::text))", "((a || ')('::text) = 'b'::text)", "(((a)::text || 'x'::text) = 'b'::text)"],
)
def test_the_text_of_an_expression_has_its_brackets_in_pairs(text):
    (term,) = conjuncts(text)
    assert term.wrapped in text
    outside = term.wrapped.replace("')('", "")
    assert outside.count("(") == outside.count(")")


def test_arms_of_an_or():
    assert [[term.column for term in arm] for arm in or_arms("((a = 1) OR ((b = 2) AND (c > 3)))")] == [["a"], ["b", "c"]]
    assert or_arms("((a = 1) AND ((b = 2) OR (c = 3)))") == ()


@pytest.mark.parametrize(
    ("text", "column"), [("a", "a"), ("o.a", "a"), ("c.a", None), ("(a + 1)", None), ('o."A b"', "A b"), ("count(*)", None)]
)
def test_a_plain_column(text, column):
    assert plain_column(text, frozenset({"o"})) == column


@pytest.mark.parametrize(
    ("text", "expected", "share"),
    [
        ("((at > 'x'::text) AND (customer_id = 5))", Keys(("customer_id",), ("at",)), 1.0),
        ("((status = 'a'::text) AND (customer_id = 5))", Keys(("customer_id", "status")), 1.0),
        ("((customer_id = ANY ('{1,2}'::integer[])) AND (status = 'a'::text))", Keys(("status", "customer_id")), 1.0),
        ("((id >= 1) AND (lower(status) = 'a'::text))", Keys((), ("id",)), 0.0),
        ("((id >= 1) AND (id < 9) AND (lower(status) = 'a'::text))", Keys((), ("id",)), 0.5),
        ("((id = 1) AND (lower(status) = 'a'::text))", Keys(("id",)), 0.5),
        ("(id <> 1)", Keys(()), 0.0),
        ("(customer_id = id)", Keys(()), 0.0),
    ],
)
def test_keys_of_a_btree(text, expected, share):
    known, node = analysis(text, SCHEMA)
    table = known.table(node)
    assert keys(terms_of(node), table) == expected
    assert reach(terms_of(node), table) == share


def test_a_cast_that_changes_nothing():
    known, node = analysis("(((status)::text = 'a'::text) AND ((customer_id)::text = '5'::text) AND ((at)::date = 'x'::date))", SCHEMA)
    terms = terms_of(node)
    assert [relabelled(term, known.table(node)) for term in terms] == [True, False, False]
    assert [relabelled(term, None) for term in terms] == [None, None, False], "without a catalog ::text may be either"


@pytest.mark.parametrize(
    ("index", "served"),
    [
        ("CREATE INDEX found ON orders (customer_id, status)", True),
        ("CREATE INDEX found ON orders (status, customer_id, at)", True),
        ("CREATE INDEX found ON orders (customer_id)", False),
        ("CREATE INDEX found ON orders (customer_id, status) WHERE paid", False),
        ("CREATE INDEX found ON orders USING gin (tags)", False),
        ("CREATE INDEX found ON orders (at, customer_id, status)", False),
    ],
)
def test_an_index_that_exists(index, served):
    known, node = analysis("x", SCHEMA + index + ";")
    found = serving(known, node, Keys(("status", "customer_id")))
    assert (found is not None) is served


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(tags @> '{a}'::text[])", "A GIN index on orders (tags) serves tags @>."),
        ("(doc @> '{}'::jsonb)", "A GIN index on orders (doc jsonb_path_ops) serves doc @>."),
        ("(doc ? 'k'::text)", "A GIN index on orders (doc) serves doc ?."),
        ("(during && '[2024-01-01,2024-02-01)'::tstzrange)", "A GiST index on orders (during) serves during &&."),
        ("(NOT paid)", "A partial index on orders WHERE NOT paid"),
        ("((status)::text ~~ 'ab%'::text)", "(status text_pattern_ops) serves LIKE with a fixed beginning"),
    ],
)
def test_other_kinds_of_index(text, said):
    assert said in advice(text).text


@pytest.mark.parametrize(
    "text", ["(status <> 'a'::text)", "(lower(status) = 'a'::text)", "((status)::text ~~ '%ab'::text)", "(a = b)", "((", ""]
)
def test_no_index_is_advised_that_would_not_be_used(text):
    assert advice(text) is None


def test_statements_are_only_given_where_they_run_as_they_stand():
    text = "(customer_id = 5)"
    assert advice(text).sql is None, "the schema is not known"
    assert advice(text, schema=None).columns == ("customer_id",)
    assert advice(text, SCHEMA).sql == "CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders USING btree (customer_id)"
    partitioned = SCHEMA.replace("during tstzrange);", "during tstzrange) PARTITION BY RANGE (id);").replace("PRIMARY KEY", "")
    assert advice(text, partitioned).sql is None


def test_hostile_names_are_quoted():
    known = analysis('("x"";drop" = 5)')[0]
    node = PlanNode("Seq Scan", relation='o"; DROP TABLE x; --', schema="s", details={"Filter": '("x"";drop" = 5)'})
    found = index_advice(known, node, terms_of(node))
    assert '"o""; DROP TABLE x; --"' in found.sql
    assert '("x"";drop")' in found.sql
