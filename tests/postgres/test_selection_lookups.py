"""The price of repeated look-ups against the planner itself: told the right number of them, it charges what we say it leaves out."""

from __future__ import annotations

import psycopg
import pytest

from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.db.connection import Session
from indexadvisor.explain.run import Explainer
from indexadvisor.selection.lookups import underpriced
from indexadvisor.workload.model import Sample

pytestmark = pytest.mark.postgres
BY_SUPPLIER = IndexDef(TableName("public", "item"), (IndexKey("supplier_id"),))
# ANALYZE reads every row: 300 times the target is more than there are
SCHEMA = """
CREATE TABLE nation (id int PRIMARY KEY, name text) WITH (autovacuum_enabled = off);
INSERT INTO nation SELECT i, 'n' || i FROM generate_series(1, 50) i;
CREATE TABLE supplier (id int PRIMARY KEY, nation_id int) WITH (autovacuum_enabled = off);
INSERT INTO supplier SELECT i, 1 + i % 50 FROM generate_series(1, 2000) i;
CREATE TABLE item (id int PRIMARY KEY, supplier_id int, note text) WITH (autovacuum_enabled = off);
INSERT INTO item SELECT i, 1 + i % 2000, repeat('x', 90) FROM generate_series(1, 80000) i ORDER BY md5(i::text);
CREATE INDEX item_supplier ON item (supplier_id);
SET default_statistics_target = 1000;
VACUUM ANALYZE;
"""
ONE_NATION = "SELECT sum(length(note)) FROM nation JOIN supplier ON nation_id = nation.id JOIN item ON supplier_id = supplier.id"
BEHIND_A_JOIN = f"{ONE_NATION} WHERE nation.name = 'n7'"
BY_ITSELF = "SELECT sum(length(note)) FROM supplier JOIN item ON supplier_id = supplier.id WHERE nation_id = 8"


@pytest.mark.parametrize("cache", ["4GB", "6MB"])
@pytest.mark.parametrize(("kind", "off"), [("Bitmap Heap Scan", "enable_indexscan"), ("Index Scan", "enable_bitmapscan")])
@pytest.mark.parametrize("db", ["db15", "db18"])
def test_the_planner_charges_it_where_it_knows_the_number_of_look_ups(db, kind, off, cache, request):
    dsn = request.getfixturevalue(db)
    with psycopg.connect(dsn, autocommit=True) as conn:
        for statement in SCHEMA.split(";"):
            if statement.strip():
                conn.execute(statement.encode())
    with Session(dsn) as session:
        session.rows(f"SET effective_cache_size = '{cache}'")
        catalog = load(session)
        for name in (off, "enable_hashjoin", "enable_mergejoin", "enable_memoize"):
            session.rows(f"SET {name} = off")
        session.rows("SET max_parallel_workers_per_gather = 0")
        joined, alone = (Explainer(session).explain(Sample(text)) for text in (BEHIND_A_JOIN, BY_ITSELF))
    look = underpriced(joined, frozenset({"item_supplier"}), BY_SUPPLIER, catalog)
    assert (look.number, look.priced_as) == (40, 2000)
    cheap, right = (next(node.total_cost for node in plan.walk() if node.relation == "item") for plan in (joined, alone))
    assert {node.node_type for plan in (joined, alone) for node in plan.walk() if node.relation == "item"} == {kind}
    assert right > (2 if cache == "4GB" else 1.2) * cheap
    # the planner gives the index a part of a small cache, too
    assert cheap + look.extra / look.number == pytest.approx(right, rel=0.05 if cache == "4GB" else 0.1)
    assert underpriced(alone, frozenset({"item_supplier"}), BY_SUPPLIER, catalog) is None
