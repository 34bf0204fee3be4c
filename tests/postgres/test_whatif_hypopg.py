"""HypoPG on a real server: what it costs is what a real index would cost, and nothing is left behind."""

from __future__ import annotations

import pytest

from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.db.compose import SQL
from indexadvisor.db.connection import Session, Timeouts
from indexadvisor.errors import CapabilityMissing, StatementFailed, WhatIfError
from indexadvisor.explain.run import explain
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.hypopg import HypopgCosts
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
    READ_IS_FALSE,
    SCHEMA,
    SLOTS,
    STATUS_HASH,
    TAGS,
    USER_AGENT,
)  # fmt: skip

pytestmark = pytest.mark.postgres
NONE = frozenset()


@pytest.fixture
def shop(db15, run_sql):
    run_sql(db15, 'CREATE SCHEMA "Ext"; CREATE EXTENSION hypopg SCHEMA "Ext";' + SCHEMA)
    # ANALYZE reads every row of tables below 300 times the target, so that the statistics do not depend on a sample
    every_row = "EXECUTE format('ALTER DATABASE %I SET default_statistics_target = 200', current_database())"
    run_sql(db15, f"DO $$BEGIN {every_row}; END$$")
    run_sql(db15, ANALYZED)
    return db15


@pytest.fixture
def costs(shop):
    with Session(shop) as session, HypopgCosts(session, load(session)) as source:
        yield source


def hypothetical(session):
    return session.rows('SELECT count(*) FROM "Ext".hypopg()')[0][0]


def test_refuses_what_hypopg_cannot_create_and_spoils_nothing_else(costs):
    missing = IndexDef(TableName("public", "nowhere"), (IndexKey("a"),))
    injected = IndexDef(TableName("public", "memories"), (IndexKey(expression="id), (agent"),))
    wrong_class = IndexDef(TableName("public", "memories"), (IndexKey("id", operator_class="jsonb_ops"),))
    refused = costs.prepare([TAGS, missing, BY_EMAIL, SLOTS, injected, wrong_class, LIVE])
    assert refused[TAGS] == "HypoPG cannot create gin indexes"
    assert refused[SLOTS] == "HypoPG cannot create gist indexes"
    assert 'relation "public.nowhere" does not exist' in refused[missing]
    assert "jsonb_ops" in refused[wrong_class]
    assert set(refused) == {TAGS, SLOTS, missing, injected, wrong_class}
    assert costs.prepare([missing, BY_EMAIL]) == {missing: refused[missing]}
    for index in (BY_EMAIL, LIVE):
        assert costs.size_bytes(index) > 0
    assert costs.size_bytes(TAGS) is None


def test_plans_are_those_of_really_built_indexes(costs, shop, run_sql):
    """Node types and indexes are those of a server where the indexes exist; costs agree to 20 %: HypoPG takes indexes for larger."""
    indexes = [BY_EMAIL, USER_AGENT, AGENT_NEWEST, LIVE, NOT_READ, CREATED_BRIN, STATUS_HASH, COVERING]
    assert costs.prepare(indexes) == {}
    answers = {sample.text: costs.cost(sample, frozenset(indexes)) for sample in QUERIES}
    assert {index for answer in answers.values() for index in answer.used} >= {BY_EMAIL, AGENT_NEWEST, LIVE, NOT_READ, COVERING}
    names = {f"real_{number}": index for number, index in enumerate(indexes)}
    with Session(shop, read_only=False) as builder:
        for name, index in names.items():
            builder.rows(SQL(create_index(index, name, concurrently=False)))
        builder.rows("ANALYZE memories, users, p")
    with Session(shop) as session:
        for sample in QUERIES:
            real, guess = explain(session, sample), answers[sample.text]
            assert {names[name] for name in real.indexes() if name in names} == guess.used, sample.text
            assert [node.node_type for node in real.walk()] == [node.node_type for node in guess.plan.walk()], sample.text
            assert guess.total_cost == pytest.approx(real.total_cost, rel=0.2), sample.text


def test_each_answer_is_with_exactly_the_asked_set(costs):
    sample = Sample("SELECT * FROM users WHERE email = $1", ("User77@example.org",))
    costs.prepare([BY_EMAIL, LIVE, USER_AGENT])
    assert costs.size_bytes(LIVE) < costs.size_bytes(USER_AGENT)
    bare = costs.cost(sample, NONE)
    good = costs.cost(sample, frozenset({BY_EMAIL, LIVE}))
    assert (bare.used, good.used) == (NONE, {BY_EMAIL})
    assert good.total_cost < bare.total_cost / 10
    assert costs.cost(sample, frozenset({USER_AGENT})).total_cost == bare.total_cost
    assert costs.cost(sample, frozenset({BY_EMAIL})).total_cost == good.total_cost
    assert hypothetical(costs._session) == 1
    assert costs.effort.explains == 4


def test_an_expression_index_is_found_and_carries_a_caveat(costs):
    sample = Sample("SELECT * FROM users WHERE lower(email) = $1", ("user77@example.org",))
    assert costs.prepare([LOWER_EMAIL]) == {}
    answer = costs.cost(sample, frozenset({LOWER_EMAIL}))
    assert answer.used == {LOWER_EMAIL}
    assert answer.total_cost < costs.cost(sample, NONE).total_cost / 2
    assert "lower(email)" in costs.caveat(LOWER_EMAIL)
    assert costs.caveat(BY_EMAIL) is None


def test_partial_and_expression_indexes_are_seen_only_where_their_table_comes_first(costs):
    """HypoPG does not renumber their column references. When this test fails, HypoPG has learnt it: drop the caveat."""
    costs.prepare([LIVE, LOWER_EMAIL])
    live = ("SELECT 1 FROM {} WHERE m.user_id = 5 AND m.deleted_at IS NULL", "memories m", "users u", LIVE)
    lower = ("SELECT 1 FROM {} WHERE lower(u.email) = 'x'", "users u", "memories m", LOWER_EMAIL)
    for text, table, other, index in (live, lower):
        assert costs.cost(Sample(text.format(f"{table}, {other}")), frozenset({index})).used == {index}
        assert costs.cost(Sample(text.format(f"{other}, {table}")), frozenset({index})).used == NONE
        assert "only where its table comes first" in costs.caveat(index)


@pytest.mark.parametrize("text", ["SELECT * FROM live WHERE user_id = 5", 'SELECT * FROM "Live ones" WHERE user_id = 5'])
def test_partial_indexes_are_never_shown_to_a_statement_that_reads_a_view(shop, run_sql, text):
    run_sql(shop, """
        CREATE VIEW live AS SELECT * FROM memories WHERE deleted_at IS NULL;
        CREATE VIEW "Live ones" AS SELECT * FROM live""")  # fmt: skip
    with Session(shop) as session, HypopgCosts(session, load(session)) as costs:
        costs.prepare([LIVE, USER_AGENT])
        assert costs.cost(Sample(text), frozenset({LIVE, USER_AGENT})).used == {USER_AGENT}
        assert hypothetical(session) == 1
        assert "view" in costs.skipped[0].subject
        direct = "SELECT id, 'live' FROM memories WHERE user_id = 5 AND deleted_at IS NULL -- live"
        assert costs.cost(Sample(direct), frozenset({LIVE, USER_AGENT})).used == {LIVE}
        assert len(costs.skipped) == 1


def test_a_predicate_must_be_in_the_planners_form(costs):
    sample = Sample("SELECT id FROM memories WHERE is_read = false AND user_id = $1", ("5",))
    costs.prepare([NOT_READ, READ_IS_FALSE])
    assert costs.cost(sample, frozenset({READ_IS_FALSE})).used == NONE
    assert costs.cost(sample, frozenset({NOT_READ})).used == {NOT_READ}


@pytest.mark.parametrize("index", [P_K, IndexDef(TableName("public", "p_old"), (IndexKey("k"),))])
def test_an_index_on_a_partitioned_table_is_planned_on_its_partitions(costs, index):
    assert costs.prepare([index]) == {}
    answer = costs.cost(Sample("SELECT * FROM p WHERE k = 5"), frozenset({index}))
    assert answer.used == {index}
    assert costs.size_bytes(index) > 10 * 8192


def test_partitions_pruned_when_execution_starts_still_show_their_indexes(costs):
    costs.prepare([P_K])
    answer = costs.cost(Sample("SELECT * FROM p WHERE k = $1 AND at = now()::date - 100000", ("5",)), frozenset({P_K}))
    assert answer.used == {P_K}
    generic = costs.cost(Sample("SELECT * FROM p WHERE k = $1 AND at = $2"), frozenset({P_K}))
    assert generic.used == {P_K}
    assert costs._session.rows("SHOW enable_partition_pruning") == [("on",)]


def test_a_generic_plan_follows_the_hypothetical_indexes(costs):
    """HypoPG does not invalidate cached plans; a kept one would name an index that is gone."""
    sample = Sample("SELECT * FROM users WHERE email = $1 AND id > $2")
    costs.prepare([BY_EMAIL])
    seen = [costs.cost(sample, frozenset(wanted)).used for wanted in ([], [BY_EMAIL], [], [BY_EMAIL])]
    assert seen == [NONE, {BY_EMAIL}, NONE, {BY_EMAIL}]
    assert costs._session.rows("SELECT count(*) FROM pg_prepared_statements WHERE name ~ 'indexadvisor'") == [(0,)]


def test_one_refused_statement_costs_only_itself(costs):
    costs.prepare([BY_EMAIL])
    for text in ("SELECT * FROM nowhere", "SELEC", "SELECT 1; DROP TABLE users", "COMMIT", "SELECT $1 FROM nowhere"):
        with pytest.raises(StatementFailed):
            costs.cost(Sample(text), frozenset({BY_EMAIL}))
    assert costs.cost(Sample("SELECT * FROM users WHERE email = 'x'"), frozenset({BY_EMAIL})).used == {BY_EMAIL}


def test_a_time_out_costs_only_its_statement(shop, run_sql):
    run_sql(shop, "CREATE FUNCTION slow() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1 FROM (SELECT pg_sleep(5)) s'")
    with Session(shop, timeouts=Timeouts(statement_ms=200)) as session, HypopgCosts(session, load(session)) as costs:
        costs.prepare([BY_EMAIL])
        with pytest.raises(StatementFailed) as caught:
            costs.cost(Sample("SELECT slow() FROM users"), NONE)
        assert caught.value.sqlstate == "57014"
        assert costs.cost(Sample("SELECT * FROM users WHERE email = 'x'"), frozenset({BY_EMAIL})).used == {BY_EMAIL}


def test_more_indexes_than_hypopg_has_room_for(costs):
    many = [IndexDef(TableName("public", "users"), (IndexKey("email"),), predicate=f"id > {n}") for n in range(3100)]
    assert costs.prepare(many) == {}
    assert all(costs.size_bytes(index) for index in many)
    with pytest.raises(WhatIfError, match="not more oid available"):
        costs.cost(Sample("SELECT 1"), frozenset(many))
    sample = Sample("SELECT * FROM users WHERE email = 'x' AND id > 3000")
    assert costs.cost(sample, frozenset(many[:2000])).used
    assert costs.cost(sample, NONE).used == NONE


def test_an_index_that_was_not_prepared_is_an_error(costs):
    with pytest.raises(WhatIfError, match="was not prepared"):
        costs.cost(Sample("SELECT 1"), frozenset({BY_EMAIL}))


def test_closing_leaves_no_hypothetical_index_and_writes_nothing(shop):
    with Session(shop) as session:
        before = session.rows("SELECT count(*), max(oid) FROM pg_class")
        costs = HypopgCosts(session, load(session))
        costs.prepare([BY_EMAIL])
        costs.cost(Sample("SELECT 1"), frozenset({BY_EMAIL}))
        assert hypothetical(session) == 1
        costs.close()
        costs.close()
        assert hypothetical(session) == 0
        assert session.rows("SELECT count(*), max(oid) FROM pg_class") == before


def test_cached_answers_equal_direct_ones(costs):
    """The rule of the cache, against the planner itself: every subset of six indexes, the larger ones first."""
    pool = [BY_EMAIL, USER_AGENT, AGENT_NEWEST, LIVE, NOT_READ, COVERING]
    cached = CachedCosts(costs)
    cached.prepare(pool)
    subsets = [frozenset(index for bit, index in enumerate(pool) if number >> bit & 1) for number in range(64)]
    subsets.sort(key=len, reverse=True)
    for sample in QUERIES:
        for subset in subsets:
            assert cached.cost(sample, subset).total_cost == costs.cost(sample, subset).total_cost, (sample.text, sorted(map(str, subset)))
    direct = len(subsets) * len(QUERIES)
    assert cached.effort.explains - direct + cached.effort.cache_hits == direct
    assert cached.effort.explains - direct < direct / 10


@pytest.fixture
def tenant(shop, run_sql):
    run_sql(shop, """
        DROP ROLE IF EXISTS tenant; CREATE ROLE tenant LOGIN; GRANT USAGE ON SCHEMA "Ext" TO tenant;
        GRANT SELECT ON users, p TO tenant; ALTER TABLE users ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON users TO tenant USING (email = 'User77@example.org')""")  # fmt: skip
    yield "tenant"
    run_sql(shop, "DROP OWNED BY tenant; DROP ROLE tenant")


def test_row_security_is_planned_as_the_role_that_ran_it(shop, tenant):
    asked = frozenset({BY_EMAIL})
    with Session(shop) as session, HypopgCosts(session, load(session)) as costs:
        costs.prepare([BY_EMAIL])
        assert costs.cost(Sample("SELECT * FROM users", user=tenant), asked).used == {BY_EMAIL}
        assert costs.cost(Sample("SELECT * FROM users WHERE id > $1", user=tenant), asked).used == {BY_EMAIL}
        assert costs.cost(Sample("SELECT * FROM users", user="postgres"), asked).used == NONE
        explains = costs.effort.explains
        # no row security there: one EXPLAIN, as ourselves
        costs.cost(Sample("SELECT * FROM p", user="nobody here"), asked)
        assert costs.effort.explains == explains + 1
        assert costs.skipped == ()
        for _ in range(2):
            assert costs.cost(Sample("SELECT * FROM users", user="nobody here"), asked).used == NONE
        (note,) = costs.skipped
        assert note.subject == "role nobody here"
        assert "does not exist" in note.reason
        assert session.rows("SELECT current_user") == [("postgres",)]


def test_a_table_we_may_not_read_is_planned_as_the_role_that_did(shop, tenant, run_sql):
    run_sql(shop, 'DROP ROLE IF EXISTS advisor; CREATE ROLE advisor LOGIN IN ROLE tenant NOINHERIT; GRANT USAGE ON SCHEMA "Ext" TO advisor')
    try:
        with Session(shop.replace("user=postgres", "user=advisor")) as session, HypopgCosts(session, load(session)) as costs:
            costs.prepare([P_K])
            text = "SELECT * FROM p WHERE k = 5"
            assert costs.cost(Sample(text, user=tenant), frozenset({P_K})).used == {P_K}
            with pytest.raises(StatementFailed, match="permission denied"):
                costs.cost(Sample(text), frozenset({P_K}))
            with pytest.raises(StatementFailed, match="permission denied"):
                costs.cost(Sample("SELECT * FROM memories", user=tenant), frozenset({P_K}))
            assert costs.cost(Sample(text, user=tenant), NONE).used == NONE
    finally:
        run_sql(shop, "DROP OWNED BY advisor; DROP ROLE advisor")


def test_without_the_extension_there_is_a_way_out(db15):
    with Session(db15) as session, pytest.raises(CapabilityMissing) as caught:
        open_costs("hypopg", db15, session, load(session))
    assert "CREATE EXTENSION hypopg" in caught.value.hint
    assert "--what-if trial" in caught.value.hint


def test_a_lost_connection_costs_one_statement_and_is_made_again(shop, run_sql):
    sample, asked = Sample("SELECT * FROM users WHERE email = $1"), frozenset({BY_EMAIL})
    with Session(shop) as session, open_costs("hypopg", shop, session, load(session)) as costs:
        costs.prepare([BY_EMAIL])
        assert costs.cost(sample, asked).used == {BY_EMAIL}
        pid = session.rows("SELECT pg_backend_pid()")[0][0]
        run_sql(shop, f"SELECT pg_terminate_backend({pid}, 5000)")
        with pytest.raises(StatementFailed) as caught:
            costs.cost(sample, asked)
        assert caught.value.sqlstate is None
        assert costs.cost(sample, asked).used == {BY_EMAIL}
        assert costs.cost(sample, NONE).used == NONE


def test_without_a_way_back_a_lost_connection_refuses_everything_and_closing_stays_quiet(shop, run_sql):
    with Session(shop) as session:
        costs = HypopgCosts(session, load(session)).open()
        run_sql(shop, f"SELECT pg_terminate_backend({session.rows('SELECT pg_backend_pid()')[0][0]}, 5000)")
        for _ in range(2):
            with pytest.raises(StatementFailed):
                costs.cost(Sample("SELECT 1"), NONE)
        costs.close()
