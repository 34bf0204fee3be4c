"""The judge of the comparison: what it calls redundant, invalid or on a rewritten column, and what it lets pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexadvisor.db.script import Client
from indexadvisor.demo.load import load
from indexadvisor.errors import StatementFailed

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "lifeceo"


@pytest.fixture
def indexsets(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARK))
    import indexsets

    return indexsets


def judge(indexsets, dsn, script):
    before = {index.name for index in indexsets.built(dsn)}
    refused = indexsets.build(dsn, indexsets.statements_of(script))
    indexes = indexsets.built(dsn)
    return refused, indexsets.faults(indexes, frozenset(index.name for index in indexes) - before)


def test_the_expert_is_without_fault(db15, indexsets):
    load(db15, 0.02)
    sections = indexsets.expert_sections()
    assert set(sections) == {"btree", "other"}
    assert judge(indexsets, db15, ";\n".join(sections["btree"] + sections["other"])) == ([], [])
    methods = {index.name: index.method for index in indexsets.built(db15)}
    assert {methods[text.split()[2]] for text in sections["btree"]} == {"btree"}
    assert {methods[text.split()[2]] for text in sections["other"]} == {"gin"}


def test_each_fault_is_found(db15, indexsets):
    load(db15, 0.02)
    script = r"""
    \set ON_ERROR_STOP on
    SET lock_timeout = 0;
    -- a comment; with a semicolon
    CREATE INDEX CONCURRENTLY wide ON chat_messages (user_id, created_at DESC);
    CREATE INDEX CONCURRENTLY narrow ON chat_messages (user_id);
    CREATE INDEX CONCURRENTLY same ON chat_messages (user_id, created_at DESC);
    CREATE INDEX key_again ON users (id);
    CREATE INDEX hot_key ON users (last_login_at);
    CREATE INDEX hot_predicate ON users (plan) WHERE version > 5;
    CREATE INDEX nowhere ON absent (id);
    """
    refused, faults = judge(indexsets, db15, script)
    assert len(refused) == 1
    assert '"absent" does not exist' in refused[0]
    assert set(faults) == {
        "narrow is a prefix of wide",
        "narrow is a prefix of same",
        "wide is a duplicate of same",
        "key_again is a duplicate of users_pkey",
        "hot_key is on users.last_login_at, which is rewritten all the time",
        "hot_predicate is on users.version, which is rewritten all the time",
    }


def test_what_differs_is_not_redundant(db15, indexsets):
    load(db15, 0.02)
    script = """
    CREATE INDEX rising ON chat_messages (user_id, created_at);
    CREATE INDEX falling ON chat_messages (user_id, created_at DESC);
    CREATE INDEX part ON chat_messages (user_id) WHERE NOT is_read;
    CREATE INDEX hashed ON chat_messages USING hash (user_id);
    CREATE INDEX pattern ON users (name text_pattern_ops);
    CREATE INDEX plain ON users (name, email);
    CREATE UNIQUE INDEX one_each ON agent_configurations (user_id, agent_type);
    CREATE INDEX longer ON agent_configurations (user_id, agent_type, is_enabled);
    CREATE INDEX covering ON events (group_id) INCLUDE (title);
    CREATE INDEX by_start ON events (group_id, starts_at);
    """
    assert judge(indexsets, db15, script) == ([], [])


def test_an_invalid_index_is_found(db15, indexsets):
    load(db15, 0.02)
    with Client(db15) as client, pytest.raises(StatementFailed, match="could not create unique index"):
        client.simple("CREATE UNIQUE INDEX CONCURRENTLY broken ON chat_messages (user_id)")
    assert indexsets.faults(indexsets.built(db15), frozenset({"broken"})) == ["broken is invalid"]
