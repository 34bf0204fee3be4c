"""The trial on a real server: every access method, true sizes, exact switching, and not a trace afterwards."""

from __future__ import annotations

import os
import signal
import threading

import psycopg
import pytest

from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.db.compose import SQL
from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed, WhatIfError
from indexadvisor.explain.run import explain
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.open import open_costs
from indexadvisor.workload.model import Sample
from tests.postgres.whatif_schema import (
    AGENT_NEWEST,
    ANALYZED,
    BY_EMAIL,
    COVERING,
    CREATED_BRIN,
    LIVE,
    LOWER_EMAIL,
    NOT_READ,
    P_K,
    QUERIES,
    SCHEMA,
    SLOTS,
    STATUS_HASH,
    TAGS,
    USER_AGENT,
)  # fmt: skip

pytestmark = pytest.mark.postgres
NONE = frozenset()
POOL = (BY_EMAIL, USER_AGENT, AGENT_NEWEST, LIVE, NOT_READ, COVERING, CREATED_BRIN, STATUS_HASH, TAGS, SLOTS, P_K, LOWER_EMAIL)


@pytest.fixture
def staging(db18, run_sql):
    run_sql(db18, SCHEMA)
    run_sql(db18, ANALYZED)
    return db18


@pytest.fixture(params=["superuser", "owner"])
def costs(request, staging, run_sql):
    dsn = staging
    if request.param == "owner":
        run_sql(staging, """
            DROP ROLE IF EXISTS trial_owner; CREATE ROLE trial_owner LOGIN;
            GRANT CREATE ON SCHEMA public TO trial_owner;
            ALTER TABLE users OWNER TO trial_owner; ALTER TABLE memories OWNER TO trial_owner;
            ALTER TABLE p OWNER TO trial_owner; ALTER TABLE p_old OWNER TO trial_owner;
            ALTER TABLE p_new OWNER TO trial_owner; ALTER TABLE p_new_all OWNER TO trial_owner""")  # fmt: skip
        dsn = staging.replace("user=postgres", "user=trial_owner")
    with Session(staging) as session, open_costs("trial", dsn, session, load(session)) as source:
        yield source
    if request.param == "owner":
        run_sql(staging, "DROP OWNED BY trial_owner CASCADE; DROP ROLE trial_owner")


def objects(dsn):
    """Everything a trial could leave behind."""
    with psycopg.connect(dsn) as conn:
        return [
            conn.execute("SELECT oid, relname, relfilenode FROM pg_class ORDER BY 1").fetchall(),
            conn.execute("SELECT indexrelid, indisvalid, indcheckxmin FROM pg_index ORDER BY 1").fetchall(),
            conn.execute("SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() AND database IS NOT NULL").fetchall(),
            conn.execute("SELECT count(*) FROM pg_statistic").fetchall(),
        ]


def test_costs_every_access_method(costs):
    assert costs.prepare(POOL) == {}
    questions = {
        TAGS: "SELECT * FROM memories WHERE tags @> ARRAY['t5']",
        SLOTS: "SELECT * FROM users WHERE slots @> 77",
        LOWER_EMAIL: "SELECT * FROM users WHERE lower(email) = 'user77@example.org'",
        P_K: "SELECT * FROM p WHERE k = 5",
        BY_EMAIL: "SELECT * FROM users WHERE email = 'User77@example.org'",
    }
    for index, text in questions.items():
        with_all, alone = (costs.cost(Sample(text), asked) for asked in (frozenset(POOL), frozenset({index})))
        assert with_all.used == alone.used == {index}
        bare = costs.cost(Sample(text), frozenset(POOL) - {index})
        assert bare.used == NONE
        assert alone.total_cost < bare.total_cost / 2
    assert all(costs.size_bytes(index) for index in POOL)
    assert costs.caveat(LOWER_EMAIL) is None


def test_an_expression_index_is_costed_with_its_statistics(costs):
    costs.prepare([LOWER_EMAIL])
    answer = costs.cost(Sample("SELECT * FROM users WHERE lower(email) = 'user77@example.org'"), frozenset({LOWER_EMAIL}))
    assert answer.plan.root.rows == 1
    assert answer.total_cost < 10


def test_each_answer_is_that_of_a_server_with_exactly_these_indexes(costs, staging):
    pool = [BY_EMAIL, USER_AGENT, LIVE, NOT_READ]
    costs.prepare(pool)
    answers = {}
    for number in (15, 0, 5, 10, 15, 3, 0, 8):
        asked = frozenset(index for bit, index in enumerate(pool) if number >> bit & 1)
        for sample in QUERIES:
            answer = costs.cost(sample, asked)
            assert answers.setdefault((asked, sample), answer) == answer
    costs.close()
    for asked, sample in answers:
        with Session(staging, read_only=False) as session, session.transaction():
            for number, index in enumerate(sorted(asked, key=str)):
                session.rows(SQL(create_index(index, f"real_{number}", concurrently=False)))
            real = explain(session, sample)
        assert real.total_cost == answers[asked, sample].total_cost, (sample.text, sorted(map(str, asked)))
        assert len(real.indexes()) == len(answers[asked, sample].plan.indexes())


def test_one_bad_index_spoils_nothing(costs):
    missing = IndexDef(TableName("public", "nowhere"), (IndexKey("a"),))
    duplicates = IndexDef(TableName("public", "memories"), (IndexKey("user_id"),), unique=True)
    refused = costs.prepare([missing, BY_EMAIL, duplicates])
    assert set(refused) == {missing, duplicates}
    assert "does not exist" in refused[missing]
    assert "could not create unique index" in refused[duplicates]
    sample = Sample("SELECT * FROM users WHERE email = 'x'")
    assert costs.cost(sample, frozenset({BY_EMAIL})).used == {BY_EMAIL}
    with pytest.raises(WhatIfError):
        costs.cost(sample, frozenset({missing}))


def test_one_refused_statement_costs_only_itself(costs):
    costs.prepare([BY_EMAIL])
    for text in ("SELECT * FROM nowhere", "SELEC", "SELECT 1; DROP TABLE users", "COMMIT", "ROLLBACK", "SELECT $1 FROM nowhere"):
        with pytest.raises(StatementFailed):
            costs.cost(Sample(text), frozenset({BY_EMAIL}))
    answer = costs.cost(Sample("SELECT * FROM users WHERE email = $1 AND id > $2"), frozenset({BY_EMAIL}))
    assert answer.used == {BY_EMAIL}
    assert costs.cost(Sample("SELECT * FROM users WHERE email = $1 AND id > $2"), NONE).used == NONE


def test_planning_cannot_write(costs, staging, run_sql):
    """The planner runs functions said to be immutable; a sequence would keep what a rollback undoes."""
    run_sql(staging, """
        CREATE SEQUENCE numbers; GRANT ALL ON SEQUENCE numbers TO public;
        CREATE FUNCTION counts() RETURNS bigint LANGUAGE sql AS $$SELECT nextval('numbers')$$;
        CREATE FUNCTION lies() RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN counts(); END'""")  # fmt: skip
    costs.prepare([TAGS])
    with pytest.raises(StatementFailed, match="read-only"):
        costs.cost(Sample("SELECT * FROM memories WHERE id = lies()"), NONE)
    with psycopg.connect(staging) as conn:
        assert conn.execute("SELECT is_called FROM numbers").fetchone() == (False,)


def test_closing_leaves_nothing(costs, staging):
    before = objects(staging)
    costs.prepare(POOL)
    for sample in QUERIES:
        costs.cost(sample, frozenset(POOL))
        costs.cost(sample, NONE)
    costs.close()
    costs.close()
    assert objects(staging) == before


def test_an_interrupted_build_leaves_nothing(staging, run_sql):
    run_sql(staging, "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 FROM (SELECT pg_sleep(0.05)) s'")
    before = objects(staging)
    slow = IndexDef(TableName("public", "users"), (IndexKey(expression="slow(id)"),))
    with Session(staging) as session:
        catalog = load(session)
        threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt), open_costs("trial", staging, session, catalog) as costs:
            costs.prepare([BY_EMAIL, slow])
    assert objects(staging) == before


def test_rows_updated_a_moment_ago_do_not_hide_an_index(staging, run_sql):
    """HOT chains that an older transaction still sees set indcheckxmin, and the transaction that built an index would pass it over."""
    run_sql(staging, """
        CREATE TABLE hot (id int PRIMARY KEY, v int) WITH (fillfactor = 50);
        INSERT INTO hot SELECT i, i FROM generate_series(1, 20000) i; ANALYZE hot""")  # fmt: skip
    by_v = IndexDef(TableName("public", "hot"), (IndexKey("v"),))
    with psycopg.connect(staging) as old:
        old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT count(*) FROM pg_class")
        run_sql(staging, "UPDATE hot SET v = v + 1 WHERE id < 100")
        with Session(staging) as session, open_costs("trial", staging, session, load(session)) as costs:
            costs.prepare([by_v])
            assert costs.cost(Sample("SELECT * FROM hot WHERE v = 7"), frozenset({by_v})).used == {by_v}
        run_sql(staging, """
            DROP ROLE IF EXISTS hot_owner; CREATE ROLE hot_owner LOGIN; GRANT CREATE ON SCHEMA public TO hot_owner;
            ALTER TABLE hot OWNER TO hot_owner""")  # fmt: skip
        try:
            as_owner = staging.replace("user=postgres", "user=hot_owner")
            with Session(staging) as session, open_costs("trial", as_owner, session, load(session)) as costs:
                assert "rows of its table changed" in costs.prepare([by_v])[by_v]
        finally:
            run_sql(staging, "DROP OWNED BY hot_owner CASCADE; DROP ROLE hot_owner")


def test_more_indexes_than_the_lock_table_holds_are_refused_with_the_reason(staging):
    with Session(staging) as session, open_costs("trial", staging, session, load(session)) as costs:
        costs._begin()
        costs._room = 2
        refused = costs.prepare([BY_EMAIL, LIVE, USER_AGENT])
        assert len(refused) == 1
        assert "max_locks_per_transaction" in next(iter(refused.values()))


def test_cached_answers_equal_direct_ones(costs):
    cached = CachedCosts(costs)
    cached.prepare(POOL)
    subsets = [frozenset(POOL), *(frozenset(POOL) - {index} for index in POOL), *(frozenset({index}) for index in POOL), NONE]
    for sample in QUERIES:
        for subset in subsets:
            assert cached.cost(sample, subset).total_cost == costs.cost(sample, subset).total_cost, (sample.text, sorted(map(str, subset)))
    assert cached.effort.cache_hits > len(QUERIES) * len(POOL) / 2


def test_a_lost_connection_ends_the_trial_in_a_sentence(staging, run_sql):
    before = objects(staging)
    with Session(staging) as session, open_costs("trial", staging, session, load(session)) as costs:
        costs.prepare([BY_EMAIL])
        run_sql(staging, f"SELECT pg_terminate_backend({costs._session.rows('SELECT pg_backend_pid()')[0][0]}, 5000)")
        with pytest.raises(StatementFailed):
            costs.cost(Sample("SELECT 1"), NONE)
        with pytest.raises(WhatIfError, match="connection to the server was lost"):
            costs.cost(Sample("SELECT 1"), NONE)
    assert objects(staging) == before


def test_without_hypopg_auto_is_the_lab(staging):
    with Session(staging) as session, open_costs("auto", staging, session, load(session)) as source:
        assert source.info.kind == "lab"
