"""Times are put where they were spent, carry their rounding, and add up to the statement's."""

from __future__ import annotations

import pytest

from indexadvisor.explain import read
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Actual, Plan, PlanNode, Worker, numbered
from indexadvisor.explain.timing import timings


def timed(text):
    plan = read(text).plans[0]
    times = timings(plan)
    assert times is not None
    return plan, times


def own(text):
    """Own times by node type and alias, in the middle of their intervals."""
    plan, times = timed(text)
    assert times.conservation.holds, times.conservation
    names = [f"{node.node_type} {node.alias}" if node.alias else node.node_type for node in plan.walk() if node.executed]
    return dict(zip(names, (round(times.nodes[node.number].own.middle, 2) for node in plan.walk() if node.executed), strict=True))


def test_own_time_is_the_node_without_its_children():
    assert own("""
Sort  (cost=1.00..2.00 rows=10 width=4) (actual time=7.000..8.000 rows=10 loops=1)
  ->  Seq Scan on t  (cost=0.00..1.00 rows=10 width=4) (actual time=0.100..5.000 rows=10 loops=1)
Planning Time: 1.000 ms
Execution Time: 8.500 ms
""") == {"Sort": 3.0, "Seq Scan t": 5.0}


def test_statement_time_is_execution_time_and_the_rest_is_outside():
    _, times = timed("Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.100..1.000 rows=1 loops=1)\nExecution Time: 1.500 ms\n")
    assert times.statement_ms == 1.5
    assert times.conservation.outside_ms.low == pytest.approx(0.499)
    assert times.conservation.outside_ms.high == pytest.approx(0.501)
    assert times.nodes[0].share.low == pytest.approx(0.9995 / 1.5)


def test_without_execution_time_the_statement_is_its_root():
    _, times = timed("Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.100..1.000 rows=1 loops=1)\n")
    assert times.statement_ms == pytest.approx(1.0)
    assert times.conservation.holds


@pytest.mark.parametrize("text", [
    "Result  (cost=0.00..0.01 rows=1 width=4)",
    "Result  (cost=0.00..0.01 rows=1 width=4) (actual rows=1 loops=1)\nExecution Time: 1.500 ms\n",
], ids=["plain", "timing-off"])  # fmt: skip
def test_no_times_no_timings(text):
    assert timings(read(text).plans[0]) is None


MEMOIZE = """
Nested Loop  (cost=0.29..99.00 rows=400000 width=8) (actual time=0.020..300.000 rows=414324 loops=1)
  ->  Seq Scan on o  (cost=0.00..50.00 rows=414324 width=4) (actual time=0.010..60.000 rows=414324 loops=1)
  ->  Memoize  (cost=0.29..0.31 rows=1 width=4) (actual time=0.000..0.000 rows=1 loops=414324)
        Cache Key: o.c
        ->  Index Scan using c_pkey on c  (cost=0.28..0.30 rows=1 width=4) (actual time=0.002..0.002 rows=1 loops=70561)
Execution Time: 310.000 ms
"""


def test_rounding_of_many_loops_is_an_interval_narrowed_by_the_nodes_around_it():
    _, times = timed(MEMOIZE)
    loop, _, memoize, scan = (times.nodes[number] for number in range(4))
    # 0.002 ms x 70,561 loops is 105.8 to 176.4 ms, and the node above took at least that, whatever its 0.000 x 414,324 says
    assert scan.inclusive.low == pytest.approx(0.0015 * 70561)
    assert memoize.measured == Interval(0.0, pytest.approx(0.0005 * 414324))
    assert memoize.inclusive.low >= scan.inclusive.low
    assert loop.own.low == pytest.approx(300 - 60 - 0.0005 * 414324, abs=0.01)
    assert loop.own.high == pytest.approx(300 - 60 - 0.0015 * 70561, abs=0.01)
    assert times.conservation.holds


def test_a_child_is_narrowed_by_its_parent():
    _, times = timed(MEMOIZE.replace("300.000 rows", "200.000 rows"))
    # 200 ms in all, 60 of them in the other child
    assert times.nodes[3].inclusive.high == pytest.approx(140.0, abs=0.01)


GATHER = """
Gather  (cost=1000.00..2000.00 rows=100 width=4) (actual time=1.000..100.000 rows=100 loops=1)
  Workers Planned: {planned}
  Workers Launched: {launched}
  ->  Parallel Seq Scan on t  (cost=0.00..900.00 rows=42 width=4) (actual time=0.100..{total} rows=33 loops={loops})
        Rows Removed by Filter: 10
Execution Time: 101.000 ms
"""


@pytest.mark.parametrize(("planned", "launched", "loops", "total", "low", "high"), [
    (2, 2, 3, 95.0, 95.0, 100.0),  # leader and two workers
    (4, 2, 3, 95.0, 95.0, 100.0),  # workers short: the plan's number means nothing
    (2, 2, 2, 95.0, 95.0, 100.0),  # the leader took no part
    (2, 0, 1, 95.0, 95.0, 95.0),  # nobody came
    (2, 2, 3, 20.0, 20.0, 60.0),  # one may have done it all while two were idle
], ids=["whole", "short", "no-leader", "none", "idle"])  # fmt: skip
def test_parallel_time_on_the_clock(planned, launched, loops, total, low, high):
    _, times = timed(GATHER.format(planned=planned, launched=launched, loops=loops, total=f"{total:.3f}"))
    scan, gather = times.nodes[1], times.nodes[0]
    assert scan.processes == loops
    assert scan.inclusive.low == pytest.approx(low, abs=0.01)
    assert scan.inclusive.high == pytest.approx(high, abs=0.01)
    assert gather.own.low == pytest.approx(100 - high, abs=0.01)
    assert gather.own.high == pytest.approx(100 - low, abs=0.01)
    assert scan.measured.low == pytest.approx(total * loops, abs=0.01)
    assert times.conservation.holds


def test_workers_printed_tell_the_slowest():
    _, times = timed(GATHER.format(planned=2, launched=2, loops=3, total="20.000").replace("        Rows Removed", """\
        Worker 0:  actual time=0.010..50.000 rows=90 loops=1
        Worker 1:  actual time=0.010..0.020 rows=0 loops=1
        Rows Removed"""))  # fmt: skip
    # the leader did the remaining 9.98 ms
    assert times.nodes[1].inclusive.middle == pytest.approx(50.0, abs=0.01)


def test_workers_busy_while_the_leader_was_elsewhere_cost_no_time():
    _, times = timed(GATHER.format(planned=2, launched=2, loops=3, total="200.000"))
    assert times.nodes[1].inclusive.high <= 100.01
    assert times.nodes[0].own.low >= 0
    assert times.conservation.holds


def test_gather_run_again_divides_by_its_own_loops():
    plan = numbered(PlanNode("Nested Loop", actual=Actual(8, 1, 0.1, 90.0), children=(
        PlanNode("Values Scan", relationship="Outer", actual=Actual(4, 1, 0.0, 1.0)),
        PlanNode("Gather", relationship="Inner", actual=Actual(2, 4, 1.0, 22.0), details={"Workers Launched": 1}, children=(
            PlanNode("Seq Scan", relationship="Outer", actual=Actual(1, 12, 1.0, 20.0), details={"Parallel Aware": True}),)))))  # fmt: skip
    times = timings(Plan(plan, execution_ms=91.0))
    assert times.nodes[3].processes == 3
    assert times.nodes[3].inclusive.low == pytest.approx(80.0, abs=0.01)
    assert times.conservation.holds


def test_one_process_builds_a_bitmap_while_the_others_wait():
    _, times = timed("""
Gather  (cost=1000.00..2000.00 rows=100 width=4) (actual time=1.000..60.000 rows=100 loops=1)
  Workers Planned: 2
  Workers Launched: 2
  ->  Parallel Bitmap Heap Scan on t  (cost=0.00..900.00 rows=42 width=4) (actual time=31.000..58.000 rows=33 loops=3)
        Recheck Cond: (a = 1)
        Heap Blocks: exact=400
        ->  Bitmap Index Scan on t_a  (cost=0.00..800.00 rows=100 width=0) (actual time=30.000..30.000 rows=100 loops=1)
              Index Cond: (a = 1)
Execution Time: 61.000 ms
""")
    assert times.nodes[2].processes == 1
    assert times.nodes[2].inclusive.middle == pytest.approx(30.0, abs=0.01)
    assert times.nodes[1].own.low == pytest.approx(28.0, abs=0.01)
    assert times.nodes[1].own.high == pytest.approx(30.0, abs=0.01)


def test_parts_of_a_parallel_append_share_the_clock():
    plan = numbered(PlanNode("Gather", actual=Actual(9, 1, 0.1, 20.0), children=(
        PlanNode("Append", relationship="Outer", actual=Actual(3, 3, 0.1, 19.0), details={"Parallel Aware": True}, children=(
            PlanNode("Seq Scan", relationship="Member", actual=Actual(3, 1, 0.0, 18.0)),
            PlanNode("Seq Scan", relationship="Member", actual=Actual(3, 2, 0.0, 19.0), details={"Parallel Aware": True}))),)))  # fmt: skip
    times = timings(Plan(plan, execution_ms=21.0))
    assert [times.nodes[number].processes for number in range(4)] == [1, 3, 1, 2]
    assert times.nodes[2].inclusive.middle + times.nodes[3].inclusive.middle <= 20.0
    assert times.conservation.holds


def test_data_modifying_cte_runs_after_the_main_plan():
    plan, times = timed("""
Result  (cost=5.00..5.01 rows=1 width=4) (actual time=0.001..0.002 rows=1 loops=1)
  CTE moved
    ->  Insert on audit  (cost=0.00..5.00 rows=300 width=8) (actual time=0.020..11.000 rows=300 loops=1)
          ->  Seq Scan on account  (cost=0.00..5.00 rows=300 width=8) (actual time=0.010..1.000 rows=300 loops=1)
Execution Time: 11.800 ms
""")
    assert times.statement_ms == 11.8
    assert times.conservation.after_ms.middle == pytest.approx(11.0, abs=0.01)
    assert times.nodes[1].own.middle == pytest.approx(10.0, abs=0.01)
    assert times.conservation.outside_ms.middle == pytest.approx(0.798, abs=0.01)
    assert times.conservation.holds
    assert plan.root.executed


def test_never_executed_nodes_have_no_time():
    plan, times = timed("""
Nested Loop  (cost=0.28..40.00 rows=1 width=8) (actual time=0.010..0.020 rows=0 loops=1)
  ->  Seq Scan on a  (cost=0.00..20.00 rows=1 width=4) (actual time=0.005..0.015 rows=0 loops=1)
  ->  Index Scan using b_pkey on b  (cost=0.28..8.00 rows=1 width=4) (never executed)
Execution Time: 0.050 ms
""")
    assert set(times.nodes) == {0, 1}
    assert plan.nodes[2].executed is False


def test_triggers_jit_and_serialization_lie_outside():
    plan = read("""
Update on account  (cost=0.28..35.64 rows=0 width=0) (actual time=13.881..13.882 rows=0 loops=1)
  ->  Seq Scan on account  (cost=0.28..35.64 rows=400 width=10) (actual time=0.016..0.146 rows=400 loops=1)
Planning Time: 0.050 ms
Trigger for constraint account_fk: time=0.900 calls=400
Trigger account_before: time=0.300 calls=400
JIT:
  Functions: 8
  Options: Inlining false, Optimization false, Expressions true, Deforming true
  Timing: Generation 0.500 ms, Inlining 0.000 ms, Optimization 0.400 ms, Emission 3.000 ms, Total 3.900 ms
Execution Time: 15.970 ms
""").plans[0]
    found = timings(plan).conservation
    assert found.outside_ms.middle == pytest.approx(15.97 - 13.882)
    assert (found.triggers_ms.low, found.triggers_ms.high) == (pytest.approx(0.9), pytest.approx(1.2))
    assert (found.jit_ms.low, found.jit_ms.high) == (0.0, pytest.approx(0.5))
    assert found.holds


def test_numbers_that_contradict_each_other_are_named_and_still_add_up():
    _, times = timed("""
Seq Scan on t  (cost=0.00..9.00 rows=1 width=4) (actual time=0.010..58.500 rows=100 loops=1)
  SubPlan 1
    ->  Seq Scan on u  (cost=0.00..9.00 rows=1 width=4) (actual time=0.010..1.003 rows=1 loops=100)
          ->  Seq Scan on v  (cost=0.00..9.00 rows=1 width=4) (actual time=0.010..0.500 rows=1 loops=100)
Total runtime: 58.600 ms
""")
    assert times.conservation.strained == (0,)
    assert not times.conservation.holds
    assert all(time.own.low >= 0 for time in times.nodes.values())
    assert sum(time.own.middle for time in times.nodes.values()) == pytest.approx(58.5, abs=0.1)
    assert times.nodes[1].measured.middle == pytest.approx(100.3)


def test_root_longer_than_the_statement_is_told():
    _, times = timed("Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.100..9.000 rows=1 loops=1)\nExecution Time: 1.500 ms\n")
    assert not times.conservation.holds
    assert times.conservation.outside_ms == Interval(0.0, 0.0)


def test_a_statement_of_no_time_has_unknown_shares():
    _, times = timed("Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.000..0.000 rows=1 loops=1)\nExecution Time: 0.000 ms\n")
    assert times.nodes[0].share == Interval(0.0, 1.0)


@pytest.mark.parametrize("worker_ms", [None, 50.0], ids=["untimed-worker", "timed-worker"])
def test_workers_without_times_are_as_good_as_none(worker_ms):
    scan = PlanNode("Seq Scan", relationship="Outer", actual=Actual(3, 3, 0.1, 20.0), workers=(Worker(0, Actual(3, 1, None, worker_ms)),))
    times = timings(Plan(numbered(PlanNode("Gather", actual=Actual(9, 1, 0.1, 55.0), children=(scan,))), execution_ms=56.0))
    assert times.nodes[1].inclusive.high == pytest.approx(55.0 if worker_ms is None else 50.0, abs=0.01)
