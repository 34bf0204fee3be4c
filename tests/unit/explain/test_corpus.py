"""A fixed part of the plan corpus (benchmarks/explain/corpus.py): real plans of PostgreSQL 15 and 18 with every trap of times and rows.

A file with a twin is the same execution in another format: EXPLAIN ANALYZE printed one, auto_explain logged the other.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.explain import early_stop, read, rows
from indexadvisor.explain.plan import Actual
from indexadvisor.explain.processes import MAIN, measured, regions
from indexadvisor.explain.rows import row_counts
from indexadvisor.explain.timing import timings

CORPUS = Path(__file__).parents[2] / "cases" / "explain" / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*.*") if path.is_file())
TWINS = [path for path in FILES if ".twin." in path.name]


def name(path):
    return f"{path.parent.name}-{path.name}"


def plan_of(path):
    reading = read(path.read_bytes(), path.name)
    assert not reading.unread
    assert len(reading.plans) == 1
    return reading.plans[0]


def plan_named(major, query):
    return plan_of(next(path for path in FILES if path.parent.name == major and path.name.startswith(f"{query}.") and path not in TWINS))


def test_the_corpus_is_there():
    assert {path.parent.name for path in FILES} == {"15", "18"}
    assert len({(path.parent.name, path.name.split(".")[0]) for path in FILES}) >= 40
    assert {path.suffix for path in FILES} == {".txt", ".json", ".xml", ".yaml"}
    assert len(TWINS) >= 20


@pytest.mark.parametrize("path", FILES, ids=name)
def test_times_add_up(path):
    plan = plan_of(path)
    times = timings(plan)
    assert times is not None
    assert times.conservation.holds, times.conservation
    found = regions(plan)
    for number, time in times.nodes.items():
        assert 0 <= time.own.low <= time.own.high <= time.inclusive.high + 1e-6
        assert time.processes >= 1
        if found[number] == MAIN:
            assert time.measured.low - 1e-6 <= time.inclusive.low <= time.inclusive.high <= time.measured.high + 1e-6
    total = times.conservation.own_total
    assert total.low + times.conservation.outside_ms.low <= times.statement_ms + 0.001
    assert total.high + times.conservation.outside_ms.high >= times.statement_ms - 0.001


@pytest.mark.parametrize("path", FILES, ids=name)
def test_rows_are_whole_and_comparisons_have_a_meaning_or_an_excuse(path):
    plan = plan_of(path)
    counts = row_counts(plan)
    assert set(counts) == set(plan.nodes)
    for count in counts.values():
        assert 0 <= count.returned.low <= count.returned.high
        assert (count.factor is None) == (count.excuse is not None)
        assert count.factor is None or count.factor >= 1


@pytest.mark.parametrize("path", TWINS, ids=name)
def test_the_same_execution_has_the_same_times_and_rows_in_two_formats(path):
    plan, twin = plan_of(path.with_name(path.name.split(".twin.")[0])), plan_of(path)
    assert [node.node_type for node in plan.walk()] == [node.node_type for node in twin.walk()]
    assert [node.actual for node in plan.walk()] == [node.actual for node in twin.walk()]
    above, beyond = ({number: parent.number for number, parent in each.parents.items()} for each in (plan, twin))
    assert above == beyond
    assert [count.returned for count in row_counts(plan).values()] == [count.returned for count in row_counts(twin).values()]
    assert [count.factor for count in row_counts(plan).values()] == [count.factor for count in row_counts(twin).values()]
    ours, theirs = timings(plan), timings(twin)
    # the log has no Execution Time: what ran after the plan is bounded by it alone
    if ours.conservation.after_ms.high == 0:
        assert [time.own for time in ours.nodes.values()] == [time.own for time in theirs.nodes.values()]


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".json" and path not in TWINS], ids=name)
def test_node_totals_are_those_of_postgresql(path):
    def printed(node):
        yield node
        for child in node.get("Plans", ()):
            yield from printed(child)

    raw = json.loads(path.read_text(encoding="utf-8"))[0]["Plan"]
    for node, fields in zip(plan_of(path).walk(), printed(raw), strict=True):
        assert measured(node).low <= fields["Actual Total Time"] * fields["Actual Loops"] <= measured(node).high


def test_ctes_of_one_name_are_told_apart():
    plan = plan_named("15", "cte-same-name")
    owners = [node for node in plan.walk() if node.subplan_name == "CTE x"]
    assert len(owners) == 2
    assert timings(plan).conservation.holds


@pytest.mark.parametrize("path", [path for path in FILES if path.name.startswith("subplan-above-join.")], ids=name)
def test_a_subplan_behind_the_inputs_of_a_join_is_the_joins(path):
    plan = plan_of(path)
    join = next(node for node in plan.walk() if node.node_type == "Nested Loop")
    assert [child.relationship for child in join.children] == ["Outer", "Inner", "SubPlan"]


@pytest.mark.parametrize("path", [path for path in FILES if path.name.startswith("quoted-names.")], ids=name)
def test_a_string_that_looks_like_a_plan_is_a_string(path):
    plan = plan_of(path)
    scan = plan.root.children[0]
    assert (scan.relation, scan.alias) == ('Odd "Table', "T (x)")
    assert scan.text("Filter").endswith("\nc -> (cost=1..2 rows=3 width=4)'::text)")
    assert scan.buffers.shared_hit > 0
    assert plan.details.keys() <= {"Duration"}


def test_a_deletion_goes_on_after_its_limit():
    plan = plan_named("15", "cte-delete-limit")
    after = timings(plan).conservation.after_ms
    assert after.low > 0
    assert row_counts(plan)[next(node.number for node in plan.walk() if node.node_type == "CTE Scan")].excuse == early_stop.LIMIT


def test_triggers_of_a_foreign_key_are_outside_of_the_nodes():
    found = timings(plan_named("15", "delete-cascade")).conservation
    assert 0 < found.triggers_ms.low <= found.outside_ms.high


def test_who_built_the_bitmap_was_alone():
    plan = plan_named("15", "parallel-bitmap")
    times = timings(plan)
    scan = next(node for node in plan.walk() if node.node_type == "Bitmap Index Scan")
    assert times.nodes[scan.number].processes == 1
    assert times.nodes[plan.parents[scan.number].number].processes == 3


def test_processes_are_counted_from_loops_where_workers_were_short():
    plan = plan_named("18", "parallel-short")
    gather = next(node for node in plan.walk() if node.node_type == "Gather")
    assert gather.amount("Workers Launched") < gather.amount("Workers Planned")
    child = gather.inputs()[0]
    assert timings(plan).nodes[child.number].processes == child.actual.loops <= 2


def test_a_leader_that_took_no_part_is_not_counted():
    plan = plan_named("15", "parallel-no-leader")
    gather = next(node for node in plan.walk() if node.node_type == "Gather")
    assert timings(plan).nodes[gather.inputs()[0].number].processes == gather.amount("Workers Launched")


def test_pruned_partitions_excuse_the_append():
    counts = row_counts(plan_named("18", "pruned-run-join"))
    assert rows.NEVER in {count.excuse for count in counts.values()}


@cache
def all_plans():
    return [plan_of(path) for path in FILES if path.suffix == ".txt"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_plans_with_any_numbers_at_all_are_answered(data):
    """Measurements changed at random: nothing raises, no time is negative, no share above the whole."""

    def changed(node):
        new = data.draw(st.one_of(st.just(node.actual), st.none(), st.builds(
            Actual, st.floats(-1, 1e6), st.integers(0, 1_000_000), st.just(0.0), st.one_of(st.none(), st.floats(-1, 1e4)))))  # fmt: skip
        return replace(node, actual=new, children=tuple(map(changed, node.children)))

    plan = data.draw(st.sampled_from(all_plans()))
    plan = replace(plan, root=changed(plan.root), execution_ms=data.draw(st.one_of(st.none(), st.floats(0, 1e4))))
    times = timings(plan)
    assert (times is not None) == plan.timed
    for time in times.nodes.values() if times is not None else ():
        assert 0 <= time.own.low <= time.own.high
        assert 0 <= time.share.low <= time.share.high <= 1
    assert all(0 <= count.returned.low <= count.returned.high for count in row_counts(plan).values())
