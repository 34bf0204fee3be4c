"""Rows are totals with the rounding of their averages, and estimates are compared like with like, where that means anything."""

from __future__ import annotations

import pytest

from indexadvisor.explain import early_stop, read, rows
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.rows import row_counts


def counts(text):
    return row_counts(read(text).plans[0])


def scan(estimate, actual, loops=1, extra="", name="Seq Scan on t"):
    return f"{name}  (cost=0.00..9.00 rows={estimate} width=4) (actual time=0.010..5.000 rows={actual} loops={loops})\n{extra}"


def nest(top, *children):
    """Indent children below a node as TEXT does."""
    lines = [top.rstrip("\n")]
    for child in children:
        first, *rest = child.rstrip("\n").split("\n")
        lines += [f"  ->  {first}", *(f"      {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def test_one_loop_is_exact():
    assert counts(scan(10, 7))[0].returned == Interval(7, 7)


@pytest.mark.parametrize(("printed", "loops", "low", "high"), [
    ("0", 1000, 0, 500), ("1", 1000, 500, 1500), ("0.40", 1000, 395, 405), ("0.00", 1000, 0, 5), ("3", 3, 8, 10), ("333.33", 3, 1000, 1000),
    ("16.67", 50, 833, 834),  # not the average of whole numbers: somebody changed it
], ids=str)  # fmt: skip
def test_many_loops_are_as_wide_as_the_rounding(printed, loops, low, high):
    assert counts(scan(1, printed, loops))[0].returned == Interval(low, high)


@pytest.mark.parametrize(("line", "low", "high"), [
    ("  Rows Removed by Filter: 2\n", 150, 250),
    ("  Rows Removed by Filter: 0\n", 1, 50),  # printed at all, so it was not zero
    ("", 0, 0),
], ids=["two", "rounded-to-zero", "absent"])  # fmt: skip
def test_removed_rows_are_rounded_averages(line, low, high):
    assert counts(scan(1, 1, 100, line))[0].removed == Interval(low, high)


def test_zero_removed_in_json_may_be_zero():
    document = '[{"Plan": {"Node Type": "Seq Scan", "Actual Rows": 1, "Actual Loops": 100, "Rows Removed by Filter": 0}}]'
    assert counts(document)[0].removed == Interval(0, 50)


def test_filters_and_rechecks_are_summed():
    text = scan(1, 1, 1, "  Recheck Cond: (a = 1)\n  Rows Removed by Index Recheck: 5\n  Filter: (b = 1)\n  Rows Removed by Filter: 2\n")
    assert counts(text)[0].removed == Interval(7, 7)


@pytest.mark.parametrize(("estimate", "actual", "loops", "factor", "under"), [
    (10, 1000, 1, 100.0, True),
    (1000, 10, 1, 100.0, False),
    (10, 1000, 50, 100.0, True),  # per loop, not in total
    (1, 0, 1, 1.0, False),  # the planner never expects less than one row
    (100, 0, 1, 100.0, False),
    (1, "0.02", 900, 1.0, False),
], ids=["under", "over", "per-loop", "least", "none", "fraction"])  # fmt: skip
def test_factor(estimate, actual, loops, factor, under):
    found = counts(scan(estimate, actual, loops))[0]
    assert (found.factor, found.under, found.excuse) == (pytest.approx(factor), under, None)


def test_without_analyze_there_are_no_rows():
    assert counts("Seq Scan on t  (cost=0.00..9.00 rows=1 width=4)") == {}


def test_without_costs_there_is_no_comparison():
    found = counts("Seq Scan on t (actual time=0.010..5.000 rows=7 loops=1)\n")[0]
    assert (found.returned, found.factor, found.excuse) == (Interval(7, 7), None, rows.NO_ESTIMATE)


def test_never_executed():
    text = nest(scan(1, 0, name="Nested Loop"), scan(1, 0), "Seq Scan on u  (cost=0.00..9.00 rows=500 width=4) (never executed)")
    assert (counts(text)[2].excuse, counts(text)[2].returned) == (rows.NEVER, Interval(0, 0))


def test_timing_off_still_has_rows():
    assert counts("Seq Scan on t  (cost=0.00..9.00 rows=1 width=4) (actual rows=50 loops=1)\n")[0].factor == 50.0


LIMITED = [
    ("Seq Scan on t", 10, 10, 5000, 10, early_stop.LIMIT),
    ("Seq Scan on t", 10, 3, 5000, 3, None),  # fewer than asked for: it was read to its end
    ("Seq Scan on t", 10, 10, 5, 10, None),  # too few expected: that is so wherever it stopped
]


@pytest.mark.parametrize(("name", "limit", "given", "estimate", "actual", "excuse"), LIMITED, ids=["stopped", "exhausted", "under"])
def test_below_a_limit(name, limit, given, estimate, actual, excuse):
    found = counts(nest(scan(limit, given, name="Limit"), scan(estimate, actual, name=name)))[1]
    assert found.excuse == excuse
    assert (found.factor is None) == (excuse is not None)


def test_what_reads_everything_ends_the_effect_of_a_limit():
    found = counts(nest(scan(5, 5, name="Limit"), nest(scan(5000, 5, extra="  Sort Key: a\n", name="Sort"), scan(5000, 60))))
    assert (found[1].excuse, found[2].excuse) == (early_stop.LIMIT, None)
    assert found[2].factor == pytest.approx(5000 / 60)


@pytest.mark.parametrize(("top", "excuse"), [
    ("Nested Loop Semi Join", early_stop.MATCH), ("Nested Loop Anti Join", early_stop.MATCH), ("Nested Loop", None),
])  # fmt: skip
def test_inner_side_of_joins_that_stop_at_a_match(top, excuse):
    assert counts(nest(scan(5, 5, name=top), scan(5, 5), scan(900, 1, 5)))[2].excuse == excuse


def test_merge_join_stops_at_the_end_of_either_side():
    found = counts(nest(scan(5, 5, name="Merge Join"), scan(9000, 20), scan(9000, 20, name="Index Scan using u_pkey on u")))
    assert (found[1].excuse, found[2].excuse) == (early_stop.MERGE, early_stop.MERGE)


def test_a_sort_that_gave_all_it_read_did_not_stop():
    sort = nest(scan(9000, 20, extra="  Sort Key: t.a\n", name="Sort"), scan(9000, 20))
    found = counts(nest(scan(5, 5, name="Merge Join"), sort, scan(20, 20, name="Index Scan using u_pkey on u")))
    assert (found[1].factor, found[2].factor) == (450.0, 450.0)


def test_inner_side_of_a_merge_join_is_read_again():
    found = counts(nest(scan(5, 5, name="Merge Join"), scan(20, 20), scan(20, 9000, name="Materialize")))
    assert found[2].excuse == rows.READ_AGAIN


def test_an_empty_hash_table_stops_the_other_side():
    found = counts(nest(scan(5, 0, name="Hash Join"), scan(9000, 1), nest(scan(30, 0, name="Hash"), scan(30, 0))))
    assert found[1].excuse == early_stop.EMPTY_HASH
    assert found[3].factor == 30.0


def test_bitmaps_return_no_rows():
    text = nest(scan(5, 5, name="Bitmap Heap Scan on t"), nest(scan(0, 0, name="BitmapAnd"),
                scan(90, 900, name="Bitmap Index Scan on a"), scan(90, 900, name="Bitmap Index Scan on b")))  # fmt: skip
    assert [count.excuse for count in counts(text).values()] == [None, rows.BITMAP, rows.INDEX_ENTRIES, rows.INDEX_ENTRIES]


def test_modify_table_returns_nothing():
    assert counts(nest(scan(300, 0, name="Update on t"), scan(300, 300)))[0].excuse == rows.NO_ROWS


def test_pruned_partitions():
    text = nest(scan(900, 3, extra="  Subplans Removed: 5\n", name="Append"), scan(3, 3))
    assert counts(text)[0].excuse == rows.PRUNED
    text = nest(scan(900, 3, name="Append"), scan(3, 3), "Seq Scan on u  (cost=0.00..9.00 rows=500 width=4) (never executed)")
    assert counts(text)[0].excuse == rows.PRUNED


def test_recursion():
    term = nest(scan(50, 1, 4, name="Hash Join"), scan(10, 1, 4, name="WorkTable Scan on r"), nest(scan(7, 70, name="Hash"), scan(7, 70)))
    text = nest(scan(900, 3, name="Recursive Union"), scan(1, 1), term)
    found = counts(text)
    assert (found[0].excuse, found[2].excuse, found[3].excuse) == (None, rows.RECURSION, rows.RECURSION)
    assert found[5].factor == 10.0


def test_a_subquery_stops_at_the_row_that_decides():
    text = """
Seq Scan on a  (cost=0.00..9.00 rows=5 width=4) (actual time=0.010..5.000 rows=5 loops=1)
  Filter: (EXISTS(SubPlan 1) OR {hashed})
  SubPlan 1
    ->  Seq Scan on t  (cost=0.00..9.00 rows=900 width=4) (actual time=0.010..0.020 rows=1 loops=5)
"""
    assert counts(text.format(hashed="b"))[1].excuse == early_stop.SUBPLAN
    assert counts(text.format(hashed="(a = (hashed SubPlan 1).col1)"))[1].excuse is None


def test_a_cte_is_read_as_far_as_its_scans():
    text = """
Limit  (cost=0.00..9.00 rows=10 width=4) (actual time=0.010..5.000 rows=10 loops=1)
  CTE c
    ->  Seq Scan on t  (cost=0.00..9.00 rows=9000 width=4) (actual time=0.010..0.020 rows=10 loops=1)
  ->  CTE Scan on c  (cost=0.00..9.00 rows=9000 width=4) (actual time=0.010..0.020 rows=10 loops=1)
"""
    assert [count.excuse for count in counts(text).values()] == [None, early_stop.LIMIT, early_stop.LIMIT]


PARALLEL = """
Gather  (cost=1.00..2.00 rows=2400 width=4) (actual time=1.000..9.000 rows=2400 loops=1)
  Workers Planned: 2
  Workers Launched: {launched}
  ->  Parallel Seq Scan on t  (cost=0.00..1.00 rows=1000 width=4) (actual time=0.000..8.000 rows={rows} loops={loops})
"""


@pytest.mark.parametrize(("launched", "rows_each", "loops"), [(2, 800, 3), (1, 1200, 2), (0, 2400, 1)], ids=["all", "short", "none"])
def test_divided_estimates_are_compared_over_all_processes(launched, rows_each, loops):
    found = counts(PARALLEL.format(launched=launched, rows=rows_each, loops=loops))
    assert found[1].factor == pytest.approx(1.0)
    assert (found[1].estimated, found[1].actual) == (pytest.approx(2400), pytest.approx(2400))


def test_what_each_process_did_for_itself_is_compared_per_loop():
    text = """
Gather  (cost=1.00..2.00 rows=2400 width=4) (actual time=1.000..9.000 rows=2400 loops=1)
  Workers Planned: 2
  Workers Launched: 2
  ->  Hash Join  (cost=0.00..1.00 rows=1000 width=4) (actual time=0.000..8.000 rows=800 loops=3)
        Hash Cond: (t.a = u.a)
        ->  Parallel Seq Scan on t  (cost=0.00..1.00 rows=1000 width=4) (actual time=0.000..8.000 rows=800 loops=3)
        ->  Hash  (cost=0.00..1.00 rows=50 width=4) (actual time=0.000..1.000 rows=50 loops=3)
              ->  Seq Scan on u  (cost=0.00..1.00 rows=50 width=4) (actual time=0.000..0.500 rows=50 loops=3)
"""
    assert [count.factor for count in counts(text).values()] == [pytest.approx(1.0)] * 5


def test_a_limit_whose_count_the_planner_did_not_know():
    found = counts(nest(scan(400, 10, name="Limit"), scan(4000, 10)))
    assert (found[0].excuse, found[1].excuse) == (rows.COUNT, early_stop.LIMIT)


def test_a_one_time_filter():
    below = "Seq Scan on u  (cost=0.00..9.00 rows=500 width=4) (never executed)"
    text = nest(scan(400, 0, extra="  One-Time Filter: $0\n", name="Result"), below)
    assert [count.excuse for count in counts(text).values()] == [rows.ONE_TIME, rows.NEVER]


def test_a_run_condition_stops_the_window_and_what_it_reads():
    found = counts(nest(scan(400, 10, extra="  Run Condition: (row_number() OVER (?) <= 10)\n", name="WindowAgg"), scan(400, 11)))
    assert [count.excuse for count in found.values()] == [early_stop.RUN_CONDITION] * 2


def test_a_node_whose_measurements_are_missing():
    document = """[{"Plan": {"Node Type": "Sort", "Plan Rows": 1, "Actual Rows": 1, "Actual Loops": 1, "Plans": [
        {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Plan Rows": 1}]}}]"""
    assert counts(document)[1].excuse == rows.NOT_MEASURED
