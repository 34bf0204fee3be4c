"""Selection without a server: invariants over random planners, and small cases with the answer written down."""

from __future__ import annotations

from itertools import chain, combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.candidates.model import Candidate, CandidateSet
from indexadvisor.catalog.model import Catalog, Column, IndexDef, IndexKey, ServerInfo, Table, TableName
from indexadvisor.errors import SelectionError
from indexadvisor.selection.choose import choose
from indexadvisor.settings import Limits
from indexadvisor.usage.model import ColumnUse, RelationUse, UsageGraph, UseKind
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload
from tests.fakes.costs import NONE, ModelCosts

ORDERS = TableName("public", "orders")
A, B, C, D, E = (IndexDef(ORDERS, (IndexKey(column=name),)) for name in "abcde")
INDEXES = (A, B, C, D, E)
FREE = Limits(min_benefit=0.0, min_saving=0.0)


def catalog(**activity):
    columns = tuple(Column(name, n, "integer", "int4", "N") for n, name in enumerate("abcde", 1))
    return Catalog(ServerInfo(150000, "15.0", "shop"), (Table(ORDERS, "r", columns, rows=1_000_000, **activity),))


def workload(calls, writes=()):
    groups = [QueryGroup(f"q{n}", f"q{n}", f"q{n}", StatementKind.SELECT, count, (Sample(f"q{n}", ()),)) for n, count in enumerate(calls)]
    for n, (count, _) in enumerate(writes):
        groups.append(QueryGroup(f"w{n}", f"w{n}", f"w{n}", StatementKind.UPDATE, count, (Sample(f"w{n}", ()),)))
    return Workload(tuple(groups))


def usage(load, writes=()):
    relations = [RelationUse(group.query_id, ORDERS, "orders", ()) for group in load.groups if not group.writes]
    for n, (_, column) in enumerate(writes):
        relations.append(RelationUse(f"w{n}", ORDERS, "orders", (ColumnUse(UseKind.WRITTEN, (column,)),), target=True))
    return UsageGraph(tuple(relations))


def advise(plans, calls, sizes=None, limits=FREE, writes=(), refused=None, failing=()):
    sizes = sizes or dict.fromkeys(INDEXES, 8192)
    plans = {**plans, **{f"w{n}": [(NONE, 1.0)] for n in range(len(writes))}}
    load = workload(calls, writes)
    costs = CachedCosts(ModelCosts(plans, sizes=sizes, refused=refused, failing=failing))
    candidates = CandidateSet(tuple(Candidate(index, "btree") for index in INDEXES))
    return choose(load, usage(load, writes), candidates, costs, catalog(), limits)


def true_cost(plans, calls, chosen):
    return sum(count * min(cost for used, cost in plans[f"q{n}"] if used <= chosen) for n, count in enumerate(calls))


def subsets():
    return [frozenset(some) for some in chain.from_iterable(combinations(INDEXES, n) for n in range(len(INDEXES) + 1))]


@st.composite
def problems(draw):
    plans, calls = {}, []
    for n in range(draw(st.integers(1, 4))):
        options = [(NONE, 1000.0)]
        for _ in range(draw(st.integers(0, 5))):
            used = frozenset(draw(st.lists(st.sampled_from(INDEXES), min_size=1, max_size=3)))
            options.append((used, float(draw(st.integers(1, 900)))))
        plans[f"q{n}"] = options
        calls.append(draw(st.integers(1, 100)))
    sizes = {index: 8192 * draw(st.integers(1, 50)) for index in INDEXES}
    return plans, calls, sizes


@given(problems(), st.integers(0, 150))
@settings(max_examples=40, deadline=None)
def test_never_over_budget_never_worse_than_nothing(problem, pages):
    plans, calls, sizes = problem
    choice = advise(plans, calls, sizes, Limits(budget_bytes=pages * 8192, min_benefit=0.0, min_saving=0.0))
    assert sum(sizes[index] for index in choice.indexes) <= pages * 8192
    assert choice.cost_after <= choice.cost_before
    assert choice.cost_after == pytest.approx(true_cost(plans, calls, choice.indexes))
    assert choice.cost_bound <= choice.cost_after * (1 + 1e-9)


@given(problems())
@settings(max_examples=50, deadline=None)
def test_without_a_budget_the_bound_is_reached(problem):
    plans, calls, sizes = problem
    choice = advise(plans, calls, sizes)
    assert choice.cost_after == pytest.approx(true_cost(plans, calls, frozenset(INDEXES)))
    assert choice.gap == pytest.approx(0.0, abs=1e-9)


@given(problems(), st.integers(1, 150))
@settings(max_examples=40, deadline=None)
def test_as_good_as_brute_force_on_small_instances(problem, pages):
    plans, calls, sizes = problem
    budget = pages * 8192
    best = min(true_cost(plans, calls, some) for some in subsets() if sum(sizes[index] for index in some) <= budget)
    choice = advise(plans, calls, sizes, Limits(budget_bytes=budget, min_benefit=0.0, min_saving=0.0, gap=0.001))
    assert choice.cost_after <= best * 1.001


@given(problems(), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_at_most_so_many_indexes(problem, most):
    plans, calls, sizes = problem
    assert len(advise(plans, calls, sizes, Limits(max_indexes=most, min_benefit=0.0, min_saving=0.0)).indexes) <= most
    assert len(advise(plans, calls, sizes, Limits(max_indexes_per_table=most, min_benefit=0.0, min_saving=0.0)).indexes) <= most


def test_two_that_only_help_together_are_found():
    choice = advise({"q0": [(NONE, 1000.0), (frozenset({A, B}), 10.0)]}, [5])
    assert choice.indexes == {A, B}
    assert all(step.benefit == pytest.approx(5 * 990) for step in choice.steps)


def test_stand_ins_are_not_both_recommended():
    choice = advise({"q0": [(NONE, 1000.0), (frozenset({A}), 10.0), (frozenset({B}), 10.0)]}, [1])
    assert len(choice.indexes) == 1


def test_benefit_is_what_the_workload_loses_without_the_index():
    plans = {"q0": [(NONE, 1000.0), (frozenset({A}), 10.0), (frozenset({B}), 400.0)], "q1": [(NONE, 500.0), (frozenset({B}), 5.0)]}
    choice = advise(plans, [2, 10])
    benefit = {step.candidate.index: step.benefit for step in choice.steps}
    assert benefit == {A: pytest.approx(2 * 390), B: pytest.approx(10 * 495)}
    effects = {effect.query_id: (effect.cost_with, effect.cost_without) for step in choice.steps for effect in step.effects}
    assert effects == {"q0": (10.0, 400.0), "q1": (5.0, 500.0)}


def test_steps_come_in_the_order_of_benefit_per_byte():
    plans = {"q0": [(NONE, 1000.0), (frozenset({A}), 10.0)], "q1": [(NONE, 1000.0), (frozenset({B}), 10.0)]}
    choice = advise(plans, [10, 9], {**dict.fromkeys(INDEXES, 8192), A: 8192 * 100})
    assert [step.candidate.index for step in choice.steps] == [B, A]
    assert [step.total_bytes for step in choice.steps] == [8192, 8192 * 101]
    assert [step.cost_after for step in choice.steps] == [pytest.approx(10 * 1000 + 9 * 10), pytest.approx(190)]


@given(problems())
@settings(max_examples=40, deadline=None)
def test_the_frontier_rises_in_size_and_falls_in_cost(problem):
    plans, calls, sizes = problem
    choice = advise(plans, calls, sizes)
    points = choice.frontier
    assert (points[0].size_bytes, points[0].cost) == (0, pytest.approx(choice.cost_before))
    assert points[-1].cost == pytest.approx(choice.cost_after)
    assert all(a.size_bytes < b.size_bytes and a.cost > b.cost for a, b in pairwise(points))


def test_an_index_that_costs_more_than_it_saves_is_left_out_with_the_figures():
    plans = {"q0": [(NONE, 100.0), (frozenset({A}), 90.0)]}
    choice = advise(plans, [10], writes=[(10_000, "a")])
    assert choice.indexes == frozenset()
    kept = advise(plans, [1_000_000], writes=[(10_000, "a")])
    (step,) = kept.steps
    assert step.write_tax.breaks_hot == ("a",)
    assert step.write_tax.entries == pytest.approx(10_000)
    assert step.write_tax.cost is not None
    assert step.benefit > step.write_tax.cost > 0


def test_a_workload_without_writes_has_no_known_tax():
    (step,) = advise({"q0": [(NONE, 100.0), (frozenset({A}), 1.0)]}, [10]).steps
    assert step.write_tax.cost is None


def test_min_benefit_is_measured_on_the_queries_an_index_serves():
    plans = {"q0": [(NONE, 1_000_000.0)], "q1": [(NONE, 100.0), (frozenset({A}), 50.0)], "q2": [(NONE, 100.0), (frozenset({B}), 97.0)]}
    choice = advise(plans, [100, 1, 1], limits=Limits(min_benefit=0.05, min_saving=0.0))
    assert choice.indexes == {A}
    assert any("less than the 5.0% asked for" in skipped.reason for skipped in choice.skipped)


def test_an_index_must_matter_in_a_world_where_the_others_exist():
    plans = {"q0": [(NONE, 1_000_000.0), (frozenset({A}), 10_000.0)], "q1": [(NONE, 10.0), (frozenset({B}), 1.0)]}
    choice = advise(plans, [1, 1], limits=Limits(min_benefit=0.05, min_saving=0.01))
    assert choice.indexes == {A}
    assert any("of what the workload still costs" in skipped.reason for skipped in choice.skipped)


def test_what_many_small_indexes_would_have_saved_together_is_said():
    plans = {"q0": [(NONE, 1000.0)], "q1": [(NONE, 10.0), (frozenset({A}), 1.0)], "q2": [(NONE, 10.0), (frozenset({B}), 1.0)]}
    choice = advise(plans, [1, 1, 1], limits=Limits(min_benefit=0.05, min_saving=0.01))
    (together,) = [skipped for skipped in choice.skipped if "2 indexes" in skipped.subject]
    assert "1.8% more" in together.reason
    assert choice.gap == pytest.approx(1020 / 1002 - 1)


def test_a_prefix_of_another_chosen_index_is_not_chosen():
    wide = IndexDef(ORDERS, (IndexKey(column="a"), IndexKey(column="b")))
    plans = {"q0": [(NONE, 1000.0), (frozenset({A}), 10.0), (frozenset({wide}), 20.0)], "q1": [(NONE, 1000.0), (frozenset({wide}), 10.0)]}
    load = workload([1, 1])
    costs = CachedCosts(ModelCosts(plans, sizes={A: 8192, wide: 16384}))
    choice = choose(load, usage(load), CandidateSet((Candidate(A, "btree"), Candidate(wide, "btree"))), costs, catalog(), FREE)
    assert choice.indexes == {wide}


def test_what_the_source_cannot_cost_is_named_not_chosen():
    choice = advise({"q0": [(NONE, 100.0), (frozenset({A}), 1.0)]}, [1], refused={A: "no gin here"})
    assert choice.indexes == frozenset()
    assert [(candidate.index, reason) for candidate, reason in choice.not_costed] == [(A, "no gin here")]


def test_a_refused_statement_is_named_and_the_rest_goes_on():
    plans = {"q0": [(NONE, 100.0)], "q1": [(NONE, 100.0), (frozenset({A}), 1.0)]}
    choice = advise(plans, [1, 1], failing=["q0"])
    assert choice.indexes == {A}
    assert [(skipped.subject, skipped.reason) for skipped in choice.skipped] == [("query q0", "refused: q0")]


def test_when_nothing_can_be_planned_the_error_says_what_to_do():
    with pytest.raises(SelectionError) as caught:
        advise({"q0": [(NONE, 100.0)]}, [1], failing=["q0"])
    assert "refused: q0" in str(caught.value)
    assert caught.value.hint


def test_no_time_left_still_gives_an_answer():
    plans = {"q0": [(NONE, 100.0), (frozenset({A}), 1.0)], "q1": [(NONE, 100.0)]}
    choice = advise(plans, [1, 1], limits=Limits(time_limit_s=0.0))
    assert choice.interrupted
    assert choice.cost_after <= choice.cost_before
    assert [(each.subject, each.reason) for each in choice.skipped] == [("query q1", "not reached within the time limit")]


def test_ctrl_c_gives_the_best_so_far():
    class Impatient(ModelCosts):
        def _answer(self, sample, indexes):
            if len(self.asked) == 3:
                raise KeyboardInterrupt
            return super()._answer(sample, indexes)

    load = workload([1, 1])
    plans = {f"q{n}": [(NONE, 100.0), (frozenset({A}), 1.0)] for n in range(2)}
    costs = CachedCosts(Impatient(plans, sizes=dict.fromkeys(INDEXES, 8192)))
    choice = choose(load, usage(load), CandidateSet((Candidate(A, "btree"),)), costs, catalog(), FREE)
    assert choice.interrupted
    assert choice.cost_after <= choice.cost_before


def test_the_same_input_gives_the_same_output():
    plans = {"q0": [(NONE, 1000.0), *((frozenset({index}), 10.0) for index in INDEXES)]}
    assert advise(plans, [3]) == advise(plans, [3])
