"""Several labs of one snapshot on one server: they answer alike, side by side, and leave nothing behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.catalog.snapshot import take
from indexadvisor.db.connection import Session
from indexadvisor.errors import LabError, StatementFailed
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.lab.lab import Lab
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.lab import LabCosts
from indexadvisor.whatif.pool import open_pool
from indexadvisor.workload.model import Sample

pytestmark = pytest.mark.postgres
NONE = frozenset()
SCHEMA = """
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text, placed_at timestamptz, note text);
INSERT INTO orders SELECT i, i % 900, 's' || i % 7, timestamptz '2024-01-01' + i * interval '1 minute', 'note ' || i
  FROM generate_series(1, 30000) i;
CREATE INDEX orders_placed ON orders (placed_at);
CREATE TABLE tenants (id int PRIMARY KEY, owner text);
INSERT INTO tenants SELECT i, 'o' || i % 300 FROM generate_series(1, 9000) i;
CREATE STATISTICS pair (dependencies, ndistinct) ON customer_id, status FROM orders;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants USING (owner = 'o7');
"""
ORDERS, TENANTS = TableName("public", "orders"), TableName("public", "tenants")


def on(table, *keys, **more):
    return IndexDef(table, tuple(key if isinstance(key, IndexKey) else IndexKey(key) for key in keys), **more)


POOL = [
    on(ORDERS, "customer_id"), on(ORDERS, "customer_id", "status"), on(ORDERS, "status", "placed_at"),
    on(ORDERS, IndexKey(expression="lower(note)")),
    on(ORDERS, "placed_at", method="brin"), on(ORDERS, "customer_id", method="hash"), on(TENANTS, "owner"),
    on(ORDERS, "customer_id", predicate="status = 's3'"), on(ORDERS, "note", method="gin"),
]  # fmt: skip
SAMPLES = [
    *(Sample(f"SELECT * FROM orders WHERE customer_id = {number}") for number in range(20)),
    *(Sample("SELECT id FROM orders WHERE customer_id = $1 AND status = $2", (str(number), "s3")) for number in range(20)),
    Sample("SELECT * FROM orders WHERE lower(note) = 'note 77'"),
    Sample("SELECT * FROM tenants", user="app"), Sample("SELECT * FROM tenants"),
    Sample("SELECT * FROM orders WHERE placed_at < '2024-01-02'"),
    Sample("SELECT status, max(placed_at) FROM orders GROUP BY status"), Sample("SELECT * FROM nowhere"),
    *(Sample("SELECT * FROM tenants WHERE id < 700", user=f"user {number}") for number in range(9)),
]  # fmt: skip


@pytest.fixture
def snapshot(db18, run_sql):
    run_sql(db18, SCHEMA)
    run_sql(db18, "VACUUM (ANALYZE) orders")
    run_sql(db18, "VACUUM (ANALYZE) tenants")
    with Session(db18) as session:
        return take(session, embedded_bindir() / "pg_dump")


def answers(costs, sample):
    """Everything that is asked about one statement: cost, plan and used indexes, or the refusal."""
    found = []
    for wanted in (NONE, frozenset(POOL[:8]), frozenset(POOL[1:7]), frozenset(POOL[:1])):
        try:
            answer = costs.cost(sample, wanted)
        except StatementFailed as error:
            found.append(str(error))
        else:
            found.append((answer.total_cost, answer.used, answer.plan.root))
    return found


def test_three_labs_answer_as_one_does(snapshot):
    with Lab.open(snapshot) as lab, LabCosts(lab, snapshot) as alone:
        refused = alone.prepare(POOL)
        expected = [answers(alone, sample) for sample in SAMPLES]
        sizes = [alone.size_bytes(index) for index in POOL]
        caveats, said, explains = [alone.caveat(index) for index in POOL], set(alone.skipped), alone.effort.explains
    with open_pool(snapshot, 3) as pool:
        assert pool.jobs == CachedCosts(pool).jobs == 3
        assert pool.prepare(POOL) == refused
        assert refused.keys() == {POOL[-1]}
        with ThreadPoolExecutor(6) as threads:
            assert list(threads.map(lambda sample: answers(pool, sample), SAMPLES)) == expected
        assert [pool.size_bytes(index) for index in POOL] == sizes
        assert [pool.caveat(index) for index in POOL] == caveats
        assert set(pool.skipped) == said
        # the first question about a table with row security is asked twice: as ourselves, then as the role
        assert explains <= pool.effort.explains <= explains + 2 * 10
    assert any("nowhere" in each[0] for each in expected if isinstance(each[0], str))


def test_one_lab_sees_nothing_of_what_another_has_enabled(snapshot):
    query = SAMPLES[0]
    index = POOL[0]
    labs = Lab.open_several(snapshot, 2)
    with labs[0], labs[1]:
        one, two = (LabCosts(lab, snapshot) for lab in labs)
        one.prepare([index])
        two.prepare([index])
        assert one.cost(query, frozenset({index})).used == {index}
        assert two.cost(query, NONE).used == NONE
        assert "indexadvisor_lab" not in str(two.cost(query, NONE).plan.root)
        # what one switched is still on when the other has answered
        assert one.cost(query, frozenset({index})).used == {index}


def test_all_go_with_the_last(snapshot):
    labs = Lab.open_several(snapshot, 2)
    directory = labs[0]._server.cluster.directory
    labs[0].close()
    assert directory.exists()
    assert labs[1].session.rows("SELECT 1") == [(1,)]
    labs[1].close()
    labs[1].close()
    assert not directory.exists()


def test_a_pool_that_cannot_open_leaves_nothing(snapshot, monkeypatch):
    opened = []

    def fail(self, name):
        opened.append(self._server.cluster.directory)
        assert opened[-1].exists()
        raise LabError("no more")

    monkeypatch.setattr(Lab, "connect", fail)
    with pytest.raises(LabError, match="no more"):
        open_pool(snapshot, 2)
    assert not opened[0].exists()
