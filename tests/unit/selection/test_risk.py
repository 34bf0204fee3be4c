"""Shapes whose estimate is known to flatter are recognised, with the figures, and only those."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexadvisor.candidates.model import Candidate
from indexadvisor.catalog.model import ColumnStatistics, Index, IndexDef, IndexKey, StatisticsObject, TableName
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.selection.model import QueryEffect, QueryOutcome, Risk, Step, WriteTax
from indexadvisor.selection.risk import discounted, risks_of, risky_limit, with_risks
from indexadvisor.usage.graph import usage_graph
from tests.fakes.schema import catalog_from_sql, workload_from_sql

T = TableName("public", "t")
SCHEMA = """
CREATE TABLE t (id bigint PRIMARY KEY, city text, zip text, kind text, at timestamptz, email text, doc jsonb);
-- rows t 1000000
-- stats t.city n_distinct=1000
-- stats t.zip n_distinct=5000
-- stats t.kind n_distinct=3
-- stats t.at n_distinct=-1
-- stats t.id n_distinct=-1
-- stats t.email n_distinct=-0.9
"""


def index_on(*columns, **changes):
    return replace(IndexDef(T, tuple(IndexKey(column) for column in columns)), **changes)


def outcome(query_id="q", plan=None, names=None, generic=False):
    plan = plan or Plan(PlanNode("Seq Scan", 0, 1, 1, 8))
    return QueryOutcome(query_id, 1, 10.0, 1.0, 1.0, frozenset(), plan, plan, generic, names or {})


def extended(*columns, kinds="fm", analyzed=True, expressions=(), table=T):
    """Return statistics over columns and expressions, named after them."""
    return StatisticsObject("public", "_".join((*columns, "stats")), table, columns, expressions, tuple(kinds), analyzed)


def risks(index, sql, catalog=None, one=None, known=()):
    catalog = replace(catalog or catalog_from_sql(SCHEMA), statistics=tuple(known))
    load = workload_from_sql(f"-- query id=q calls=10\n{sql};")
    return risks_of(index, ["q"], {"q": one or outcome()}, catalog, usage_graph(load, catalog))


def kinds(found):
    return [risk.kind for risk in found]


def test_equalities_on_columns_that_may_depend_on_each_other():
    (risk,) = risks(index_on("city", "zip"), "SELECT id FROM t WHERE city = 'x' AND zip = '1'")
    assert (risk.kind, risk.query_ids) == ("correlated-columns", ("q",))
    assert risk.sentence.startswith("city and zip are taken as independent, about 1 rows; up to 200 if")


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT id FROM t WHERE city = 'x' AND kind = 'a'", "three kinds make little difference"),
        ("SELECT id FROM t WHERE city = 'x' OR zip = '1'", "not ANDed"),
        ("SELECT email FROM t WHERE city = 'x' AND id = 1", "the primary key finds one row"),
        ("SELECT id FROM t WHERE city = 'x' AND zip > '1'", "one equality"),
        ("SELECT id FROM t WHERE at = now() AND email = 'x'", "few rows either way, and not the index's columns"),
    ],
    ids=lambda text: text if text.startswith("SELECT") else "",
)
def test_no_risk_of_correlation(sql, why):
    assert risks(index_on("city", "zip"), sql) == (), why


TWO = "SELECT id FROM t WHERE city = 'x' AND zip = '1'"


@pytest.mark.parametrize(
    ("sql", "known", "says"),
    [
        (TWO, [extended("city", "zip", "kind")], None),
        (TWO, [extended("city", "zip", kinds="f")], None),
        (TWO, [extended("city", "zip", kinds="m")], None),
        (TWO, [extended("city", "zip", analyzed=None)], None),
        (TWO, [extended("city", "zip", kinds="d")], "which CREATE STATISTICS on them would tell"),
        (TWO, [extended("city", "kind")], "which CREATE STATISTICS on them would tell"),
        (TWO, [extended("city", "zip", table=TableName("other", "t"))], "which CREATE STATISTICS on them would tell"),
        (TWO, [extended("city", "zip", analyzed=False)], "ANALYZE would tell, as the statistics city_zip_stats on them hold no data yet"),
        (TWO, [extended("city", "zip", analyzed=False), extended("city", "zip", "kind")], None),
    ],
    ids=["wider", "dependencies", "common values", "not shown", "ndistinct", "another column", "elsewhere", "empty", "empty and filled"],
)
def test_filled_statistics_of_a_fitting_kind_take_the_risk_away(sql, known, says):
    found = risks(index_on("city", "zip"), sql, known=known)
    assert [risk.kind for risk in found] == ([] if says is None else ["correlated-columns"])
    assert all(says in risk.sentence for risk in found)


def test_a_column_beside_those_held_together_is_still_taken_as_independent():
    sql = "SELECT id FROM t WHERE city = 'x' AND zip = '1' AND area = 'y'"
    schema = SCHEMA.replace("city text", "area text, city text") + "-- stats t.area n_distinct=100\n"
    (whole,) = risks(index_on("city", "zip"), sql, catalog_from_sql(schema))
    assert whole.sentence.startswith("area and city and zip are taken as independent, about 1 rows; up to 200 if")
    (part,) = risks(index_on("city", "zip"), sql, catalog_from_sql(schema), known=[extended("city", "zip")])
    assert part.sentence.startswith("(city, zip) and area are taken as independent, about 2 rows; up to 200 if")
    assert risks(index_on("city", "zip"), sql, catalog_from_sql(schema), known=[extended("area", "city", "zip")]) == ()


PARTS = TableName("public", "t1"), TableName("public", "t2")


def partitioned(stats=("city", "zip"), on=("t", "t1", "t2"), empty=None, indexes=()):
    """Return a partitioned table whose tables ``on`` have statistics on these columns; one partition may be empty."""
    found = catalog_from_sql(
        "CREATE TABLE t (id int, city text, zip text) PARTITION BY RANGE (id);"
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);"
        "CREATE TABLE low PARTITION OF t FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);"
        "CREATE TABLE t2 PARTITION OF low FOR VALUES FROM (10) TO (20);\n-- rows t 1000000\n"
        + "".join(f"-- stats {table}.{name} n_distinct={1000 if name == 'city' else 5000}\n" for table in on for name in stats)
    )
    tables = tuple(replace(table, pages=0, size_bytes=8192) if table.name == empty else table for table in found.tables)
    return replace(found, tables=tables, indexes=indexes)


@pytest.mark.parametrize(
    ("tables", "empty", "risky"),
    [
        ((), None, True),
        ((T,), None, True),
        (PARTS[:1], None, True),
        (PARTS[1:], None, True),
        (PARTS, None, False),
        (PARTS[:1], PARTS[1], False),
        (PARTS[1:], PARTS[1], True),
    ],
    ids=["none", "whole", "first", "second", "both", "other one empty", "empty one"],
)
def test_of_a_partitioned_table_the_statistics_of_every_partition_count(tables, empty, risky):
    known = [extended("city", "zip", table=table) for table in tables]
    found = risks(index_on("city", "zip"), TWO, partitioned(empty=empty), known=known)
    assert [risk.sentence.endswith("CREATE STATISTICS on them in each partition would tell") for risk in found] == [True] * risky
    index = IndexDef(T, (IndexKey(expression="lower(city)"),))
    known = [extended(expressions=("lower(city)",), kinds="e", table=table) for table in tables]
    assert kinds(risks(index, TWO, partitioned(empty=empty), known=known)) == ["expression-statistics"] * risky
    found = risks(index_on("zip"), "SELECT id FROM t WHERE zip > '1' AND lower(city) = 'x' LIMIT 9", partitioned(empty=empty), known=known)
    assert kinds(found) == ["default-selectivity"] * risky


def test_an_index_on_a_partitioned_table_has_statistics_in_each_partition():
    index = IndexDef(T, (IndexKey(expression="lower(city)"),))
    analyzed = [Index(f"{table.name}_i", replace(index, table=table), "", key_statistics=(ColumnStatistics(0, 8, -1),)) for table in PARTS]
    for indexes, risky in ((analyzed, False), ((analyzed[0], replace(analyzed[1], key_statistics=())), True), (analyzed[:1], True)):
        catalog = partitioned(indexes=(Index("i", index, ""), *indexes))
        assert kinds(risks(index, TWO, catalog, known=[extended("city", "zip", table=table) for table in PARTS])) == (
            ["expression-statistics"] * risky
        )


@pytest.mark.parametrize(
    ("on", "risky"), [(("t1", "t2"), False), (("t1",), True), ((), True), (("t",), False)], ids=["both", "one", "none", "rights on whole"]
)
def test_a_partition_is_estimated_by_its_own_column_statistics(on, risky):
    found = risks(index_on("city"), "SELECT id FROM t WHERE zip > '1' LIMIT 9", partitioned(on=on))
    assert kinds(found) == ["default-selectivity"] * risky


def test_partitions_with_statistics_on_the_same_are_looked_at_once():
    # of the same columns under other names; it is the number of partitions that a search over all of them would multiply
    objects = [replace(extended("city", "zip", table=table), name=f"s_{table.name}") for table in PARTS]
    alike, unlike = (replace(partitioned(), statistics=tuple(known)) for known in (objects, objects[:1]))
    assert alike.leaves(T) == unlike.leaves(T) == (PARTS[1], PARTS[0])
    assert (alike.unlike_leaves(T), set(unlike.unlike_leaves(T))) == ((PARTS[1],), set(PARTS))
    filled, empty = objects[0], replace(objects[1], analyzed=False)
    assert set(replace(alike, statistics=(filled, empty)).unlike_leaves(T)) == set(PARTS)
    assert alike.unlike_leaves(PARTS[0]) == (PARTS[0],)


def test_statistics_on_an_expression_take_its_risks_away():
    index = IndexDef(T, (IndexKey(expression="lower(email)"),))
    sql = "SELECT id FROM t WHERE lower(email) = 'x'"
    assert risks(index, sql, known=[extended(expressions=("lower(email)",), kinds="e")]) == ()
    assert kinds(risks(index, sql, known=[extended(expressions=("lower(email)",), kinds="e", analyzed=False)])) == ["expression-statistics"]
    other = "SELECT id FROM t WHERE at > now() AND lower(email) = 'x'"
    assert risks(index_on("at"), other, known=[extended("city", expressions=("lower((email)::text)",), kinds="dfme")]) == ()


def test_an_expression_is_an_assumption_until_it_has_been_analyzed():
    index = IndexDef(T, (IndexKey(expression="lower(email)"),))
    sql = "SELECT id FROM t WHERE lower(email) = 'x'"
    (risk,) = risks(index, sql)
    assert risk.kind == "expression-statistics"
    assert "lower(email)" in risk.sentence
    catalog = catalog_from_sql(SCHEMA)
    known = Index("t_lower", IndexDef(T, (IndexKey(expression="lower((email)::text)"),)), "", key_statistics=(ColumnStatistics(0, 8, -1),))
    assert risks(index, sql, replace(catalog, indexes=(*catalog.indexes, known))) == ()


def test_a_condition_without_statistics_is_a_guess():
    assert kinds(risks(index_on("at"), "SELECT id FROM t WHERE at > now() AND doc @> '{}' LIMIT 9")) == ["default-selectivity"]
    assert kinds(risks(index_on("doc", "at"), "SELECT id FROM t WHERE at > now() AND doc = '{}'")) == ["default-selectivity"]
    both = "SELECT b.id FROM t a JOIN t b ON b.id = a.id WHERE a.at > now() AND a.doc @> '{}'"
    assert kinds(risks(index_on("at"), both)) == ["default-selectivity"]
    found = risks(index_on("at"), "SELECT id FROM t WHERE at > now() AND lower(email) = 'x' LIMIT 9")
    assert [risk.sentence.split(":")[0] for risk in found] == ["there are no statistics on lower(email)"]
    assert risks(index_on("at"), "SELECT doc FROM t WHERE at > now() ORDER BY doc") == ()


def test_a_generic_plan_is_a_risk():
    assert kinds(risks(index_on("at"), "SELECT id FROM t WHERE at > $1", one=outcome(generic=True))) == ["generic-plan"]


def test_a_foreign_keys_lookup_is_planned_so_by_the_server_itself():
    catalog = catalog_from_sql(SCHEMA)
    usage = usage_graph(workload_from_sql("-- query id=fk:t_fk\nSELECT 1 FROM t WHERE at = $1"), catalog)
    assert risks_of(index_on("at"), ["fk:t_fk"], {"fk:t_fk": outcome("fk:t_fk", generic=True)}, catalog, usage) == ()


def limit_over(*nodes):
    """Return a plan of nodes, the first on top."""
    plan = None
    for node in reversed(nodes):
        plan = replace(node, children=() if plan is None else (plan,))
    return Plan(plan)


def scan(**details):
    return PlanNode("Index Scan", 0, 1, 1, 8, index="<1>t_at", details=details)


LIMIT, SORT, JOIN = (PlanNode(kind, 0, 1, 1, 8) for kind in ("Limit", "Sort", "Nested Loop"))


@pytest.mark.parametrize(
    ("plan", "risky"),
    [
        (limit_over(LIMIT, scan(Filter="x")), True),
        (limit_over(LIMIT, JOIN, scan(Filter="x")), True),
        (limit_over(LIMIT, SORT, scan(Filter="x")), False),
        (limit_over(LIMIT, scan()), False),
        (limit_over(LIMIT, scan(**{"Filter": "x", "Index Cond": "y"})), False),
        (limit_over(JOIN, scan(Filter="x")), False),
        (limit_over(LIMIT, replace(scan(Filter="x"), index="t_pkey")), False),
    ],
    ids=["limit", "join below", "sorted", "no filter", "bounded", "no limit", "another index"],
)
def test_an_ordered_scan_that_filters_until_the_limit(plan, risky):
    assert risky_limit(plan, frozenset({"<1>t_at"})) is risky
    found = risks(index_on("at"), "SELECT id FROM t ORDER BY at LIMIT 1", one=outcome(plan=plan, names={"<1>t_at": index_on("at")}))
    assert kinds(found) == (["limit-filter"] if risky else [])


def test_one_sentence_names_all_its_queries():
    catalog = catalog_from_sql(SCHEMA)
    load = workload_from_sql("-- query id=q2\nSELECT 1 FROM t WHERE at > $1;\n-- query id=q1\nSELECT 2 FROM t WHERE at > $1;")
    outcomes = {name: outcome(name, generic=True) for name in ("q1", "q2")}
    (risk,) = risks_of(index_on("at"), ["q2", "q1"], outcomes, catalog, usage_graph(load, catalog))
    assert risk.query_ids == ("q1", "q2")


EFFECTS = (QueryEffect("q1", 10, 1.0, 11.0), QueryEffect("q2", 1, 1.0, 51.0), QueryEffect("q3", 1, 2.0, 1.0))
GENERIC = (Risk("generic-plan", "..", ("q1",)), Risk("limit-filter", "..", ("q1", "q3")))


@pytest.mark.parametrize(("discount", "left"), [(0.0, 149.0), (0.5, 99.0), (1.0, 49.0)])
def test_the_discount_is_on_the_savings_at_risk_once(discount, left):
    assert discounted(149.0, EFFECTS, GENERIC, discount) == pytest.approx(left)
    assert discounted(149.0, EFFECTS, (), discount) == 149.0


def test_steps_carry_their_risks_and_keep_their_order():
    catalog = catalog_from_sql(SCHEMA)
    load = workload_from_sql("-- query id=q1\nSELECT 1 FROM t WHERE at > $1;\n-- query id=q2\nSELECT 2 FROM t WHERE kind = 'a';")
    made = [
        Step(Candidate(index, "btree"), 8192, 100.0, WriteTax(None, None), effects, 1.0, 8192)
        for index, effects in ((index_on("at"), EFFECTS[:1]), (index_on("kind"), EFFECTS[1:2]))
    ]
    outcomes = [outcome("q1", generic=True), outcome("q2")]
    usage = usage_graph(load, catalog)
    first, second = with_risks(made, outcomes, catalog, usage, 0.25)
    assert (kinds(first.risks), first.discounted_benefit) == (["generic-plan"], 75.0)
    assert (second.risks, second.discounted_benefit) == ((), 100.0)
    assert [step.discounted_benefit for step in with_risks(made, outcomes, catalog, usage)] == [None, None]


def test_a_guess_on_rows_that_are_read_anyway_decides_nothing():
    assert risks(index_on("at"), "SELECT id FROM t WHERE at > now() AND doc @> '{}'") == ()
    assert risks(index_on("at"), "SELECT count(*) FROM t WHERE at > now() AND lower(email) = 'x'") == ()
