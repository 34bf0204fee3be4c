"""CTEs, InitPlans and SubPlans are charged to the nodes that evaluated them."""

from __future__ import annotations

import pytest

from indexadvisor.explain import read
from indexadvisor.explain.placement import AFTER, charges
from indexadvisor.explain.processes import regions
from indexadvisor.explain.timing import timings


def payers(text):
    """Payers of each subtree that is not a plain child, by its name: node numbers."""
    plan = read(text).plans[0]
    times = timings(plan)
    assert times is not None
    assert times.conservation.holds, times.conservation
    found = {plan.nodes[charge.node].subplan_name: charge.payers for charge in charges(plan, regions(plan))}
    return {name: paid for name, paid in found.items() if name}


def own(text, number):
    return round(timings(read(text).plans[0]).nodes[number].own.middle, 2)


CTE = """
Aggregate  (cost=1.00..2.00 rows=1 width=8) (actual time=11.000..12.000 rows=1 loops=1)
  CTE c
    ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..8.000 rows=10 loops=1)
  ->  CTE Scan on c  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..9.000 rows=10 loops=1)
Execution Time: 12.500 ms
"""


def test_a_cte_is_paid_by_its_scan():
    assert payers(CTE) == {"CTE c": (2,)}
    assert (own(CTE, 0), own(CTE, 1), own(CTE, 2)) == (3.0, 8.0, 1.0)


def test_the_scan_that_pulled_the_rows_pays():
    second = "  ->  CTE Scan on c c_1  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..0.500 rows=10 loops=1)\n"
    text = CTE.replace("Execution", f"{second}Execution")
    assert payers(text) == {"CTE c": (2, 3)}
    first = timings(read(text).plans[0]).nodes[2].own
    assert (first.low, first.high) == (pytest.approx(1.0, abs=0.01), pytest.approx(1.5, abs=0.01))


def test_a_cte_scanned_by_its_own_parent():
    text = """
CTE Scan on c  (cost=1.00..2.00 rows=10 width=4) (actual time=0.000..9.000 rows=10 loops=1)
  CTE c
    ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..8.000 rows=10 loops=1)
Execution Time: 12.500 ms
"""
    assert payers(text) == {"CTE c": (0,)}
    assert own(text, 0) == 1.0


SAME_NAME = """
Nested Loop  (cost=1.00..2.00 rows=1 width=8) (actual time=11.000..20.000 rows=1 loops=1)
  CTE x
    ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..8.000 rows=10 loops=1)
  ->  Aggregate  (cost=0.00..1.00 rows=1 width=4) (actual time=0.000..4.000 rows=1 loops=1)
        CTE x
          ->  Seq Scan on u  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..2.000 rows=10 loops=1)
        ->  CTE Scan on x x_1  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..3.000 rows=10 loops=1)
  ->  CTE Scan on x  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..9.000 rows=10 loops=1)
Execution Time: 20.500 ms
"""


def test_ctes_of_one_name_in_two_scopes():
    plan = read(SAME_NAME).plans[0]
    found = [(charge.node, charge.payers) for charge in charges(plan, regions(plan)) if plan.nodes[charge.node].subplan_name]
    assert found == [(1, (5,)), (3, (4,))]
    assert [own(SAME_NAME, number) for number in range(6)] == [7.0, 8.0, 1.0, 2.0, 1.0, 1.0]


def test_a_cte_within_a_cte_of_the_same_name_reads_the_outer_one_not_itself():
    text = """
Aggregate  (cost=1.00..2.00 rows=1 width=8) (actual time=11.000..12.000 rows=1 loops=1)
  CTE a
    ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..4.000 rows=10 loops=1)
  CTE b
    ->  CTE Scan on a  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..6.000 rows=10 loops=1)
  ->  CTE Scan on b  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..9.000 rows=10 loops=1)
Execution Time: 12.500 ms
"""
    assert payers(text) == {"CTE a": (2,), "CTE b": (3,)}
    assert [own(text, number) for number in range(4)] == [3.0, 4.0, 2.0, 3.0]


def test_a_cte_that_writes_runs_on_after_the_plan():
    text = """
Limit  (cost=1.00..2.00 rows=1 width=8) (actual time=0.100..0.200 rows=1 loops=1)
  CTE gone
    ->  Delete on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..8.000 rows=10 loops=1)
          ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..1.000 rows=10 loops=1)
  ->  CTE Scan on gone  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..0.190 rows=1 loops=1)
Execution Time: 9.000 ms
"""
    assert payers(text) == {"CTE gone": (3, AFTER)}
    after = timings(read(text).plans[0]).conservation.after_ms
    assert (after.low, after.high) == (pytest.approx(7.81, abs=0.01), pytest.approx(8.0, abs=0.01))


INITPLAN = """
Aggregate  (cost=1.00..2.00 rows=1 width=8) (actual time=11.000..12.000 rows=1 loops=1)
  {name}
    ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..5.000 rows=1 loops=1)
  ->  Nested Loop  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..11.000 rows=10 loops=1)
        ->  Seq Scan on a  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..8.000 rows=10 loops=1)
              Filter: {first}
        ->  Seq Scan on b  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..1.000 rows=10 loops=1)
              Filter: {second}
Execution Time: 12.500 ms
"""


@pytest.mark.parametrize(("name", "first", "second", "expected"), [
    ("InitPlan 1 (returns $0)", "(v > $0)", "(v > 1)", (3,)),
    ("InitPlan 1 (returns $0)", "(v > $0)", "(v < $0)", (3, 4)),
    ("InitPlan 1 (returns $1)", "(v > $1)", "(v > $10)", (3,)),
    ("InitPlan 2 (returns $1,$2)", "(v > 1)", "(v > $2)", (4,)),
    ("InitPlan 10 (returns $9)", "(v > $9)", "(v > $90)", (3,)),
    ("InitPlan 1", "(v > (InitPlan 1).col1)", "(v > (InitPlan 10).col1)", (3,)),
    ("InitPlan 1", "(v > 1)", "(v = 'InitPlan 1'::text)", (0, 2, 3, 4)),
    ("InitPlan 1 (returns $0)", "(v > 1)", "(v < 1)", (0, 2, 3, 4)),
], ids=["one", "two", "1-and-10", "second-of-two", "initplan-10", "since-17", "literal", "unmentioned"])  # fmt: skip
def test_an_initplan_is_paid_by_whoever_uses_it(name, first, second, expected):
    text = INITPLAN.format(name=name, first=first, second=second)
    plan = read(text).plans[0]
    assert timings(plan).conservation.holds
    found = next(charge for charge in charges(plan, regions(plan)) if charge.node == 1)
    assert found.payers == expected


def test_an_initplan_of_one_user_comes_off_that_user():
    text = INITPLAN.format(name="InitPlan 1 (returns $0)", first="(v > $0)", second="(v > 1)")
    assert [own(text, number) for number in range(5)] == [1.0, 5.0, 2.0, 3.0, 1.0]


def test_an_initplan_its_users_cannot_hold_was_used_where_nothing_is_printed():
    text = INITPLAN.format(name="InitPlan 1 (returns $0)", first="(v > 1)", second="(v > $0)")
    times = timings(read(text).plans[0])
    assert times.conservation.holds
    # the user has room for 1 of the 5 ms, the nodes above for 3 together: at least 1 was spent here, at most all 5
    assert (times.nodes[3].own.low, times.nodes[3].own.high) == (pytest.approx(3.0, abs=0.02), pytest.approx(7.0, abs=0.02))


def test_a_node_that_passes_the_value_on_does_not_pay():
    text = """
Sort  (cost=1.00..2.00 rows=1 width=8) (actual time=11.000..12.000 rows=1 loops=1)
  Output: a.v, ($0)
  Sort Key: ($0)
  InitPlan 1 (returns $0)
    ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..5.000 rows=1 loops=1)
          Output: t.v
  ->  Seq Scan on a  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..8.000 rows=10 loops=1)
        Output: a.v, $0
Execution Time: 12.500 ms
"""
    assert payers(text) == {"InitPlan 1 (returns $0)": (2,)}


LIMIT = """
Limit  (cost=1.00..2.00 rows=1 width=8) (actual time={limit} rows=10 loops=1)
  InitPlan 1
    ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..5.000 rows=1 loops=1)
  ->  Seq Scan on a  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..8.000 rows=10 loops=1)
Execution Time: 15.000 ms
"""


@pytest.mark.parametrize(("limit", "own_ms"), [("0.000..13.010", 8.0), ("0.000..8.010", 3.0)], ids=["count", "output"])
def test_the_count_of_a_limit_is_never_printed(limit, own_ms):
    times = timings(read(LIMIT.format(limit=limit)).plans[0])
    assert times.conservation.holds
    assert times.nodes[2].own.middle == pytest.approx(own_ms, abs=0.02)


def test_gather_evaluates_what_its_workers_need():
    text = """
Aggregate  (cost=1.00..2.00 rows=1 width=8) (actual time=11.000..20.000 rows=1 loops=1)
  InitPlan 1
    ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..5.000 rows=1 loops=1)
  ->  Gather  (cost=0.00..1.00 rows=10 width=4) (actual time=6.000..19.000 rows=10 loops=1)
        Workers Planned: 1
        Workers Launched: 1
        ->  Parallel Seq Scan on a  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..13.000 rows=5 loops=2)
              Filter: (v > (InitPlan 1).col1)
Execution Time: 20.500 ms
"""
    assert payers(text) == {"InitPlan 1": (2,)}
    times = timings(read(text).plans[0])
    assert times.nodes[3].own.low == pytest.approx(13.0, abs=0.01)
    assert times.nodes[2].own.high == pytest.approx(1.0, abs=0.01)


SUBPLAN = """
Nested Loop  (cost=1.00..2.00 rows=1 width=8) (actual time=11.000..30.000 rows=1 loops=1)
  ->  Seq Scan on a  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..2.000 rows=10 loops=1)
  ->  Index Scan using b_pkey on b  (cost=0.00..1.00 rows=10 width=4) (actual time=0.100..0.200 rows=10 loops=10)
        {property}
        SubPlan 1
          ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.000..{total} rows=1 loops=10)
Execution Time: 30.500 ms
"""


def test_a_subplan_is_paid_by_the_node_whose_expression_holds_it():
    text = SUBPLAN.format(property="Filter: (b.v > (SubPlan 1))", total="0.150")
    assert payers(text) == {"SubPlan 1": (2,)}
    assert own(text, 2) == 0.5


def test_a_subplan_in_a_key_is_read_by_the_loop_that_starts_the_scan_again():
    text = SUBPLAN.format(property="Index Cond: (b.id = (SubPlan 1))", total="2.000")
    assert payers(text) == {"SubPlan 1": (0,)}
    assert [own(text, number) for number in range(4)] == [6.0, 2.0, 2.0, 20.0]


def test_ending_the_workers_of_a_cte_is_paid_by_its_owner():
    text = """
Limit  (cost=966.40..967.09 rows=10 width=24) (actual time=61.091..72.947 rows=0 loops=1)
  CTE c
    ->  Gather  (cost=945.15..950.15 rows=500 width=12) (actual time=60.715..72.676 rows=500 loops=1)
          Workers Planned: 2
          Workers Launched: 2
          ->  Parallel Seq Scan on item  (cost=935.15..940.15 rows=500 width=12) (actual time=12.580..24.000 rows=167 loops=3)
  ->  CTE Scan on c  (cost=0.00..10.00 rows=500 width=12) (actual time=60.721..61.000 rows=500 loops=1)
Execution Time: 73.154 ms
"""
    times = timings(read(text).plans[0])
    assert times.conservation.holds
    assert times.nodes[0].own.high <= 0.3
