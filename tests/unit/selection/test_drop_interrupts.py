"""Ctrl-C while losses are asked: the choice stands, what was not asked is unknown."""

from __future__ import annotations

from indexadvisor.candidates.model import Candidate, CandidateSet
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.selection.choose import choose
from indexadvisor.settings import Limits
from indexadvisor.usage.model import RelationUse, UsageGraph
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.interface import QueryCost
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload
from tests.fakes.costs import NONE, _FakeCosts
from tests.fakes.schema import catalog_from_sql

ORDERS = TableName("public", "orders")
CATALOG = catalog_from_sql("""
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, status text);
CREATE INDEX by_customer ON orders (customer_id);
CREATE INDEX by_customer_status ON orders (customer_id, status);
""")
PROPOSED = IndexDef(ORDERS, (IndexKey("status"),))


class Pressed(_FakeCosts):
    """One query uses by_customer, another the proposed index; the first question about a drop is met by Ctrl-C."""

    asked_about_drops = 0

    def _answer(self, sample, indexes):
        if sample.text == "old":
            return QueryCost(10.0, NONE, Plan(PlanNode("Index Scan", 0.0, 10.0, 1.0, 8, relation="orders", index="by_customer")))
        used = indexes & {PROPOSED}
        return QueryCost(1.0 if used else 100.0, used, Plan(PlanNode("Seq Scan", 0.0, 1.0, 1.0, 8)))

    def cost_without(self, sample, indexes, gone):
        self.asked_about_drops += 1
        raise KeyboardInterrupt


def test_the_choice_stands():
    load = Workload(tuple(QueryGroup(name, name, name, StatementKind.SELECT, 10, (Sample(name, ()),)) for name in ("old", "new")))
    usage = UsageGraph(tuple(RelationUse(name, ORDERS, "orders", ()) for name in ("old", "new")))
    costs = Pressed({PROPOSED: 8192}, {}, ())
    choice = choose(load, usage, CandidateSet((Candidate(PROPOSED, "btree"),)), CachedCosts(costs), CATALOG, Limits())
    assert choice.indexes == {PROPOSED}
    assert (choice.interrupted, costs.asked_about_drops) == (True, 1)
    assert [(drop.index.name, drop.loss) for drop in choice.drops] == [("by_customer", None)]
