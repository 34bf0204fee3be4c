"""TEXT of every version and option gives the properties that JSON prints: names, types, and the zeros that TEXT leaves out."""

# ruff: noqa: E501 - plans and conditions stand on one line, as they are printed
from __future__ import annotations

import pytest

from indexadvisor.explain import read
from indexadvisor.explain.plan import Buffers, IoTimes, Jit, Trigger, Wal

RUN = "(cost=0.00..1.00 rows=1 width=4) (actual time=0.001..0.002 rows=1 loops=1)"


def plan_of(text):
    reading = read(text)
    assert reading.unread == ()
    assert len(reading.plans) == 1
    return reading.plans[0]


def root(*lines, head=f"Seq Scan on t  {RUN}"):
    return plan_of("\n".join([head, *(f"  {line}" for line in lines)])).root


HEADS = [
    ("HashAggregate", {"Node Type": "Aggregate", "Strategy": "Hashed", "Partial Mode": "Simple"}),
    ("Partial GroupAggregate", {"Node Type": "Aggregate", "Strategy": "Sorted", "Partial Mode": "Partial"}),
    ("Finalize Aggregate", {"Node Type": "Aggregate", "Strategy": "Plain", "Partial Mode": "Finalize"}),
    ("MixedAggregate", {"Node Type": "Aggregate", "Strategy": "Mixed"}),
    ("Parallel Seq Scan on t", {"Node Type": "Seq Scan", "Parallel Aware": True, "relation": "t", "alias": "t"}),
    ("Async Foreign Scan on s.ft x", {"Node Type": "Foreign Scan", "Async Capable": True, "schema": "s", "alias": "x", "Operation": "Select"}),
    ("Insert on t", {"Node Type": "ModifyTable", "Operation": "Insert", "relation": "t"}),
    ("Merge on t a", {"Node Type": "ModifyTable", "Operation": "Merge", "alias": "a"}),
    ("Foreign Update on ft", {"Node Type": "Foreign Scan", "Operation": "Update"}),
    ("Hash Right Semi Join", {"Node Type": "Hash Join", "Join Type": "Right Semi"}),
    ("Merge Full Join", {"Node Type": "Merge Join", "Join Type": "Full"}),
    ("Nested Loop Anti Join", {"Node Type": "Nested Loop", "Join Type": "Anti"}),
    ("Nested Loop", {"Node Type": "Nested Loop", "Join Type": "Inner"}),
    ("Index Scan Backward using i on s.t a", {"Node Type": "Index Scan", "Scan Direction": "Backward", "index": "i", "schema": "s", "alias": "a"}),
    ("Index Only Scan using \"I \"\"x\"\" y\" on \"T.t\"", {"Node Type": "Index Only Scan", "index": 'I "x" y', "relation": "T.t"}),
    ("Bitmap Index Scan on <13543>btree_t_a", {"Node Type": "Bitmap Index Scan", "index": "<13543>btree_t_a", "relation": None}),
    ("CTE Scan on \"my cte\" c", {"Node Type": "CTE Scan", "CTE Name": "my cte", "alias": "c", "relation": None}),
    ("WorkTable Scan on r", {"Node Type": "WorkTable Scan", "CTE Name": "r"}),
    ("Function Scan on pg_catalog.generate_series g", {"Function Name": "generate_series", "schema": "pg_catalog", "alias": "g"}),
    ("Table Function Scan on \"xmltable\" x", {"Table Function Name": "xmltable", "alias": "x"}),
    ("Values Scan on \"*VALUES*\"", {"Node Type": "Values Scan", "alias": "*VALUES*", "relation": None}),
    ("Subquery Scan on \"a b\"", {"Node Type": "Subquery Scan", "alias": "a b", "relation": None}),
    ("Named Tuplestore Scan on new_rows", {"Tuplestore Name": "new_rows"}),
    ("HashSetOp Except All", {"Node Type": "SetOp", "Strategy": "Hashed", "Command": "Except All"}),
    ("SetOp Intersect", {"Node Type": "SetOp", "Strategy": "Sorted", "Command": "Intersect"}),
    ("Custom Scan (ChunkAppend) on metrics m", {"Node Type": "Custom Scan", "Custom Plan Provider": "ChunkAppend", "alias": "m"}),
    ("Custom Scan (Citus Adaptive)", {"Node Type": "Custom Scan", "Custom Plan Provider": "Citus Adaptive"}),
    ("XN Seq Scan on sales", {"Node Type": "XN Seq Scan", "relation": "sales"}),
]


@pytest.mark.parametrize(("head", "expected"), HEADS, ids=[head for head, _ in HEADS])
def test_first_lines(head, expected):
    node = plan_of(f"{head}  (cost=0.00..9.25 rows=10 width=4)").root
    assert (node.startup_cost, node.total_cost, node.rows, node.width_bytes) == (0.0, 9.25, 10.0, 4)
    fields = {"Node Type": node.node_type, "relation": node.relation, "schema": node.schema, "alias": node.alias, "index": node.index}
    assert {name: fields.get(name, node.details.get(name)) for name in expected} == expected


PROPERTIES = [
    ("Filter: (a = 'x: y, z'::text)", {"Filter": "(a = 'x: y, z'::text)", "Rows Removed by Filter": 0}),
    ("Sort Method: quicksort  Memory: 25kB", {"Sort Method": "quicksort", "Sort Space Used": 25, "Sort Space Type": "Memory"}),
    ("Sort Method: external merge  Disk: 10248kB", {"Sort Method": "external merge", "Sort Space Used": 10248, "Sort Space Type": "Disk"}),
    ("Sort Method: top-N heapsort Memory: 26kB", {"Sort Method": "top-N heapsort", "Sort Space Used": 26}),
    ("Buckets: 1024  Batches: 1  Memory Usage: 9kB",
     {"Hash Buckets": 1024, "Original Hash Buckets": 1024, "Hash Batches": 1, "Original Hash Batches": 1, "Peak Memory Usage": 9}),
    ("Buckets: 65536 (originally 1024)  Batches: 4 (originally 1)  Memory Usage: 3585kB",
     {"Hash Buckets": 65536, "Original Hash Buckets": 1024, "Hash Batches": 4, "Original Hash Batches": 1, "Peak Memory Usage": 3585}),
    ("Batches: 5  Memory Usage: 4145kB  Disk Usage: 1000kB", {"HashAgg Batches": 5, "Peak Memory Usage": 4145, "Disk Usage": 1000}),
    ("Planned Partitions: 4  Batches: 1  Memory Usage: 24kB", {"Planned Partitions": 4, "HashAgg Batches": 1, "Disk Usage": 0}),
    ("Hits: 9  Misses: 1  Evictions: 2  Overflows: 3  Memory Usage: 4kB",
     {"Cache Hits": 9, "Cache Misses": 1, "Cache Evictions": 2, "Cache Overflows": 3, "Peak Memory Usage": 4}),
    ("Heap Blocks: exact=7 lossy=8", {"Exact Heap Blocks": 7, "Lossy Heap Blocks": 8}),
    ("Heap Blocks: lossy=8", {"Exact Heap Blocks": 0, "Lossy Heap Blocks": 8}),
    ("Storage: Disk  Maximum Storage: 1030kB", {"Storage": "Disk", "Maximum Storage": 1030}),
    ("Full-sort Groups: 2  Sort Methods: top-N heapsort, quicksort  Average Memory: 27kB  Peak Memory: 28kB",
     {"Full-sort Groups": {"Group Count": 2, "Sort Methods Used": ["top-N heapsort", "quicksort"],
                           "Sort Space Memory": {"Average Sort Space Used": 27, "Peak Sort Space Used": 28}}}),
    ("Pre-sorted Groups: 3  Sort Method: external merge  Average Disk: 9kB  Peak Disk: 10kB",
     {"Pre-sorted Groups": {"Group Count": 3, "Sort Methods Used": ["external merge"],
                            "Sort Space Disk": {"Average Sort Space Used": 9, "Peak Sort Space Used": 10}}}),
    ("Sampling: bernoulli ('5'::real) REPEATABLE ('3'::double precision)",
     {"Sampling Method": "bernoulli", "Sampling Parameters": ["'5'::real"], "Repeatable Seed": "'3'::double precision"}),
    ("Sort Key: lower(a, b), c DESC NULLS LAST, 'x, y'::text", {"Sort Key": ["lower(a, b)", "c DESC NULLS LAST", "'x, y'::text"]}),
    ("Tuples Inserted: 3", {"Tuples Inserted": 3}),
    ("Tuples: inserted=1 skipped=2", {"Tuples Inserted": 1, "Tuples Skipped": 2}),
    ("Window: w1 AS (PARTITION BY a ORDER BY b)", {"Window": "w1 AS (PARTITION BY a ORDER BY b)"}),
    ("Index Searches: 4", {"Index Searches": 4, "Disabled": False}),
    ("Disabled: true", {"Disabled": True}),
    ("Inner Unique: true", {"Inner Unique": True}),
    ("One-Time Filter: false", {"One-Time Filter": "false"}),
    ("Params Evaluated: $0, $1", {"Params Evaluated": ["$0", "$1"]}),
    ("Task Count: 32", {"Task Count": 32}),
    ("Vectorized Filter: (a > 5)", {"Vectorized Filter": "(a > 5)"}),
    ("Remote SQL: SELECT a FROM s.t WHERE ((a = 1))", {"Remote SQL": "SELECT a FROM s.t WHERE ((a = 1))"}),
    ("Chunks excluded during startup: 12", {"Chunks excluded during startup": 12}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), PROPERTIES, ids=[line for line, _ in PROPERTIES])
def test_properties(line, expected):
    details = root(line).details
    assert {name: details.get(name) for name in expected} == expected
    assert {name: type(details[name]) for name in expected} == {name: type(value) for name, value in expected.items()}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Buffers: shared hit=1 read=2 dirtied=3 written=4, local hit=5 read=6 dirtied=7 written=8, temp read=9 written=10",
         Buffers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
        ("Buffers: temp written=5", Buffers(temp_written=5)),
        ("Buffers: local hit=5, temp read=1", Buffers(local_hit=5, temp_read=1)),
    ],
)  # fmt: skip
def test_buffers(line, expected):
    assert root(line).buffers == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("I/O Timings: read=1.5 write=2.5", IoTimes(1.5, 2.5)),
        ("I/O Timings: shared/local read=1.5, temp read=0.5 write=0.25", IoTimes(1.5, temp_read_ms=0.5, temp_write_ms=0.25)),
        ("I/O Timings: shared read=1.5 write=2, local write=3.5, temp read=4", IoTimes(1.5, 2, 0, 3.5, 4)),
    ],
)
def test_io_timings_of_each_version(line, expected):
    assert root(line).io == expected


def test_wal():
    assert root("WAL: records=5 fpi=2 bytes=100 buffers full=1").wal == Wal(5, 2, 100, 1)
    assert root("WAL: records=5 bytes=100").wal == Wal(5, 0, 100)


def test_zeros_are_put_only_where_an_option_was_on():
    text = f"""Nested Loop  {RUN}
  Buffers: shared hit=3
  ->  Seq Scan on a  {RUN}
        Filter: (x = 1)
        Buffers: shared hit=3
  ->  Index Scan using i on b  (cost=0.00..1.00 rows=1 width=4) (never executed)
        Index Cond: (y = 1)"""
    inner = list(plan_of(text).walk())[2]
    assert inner.buffers == Buffers()
    assert inner.wal is None
    assert inner.io is None
    assert (inner.actual.loops, inner.actual.rows, inner.actual.total_ms) == (0, 0, 0.0)
    assert inner.executed is False
    assert inner.amount("Rows Removed by Index Recheck") == 0
    assert "Rows Removed by Filter" not in inner.details
    assert "Disabled" not in inner.details
    plain = plan_of("Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (x = 1)").root
    assert (plain.actual, plain.buffers, plain.amount("Rows Removed by Filter")) == (None, None, None)


def test_fractional_rows_of_18():
    node = plan_of("Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.001..0.002 rows=0.33 loops=3)").root
    assert (node.actual.rows, node.actual.rows_decimals, node.details["Disabled"]) == (0.33, 2, False)
    assert root().actual.rows_decimals == 0


@pytest.mark.parametrize("actual", ["", " (actual rows=5 loops=2)", " (actual time=0.1..0.2 rows=5 loops=2)", " (never executed)"])
@pytest.mark.parametrize("costs", ["", "  (cost=0.00..1.50 rows=7 width=4)"])
def test_every_pair_of_measures(costs, actual):
    plan = plan_of(f"Hash Join{costs}{actual}\n  ->  Seq Scan on a{costs}{actual}\n  ->  Hash{costs}{actual}\n        ->  Seq Scan on b{costs}{actual}")
    assert [node.node_type for node in plan.walk()] == ["Hash Join", "Seq Scan", "Hash", "Seq Scan"]
    assert {node.total_cost for node in plan.walk()} == {1.5 if costs else None}
    assert plan.analyzed == bool(actual)
    assert plan.timed == ("time=" in actual)
    assert plan.truncated is None


def test_subplans_initplans_and_ctes_hang_where_they_are_printed():
    plan = plan_of("""\
Hash Join  (cost=0.00..9.00 rows=1 width=4)
  Hash Cond: (a.x = "my cte".x)
  CTE my cte
    ->  Seq Scan on c  (cost=0.00..1.00 rows=1 width=4)
          SubPlan 2
            ->  Result  (cost=0.00..1.00 rows=1 width=4)
  InitPlan 1 (returns $0)
    ->  Aggregate  (cost=0.00..1.00 rows=1 width=4)
          ->  Seq Scan on d  (cost=0.00..1.00 rows=1 width=4)
  ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)
        Filter: (NOT (hashed SubPlan 3))
        SubPlan 3
          ->  Seq Scan on e  (cost=0.00..1.00 rows=1 width=4)
  ->  Hash  (cost=0.00..1.00 rows=1 width=4)
        ->  CTE Scan on "my cte"  (cost=0.00..1.00 rows=1 width=4)
""")
    found = [(node.node_type, node.relationship, node.subplan_name, plan.parents[node.number].number if node.number else None) for node in plan.walk()]
    assert found == [
        ("Hash Join", None, None, None), ("Seq Scan", "InitPlan", "CTE my cte", 0), ("Result", "SubPlan", "SubPlan 2", 1),
        ("Aggregate", "InitPlan", "InitPlan 1 (returns $0)", 0), ("Seq Scan", "Outer", None, 3), ("Seq Scan", "Outer", None, 0),
        ("Seq Scan", "SubPlan", "SubPlan 3", 5), ("Hash", "Inner", None, 0), ("CTE Scan", "Outer", None, 7),
    ]  # fmt: skip
    assert plan.root.children[0].details["Subplan Name"] == "CTE my cte"
    assert plan.root.children[0].details["Parent Relationship"] == "InitPlan"


def test_workers():
    plan = plan_of(f"""\
Gather Merge  {RUN}
  Workers Planned: 2
  Workers Launched: 2
  ->  Sort  (cost=0.00..1.00 rows=1 width=4) (actual time=5.000..6.000 rows=100 loops=3)
        Sort Method: quicksort  Memory: 25kB
        Buffers: shared hit=30
        Worker 0:  actual time=4.000..5.000 rows=90 loops=1
          Sort Method: external merge  Disk: 99kB
          JIT:
            Functions: 3
            Options: Inlining false, Optimization false, Expressions true, Deforming true
            Timing: Generation 0.5 ms, Inlining 0.0 ms, Optimization 0.1 ms, Emission 0.2 ms, Total 0.8 ms
          Buffers: shared hit=10
        Worker 1:  Sort Method: quicksort  Memory: 26kB
        ->  Parallel Seq Scan on t  {RUN}
""")
    sort = plan.root.children[0]
    first, second = sort.workers
    assert (first.number, first.actual.total_ms, first.actual.rows, first.buffers) == (0, 5.0, 90, Buffers(10))
    assert (first.details["Sort Method"], first.details["Sort Space Used"], first.details["JIT"]["Functions"]) == ("external merge", 99, 3)
    assert (second.number, second.actual, second.details["Sort Space Used"]) == (1, None, 26)
    assert sort.amount("Sort Space Used") == 25
    assert plan.root.amount("Workers Launched") == 2
    assert plan.jit is None
    assert sort.children[0].details["Parallel Aware"] is True


def test_grouping_sets():
    keys = root("Hash Key: a, b", "Hash Key: c", "Group Key: d", "Group Key: ()", "Sort Key: e", "  Group Key: e", head=f"MixedAggregate  {RUN}")
    assert keys.details["Grouping Sets"] == [
        {"Hash Keys": [["a", "b"]]}, {"Hash Keys": [["c"]]}, {"Group Keys": [["d"], []]}, {"Sort Key": ["e"], "Group Keys": [["e"]]},
    ]  # fmt: skip
    assert root("Group Key: a, f(b, c)", head=f"HashAggregate  {RUN}").texts("Group Key") == ("a", "f(b, c)")


def test_target_tables():
    details = root("Update on public.p1 t_1", "Update on public.p2", head="Update on public.p t  (cost=0.00..1.00 rows=0 width=0)").details
    assert details["Target Tables"] == [
        {"Relation Name": "p1", "Schema": "public", "Alias": "t_1"}, {"Relation Name": "p2", "Schema": "public", "Alias": "p2"},
    ]  # fmt: skip


def test_the_statement():
    plan = plan_of(f"""\
Insert on t  {RUN}
  ->  Result  {RUN}
Settings: work_mem = '64MB', search_path = 'a, "b = c"', jit_above_cost = '0'
Query Identifier: -7604331342829442421
Planning:
  Buffers: shared hit=5 read=1
  I/O Timings: shared read=0.5
  Memory: used=15kB  allocated=16kB
Planning Time: 0.123 ms
Trigger RI_ConstraintTrigger_c_5 for constraint t_fk on t: time=1.5 calls=10
Trigger for constraint u_fk: calls=4
Trigger my trigger: time=0.25 calls=3
JIT:
  Functions: 12
  Options: Inlining true, Optimization false, Expressions true, Deforming true
  Timing: Generation 1.5 ms (Deform 0.5 ms), Inlining 2.0 ms, Optimization 3.0 ms, Emission 4.0 ms, Total 10.5 ms
Serialization: time=0.75 ms  output=3kB  format=text
  Buffers: shared hit=2
Execution Time: 12.5 ms
""")
    assert plan.settings == {"work_mem": "64MB", "search_path": 'a, "b = c"', "jit_above_cost": "0"}
    assert plan.query_identifier == -7604331342829442421
    assert (plan.planning.time_ms, plan.planning.buffers, plan.planning.io) == (0.123, Buffers(5, 1), IoTimes(0.5))
    assert (plan.planning.memory_used_bytes, plan.planning.memory_allocated_bytes) == (15 * 1024, 16 * 1024)
    assert plan.triggers == (
        Trigger("RI_ConstraintTrigger_c_5", 10, 1.5, "t", "t_fk"), Trigger("", 4, None, None, "u_fk"), Trigger("my trigger", 3, 0.25),
    )  # fmt: skip
    options = {"Inlining": True, "Optimization": False, "Expressions": True, "Deforming": True}
    assert plan.jit == Jit(12, options, 1.5, 2.0, 3.0, 4.0, 10.5, 0.5)
    assert (plan.serialization.output_bytes, plan.serialization.time_ms, plan.serialization.output_format) == (3072, 0.75, "text")
    assert plan.serialization.buffers == Buffers(2)
    assert plan.execution_ms == 12.5


def test_old_names():
    plan = plan_of(f"Result  {RUN}\nPlanning time: 0.1 ms\nExecution time: 0.2 ms")
    assert (plan.planning.time_ms, plan.execution_ms) == (0.1, 0.2)
    assert plan_of(f"Result  {RUN}\n Total runtime: 0.3 ms").execution_ms == 0.3
    eleven = plan_of(f"Result  {RUN}\nJIT:\n  Functions: 2\n  Generation Time: 1.5 ms\n  Inlining: false\n  Inlining Time: 0.0 ms\n  Optimization: true\n"
                     "  Optimization Time: 0.5 ms\n  Emission Time: 0.25 ms")  # fmt: skip
    assert eleven.jit == Jit(2, {"Inlining": False, "Optimization": True}, 1.5, 0.0, 0.5, 0.25)


def test_citus_tasks_are_nodes():
    plan = read("""\
Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=0 width=0)
  Task Count: 32
  Tasks Shown: One of 32
  ->  Task
        Node: host=localhost port=9701 dbname=x
        ->  Seq Scan on t_102 t  (cost=0.00..9.00 rows=5 width=4)
""").plans[0]
    assert [node.node_type for node in plan.walk()] == ["Custom Scan", "Task", "Seq Scan"]
    assert plan.root.children[0].text("Node") == "host=localhost port=9701 dbname=x"
    assert plan.root.details["Tasks Shown"] == "One of 32"


def test_nothing_is_lost():
    reading = read(f"Sort  {RUN}\n  Sort Method: unheard of\n  ??? what\n  New Thing: 5\n  ->  Result  {RUN}\n        Buffers: none\nExecution Time: soon")
    plan = reading.plans[0]
    assert plan.root.details["New Thing"] == 5
    assert [(each.line, each.column, each.text) for each in reading.unread] == [
        (2, 3, "Sort Method: unheard of"), (3, 3, "??? what"), (6, 9, "Buffers: none"), (7, 1, "Execution Time: soon"),
    ]  # fmt: skip
    assert plan.unread == reading.unread
    assert all(each.expected for each in reading.unread)
