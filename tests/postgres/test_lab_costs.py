"""The lab against the server with the data, same version and statistics: every access method, exact switching, sizes near the truth."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.catalog.snapshot import take
from indexadvisor.db.connection import Session
from indexadvisor.errors import WhatIfError
from indexadvisor.explain.run import Explainer
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.lab.lab import Lab
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.lab import LabCosts
from indexadvisor.workload.model import Sample

pytestmark = pytest.mark.postgres
NONE = frozenset()
SCHEMA = """
CREATE EXTENSION pg_trgm;
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, slots int4range, home point) WITH (autovacuum_enabled = off);
INSERT INTO users SELECT i, 'User' || i || '@example.org', int4range(i, i + 5), point(i % 200, i / 200) FROM generate_series(1, 20000) i;
CREATE TABLE memories (id bigint PRIMARY KEY, user_id int, agent text, status text, created_at timestamptz, deleted_at timestamptz,
                       is_read bool, tags text[], doc jsonb, body text) WITH (autovacuum_enabled = off);
INSERT INTO memories
SELECT i, i % 500, 'agent' || i % 70, CASE WHEN i % 100 = 0 THEN 'open' ELSE 'done' END, timestamptz '2024-01-01' + i * interval '1 minute',
       CASE WHEN i % 20 <> 0 THEN timestamptz '2024-06-01' END, i % 50 <> 0, ARRAY['t' || i % 300, 'u' || i % 7],
       jsonb_build_object('kind', 'k' || i % 40, 'ref', i % 9000), 'word' || i % 1000 || ' and text number ' || i % 777
FROM generate_series(1, 50000) i;
CREATE TABLE p (id int, k int, at date) PARTITION BY RANGE (at);
CREATE TABLE p_old PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') WITH (autovacuum_enabled = off);
CREATE TABLE p_new PARTITION OF p FOR VALUES FROM ('2021-01-01') TO ('2023-01-01') WITH (autovacuum_enabled = off);
INSERT INTO p SELECT i, i % 1000, date '2020-01-01' + i % 700 FROM generate_series(1, 30000) i;
"""
USERS, MEMORIES = TableName("public", "users"), TableName("public", "memories")


def on(table, *keys, **more):
    return IndexDef(table, tuple(key if isinstance(key, IndexKey) else IndexKey(key) for key in keys), **more)


CASES = {
    "btree": (on(USERS, "email"), Sample("SELECT * FROM users WHERE email = $1", ("User77@example.org",))),
    "multi": (on(MEMORIES, "user_id", "agent"), Sample("SELECT * FROM memories WHERE user_id = $1 AND agent = $2", ("53", "agent3"))),
    "sorted": (
        on(MEMORIES, "agent", IndexKey("created_at", descending=True)),
        Sample("SELECT * FROM memories WHERE agent = 'agent3' ORDER BY created_at DESC LIMIT 5"),
    ),
    "include": (
        on(MEMORIES, "created_at", include=("user_id",)),
        Sample("SELECT sum(user_id) FROM memories WHERE created_at < timestamptz '2024-01-03'"),
    ),
    "partial": (
        on(MEMORIES, "user_id", predicate="deleted_at IS NULL"),
        Sample("SELECT id FROM memories WHERE user_id = 20 AND deleted_at IS NULL"),
    ),
    "expression": (on(USERS, IndexKey(expression="lower(email)")), Sample("SELECT * FROM users WHERE lower(email) = 'user9@example.org'")),
    "path": (on(MEMORIES, IndexKey(expression="doc ->> 'kind'")), Sample("SELECT * FROM memories WHERE doc ->> 'kind' = 'k7'")),
    "hash": (on(MEMORIES, "user_id", method="hash"), Sample("SELECT * FROM memories WHERE user_id = 7")),
    "brin": (on(MEMORIES, "created_at", method="brin"), Sample("SELECT * FROM memories WHERE created_at < timestamptz '2024-01-03'")),
    "arrays": (on(MEMORIES, "tags", method="gin"), Sample("SELECT * FROM memories WHERE tags @> ARRAY['t7']")),
    "jsonb": (on(MEMORIES, "doc", method="gin"), Sample("""SELECT * FROM memories WHERE doc @> '{"ref": 77}'""")),
    "jsonb_path": (
        on(MEMORIES, IndexKey("doc", operator_class="jsonb_path_ops"), method="gin"),
        Sample("""SELECT * FROM memories WHERE doc @> '{"ref": 77}'"""),
    ),
    "trigram": (
        on(MEMORIES, IndexKey("body", operator_class="gin_trgm_ops"), method="gin"),
        Sample("SELECT * FROM memories WHERE body LIKE '%word123 %'"),
    ),
    "words": (
        on(MEMORIES, IndexKey(expression="to_tsvector('english', body)"), method="gin"),
        Sample("SELECT * FROM memories WHERE to_tsvector('english', body) @@ to_tsquery('english', 'word123')"),
    ),
    "joined words": (
        on(MEMORIES, IndexKey(expression="to_tsvector('english', agent || ' ' || status)"), method="gin"),
        Sample("SELECT * FROM memories WHERE to_tsvector('english', agent || ' ' || status) @@ to_tsquery('english', 'agent5')"),
    ),
    "parts": (
        on(MEMORIES, IndexKey(expression="string_to_array(agent, 't')"), method="gin"),
        Sample("SELECT * FROM memories WHERE string_to_array(agent, 't') @> ARRAY['7']"),
    ),
    "joined": (on(MEMORIES, IndexKey(expression="agent || status")), Sample("SELECT * FROM memories WHERE agent || status = 'agent3done'")),
    "sum": (on(MEMORIES, IndexKey(expression="user_id + id")), Sample("SELECT * FROM memories WHERE user_id + id = 777")),
    "braces": (on(MEMORIES, IndexKey(expression="doc #>> '{kind}'")), Sample("SELECT * FROM memories WHERE doc #>> '{kind}' = 'k7'")),
    "gist": (on(USERS, "slots", method="gist"), Sample("SELECT * FROM users WHERE slots @> 77")),
    "nearest": (on(USERS, "home", method="gist"), Sample("SELECT * FROM users ORDER BY home <-> point '(1,1)' LIMIT 3")),
    "spgist": (on(USERS, "home", method="spgist"), Sample("SELECT * FROM users WHERE home <@ box '(3,3),(4,4)'")),
    "partitions": (on(TableName("public", "p"), "k"), Sample("SELECT * FROM p WHERE k = 77")),
}
SIZE = """
SELECT coalesce((SELECT sum(pg_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'real_one'::regclass),
                pg_relation_size('real_one'))
"""
POOL = frozenset(index for index, _ in CASES.values())
OFF = {"words": 0.65, "sum": 0.5}
"""Costs that may be further off than the rest: how common a word or a sum is that no sampled value shows, is an estimate by the others."""


@pytest.fixture(scope="module")
def server(cluster18):
    with psycopg.connect(cluster18.dsn(), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS lab_source WITH (FORCE)")
        admin.execute("CREATE DATABASE lab_source")
    dsn = cluster18.dsn("lab_source")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(SCHEMA)
        # ANALYZE reads every row of tables below 300 times the target, so that the statistics do not depend on a sample
        conn.execute("ALTER DATABASE lab_source SET default_statistics_target = 200")
        conn.execute("SET default_statistics_target = 200")
        conn.execute("VACUUM (ANALYZE)")
    return dsn


@pytest.fixture(scope="module")
def snapshot(server):
    with Session(server) as session:
        return take(session, embedded_bindir() / "pg_dump")


@pytest.fixture(scope="module")
def lab(snapshot):
    with Lab.open(snapshot) as lab:
        yield lab


@pytest.fixture
def costs(lab, snapshot):
    return LabCosts(lab, snapshot)


@pytest.fixture(scope="module")
def built(server, snapshot):
    """Cost, use and size with each index alone really built, its expression analysed, the column statistics as they were."""
    found = {}
    with psycopg.connect(server) as conn:
        for name, (index, sample) in CASES.items():
            conn.execute(create_index(index, "real_one", concurrently=False))
            if any(key.expression for key in index.keys):
                conn.execute("ANALYZE users, memories")
            explain = f"EXPLAIN (FORMAT JSON) {sample.text}".replace("$1", "%s").replace("$2", "%s")
            plan = conn.execute(explain, sample.parameters).fetchone()[0]
            size = conn.execute(SIZE).fetchone()[0]
            text = str(plan)
            found[name] = (plan[0]["Plan"]["Total Cost"], "real_one" in text or "p_old_k_idx" in text, int(size))
            conn.rollback()
    return found


def test_without_candidates_every_cost_is_the_servers(server, costs):
    with Session(server) as session:
        explainer = Explainer(session)
        for _, sample in CASES.values():
            assert costs.cost(sample, NONE).total_cost == pytest.approx(explainer.explain(sample).total_cost, rel=0.001)


def test_no_index_is_refused(costs):
    assert costs.prepare(POOL) == {}


@pytest.mark.parametrize("name", CASES)
def test_one_index_costs_what_it_costs_when_built(costs, built, name):
    index, sample = CASES[name]
    costs.prepare([index])
    real, used, size = built[name]
    answer = costs.cost(sample, frozenset({index}))
    assert bool(answer.used) is used
    assert answer.total_cost == pytest.approx(real, rel=OFF.get(name, 0.1))
    # the size models have tests of their own; these columns depend on each other as no statistics say
    assert size / 4 < costs.size_bytes(index) < size * 4


@pytest.mark.parametrize("name", CASES)
def test_an_index_helps_its_query_and_is_gone_when_switched_off(costs, built, name):
    index, sample = CASES[name]
    costs.prepare([index])
    before = costs.cost(sample, NONE)
    with_it = costs.cost(sample, frozenset({index}))
    after = costs.cost(sample, NONE)
    assert (with_it.total_cost < before.total_cost) is built[name][1]
    assert after.total_cost == before.total_cost
    assert after.used == NONE


def test_all_at_once_bounds_each_alone(costs):
    costs.prepare(POOL)
    for index, sample in CASES.values():
        together = costs.cost(sample, POOL)
        assert together.total_cost <= costs.cost(sample, frozenset({index})).total_cost * 1.0001
        assert together.used <= POOL
        assert costs.cost(sample, together.used).total_cost == pytest.approx(together.total_cost, rel=0.01)


def test_the_cache_in_front_answers_the_same(costs):
    cached = CachedCosts(costs)
    cached.prepare(POOL)
    for _, sample in CASES.values():
        everything = cached.cost(sample, POOL)
        assert cached.cost(sample, everything.used).total_cost == everything.total_cost
    everything = cached.cost(CASES["btree"][1], POOL)
    hits = cached.effort.cache_hits
    assert cached.cost(CASES["btree"][1], POOL).total_cost == everything.total_cost
    assert cached.effort.cache_hits == hits + 1


def test_thousands_of_indexes_come_at_once(lab, costs, snapshot):
    columns = [column.name for column in snapshot.catalog.by_name[MEMORIES].columns if column.name not in ("doc", "tags")]
    many = [on(MEMORIES, a, b, c, include=()) for a in columns for b in columns for c in columns if len({a, b, c}) == 3]
    assert costs.prepare(many) == {}
    sample = CASES["multi"][1]
    best = costs.cost(sample, frozenset(many))
    assert best.used
    assert best.total_cost < costs.cost(sample, NONE).total_cost


def test_refusals_name_their_reason_and_cost_nothing_else(costs):
    no_class = on(USERS, "slots", method="gin")
    unknown = on(TableName("public", "nowhere"), "a")
    hostile = on(USERS, IndexKey(expression="id); DROP TABLE users; --"))
    fine = on(USERS, "email", "id")
    refused = costs.prepare([no_class, unknown, hostile, fine])
    assert refused.keys() == {no_class, unknown, hostile}
    assert "gin" in refused[no_class]
    assert "could not be loaded" in refused[unknown]
    with pytest.raises(WhatIfError):
        costs.cost(CASES["btree"][1], frozenset({no_class}))


def test_derived_statistics_are_said_to_be_assumed(costs):
    index = CASES["expression"][0]
    several, unknown = on(MEMORIES, IndexKey(expression="agent || status")), on(USERS, IndexKey(expression="lower(slots)"))
    costs.prepare([index, on(USERS, "id", "email"), several, unknown])
    assert "derived from sampled values of its column" in costs.caveat(index)
    assert costs.caveat(on(USERS, "id", "email")) is None
    assert "of its columns, taken as independent" in costs.caveat(several)
    assert "no statistics" in costs.caveat(unknown)


def test_the_source_says_what_it_is(costs, snapshot):
    assert costs.info.kind == "lab"
    assert costs.info.server_version.startswith("18")
    assert snapshot.catalog.server.version in costs.info.description


def test_planner_settings_of_the_source_hold(server, run_sql):
    run_sql(server, "ALTER DATABASE lab_source SET random_page_cost = 1.1; ALTER DATABASE lab_source SET enable_hashjoin = off")
    try:
        with Session(server) as session:
            taken = take(session, embedded_bindir() / "pg_dump")
    finally:
        run_sql(server, "ALTER DATABASE lab_source RESET ALL")
    odd = replace(taken.catalog, settings={**taken.catalog.settings, "enable_magic": "on"})
    with Lab.open(replace(taken, catalog=odd)) as lab:
        assert lab.session.rows("SHOW random_page_cost") == [("1.1",)]
        assert lab.session.rows("SHOW enable_hashjoin") == [("off",)]
        assert [skipped.subject for skipped in lab.skipped] == ["setting enable_magic = on"]


