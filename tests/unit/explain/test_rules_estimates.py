"""Rules 21 to 40 together: what folds into what, and the parts that need a catalog with counters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexadvisor.catalog.model import Activity
from indexadvisor.explain.engine import report
from indexadvisor.explain.rules.estimates import statistics_sql
from indexadvisor.explain.rules.pairs import narrows
from indexadvisor.explain.rules.terms import conjuncts
from indexadvisor.explain.thresholds import Thresholds
from tests.fakes.plans import analysis_of, plan_from_text
from tests.fakes.schema import catalog_from_sql

CASES = Path(__file__).parents[2] / "cases" / "explain" / "rules"
MINE = [f"EX{number}" for number in range(21, 41) if number != 36]
BARE = ("Merge Join\n", "Recursive Union\n", "Memoize\n", "CTE Scan on x\n", "Limit\n")
SCHEMA = "CREATE TABLE never_big (id int, kind int);\n-- rows never_big 50000\n-- stats never_big.kind n_distinct=5\n"


def plan_of(case):
    lines = (CASES / f"{case}.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    return plan_from_text("".join(line for line in lines if not line.startswith("-- ")))


def chains(case, only=MINE):
    def shape(findings):
        return {finding.code: shape(finding.consequences) for finding in findings}

    return shape(report(analysis_of(plan_of(case)), Thresholds(), only=only).findings)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("EX21/fires-underestimated", {"EX35": {"EX21": {}}}),
        ("EX39/fires-function", {"EX39": {"EX35": {"EX21": {}}}}),
        ("EX37/fires-two-columns", {"EX35": {"EX37": {}}}),
        ("EX25/fires-or-of-joins", {"EX25": {"EX24": {}, "EX30": {}}}),
        ("EX22/fires-equality", {"EX22": {"EX24": {}}}),
        ("EX24/fires-equality-without-hash-join", {"EX24": {"EX30": {}}}),
        ("EX27/fires-not-hashed", {"EX27": {"EX26": {}}, "EX35": {}}),
        ("EX40/fires-commonest-value", {"EX40": {"EX35": {}}}),
        ("EX28/fires-overflows", {"EX35": {"EX28": {}}}),
        ("EX26/fires-tpch-17", {"EX26": {}}),
    ],
)
def test_consequences_fold_into_their_cause(case, expected):
    assert chains(case) == expected


def test_a_join_chosen_for_its_true_size_does_not_follow_from_an_estimate_of_its_own():
    # the merge join's output was misjudged, its inputs were not: the sorts have another reason
    assert chains("EX34/fires-chosen") == {"EX34": {}, "EX35": {}}


def test_an_overestimate_explains_no_nested_loop():
    assert "EX35" not in chains("EX21/fires-hash-joins-forbidden")


def stale(changed, last=datetime(2024, 5, 1, tzinfo=UTC), case="EX38/fires-never-analyzed"):
    catalog = catalog_from_sql(SCHEMA)
    activity = Activity(0, 0, 0, 0, 0, 0, live_rows=50_000, modified_since_analyze=changed, last_analyzed=last, since=None)
    tables = tuple(replace(table, activity=activity) for table in catalog.tables)
    return report(analysis_of(plan_of(case), replace(catalog, tables=tables)), Thresholds(), only=["EX38", "EX35"]).findings


def test_statistics_are_stale_from_a_fifth_of_the_rows_on():
    (finding,) = stale(10_000)
    assert finding.code == "EX38"
    assert "changed by 20%" in finding.message
    assert [found.code for found in finding.consequences] == ["EX35"]
    assert finding.advice[0].sql == "ANALYZE public.never_big;"
    assert [found.code for found in stale(9_999)] == ["EX35"]


def test_counters_that_were_reset_do_not_mean_never_analyzed():
    assert [found.code for found in stale(0, last=None)] == ["EX35"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("(s.id = p.x)", True),
        ("((s.id >= p.x) AND (s.id <= p.y))", True),
        ("(s.id > p.x)", False),
        ("((s.id > p.x) AND (s.no < p.y))", False),
        ("((s.id > p.x) AND (s.id >= p.y))", False),
    ],
)
def test_bounds_narrow_down_from_both_sides_only(condition, expected):
    assert narrows(conjuncts(condition, frozenset({"s"}))) is expected


def test_statistics_are_quoted_and_bounded():
    plan = plan_from_text('Seq Scan on "We""ird"."T x" t  (cost=0.00..9.00 rows=9 width=4) (actual time=0.010..5.000 rows=9 loops=1)\n')
    sql = statistics_sql(analysis_of(plan), plan.root, ("a b", "select"), "mcv")
    assert sql == (
        'CREATE STATISTICS "We""ird"."T x_a b_select_stats" (mcv) ON "a b", "select" FROM "We""ird"."T x"; ANALYZE "We""ird"."T x";'
    )
    long = statistics_sql(analysis_of(plan), plan.root, ("a" * 60, "b"), "mcv")
    assert long is not None
    assert len(long.split('"."')[1].split('"')[0]) == 63


def test_system_and_temporary_tables_get_no_statement():
    plan = plan_from_text("Seq Scan on pg_temp_3.t  (cost=0.00..9.00 rows=9 width=4) (actual time=0.010..5.000 rows=9 loops=1)\n")
    assert statistics_sql(analysis_of(plan), plan.root, ("a", "b"), "mcv") is None


@pytest.mark.parametrize("only", [[code] for code in MINE], ids=lambda only: only[0])
def test_a_bare_plan_is_no_trouble(only):
    for text in ("Nested Loop\n  ->  Seq Scan on a\n  ->  Seq Scan on b\n", *BARE):
        assert report(analysis_of(plan_from_text(text)), Thresholds(), only=only).findings == ()
