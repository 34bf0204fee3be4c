"""Savings at risk counted less: a safer index is taken where it does nearly as well, and the figures reported stay the planner's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexadvisor.candidates.model import Candidate, CandidateSet
from indexadvisor.catalog.model import Catalog, Column, IndexDef, IndexKey, ServerInfo, Table, TableName
from indexadvisor.selection.choose import choose, pick
from indexadvisor.selection.problem import Deadline
from indexadvisor.selection.sweep import sweep
from indexadvisor.selection.task import prepare
from indexadvisor.settings import Limits
from indexadvisor.usage.model import RelationUse, UsageGraph
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload
from tests.fakes.costs import NONE, ModelCosts

ORDERS = TableName("public", "orders")
# nobody knows how many rows match an expression until an index on it exists: all that these save is at risk
RISKY, RISKIER = (IndexDef(ORDERS, (IndexKey(expression=f"lower({name})"),)) for name in "ab")
SAFE, OTHER = (IndexDef(ORDERS, (IndexKey(column=name),)) for name in "ab")
CANDIDATES = (RISKY, RISKIER, SAFE, OTHER)
COLUMNS = tuple(Column(name, n, "text", "text", "S") for n, name in enumerate("ab", 1))
CATALOG = Catalog(ServerInfo(150000, "15.0", "shop"), (Table(ORDERS, "r", COLUMNS, rows=1_000_000),))
FREE = Limits(min_benefit=0.0, min_saving=0.0, variants=False, gap=0.0)


def problem(plans, calls=10, candidates=CANDIDATES):
    load = Workload(tuple(QueryGroup(name, name, name, StatementKind.SELECT, calls, (Sample(name, ()),)) for name in plans))
    usage = UsageGraph(tuple(RelationUse(name, ORDERS, "orders", ()) for name in plans))
    costs = CachedCosts(ModelCosts(plans, sizes=dict.fromkeys(candidates, 8192)))
    return load, usage, CandidateSet(tuple(Candidate(index, "btree") for index in candidates)), costs, CATALOG


def chosen(plans, discount):
    return choose(*problem(plans), replace(FREE, risk_discount=discount))


ONE = {"q": [(NONE, 100.0), (frozenset({RISKY}), 10.0), (frozenset({SAFE}), 20.0)]}


@pytest.mark.parametrize(("discount", "expected"), [(0.0, RISKY), (0.1, RISKY), (0.2, SAFE), (1.0, SAFE)])
def test_a_safer_index_is_taken_where_it_does_nearly_as_well(discount, expected):
    assert chosen(ONE, discount).indexes == {expected}


def test_one_after_the_other_is_passed_over_until_a_safe_one_is_best():
    plans = {"q": [(NONE, 100.0), (frozenset({RISKY}), 10.0), (frozenset({RISKIER}), 11.0), (frozenset({SAFE}), 20.0)]}
    choice = chosen(plans, 0.5)
    assert choice.indexes == {SAFE}
    told = {item.subject: item.reason for item in choice.skipped}
    assert told[str(RISKY)] == "of what it seems to save, 450 is at risk and not counted (--risk-discount)"
    assert "445 is at risk" in told[str(RISKIER)]


def test_without_a_safer_one_what_is_left_of_the_savings_decides():
    plans = {"q": [(NONE, 100.0), (frozenset({RISKY}), 10.0)]}
    assert chosen(plans, 0.9).indexes == {RISKY}
    assert chosen(plans, 1.0).indexes == frozenset()


def test_the_figures_told_are_those_of_the_planner():
    (step,) = (choice := chosen({"q": [(NONE, 100.0), (frozenset({RISKY}), 10.0)]}, 0.5)).steps
    assert (step.benefit, step.discounted_benefit, step.uncounted) == (900.0, 450.0, 450.0)
    assert (choice.cost_before, choice.cost_after, choice.gap) == (1000.0, 100.0, 0.0)
    assert step.write_tax.cost in (None, 0.0)


def test_the_least_saving_asked_for_goes_by_what_counts():
    plans = {"q": [(NONE, 100.0), (frozenset({RISKY}), 90.0)]}
    limits = replace(FREE, min_saving=0.08)
    assert choose(*problem(plans), limits).indexes == {RISKY}
    choice = choose(*problem(plans), replace(limits, risk_discount=0.5))
    assert choice.indexes == frozenset()


def test_the_next_choice_on_the_same_task_counts_everything_again():
    load, usage, candidates, costs, catalog = problem(ONE)
    task = prepare(load, usage, candidates, costs, catalog, Deadline())
    assert pick(task, replace(FREE, risk_discount=0.5), Deadline()).indexes == {SAFE}
    assert pick(task, FREE, Deadline()).indexes == {RISKY}
    assert [each.indexes for each in sweep(task, replace(FREE, risk_discount=0.5), (8192, 16384))] == [{SAFE}, {SAFE}]
    assert all(offer.uncounted == 0.0 for offer in task.offers.values())


def test_an_index_that_is_required_stays_whatever_its_risk():
    load, usage, candidates, costs, catalog = problem(ONE)
    choice = choose(load, usage, candidates, costs, catalog, replace(FREE, risk_discount=1.0), required=frozenset({RISKY}))
    assert RISKY in choice.indexes


@pytest.mark.parametrize("apart", ["by their keys", "by what they include"])
def test_however_many_there_are_none_is_chosen_of_which_nothing_counts(apart):
    many = [
        IndexDef(ORDERS, (IndexKey(expression=f"lower(a) || '{n}'"),)) if apart == "by their keys"
        else replace(RISKY, include=("b",) * n) for n in range(20)
    ]  # fmt: skip
    plans = {"q": [(NONE, 100.0), *((frozenset({index}), 10.0 + n) for n, index in enumerate(many))]}
    choice = choose(*problem(plans, candidates=many), replace(FREE, risk_discount=1.0))
    assert choice.indexes == frozenset()
    assert choice.cost_after == 1000.0
    assert sum("is at risk and not counted" in item.reason for item in choice.skipped) >= 1
