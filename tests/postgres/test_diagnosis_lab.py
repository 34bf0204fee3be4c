"""Advice of findings put to the lab that holds a snapshot (PostgreSQL 18, statistics, no rows), and to HypoPG and the lab together."""

from __future__ import annotations

import psycopg
import pytest

from indexadvisor.catalog.load import load
from indexadvisor.catalog.snapshot import take
from indexadvisor.db.connection import Session
from indexadvisor.diagnosis.advice import try_advice
from indexadvisor.explain import read
from indexadvisor.explain.engine import PlanReport
from indexadvisor.explain.execute import explained
from indexadvisor.explain.finding import Advice
from indexadvisor.lab.cluster import pg_dump_program
from indexadvisor.lab.lab import Lab
from indexadvisor.whatif.lab import LabCosts
from indexadvisor.whatif.open import open_costs
from tests.postgres.diagnosis_schema import ANALYZED, SCHEMA, finding, index

pytestmark = pytest.mark.postgres
MORE = """
CREATE TABLE notes (id int PRIMARY KEY, tags text[] NOT NULL, body text);
INSERT INTO notes SELECT i, ARRAY['t' || i % 3000, 'u' || i % 10], repeat('z', 100) FROM generate_series(1, 20000) i;
"""


@pytest.fixture(scope="module")
def server(cluster15):
    """A DSN of the shop with notes."""
    with psycopg.connect(cluster15.dsn(), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS diagnosis_lab WITH (FORCE)")
        admin.execute("CREATE DATABASE diagnosis_lab")
    dsn = cluster15.dsn("diagnosis_lab")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(SCHEMA.format(name="diagnosis_lab") + MORE)
        conn.execute(f"{ANALYZED}, notes")
    return dsn


@pytest.fixture(scope="module")
def snapshot(server):
    """A snapshot of it, as a file would hold it."""
    with Session(server) as session:
        return take(session, pg_dump_program())


@pytest.fixture(scope="module")
def lab(snapshot):
    """A lab with the snapshot."""
    with Lab.open(snapshot) as found:
        yield found


@pytest.fixture
def report(server):
    """Return the report of a plan that the server makes, with findings about the scans of relations."""

    def made(text, *about):
        with Session(server) as session:
            plan = read(explained(session, text), "test").plans[0]
        found = []
        for code, relation, *advice in about:
            node = next(node for node in plan.walk() if relation in (node.relation, node.node_type))
            found.append(finding(code, node.number, *advice))
        return PlanReport(plan, None, {}, tuple(found))

    return made


@pytest.fixture
def tried(report, lab, snapshot):
    """Try findings in the lab, with its session for settings."""

    def run(text, *about):
        costs = LabCosts(lab, snapshot)
        try:
            return try_advice(report(text, *about), text, snapshot.catalog, costs, session=lab.session)
        finally:
            costs.close()

    return run


def test_an_index_of_a_kind_that_only_the_lab_knows(tried):
    text = "SELECT id FROM notes WHERE tags @> ARRAY['t7']"
    (one,) = tried(text, ("EX01", "notes", Advice("index", "A GIN index on notes (tags) serves tags @>.", columns=("tags",)))).advice
    assert (one.outcome, [each.definition.method for each in one.indexes]) == ("taken", ["gin"])
    assert one.changes.after.indexes() == {one.indexes[0].name}
    assert one.cost_after < one.cost_before / 10


def test_the_source_says_what_it_is(tried):
    answer = tried("SELECT * FROM orders WHERE customer_id = 77", ("EX01", "orders", index("customer_id")))
    assert [one.outcome for one in answer.advice] == ["taken"]
    assert answer.source.kind == "lab"
    assert answer.same_plan


def test_another_version_is_named_where_the_plan_differs(tried, report, lab, snapshot):
    text = "SELECT * FROM orders WHERE customer_id = 77"
    other = "SELECT * FROM orders WHERE id = 77"
    costs = LabCosts(lab, snapshot)
    answer = try_advice(report(other), text, snapshot.catalog, costs)
    costs.close()
    assert answer.same_plan is False
    assert "the server is 15" in answer.differs


def test_an_index_that_the_planner_leaves(tried):
    (one,) = tried("SELECT * FROM orders WHERE day_no >= 5", ("EX01", "orders", index("day_no"))).advice
    assert (one.outcome, one.indexes) == ("withdrawn", ())


def test_a_partitioned_table(tried):
    (one,) = tried("SELECT * FROM readings WHERE sensor = 1234", ("EX01", "readings_1", index("sensor"))).advice
    assert (one.outcome, one.indexes[0].definition.table.name) == ("taken", "readings")
    assert one.changes.after.indexes() == {one.indexes[0].name}


def test_settings_are_tried_in_the_lab(tried):
    text = "SELECT * FROM orders ORDER BY total"
    more, wrong = (Advice("setting", "s", setting=pair) for pair in (("work_mem", "64MB"), ("shared_buffers", "1GB")))
    first, second = tried(text, ("EX41", "Sort", more), ("EX41", "Sort", wrong)).others
    assert (first.outcome, first.cost_after < first.cost_before) == ("taken", True)
    assert second.outcome == "untested"


def test_a_source_may_lend_its_session(report, lab, snapshot):
    class Lending(LabCosts):
        session = lab.session

    text = "SELECT * FROM orders ORDER BY total"
    about = ("EX41", "Sort", Advice("setting", "more", setting=("work_mem", "64MB")))
    outcomes = []
    for kind in (Lending, LabCosts):
        costs = kind(lab, snapshot)
        outcomes += [one.outcome for one in try_advice(report(text, about), text, snapshot.catalog, costs).others]
        costs.close()
    assert outcomes[0] == "taken"


def test_rewrites_are_planned_in_the_lab(tried):
    text = "SELECT id FROM orders o WHERE o.id NOT IN (SELECT order_id FROM payments)"
    (one,) = tried(text, ("EX27", "orders", Advice("rewrite", "NOT EXISTS"))).others
    assert one.sql == "SELECT id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM payments WHERE payments.order_id = o.id)"
    assert any("Anti" in (node.text("Join Type") or "") for node in one.changes.after.walk())


def test_hypopg_and_the_lab_together(report, server):
    gin = ("EX01", "notes", Advice("index", "A GIN index on notes (tags) serves tags @>.", columns=("tags",)))
    plain = ("EX01", "orders", index("customer_id"))
    with Session(server) as session:
        catalog = load(session)
        with open_costs("auto", server, session, catalog) as costs:
            answers = []
            by_tag, by_customer = "SELECT id FROM notes WHERE tags @> ARRAY['t7']", "SELECT * FROM orders WHERE customer_id = 7"
            for text, about in ((by_tag, gin), (by_customer, plain)):
                answers.append(try_advice(report(text, about), text, catalog, costs, session=session))
            left = session.rows("SELECT count(*) FROM hypopg()")
    assert [(answer.source.kind, answer.advice[0].outcome) for answer in answers] == [("lab", "taken"), ("hypopg", "taken")]
    assert left == [(0,)], "a session that was lent sees no hypothetical index any more"
