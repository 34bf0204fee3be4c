"""A database that does not sort by bytes: a plain B-tree serves no LIKE 'prefix%' there, and none in the lab."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.catalog.snapshot import take
from indexadvisor.db.connection import Session
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.lab.lab import Lab
from indexadvisor.whatif.lab import LabCosts
from indexadvisor.workload.model import Sample

pytestmark = pytest.mark.postgres
TABLE = TableName("public", "people")
PLAIN = IndexDef(TABLE, (IndexKey("name"),))
PATTERN = IndexDef(TABLE, (IndexKey("name", operator_class="text_pattern_ops"),))
PREFIX = Sample("SELECT * FROM people WHERE name LIKE 'na12%'")
EQUAL = Sample("SELECT * FROM people WHERE name = 'na1234'")
ORDER = Sample("SELECT * FROM people ORDER BY name LIMIT 5")
RANGE = Sample("SELECT * FROM people WHERE name > 'na50' AND name < 'na51'")
SORTS_BY_BYTES = {"builtin": True, "libc C": True, "libc C.UTF-8": False, "icu": False}


@pytest.fixture(params=sorted(SORTS_BY_BYTES))
def people(request, cluster15, cluster18):
    """A database with that collation: its DSN, whether it sorts by bytes, and the costs there with each index alone."""
    name = "people_" + request.param.replace(" ", "_").replace(".", "_").replace("-", "_").lower()
    # the embedded server is built without ICU, that of 15 knows no builtin provider
    cluster = cluster15 if request.param == "icu" else cluster18
    locale = {
        "builtin": "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C' LOCALE 'C'",
        "icu": "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'",
    }.get(request.param, f"LOCALE_PROVIDER libc LOCALE '{request.param.removeprefix('libc ')}'")
    with psycopg.connect(cluster.dsn(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {locale}")
    dsn = cluster.dsn(name)
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("CREATE TABLE people (id int, name text) WITH (autovacuum_enabled = off)")
        conn.execute("INSERT INTO people SELECT i, 'na' || i FROM generate_series(1, 20000) AS i")
        conn.execute("SET default_statistics_target = 100")
        conn.execute("VACUUM (ANALYZE) people")
    yield dsn, SORTS_BY_BYTES[request.param]
    with psycopg.connect(cluster.dsn(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def uses(dsn, operator_class, text):
    """Whether the server uses a really built index for a statement, and the cost."""
    with psycopg.connect(dsn) as conn:
        conn.execute(f"CREATE INDEX real_one ON people (name {operator_class})")
        plan = conn.execute(f"EXPLAIN (FORMAT JSON) {text}").fetchone()[0]
        conn.rollback()
    return "real_one" in str(plan), plan[0]["Plan"]["Total Cost"]


def test_the_lab_uses_an_index_where_the_server_does(people):
    dsn, bytewise = people
    with Session(dsn) as session:
        snapshot = take(session, embedded_bindir() / "pg_dump")
    assert snapshot.catalog.server.bytewise is bytewise
    with Lab.open(snapshot) as lab, LabCosts(lab, snapshot) as costs:
        costs.prepare([PLAIN, PATTERN])
        for index, operator_class in ((PLAIN, ""), (PATTERN, "text_pattern_ops")):
            for sample in (PREFIX, EQUAL, ORDER, RANGE):
                used, cost = uses(dsn, operator_class, sample.text)
                answer = costs.cost(sample, frozenset({index}))
                assert bool(answer.used) is used, (index, sample.text)
                assert answer.total_cost == pytest.approx(cost, rel=0.05), (index, sample.text)
        assert bool(costs.cost(PREFIX, frozenset({PLAIN})).used) is bytewise
        assert costs.cost(PREFIX, frozenset({PATTERN})).used


@pytest.mark.parametrize("people", ["libc C.UTF-8"], indirect=True)
def test_a_collation_that_is_not_here_is_said_and_still_serves_no_prefix(people):
    dsn, _ = people
    with Session(dsn) as session:
        snapshot = take(session, embedded_bindir() / "pg_dump")
    server = replace(snapshot.catalog.server, collation="xx_YY'.UTF-8", bytewise=False)
    catalog = replace(snapshot.catalog, server=server)
    elsewhere = replace(snapshot, catalog=catalog)
    with Lab.open(elsewhere) as lab, LabCosts(lab, elsewhere) as costs:
        assert [each.subject for each in lab.skipped] == ["collation xx_YY'.UTF-8"]
        costs.prepare([PLAIN, PATTERN])
        assert not costs.cost(PREFIX, frozenset({PLAIN})).used
        assert costs.cost(PREFIX, frozenset({PATTERN})).used
        assert costs.cost(EQUAL, frozenset({PLAIN})).used
