"""Drops on real servers: what is offered is accepted by the server, what is protected stays, and undo brings back the same index."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.db.connection import Session
from indexadvisor.selection.drops import droppable
from indexadvisor.usage.model import UsageGraph
from indexadvisor.workload.model import Workload

SCHEMA = """
CREATE TABLE customer (id int PRIMARY KEY, code text NOT NULL, region int);
CREATE UNIQUE INDEX customer_code ON customer (code);
CREATE TABLE "Order" (id bigint PRIMARY KEY, customer_id int REFERENCES customer, code text REFERENCES customer (code),
    status text, at timestamptz, tags text[], n int NOT NULL, EXCLUDE USING gist (box(point(n, n), point(n, n)) WITH &&));
CREATE INDEX "By customer" ON "Order" (customer_id);
CREATE INDEX by_code ON "Order" (code);
CREATE INDEX by_code_too ON "Order" (code);
CREATE INDEX by_status ON "Order" (status) WITH (fillfactor = 70);
CREATE INDEX lower_status ON "Order" (lower(status) text_pattern_ops, (n * 2)) WHERE at IS NOT NULL AND status <> 'a;b';
CREATE INDEX by_tags ON "Order" USING gin (tags);
CREATE UNIQUE INDEX identity ON "Order" (n);
ALTER TABLE "Order" REPLICA IDENTITY USING INDEX identity;
CREATE INDEX by_at ON "Order" (at);
ALTER TABLE "Order" CLUSTER ON by_at;
CREATE TABLE event (id int, at date, kind text) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE INDEX event_kind ON event (kind);
CREATE INDEX event_1_own ON event_1 (id);
INSERT INTO customer SELECT g, g::text, g % 5 FROM generate_series(1, 100) g;
INSERT INTO "Order" SELECT g, 1 + g % 100, (1 + g % 100)::text, 's' || g % 9, now(), '{a}', g FROM generate_series(1, 2000) g;
INSERT INTO event SELECT g, '2026-01-05', 'k' FROM generate_series(1, 50) g;
"""
SCANNED = """
SELECT count(*) FROM event;
SET enable_seqscan = off;
SET enable_sort = off;
SELECT count(at) FROM "Order" WHERE status = 's1';
CREATE INDEX by_status_at ON "Order" (status, at DESC NULLS LAST) INCLUDE (n);
SELECT at FROM "Order" WHERE status = 's1' ORDER BY at DESC NULLS LAST;
"""
ORDER = TableName("public", "Order")


@pytest.fixture(params=["db15", "db18"])
def shop(request, run_sql):
    dsn = request.getfixturevalue(request.param)
    run_sql(dsn, SCHEMA)
    # a build that fails leaves an invalid index behind
    with pytest.raises(psycopg.errors.DivisionByZero):
        run_sql(dsn, 'CREATE INDEX CONCURRENTLY failed ON "Order" ((1 / (n - 5)))')
    run_sql(dsn, SCANNED)
    run_sql(dsn, "VACUUM ANALYZE")
    return dsn


def surveyed(dsn, chosen=()):
    with Session(dsn) as session:
        catalog = load(session)
    # all counters of a test's server are minutes old
    assert catalog.read_at - catalog.server.oldest_counters < timedelta(hours=12)
    catalog = replace(catalog, server=replace(catalog.server, oldest_counters=None))
    drops, skipped = droppable(catalog, UsageGraph(()), Workload(()), chosen)
    return catalog, {drop.index.name: drop for drop in drops}, {item.subject.removeprefix("index "): item.reason for item in skipped}


def definitions(dsn):
    with psycopg.connect(dsn) as conn:
        return dict(conn.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'").fetchall())


def test_what_goes_and_what_stays(shop):
    _, drops, skipped = surveyed(shop)
    assert {name: drop.kinds for name, drop in drops.items()} == {
        "failed": ("invalid",),
        "by_code": ("unused", "duplicate"),  # the other one is left for the foreign key
        "lower_status": ("unused",),
        "by_tags": ("unused",),
        "event_kind": ("unused",),
        "event_1_own": ("unused",),
        "by_status": ("prefix",),
    }
    # each INSERT into "Order" has looked a code up in customer_code
    assert set(skipped) == {"By customer", "by_code_too", "by_at", "identity"}
    assert "foreign key Order_customer_id_fkey" in skipped["By customer"]
    assert "replica identity" in skipped["identity"]
    assert "CLUSTER" in skipped["by_at"]


def test_the_last_scan_is_known_from_16_on(shop):
    catalog, _, _ = surveyed(shop)
    scanned = [index for index in catalog.indexes if index.name in ("by_status", "by_status_at")]
    assert [bool(index.scans) for index in scanned] == [True, True]
    assert all((index.last_scan is not None) == (catalog.server.major >= 16) for index in scanned)
    assert all(index.last_scan is None for index in catalog.indexes if not index.scans)


def test_the_server_accepts_each_drop_and_undo_brings_the_same_back(shop):
    _, drops, _ = surveyed(shop)
    before = definitions(shop)
    for drop in drops.values():
        with psycopg.connect(shop, autocommit=True) as conn:
            conn.execute(drop.ddl.encode())
    assert set(before) - set(definitions(shop)) == {*drops, "event_1_kind_idx"}
    for name, drop in drops.items():
        for statement in drop.undo_ddl if name != "failed" else ():
            with psycopg.connect(shop, autocommit=True) as conn:
                conn.execute(statement.encode())
    after = definitions(shop)
    assert {name: after[name] for name in drops if name != "failed"} == {name: before[name] for name in drops if name != "failed"}
    with psycopg.connect(shop) as conn:
        assert conn.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid").fetchone() == (0,)


def test_counters_just_reset_call_nothing_unused(shop, run_sql):
    run_sql(shop, "SELECT pg_stat_reset()")
    _, drops, skipped = surveyed(shop)
    assert {name for name, drop in drops.items() if "unused" in drop.kinds} == set()
    assert "only run since" in skipped["by_tags"]


def test_a_proposal_replaces_the_foreign_keys_index(shop):
    proposed = IndexDef(ORDER, (IndexKey("customer_id"), IndexKey("at")))
    _, drops, _ = surveyed(shop, [proposed])
    assert drops["By customer"].ddl == 'DROP INDEX CONCURRENTLY public."By customer"'
    assert (drops["By customer"].kinds, drops["By customer"].after) == (("unused",), True)
