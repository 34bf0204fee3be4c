"""HypoPG on PostgreSQL 15 and the lab on 18 as one source: what each judges, what they fall back to, and the choice put to the server."""

from __future__ import annotations

import psycopg
import pytest

from indexadvisor.capture.sql_file import SqlFileSource
from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import IndexDef, IndexKey
from indexadvisor.catalog.snapshot import take
from indexadvisor.db.connection import Session
from indexadvisor.errors import CapabilityMissing
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.pipeline import advise
from indexadvisor.whatif.hypopg import HypopgCosts
from indexadvisor.whatif.interface import Reading
from indexadvisor.whatif.joined import JoinedCosts
from indexadvisor.whatif.open import open_costs, open_lab, open_verifier
from indexadvisor.workload.group import group
from indexadvisor.workload.model import Sample
from tests.postgres.whatif_schema import AGENT_NEWEST, ANALYZED, BY_EMAIL, LIVE, LOWER_EMAIL, SCHEMA, TAGS, USER_AGENT

pytestmark = pytest.mark.postgres
NONE = frozenset()
BY_USER = IndexDef(TAGS.table, (IndexKey("user_id"),))
MORE = """
CREATE EXTENSION pg_trgm;
CREATE EXTENSION hypopg;
CREATE TABLE notes (id int PRIMARY KEY, author int, body text);
INSERT INTO notes SELECT i, i % 3000, 'word' || i % 9000 || ' and text number ' || i FROM generate_series(1, 30000) i;
"""
QUERIES = """
-- calls: 100
SELECT * FROM users WHERE email = 'User77@example.org';
-- calls: 50
SELECT id FROM memories WHERE tags @> ARRAY['t7'];
-- calls: 80
SELECT * FROM memories WHERE user_id = 53 AND agent = 'agent3';
-- calls: 20
SELECT id FROM notes WHERE body LIKE '%word123 %';
-- calls: 60
SELECT id, body FROM notes WHERE author = 77;
"""


@pytest.fixture(scope="module")
def server(cluster15):
    """A DSN of the tables on PostgreSQL 15 with HypoPG, which no test changes."""
    with psycopg.connect(cluster15.dsn(), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS joined WITH (FORCE)")
        admin.execute("CREATE DATABASE joined")
        # ANALYZE reads every row of tables below 300 times the target, so that the statistics do not depend on a sample
        admin.execute("ALTER DATABASE joined SET default_statistics_target = 200")
    dsn = cluster15.dsn("joined")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(SCHEMA + MORE)
        conn.execute(ANALYZED + ", notes")
    return dsn


@pytest.fixture(scope="module")
def lab(server):
    """A lab that outlives each test's source, as it takes a second to start."""
    with Session(server) as session:
        lab = open_lab(take(session, embedded_bindir() / "pg_dump"))
    try:
        yield lab
    finally:
        lab.close()


class Recorded(JoinedCosts):
    """Keeps which sources answered for each sample, and leaves the lab running."""

    answered: dict

    def cost(self, sample, indexes):
        answer = super().cost(sample, indexes)
        self.answered.setdefault(sample, set()).add(answer.source.kind)
        return answer

    def close(self):
        self._live.close()


@pytest.fixture
def joined(server, lab):
    with Session(server) as session:
        catalog = load(session)
        source = Recorded(HypopgCosts(session, catalog).open(), catalog, lambda: lab)
        source.answered = {}
        yield source
        source.close()


def about(subject, relations, *tables):
    return Reading(subject, frozenset(tables), relations)


def test_gin_and_trigram_are_recommended_beside_b_trees_and_no_statement_has_two_sources(joined, server, tmp_path):
    path = tmp_path / "queries.sql"
    path.write_text(QUERIES)
    with Session(server) as session:
        catalog = load(session)
    verifier = open_verifier(server, catalog)
    try:
        made = advise(group(SqlFileSource([str(path)])), catalog, joined, verifier=verifier)
    finally:
        verifier.close()
    found = [item.definition for item in made.recommendations]
    for wanted in ("memories gin (tags)", "gin_trgm_ops", "users btree (email", "memories btree (", "notes btree (author"):
        assert any(wanted in definition for definition in found), found
    assert all(len(kinds) == 1 for kinds in joined.answered.values())
    by_text = {sample.text: kinds for sample, kinds in joined.answered.items()}
    assert by_text["SELECT * FROM users WHERE email = 'User77@example.org'"] == {"hypopg"}
    assert by_text["SELECT id FROM memories WHERE tags @> ARRAY['t7']"] == {"lab"}
    assert by_text["SELECT * FROM memories WHERE user_id = 53 AND agent = 'agent3'"] == {"lab"}, "its table has a candidate for the lab"
    assert made.server.cost_source == "hypopg+lab"
    assert made.server.cost_source_version.startswith("15.")
    assert "PostgreSQL 15." in made.server.cost_description
    assert "PostgreSQL 18." in made.server.cost_description
    assert made.not_costed == ()
    checked = made.verification
    assert checked.indexes == checked.of_indexes - sum(item.access_method == "gin" for item in made.recommendations)
    assert len(checked.queries) == 3
    assert checked.doubtful == ()
    assert checked.cost_after < checked.cost_before / 10
    assert checked.cost_before == pytest.approx(checked.estimated_before, rel=0.01)
    assert len([item for item in checked.unverified if item.subject.startswith("query ")]) == 2


def test_a_statement_that_the_lab_cannot_plan_falls_back_to_hypopg(joined):
    # the lab has no function of an extension that it lacks
    sample = Sample("SELECT id FROM memories WHERE tags @> ARRAY['t7'] AND user_id = 7 AND EXISTS (SELECT FROM hypopg_list_indexes)")
    joined.route_by({sample: about("query f1", 1, TAGS.table)}.get)
    assert joined.prepare([TAGS, USER_AGENT]) == {}
    before = joined.cost(sample, NONE)
    after = joined.cost(sample, frozenset({TAGS, USER_AGENT}))
    assert (before.source.kind, after.source.kind) == ("hypopg", "hypopg")
    assert after.used == {USER_AGENT}
    assert after.total_cost < before.total_cost
    (said,) = [item for item in joined.skipped if item.subject == "query f1"]
    assert "the lab cannot plan it" in said.reason
    assert str(TAGS) in said.reason


def test_expressions_and_partial_indexes_in_joins_are_the_labs(joined, server):
    lower = Sample("SELECT * FROM users WHERE lower(email) = 'user9@example.org'")
    # the partial index's table comes second, where HypoPG shows it to nobody
    join = "SELECT m.id FROM users u JOIN memories m ON m.user_id = u.id WHERE email = $1 AND deleted_at IS NULL"
    second = Sample(join, ("User9@example.org",))
    alone = Sample("SELECT id FROM memories WHERE user_id = 5 AND deleted_at IS NULL ORDER BY created_at")
    newest = Sample("SELECT * FROM memories WHERE agent = 'agent3' ORDER BY created_at DESC LIMIT 50")
    joined.route_by({
        lower: about("query 1", 1, BY_EMAIL.table), second: about("query 2", 2, BY_EMAIL.table, LIVE.table),
        alone: about("query 3", 1, LIVE.table), newest: about("query 4", 1, LIVE.table),
    }.get)  # fmt: skip
    joined.prepare([LOWER_EMAIL, LIVE, AGENT_NEWEST])
    assert joined.cost(lower, frozenset({LOWER_EMAIL})).total_cost < 20
    assert joined.cost(second, frozenset({LIVE})).used == {LIVE}
    assert joined.cost(alone, frozenset({LIVE})).used == {LIVE}
    assert joined.cost(newest, frozenset({AGENT_NEWEST, LIVE})).used == {AGENT_NEWEST}
    assert {sample: next(iter(kinds)) for sample, kinds in joined.answered.items()} == {
        lower: "lab", second: "lab", alone: "hypopg", newest: "hypopg",
    }  # fmt: skip
    with Session(server) as session, HypopgCosts(session, load(session)) as hypopg:
        hypopg.prepare([LOWER_EMAIL, LIVE])
        assert hypopg.cost(lower, frozenset({LOWER_EMAIL})).total_cost > 100
        assert hypopg.cost(second, frozenset({LIVE})).used == NONE


@pytest.mark.parametrize("needs_lab", [False, True])
def test_sizes_are_near_those_of_real_builds_with_and_without_a_lab(joined, server, needs_lab):
    joined.prepare([BY_EMAIL, BY_USER, *([TAGS] if needs_lab else [])])
    assert joined.info.kind == ("hypopg+lab" if needs_lab else "hypopg")
    with psycopg.connect(server) as conn:
        for index in (BY_EMAIL, BY_USER):
            conn.execute(create_index(index, "real_one", concurrently=False))
            real = conn.execute("SELECT pg_relation_size('real_one')").fetchone()[0]
            conn.rollback()
            assert joined.size_bytes(index) == pytest.approx(real, rel=0.25)
        # many rows to a key, which HypoPG does not reckon with
        joined._live.prepare([BY_USER])
        assert joined._live.size_bytes(BY_USER) > 2 * real


def test_without_postgresql_18_auto_is_hypopg_alone_and_says_so(server, tmp_path):
    with Session(server) as session:
        source = open_costs("auto", server, session, load(session), bindir=tmp_path)
        try:
            refused = source.prepare([TAGS, BY_EMAIL])
            assert list(refused) == [TAGS]
            assert "HypoPG cannot create gin indexes; the lab could not be started" in refused[TAGS]
            assert source.cost(Sample("SELECT * FROM users WHERE email = 'User7@example.org'"), frozenset({BY_EMAIL})).used == {BY_EMAIL}
            assert source.info.kind == "hypopg"
            assert any(item.subject == "lab" and "HypoPG answers alone" in item.reason for item in source.skipped)
        finally:
            source.close()


def test_a_server_without_hypopg_cannot_verify(db18):
    with Session(db18) as session:
        catalog = load(session)
    with pytest.raises(CapabilityMissing):
        open_verifier(db18, catalog)
