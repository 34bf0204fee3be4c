"""What the workload loses with existing indexes: asked of the planner, held to the rule that proposed indexes are held to, or unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.selection.drop_costs import with_costs
from indexadvisor.selection.drops import droppable
from indexadvisor.selection.problem import Deadline, Plans, Statement
from indexadvisor.settings import Limits
from indexadvisor.usage.model import UsageGraph
from indexadvisor.whatif.interface import QueryCost
from indexadvisor.workload.model import Sample, Workload
from tests.fakes.costs import NONE, _FakeCosts
from tests.fakes.schema import catalog_from_sql

CATALOG = catalog_from_sql("""
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, status text, placed_at timestamptz);
CREATE INDEX by_customer ON orders (customer_id);
CREATE INDEX by_customer_status ON orders (customer_id, status);
CREATE INDEX by_placed ON orders (placed_at);
""")
PROPOSED = IndexDef(TableName("public", "orders"), (IndexKey("placed_at"), IndexKey("status")))
BY_CUSTOMER, BY_PLACED = TableName("public", "by_customer"), TableName("public", "by_placed")


class Existing(_FakeCosts):
    """A planner over existing indexes: ``plans`` maps a statement to (name of the index used or None, cost), the cheapest that is there."""

    hides = True

    def __init__(self, plans, failing=()):
        super().__init__({}, {}, failing)
        self._plans = plans
        self.hidden: list[frozenset[TableName]] = []

    def _answer(self, sample, indexes, gone=frozenset()):
        names = {name.name for name in gone}
        name, cost = min((plan for plan in self._plans[sample.text] if plan[0] not in names), key=lambda plan: plan[1])
        scan = PlanNode("Index Scan" if name else "Seq Scan", 0.0, cost, 1.0, 8, relation="orders", schema="public", index=name)
        return QueryCost(cost, NONE, Plan(scan))

    def cost_without(self, sample, indexes, gone):
        if not self.hides:
            return None
        if sample.text in self._failing:
            raise StatementFailed("refused", sqlstate="57014")
        self.hidden.append(gone)
        return self._answer(sample, indexes, gone)


def judged(costs, chosen=(), limits=None, tax=0.0, weights=None):
    statements = [Statement(text, Sample(text), (weights or {}).get(text, 10.0), frozenset()) for text in costs._plans]
    plans = Plans(costs, statements)
    found, _ = droppable(CATALOG, UsageGraph(()), Workload(()), chosen)
    found = [replace(drop, tax=replace(drop.tax, cost=tax)) for drop in found]
    drops, kept = with_costs(found, plans, NONE, CATALOG, limits or Limits(), Deadline())
    return {drop.index.name: drop for drop in drops}, {item.subject.removeprefix("index "): item.reason for item in kept}


def test_what_uses_it_is_planned_without_it():
    costs = Existing({"q": [(None, 500.0), ("by_customer", 100.0), ("by_customer_status", 101.0)], "other": [(None, 7.0)]})
    drops, kept = judged(costs)
    (effect,) = drops["by_customer"].effects
    assert (effect.query_id, effect.calls, effect.cost_with, effect.cost_without) == ("q", 10.0, 100.0, 101.0)
    assert (drops["by_customer"].loss, kept) == (pytest.approx(10.0), {})
    assert costs.hidden == [frozenset({BY_CUSTOMER})]


def test_an_index_that_no_plan_uses_costs_nothing_and_nothing_is_asked():
    costs = Existing({"q": [(None, 500.0), ("by_customer_status", 90.0)]})
    drops, _ = judged(costs)
    assert (drops["by_customer"].loss, drops["by_customer"].effects, costs.hidden) == (0.0, (), [])


def test_an_index_that_earns_its_keep_stays_and_that_is_said():
    drops, kept = judged(Existing({"q": [(None, 500.0), ("by_customer", 100.0), ("by_customer_status", 180.0)]}))
    assert drops == {}
    assert kept["by_customer"].startswith("by_customer_status begins with its keys and serves its queries, but it earns its keep")
    assert kept["by_customer"].endswith("would cost 80.0% more")


@pytest.mark.parametrize(
    ("limits", "tax", "stays"),
    [
        (Limits(), 0.0, True),
        (Limits(min_benefit=0.5), 0.0, False),
        (Limits(), 1000.0, False),
        (Limits(min_saving=0.9), 0.0, False),
    ],
)  # fmt: skip
def test_it_is_held_to_the_rule_that_proposed_indexes_are_held_to(limits, tax, stays):
    # of 1,800 that its queries cost without it, it saves 800
    costs = Existing({"q": [(None, 500.0), ("by_customer", 100.0), ("by_customer_status", 180.0)]})
    drops, _ = judged(costs, limits=limits, tax=tax)
    assert ("by_customer" not in drops) == stays


def test_all_that_may_go_is_gone_at_once_and_what_stays_after_all_is_there_again():
    costs = Existing({
        "narrow": [(None, 500.0), ("by_customer", 100.0), ("by_customer_status", 400.0)],
        "placed": [(None, 50.0), ("by_placed", 49.0)],
    })  # fmt: skip
    drops, kept = judged(costs, chosen=(PROPOSED,))
    assert set(drops) == {"by_placed"}
    assert set(kept) == {"by_customer"}
    both = frozenset({BY_CUSTOMER, BY_PLACED})
    assert costs.hidden == [both, both, frozenset({BY_PLACED})]
    assert drops["by_placed"].loss == pytest.approx(10.0)


def test_where_the_source_cannot_hide_the_loss_is_unknown_and_a_word_of_warning_is_said():
    costs = Existing({"q": [(None, 500.0), ("by_customer", 100.0)]})
    costs.hides = False
    drops, _ = judged(costs)
    assert (drops["by_customer"].loss, drops["by_customer"].effects) == (None, ())
    assert any("captured queries use it" in caveat and "--what-if lab" in caveat for caveat in drops["by_customer"].caveats)


def test_a_statement_refused_meanwhile_leaves_the_loss_unknown():
    class Refusing(Existing):
        def cost(self, sample, indexes):
            return self._answer(sample, indexes)

    drops, _ = judged(Refusing({"q": [(None, 500.0), ("by_customer", 100.0)]}, failing=("q",)))
    assert drops["by_customer"].loss is None


def test_a_plan_that_seems_cheaper_without_an_index_is_no_gain():
    costs = Existing({"q": [(None, 500.0), ("by_customer", 100.0), ("by_customer_status", 100.0)]})
    costs.cost_without = lambda sample, indexes, gone: replace(costs._answer(sample, indexes, gone), total_cost=99.5)
    drops, _ = judged(costs)
    assert drops["by_customer"].loss == 0.0
