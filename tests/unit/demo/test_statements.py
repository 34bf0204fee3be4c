"""Reading statements.sql: headings, continuation lines, and mistakes named by line."""

from __future__ import annotations

import pytest

from indexadvisor.demo.drive import running_order
from indexadvisor.demo.location import workload_dir
from indexadvisor.demo.statements import Protocol, Role, Statement, read_statements
from indexadvisor.errors import WorkloadError


def read(tmp_path, text):
    path = tmp_path / "some.sql"
    path.write_text(text)
    return read_statements(path)


def test_a_heading_with_every_key(tmp_path):
    text = """
-- A preface: -- name: is explained here, and belongs to no statement.
-- section ----

-- name: pages of a user
-- calls: 12
-- protocol: simple
-- role: app
-- parameters: SELECT user_id, user_id
--   FROM pages
SELECT *
FROM pages -- all of them
WHERE user_id = $1;

-- name: tick
-- calls: 1
UPDATE clock SET at = now();
"""
    assert read(tmp_path, text) == (
        Statement(
            "pages of a user", "SELECT *\nFROM pages -- all of them\nWHERE user_id = $1", 12, "SELECT user_id, user_id FROM pages",
            Protocol.SIMPLE, Role.APP,
        ),
        Statement("tick", "UPDATE clock SET at = now()", 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-- name: a\nSELECT 1;", "some.sql:1: the statement's heading has no calls"),
        ("\n-- name: a\n-- calls: many\nSELECT 1;", "some.sql:2: invalid literal"),
        ("-- name: a\n-- calls: 1\n-- role: boss\nSELECT 1;", "some.sql:1: 'boss' is not a valid Role"),
        ("-- name: a\n-- calls: 1\nSELECT 1", "some.sql:1: a does not end in a semicolon"),
        ("-- name: a\n-- calls: 1\nSELECT 1;\n" * 2, "some.sql: two statements are called 'a'"),
    ],
)
def test_a_mistake_is_named(tmp_path, text, said):
    with pytest.raises(WorkloadError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(said)


def test_the_tenth_placeholder_is_not_the_first():
    values = tuple(str(n) for n in range(1, 11))
    assert Statement("a", "f($10, $1)", 1).with_values(values) == "f(10, 1)"
    assert Statement("a", "f($1)", 1).with_values((None,)) == "f(NULL)"


def test_lifeceo_is_a_mixed_workload():
    statements = read_statements(workload_dir() / "statements.sql")
    calls = sum(statement.calls for statement in statements)
    writes = sum(statement.calls for statement in statements if statement.writes)
    assert len(statements) >= 60
    assert 10_000 <= calls <= 15_000
    assert 0.20 <= writes / calls <= 0.25
    assert {statement.protocol for statement in statements} == set(Protocol)
    assert {statement.role for statement in statements} == set(Role)
    assert max(int(n) for s in statements for n in "123456" if f"${n}" in s.text) == 6


def test_the_running_order_holds_each_call_once_and_each_kind_in_order():
    calls = [40, 1, 25]
    order = running_order(calls, seed=3)
    assert sorted(order) == [(kind, call) for kind, count in enumerate(calls) for call in range(count)]
    for kind, count in enumerate(calls):
        assert [call for other, call in order if other == kind] == list(range(count))
    assert order == running_order(calls, seed=3)
    assert order != running_order(calls, seed=4)
    assert order != sorted(order)
