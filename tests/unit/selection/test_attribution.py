"""What each index is credited with: its own scans, never a changed estimate; the order of creation; plans that differ by parameter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.candidates.model import Candidate
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.selection.attribute import creation_order, sways, trim, worths
from indexadvisor.selection.model import WriteTax
from indexadvisor.selection.outcome import outcomes, shape, steps
from indexadvisor.selection.problem import Observation, Offer, Plans, Statement
from indexadvisor.selection.weights import weights_by_time
from indexadvisor.settings import Limits
from indexadvisor.whatif.interface import QueryCost
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload
from tests.fakes.costs import NONE, ModelCosts

T = TableName("public", "t")
A, B, C = (IndexDef(T, (IndexKey(name),)) for name in "abc")
LOWER = IndexDef(T, (IndexKey(expression="lower(a)"),))
ALL = frozenset({A, B, C, LOWER})
FREE = Limits(min_benefit=0.0, min_saving=0.0)


class Swaying(ModelCosts):
    """An index on an expression makes other statements' estimates differ by so much, scanned or not."""

    def __init__(self, plans, sway):
        super().__init__(plans)
        self.sway = sway

    def _answer(self, sample, indexes):
        found = super()._answer(sample, indexes)
        return replace(found, total_cost=found.total_cost + (self.sway.get(sample.text, 0.0) if LOWER in indexes else 0.0))


def plans_of(plans, sway=None, weights=None):
    costs = Swaying(plans, sway or {})
    costs.prepare(ALL)
    made = Plans(costs, [Statement(text, Sample(text, ()), (weights or {}).get(text, 1.0), ALL) for text in plans])
    for statement in made.statements:
        made.ask(statement, NONE)
    return made


def offers(sizes=None, taxes=None):
    return {
        index: Offer(Candidate(index, "btree"), (sizes or {}).get(index, 8192), (taxes or {}).get(index, 0.0)) for index in ALL
    }


def test_only_indexes_on_expressions_and_unique_ones_sway():
    assert [sways(index) for index in (A, LOWER, replace(A, unique=True))] == [False, True, True]


@pytest.mark.parametrize("moved", [-40.0, 25.0])
def test_a_changed_estimate_is_no_benefit_and_is_told_apart(moved):
    answers = {"scans it": [(NONE, 100.0), (frozenset({LOWER}), 10.0)], "only swayed": [(NONE, 80.0)]}
    plans = plans_of(answers, {"only swayed": moved}, {"only swayed": 3.0})
    chosen = frozenset({LOWER})
    value = worths(plans, chosen)[LOWER]
    assert value.benefit == pytest.approx(90.0)
    assert {statement.query_id: cost for statement, cost in value.swayed.items()} == {"only swayed": 80.0}
    sway = sum(statement.weight * (cost - plans.ask(statement, chosen).cost) for statement, cost in value.swayed.items())
    assert plans.workload_cost(NONE) - plans.workload_cost(chosen) == pytest.approx(value.benefit + sway)
    (step,) = steps(plans, offers(), {LOWER: WriteTax(None, None)}, {LOWER: value}, [LOWER])
    assert [(effect.query_id, effect.cost_with, effect.cost_without) for effect in step.swayed] == [("only swayed", 80.0 + moved, 80.0)]
    assert [effect.query_id for effect in step.effects] == ["scans it"]


def test_an_index_that_only_sways_is_not_worth_building():
    plans = plans_of({"q": [(NONE, 100.0)]}, {"q": -50.0})
    chosen, dropped = trim(plans, offers(), frozenset({LOWER}), FREE)
    assert chosen == frozenset()
    assert "CREATE STATISTICS" in dropped[0].reason


@st.composite
def problems(draw):
    plans, sway = {}, {}
    for number in range(draw(st.integers(1, 4))):
        options = [(NONE, 1000.0)]
        for _ in range(draw(st.integers(0, 4))):
            used = frozenset(draw(st.lists(st.sampled_from(sorted(ALL, key=str)), min_size=1, max_size=2)))
            options.append((used, float(draw(st.integers(100, 900)))))
        plans[f"q{number}"] = options
        sway[f"q{number}"] = float(draw(st.integers(-90, 90)))
    return plans, sway


@given(problems())
@settings(max_examples=60, deadline=None)
def test_benefit_and_sway_together_are_what_leaving_it_out_changes(problem):
    plans = plans_of(*problem)
    for index, value in worths(plans, ALL).items():
        sway = sum(statement.weight * (cost - plans.ask(statement, ALL).cost) for statement, cost in value.swayed.items())
        assert value.benefit + sway == pytest.approx(plans.workload_cost(ALL - {index}) - plans.workload_cost(ALL))
        assert not value.swayed or sways(index)


@given(problems())
@settings(max_examples=60, deadline=None)
def test_what_is_kept_earns_more_than_its_tax(problem):
    plans = plans_of(*problem)
    taxes = dict.fromkeys(ALL, 50.0)
    chosen, _ = trim(plans, offers(taxes=taxes), ALL, FREE)
    assert all(value.benefit > 50.0 for value in worths(plans, chosen).values())


def order_of(plans, sizes=None, chosen=ALL):
    return creation_order(plans, offers(sizes), worths(plans, chosen))


def seen(plans, *sets):
    for statement in plans.statements:
        for enabled in sets:
            plans.ask(statement, frozenset(enabled))
    return plans


def test_ties_break_by_name_whatever_the_order_of_statements():
    def answers(names):
        return {f"q{index}": [(NONE, 100.0), (frozenset({index}), 10.0)] for index in names}

    forwards, backwards = (seen(plans_of(answers(names)), [A], [B], [C], ALL) for names in ([A, B, C], [C, B, A]))
    assert order_of(forwards, chosen=frozenset({A, B, C})) == order_of(backwards, chosen=frozenset({C, B, A})) == (A, B, C)


def test_most_per_byte_comes_first_and_no_index_is_below_a_page():
    plans = seen(plans_of({"q1": [(NONE, 100.0), (frozenset({A}), 10.0)], "q2": [(NONE, 100.0), (frozenset({B}), 20.0)]}), [A], [B], ALL)
    chosen = frozenset({A, B})
    assert order_of(plans, {A: 81920, B: 8192}, chosen) == (B, A)
    assert order_of(plans, {A: 8192, B: 0}, chosen) == (A, B)


def test_an_index_of_unknown_size_comes_after_the_known():
    plans = seen(plans_of({"q1": [(NONE, 100.0), (frozenset({A}), 10.0)], "q2": [(NONE, 100.0), (frozenset({B}), 99.0)]}), [A], [B], ALL)
    assert order_of(plans, {A: None, B: 1 << 30}, frozenset({A, B})) == (B, A)


def test_two_that_only_help_together_follow_each_other():
    plans = seen(
        plans_of({"q1": [(NONE, 100.0), (frozenset({A, C}), 10.0)], "q2": [(NONE, 100.0), (frozenset({B}), 50.0)]}), [A], [B], [C], ALL
    )
    assert order_of(plans, chosen=frozenset({A, B, C})) == (B, A, C)


def plan(kind, index=None, rows=1.0, **details):
    return Plan(PlanNode(kind, 0, 1, rows, 8, relation="t", index=index, details=details))


class ByValue(ModelCosts):
    """Another plan for each sample."""

    def __init__(self, plans):
        super().__init__({"q": [(NONE, 1.0)]})
        self.by_value = plans

    def _answer(self, sample, indexes):
        return QueryCost(1.0, NONE, self.by_value[sample.parameters[0]])


@pytest.mark.parametrize(
    ("one", "two", "differ"),
    [
        (plan("Seq Scan"), plan("Index Scan", "t_a"), True),
        (plan("Index Scan", "t_a"), plan("Index Scan", "t_b"), True),
        (plan("Seq Scan", rows=1), plan("Seq Scan", rows=1000, Filter="(a = 2)"), False),
    ],
    ids=["node", "index", "figures only"],
)
def test_a_template_whose_plan_depends_on_the_parameter_is_marked(one, two, differ):
    samples = (Sample("q", ("1",), 0.5), Sample("q", ("2",), 0.5))
    plans = Plans(ByValue({"1": one, "2": two}), [Statement("q", sample, 1.0, NONE) for sample in samples])
    load = Workload((QueryGroup("q", "q", "q", StatementKind.SELECT, 2, samples),))
    (found,) = outcomes(load, plans, NONE)
    assert found.plans_differ is differ


def test_hypothetical_names_do_not_make_plans_differ():
    first, second = (Observation(NONE, NONE, 1.0, plan("Index Scan", f"<{n}>btree_t_a"), {f"<{n}>btree_t_a": A}) for n in (1, 2))
    assert shape(first) == shape(second)
    assert shape(first) != shape(replace(second, names={"<2>btree_t_a": B}))


def test_by_time_a_template_weighs_what_it_took_and_the_whole_stays():
    plans = plans_of({"slow": [(NONE, 10.0)], "fast": [(NONE, 10.0)], "untimed": [(NONE, 5.0)]}, weights={"slow": 1.0, "fast": 3.0})
    times = {"slow": 90.0, "fast": 10.0, "untimed": None}
    groups = [QueryGroup(text, text, text, StatementKind.SELECT, 1, (Sample(text, ()),), ms) for text, ms in times.items()]
    weights = {statement.query_id: weight for statement, weight in weights_by_time(plans, Workload(tuple(groups))).items()}
    assert weights == {"slow": pytest.approx(3.6), "fast": pytest.approx(0.4), "untimed": 1.0}


def test_by_time_a_slow_parameter_weighs_its_time():
    samples = (Sample("q", ("1",), 0.9, 1.0), Sample("q", ("2",), 0.1, 91.0))
    plans = Plans(ByValue({"1": plan("Seq Scan"), "2": plan("Seq Scan")}), [Statement("q", one, 10 * one.share, NONE) for one in samples])
    load = Workload((QueryGroup("q", "q", "q", StatementKind.SELECT, 10, samples, 100.0),))
    assert list(weights_by_time(plans, load).values()) == pytest.approx([0.9, 9.1])
