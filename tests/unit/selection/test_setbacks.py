"""What goes wrong in the middle of a search, and what statistics say of partial indexes."""

from __future__ import annotations

import pytest

from indexadvisor.candidates.model import Candidate, CandidateSet
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.selection.choose import choose
from indexadvisor.selection.problem import Plans, Statement
from indexadvisor.selection.task import _rows_per_call
from indexadvisor.selection.writes import write_taxes
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from indexadvisor.usage.key_probes import with_key_probes
from indexadvisor.whatif.interface import QueryCost
from indexadvisor.workload.model import Sample
from tests.fakes.costs import NONE, ModelCosts
from tests.fakes.schema import catalog_from_sql, workload_from_sql

SCHEMA = """
CREATE TABLE job (id bigint PRIMARY KEY, status text, run_at timestamptz);
-- stats job.status n_distinct=2 values=done|error frequencies=0.999|0.001
"""
LOAD = """
-- query id=q0 calls=100
SELECT id FROM job WHERE status = 'error' ORDER BY run_at DESC LIMIT 10;
-- query id=q1 calls=100
SELECT id FROM job WHERE run_at > '2026-01-01';
-- query id=w0 calls=1000
INSERT INTO job VALUES ($1, $2, $3);
"""


@pytest.fixture
def stage():
    catalog = catalog_from_sql(SCHEMA)
    load = workload_from_sql(LOAD)
    return catalog, load, usage_graph(load, catalog)


def indexes(catalog, *texts):
    from indexadvisor.catalog.model import IndexDef, IndexKey, TableName

    made = {
        "full": IndexDef(TableName("public", "job"), (IndexKey("run_at"),)),
        "partial": IndexDef(TableName("public", "job"), (IndexKey("run_at"),), predicate="status = 'error'"),
    }
    return [made[text] for text in texts]


def plans_of(load, index):
    return {group.text: [(NONE, 100.0), *([] if group.writes else [(frozenset({index}), 1.0)])] for group in load.groups}


def test_a_partial_index_is_taxed_for_the_rows_it_keeps(stage):
    catalog, load, usage = stage
    full, partial = indexes(catalog, "full", "partial")
    taxes = write_taxes([full, partial], load, usage, catalog, {})
    assert taxes[full].entries == pytest.approx(1000)
    assert taxes[partial].entries == pytest.approx(1)


class Interrupted(ModelCosts):
    """Ctrl-C at the n-th question."""

    at = 0

    def _answer(self, sample, indexes):
        if len(self.asked) == self.at:
            raise KeyboardInterrupt
        return super()._answer(sample, indexes)


def test_ctrl_c_in_the_descent_still_gives_what_was_seen(stage):
    catalog, load, usage = stage
    (full,) = indexes(catalog, "full")
    costs = Interrupted(plans_of(load, full), sizes={full: 8192})
    costs.at = len(load.groups) + 3  # the heaviest, the INSERT, and one SELECT have been asked by then
    choice = choose(load, usage, CandidateSet((Candidate(full, "btree"),)), costs, catalog, Limits())
    assert choice.interrupted
    assert choice.indexes == {full}


class Locked(ModelCosts):
    """Every question with indexes about one statement meets a lock."""

    locked = ""

    def _answer(self, sample, indexes):
        if sample.text == self.locked and indexes:
            raise StatementFailed("canceling statement due to lock timeout", sqlstate="55P03")
        return super()._answer(sample, indexes)


def test_a_lock_in_the_middle_costs_one_answer_not_the_run(stage):
    catalog, load, usage = stage
    (full,) = indexes(catalog, "full")
    costs = Locked(plans_of(load, full), sizes={full: 8192})
    costs.locked = load.groups[0].text
    choice = choose(load, usage, CandidateSet((Candidate(full, "btree"),)), costs, catalog, Limits())
    assert choice.indexes == {full}
    assert {query.query_id: query.cost_after for query in choice.queries}["q0"] == 100.0
    assert any(skipped.subject == "query q0" and "lock timeout" in skipped.reason for skipped in choice.skipped)


def test_what_only_its_tax_kept_out_is_named_with_the_figures(stage):
    catalog, load, usage = stage
    (full,) = indexes(catalog, "full")
    plans = {text: [(used, 2.0 if used == NONE else 1.0) for used, _ in options] for text, options in plans_of(load, full).items()}
    choice = choose(load, usage, CandidateSet((Candidate(full, "btree"),)), ModelCosts(plans, sizes={full: 1 << 30}), catalog, Limits())
    assert choice.indexes == frozenset()
    assert any(skipped.subject == str(full) and "keeping it up to date" in skipped.reason for skipped in choice.skipped)


def test_rows_changed_come_from_the_plan_below_not_from_an_init_plan():
    class Update(ModelCosts):
        def _answer(self, sample, indexes):
            init = PlanNode("Aggregate", 0, 1, 1, 8, details={"Parent Relationship": "InitPlan"})
            scan = PlanNode("Seq Scan", 0, 9, 10_313, 8, details={"Parent Relationship": "Outer"})
            return QueryCost(10.0, NONE, Plan(PlanNode("ModifyTable", 0, 10, 0, 0, children=(init, scan))))

    statement = Statement("w", Sample("update"), 1.0, frozenset())
    plans = Plans(Update({"update": [(NONE, 1.0)]}), [statement])
    assert _rows_per_call(plans) == {"w": 10_313}


def test_foreign_keys_of_one_name_are_probed_apart():
    catalog = catalog_from_sql("""
        CREATE TABLE parent (id bigint PRIMARY KEY);
        CREATE TABLE c1 (a bigint, CONSTRAINT fk_parent FOREIGN KEY (a) REFERENCES parent);
        CREATE TABLE c2 (b bigint, CONSTRAINT fk_parent FOREIGN KEY (b) REFERENCES parent);
    """)
    load = workload_from_sql("-- query id=d calls=7\nDELETE FROM parent WHERE id = $1;")
    groups = with_key_probes(load, usage_graph(load, catalog), catalog).groups[1:]
    assert [(group.query_id, group.calls) for group in groups] == [("fk:c1.fk_parent", 7), ("fk:c2.fk_parent", 7)]
    assert ['"c1"' in group.text or "c1" in group.text for group in groups] == [True, False]
