"""What the workload loses with existing indexes: asked of the planner, held to the rule that proposed indexes are held to, or unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.selection.drop_costs import Questions, with_costs
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
        return self._answer(sample, indexes), self._answer(sample, indexes, gone)


def judged(
    costs, chosen=(), limits=None, tax=0.0, weights=None, columns=None, catalog=CATALOG, deadline=None, may_ask=lambda: True
):
    weights, columns = weights or {}, columns or {}
    statements = [Statement(text, Sample(text), weights.get(text, 10.0), frozenset(), columns.get(text, {})) for text in costs._plans]
    plans = Plans(costs, statements)
    found, _ = droppable(catalog, UsageGraph(()), Workload(()), chosen)
    found = [replace(drop, tax=replace(drop.tax, cost=tax)) for drop in found]
    drops, kept = with_costs(found, Questions(plans, NONE, catalog, deadline or Deadline(), may_ask=may_ask), limits or Limits())
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
    there = costs._answer(Sample("q"), NONE)
    costs.cost_without = lambda sample, indexes, gone: (there, replace(there, total_cost=99.5))
    drops, _ = judged(costs)
    assert drops["by_customer"].loss == 0.0


def test_a_query_that_weighs_nothing_loses_nothing():
    costs = Existing({"q": [(None, 500.0), ("by_customer", 100.0), ("by_customer_status", 400.0)]})
    drops, _ = judged(costs, weights={"q": 0.0})
    assert (drops["by_customer"].loss, drops["by_customer"].effects, costs.hidden) == (0.0, (), [])


def test_the_samples_of_a_query_are_averaged_by_weight():
    costs = Existing({"a": [(None, 500.0), ("by_customer", 100.0), ("by_customer_status", 101.0)],
                      "b": [(None, 500.0), ("by_customer", 200.0), ("by_customer_status", 206.0)]})  # fmt: skip
    statements = [Statement("q", Sample(text), weight, frozenset()) for text, weight in (("a", 30.0), ("b", 10.0))]
    found, _ = droppable(CATALOG, UsageGraph(()), Workload(()), ())
    (drop,), _ = with_costs(found, Questions(Plans(costs, statements), NONE, CATALOG, Deadline()), Limits())
    (effect,) = drop.effects
    assert (effect.calls, effect.cost_with, effect.cost_without, drop.loss) == (40.0, 125.0, 127.25, pytest.approx(90.0))


TENANTS = catalog_from_sql("""
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, status text);
CREATE INDEX by_customer ON orders (customer_id);
CREATE SCHEMA other;
CREATE TABLE other.orders (id bigint PRIMARY KEY, customer_id bigint, status text);
CREATE INDEX by_customer ON other.orders (customer_id);
CREATE INDEX by_customer_status ON other.orders (customer_id, status);
""")


@pytest.mark.parametrize(("schema", "stays"), [("public", False), ("other", True), (None, True)])
def test_indexes_of_one_name_in_two_schemas_are_told_apart_by_the_tables_read(schema, stays):
    costs = Existing({"q": [(None, 500.0), ("by_customer", 100.0), ("by_customer_status", 180.0)]})
    columns = {"q": {TableName(schema, "orders"): frozenset({"status"})}} if schema else None
    drops, kept = judged(costs, columns=columns, catalog=TENANTS)
    assert (set(drops), set(kept)) == ((set(), {"other.by_customer"}) if stays else ({"by_customer"}, set()))


def test_what_is_known_of_a_loss_is_enough_to_keep_an_index():
    class Half(Existing):
        def cost_without(self, sample, indexes, gone):
            return None if sample.text == "b" else super().cost_without(sample, indexes, gone)

    def of(wide):
        return Half({"a": [(None, 9e6), ("by_customer", 1.0), ("by_customer_status", wide)], "b": [(None, 9.0), ("by_customer", 1.0)]})

    assert set(judged(of(1e6))[1]) == {"by_customer"}
    drop = judged(of(1.01))[0]["by_customer"]
    assert (drop.loss, drop.confidence, len(drop.effects)) == (None, "low", 1)


@pytest.mark.parametrize("reason", ["the time is up", "no EXPLAINs are left"])
def test_what_there_is_no_time_or_allowance_to_ask_is_unknown(reason):
    costs = Existing({"q": [(None, 500.0), ("by_customer", 100.0), ("by_customer_status", 400.0)]})
    late = Deadline()
    if reason == "the time is up":
        late.end()
    drops, _ = judged(costs, deadline=late, may_ask=lambda: late.passed)
    assert (drops["by_customer"].loss, costs.hidden) == (None, [])


def test_partitions_use_what_is_attached():
    catalog = catalog_from_sql("""
    CREATE TABLE event (id int, at date, kind text) PARTITION BY RANGE (at);
    CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    CREATE INDEX by_kind ON event (kind);
    CREATE INDEX by_kind_id ON event (kind, id);
    """)
    part = TableName("public", "event_1")
    children = [replace(index, name=f"{index.name}_1", parent=index.name, definition=replace(index.definition, table=part))
                for index in catalog.indexes]  # fmt: skip
    catalog = replace(catalog, indexes=(*catalog.indexes, *children))
    costs = Existing({"q": [(None, 500.0), ("by_kind_1", 100.0), ("by_kind_id_1", 102.0)]})
    drops, _ = judged(costs, catalog=catalog)
    assert costs.hidden == [frozenset({TableName("public", "by_kind"), TableName("public", "by_kind_1")})]
    assert drops["by_kind"].loss == pytest.approx(20.0)
