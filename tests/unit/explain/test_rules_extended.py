"""Extended statistics that exist: what rules on estimates advise beside them, without a server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexadvisor.catalog.model import Activity, ColumnStatistics, Index, IndexDef, IndexKey, StatisticsObject, TableName
from indexadvisor.explain.engine import report
from indexadvisor.explain.rules.estimates import statistics_sql
from indexadvisor.explain.thresholds import Thresholds
from tests.fakes.plans import analysis_of, plan_from_text
from tests.fakes.schema import catalog_from_sql

HARD = TableName("public", "hard")
SCHEMA = "CREATE TABLE hard (a int, b int, v text);\n-- rows hard 100000\n-- setting default_statistics_target 50\n"
TWO = """\
Seq Scan on hard  (cost=0.00..2041.00 rows=2 width=0) (actual time=0.014..2.624 rows=500.00 loops=1)
  Filter: ((a = 7) AND (b = 21))
  Rows Removed by Filter: 99500
"""
WRAPPED = TWO.replace("((a = 7) AND (b = 21))", "(lower((hard.v)::text) = 'x'::text)")
GROUPS = """\
HashAggregate  (cost=10.00..20.00 rows=10 width=8) (actual time=10.000..90.000 rows=9000.00 loops=1)
  Group Key: a, b
  Planned Partitions: 8  Batches: 41  Memory Usage: 1089kB  Disk Usage: 31632kB
  ->  Seq Scan on hard  (cost=0.00..9.00 rows=100000 width=8) (actual time=0.010..5.000 rows=100000.00 loops=1)
"""


def statistics(*columns, kinds="fm", analyzed=True, expressions=(), name="s", target=None, table=HARD):
    return StatisticsObject("public", name, table, columns, expressions, tuple(kinds), analyzed, target)


def catalog_with(*known, indexes=(), version=150_000, changed=None):
    catalog = catalog_from_sql(SCHEMA)
    counters = None if changed is None else Activity(0, 0, 0, 0, 0, 0, 100_000, changed, None, None)
    tables = tuple(replace(table, activity=counters) for table in catalog.tables)
    server = replace(catalog.server, version_num=version)
    return replace(catalog, server=server, tables=tables, statistics=known, indexes=indexes)


def advice(text, code, catalog):
    """Return the advice of the one finding of a rule."""
    (finding,) = report(analysis_of(plan_from_text(text), catalog), Thresholds(), only=[code]).findings
    return finding.advice


CREATE = "CREATE STATISTICS public.hard_a_b_stats (dependencies, mcv) ON a, b FROM public.hard; ANALYZE public.hard;"
ANALYZE = "ANALYZE public.hard;"
FINER = "ALTER STATISTICS public.s SET STATISTICS 500; ANALYZE public.hard;"


@pytest.mark.parametrize("code", ["EX35", "EX37"])
@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ((), CREATE),
        ((statistics("a", "b", kinds="d"),), CREATE),
        ((statistics("a"), statistics("b", "v")), CREATE),
        ((statistics("a", "b", table=TableName("other", "hard")),), CREATE),
        ((statistics("a", "b", analyzed=False),), ANALYZE),
        ((statistics("a", "b", analyzed=None),), ANALYZE),
        ((statistics("a", "b", "v"),), FINER),
        ((statistics("a", "b", kinds="f", target=2000),), "ALTER STATISTICS public.s SET STATISTICS 10000; ANALYZE public.hard;"),
        ((statistics("a", "b", target=10_000),), None),
        ((statistics("a", "b", target=0, analyzed=False),), "ALTER STATISTICS public.s SET STATISTICS -1; ANALYZE public.hard;"),
        ((statistics("a", "b", analyzed=False), statistics("a", "b", name="z")), FINER.replace("public.s ", "public.z ")),
    ],
    ids=["none", "ndistinct", "others", "another table", "empty", "not shown", "wider", "target", "highest", "off", "a filled one"],
)
def test_what_is_advised_first(code, known, expected):
    assert advice(TWO, code, catalog_with(*known))[0].sql == expected


def test_after_many_changes_analyze_comes_first():
    kept, due = (advice(TWO, "EX37", catalog_with(statistics("a", "b"), changed=rows)) for rows in (9_999, 10_000))
    assert [one.kind for one in kept] == ["statistics"]
    assert [one.kind for one in due] == ["analyze", "statistics"]
    assert "many rows changed" in due[0].text
    assert due[0].columns == ("a", "b")


def test_dependencies_alone_do_not_tell_one_combination_from_another():
    for kinds, says in (("f", True), ("fm", False), ("dm", False)):
        assert ("kind mcv would" in advice(TWO, "EX37", catalog_with(statistics("a", "b", kinds=kinds)))[-1].text) is says


def test_version_12_has_no_target_for_statistics():
    (one,) = advice(TWO, "EX37", catalog_with(statistics("a", "b"), version=120_010))
    assert one.sql is None
    assert "ALTER TABLE public.hard ALTER COLUMN ... SET STATISTICS 500" in one.text


def test_a_setting_that_is_no_number_is_taken_for_the_default():
    catalog = replace(catalog_with(statistics("a", "b")), settings={"default_statistics_target": "-1; DROP"})
    assert advice(TWO, "EX37", catalog)[0].sql == "ALTER STATISTICS public.s SET STATISTICS 1000; ANALYZE public.hard;"


@pytest.mark.parametrize("setting", ["0", "10001", "9" * 5000, "", "ten"])
def test_a_setting_out_of_its_bounds_is_taken_for_the_default(setting):
    catalog = replace(catalog_with(statistics("a", "b")), settings={"default_statistics_target": setting})
    assert advice(TWO, "EX37", catalog)[0].sql == "ALTER STATISTICS public.s SET STATISTICS 1000; ANALYZE public.hard;"


@pytest.mark.parametrize(("target", "analyzed"), [(0, False), (None, False), (None, None), (None, True), (10_000, True)])
def test_all_advice_on_statistics_names_the_columns(target, analyzed):
    for code in ("EX35", "EX37"):
        found = advice(TWO, code, catalog_with(statistics("a", "b", "v", analyzed=analyzed, target=target)))
        assert {one.columns for one in found} == {("a", "b")}


def test_names_are_quoted():
    (one,) = advice(TWO, "EX37", catalog_with(statistics("a", "b", name='s"; DROP TABLE x; --')))
    assert one.sql.startswith('ALTER STATISTICS public."s""; DROP TABLE x; --" SET STATISTICS 500;')


@pytest.mark.parametrize("code", ["EX35", "EX45"])
def test_groups_have_statistics_of_their_own_kind(code):
    assert advice(GROUPS, code, catalog_with(statistics("a", "b", kinds="d")))[-1].sql == FINER
    assert advice(GROUPS, code, catalog_with(statistics("a", "b", kinds="d", analyzed=False)))[-1].sql == ANALYZE
    assert "ndistinct" in advice(GROUPS, code, catalog_with(statistics("a", "b")))[-1].text


def test_groups_of_a_partition_are_counted_by_the_statistics_of_the_whole():
    schema = "CREATE TABLE whole (a int, b int) PARTITION BY LIST (a); CREATE TABLE hard PARTITION OF whole FOR VALUES IN (1)"
    known = statistics("a", "b", kinds="dfm", table=TableName("public", "whole"))
    catalog = replace(catalog_from_sql(schema), statistics=(known,))
    assert advice(GROUPS, "EX35", catalog)[0].sql == "ALTER STATISTICS public.s SET STATISTICS 1000; ANALYZE public.whole;"
    assert advice(TWO, "EX35", catalog)[0].sql.startswith("CREATE STATISTICS public.hard_a_b_stats (dependencies, mcv)")


def test_groups_that_were_expected_need_no_statistics():
    text = GROUPS.replace("rows=10 width=8", "rows=8000 width=8")
    (one,) = advice(text, "EX45", catalog_with(statistics("a", "b", kinds="d")))
    assert one.kind == "setting"
    assert len(advice(text, "EX45", catalog_with())) == 2


ONE = GROUPS.replace("a, b", "a")


@pytest.mark.parametrize("analyzed", [True, False, None])
def test_statistics_over_several_columns_do_not_count_the_values_of_one(analyzed):
    catalog = catalog_with(statistics("a", "b", kinds="d", analyzed=analyzed))
    for code in ("EX35", "EX45"):
        found = advice(ONE, code, catalog)
        assert (found[-1].sql, found[-1].columns) == (None, ("a",))
        assert "different values of a in pg_stats" in found[-1].text
        assert "ndistinct" not in "".join(one.text for one in found)
    # the groups were expected: nothing is wrong with the values either
    assert [one.kind for one in advice(ONE.replace("rows=10 width=8", "rows=8000 width=8"), "EX45", catalog)] == ["setting"]


FROM_CTE = """\
HashAggregate  (cost=10.00..20.00 rows=10 width=8) (actual time=10.000..90.000 rows=9000.00 loops=1)
  Group Key: c.x, c.y
  Planned Partitions: 8  Batches: 41  Memory Usage: 1089kB  Disk Usage: 31632kB
  CTE c
    ->  Function Scan on generate_series g  (cost=0.00..9.00 rows=100000 width=8) (actual time=0.010..5.000 rows=100000.00 loops=1)
  ->  Hash Join  (cost=0.00..9.00 rows=100000 width=8) (actual time=0.010..5.000 rows=100000.00 loops=1)
        Hash Cond: (c.x = h.a)
        ->  CTE Scan on c  (cost=0.00..9.00 rows=100000 width=8) (actual time=0.010..5.000 rows=100000.00 loops=1)
        ->  Hash  (cost=0.00..9.00 rows=100000 width=8) (actual time=0.010..5.000 rows=100000.00 loops=1)
              ->  Seq Scan on hard h  (cost=0.00..9.00 rows=100000 width=8) (actual time=0.010..5.000 rows=100000.00 loops=1)
"""


@pytest.mark.parametrize("code", ["EX35", "EX45"])
def test_columns_of_a_cte_are_no_columns_of_the_table_beside_it(code):
    own = FROM_CTE.replace("c.x, c.y", "h.a, h.b")
    assert advice(own, code, catalog_with(statistics("a", "b", kinds="d")))[-1].sql == FINER
    # even where the table has columns of these names
    for keys in ("c.x, c.y", "c.a, c.b", "c.a, h.b"):
        for known in ((), (statistics("a", "b", kinds="d"),)):
            found = advice(FROM_CTE.replace("c.x, c.y", keys), code, catalog_with(*known))
            assert [one.sql for one in found] == [None] * len(found)


INDEX = IndexDef(HARD, (IndexKey("a"), IndexKey(expression="lower(v)")))


@pytest.mark.parametrize(
    ("known", "indexes", "expected"),
    [
        ((), (), ["statistics", "analyze"]),
        ((statistics(expressions=("lower(v)",), kinds="e"),), (), ["statistics"]),
        ((statistics("a", expressions=("lower(v)",), kinds="dfme", analyzed=False),), (), ["analyze"]),
        ((statistics(expressions=("upper(v)",), kinds="e"),), (), ["statistics", "analyze"]),
        ((), (Index("i", INDEX, ""),), ["analyze"]),
        ((), (Index("i", INDEX, "", key_statistics=(None, ColumnStatistics(0, 4, -1))),), ["analyze", "statistics"]),
        ((), (Index("i", replace(INDEX, predicate="a > 1"), ""),), ["statistics", "analyze"]),
        ((), (Index("i", INDEX, "", valid=False),), ["statistics", "analyze"]),
    ],
    ids=["none", "filled", "empty", "another", "new index", "index", "partial index", "invalid index"],
)
def test_an_expression_may_have_statistics(known, indexes, expected):
    found = advice(WRAPPED, "EX35", catalog_with(*known, indexes=indexes))
    assert [one.kind for one in found] == expected
    creates = "Create statistics" in found[0].text
    assert creates is (expected == ["statistics", "analyze"])


def test_an_expression_grouped_by_may_have_statistics():
    text = GROUPS.replace("a, b", "a, lower(v)")
    filled = statistics("a", expressions=("lower(v)",), kinds="dfme")
    assert advice(text, "EX35", catalog_with(filled))[0].sql == FINER
    assert "create statistics on the expression" in advice(text, "EX35", catalog_with())[0].text


def test_new_statistics_have_a_name_that_is_free():
    plan = plan_from_text(TWO)
    taken = [statistics("v", name=f"hard_a_b_stats{end}") for end in ("", 1)]
    sql = statistics_sql(analysis_of(plan, catalog_with(*taken)), plan.root, ("a", "b"), "mcv")
    assert sql.startswith("CREATE STATISTICS public.hard_a_b_stats2 (mcv)")
    long = f"hard_{'a' * 60}"[:63]
    sql = statistics_sql(analysis_of(plan, catalog_with(statistics("v", name=long))), plan.root, ("a" * 60,), "mcv")
    assert sql.split()[2] == f"public.{long[:62]}1"


@pytest.mark.parametrize("letter", ["ü", "€", "𝄞"])
def test_a_name_is_cut_by_bytes_as_the_server_cuts_it(letter):
    column = letter * 40
    taken, analysis = [], None
    for _ in range(12):
        analysis = analysis_of(plan_from_text(TWO), catalog_with(*(statistics("v", name=name) for name in taken)))
        name = statistics_sql(analysis, analysis.plan.root, (column,), "mcv").split('"')[1]
        assert name.startswith("hard_")
        assert len(name.encode()) <= 63
        taken.append(name)
    assert len(set(taken)) == len(taken)


def test_more_columns_than_statistics_take_get_no_statement():
    plan = plan_from_text(TWO)
    assert statistics_sql(analysis_of(plan, catalog_with()), plan.root, "abcdefgh", "mcv") is not None
    assert statistics_sql(analysis_of(plan, catalog_with()), plan.root, "abcdefghi", "mcv") is None
