"""Which statements are one template, and what each is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.workload.fingerprint import fingerprint
from indexadvisor.workload.model import StatementKind
from indexadvisor.workload.statement import Unparsable, pieces, read_statement

SAME = [
    ("select * from t where a = 1", "SELECT  *\nFROM t WHERE a = 'x' -- note: it's\n"),
    ("select * from t where a = 1", "select /* $9 */ * from t where a = $1"),
    ("select * from t where a in (1)", "select * from t where a in (1, 2, 3)"),
    ("select * from t where a in (1, 2)", "select * from t where a = any ($1)"),
    ("select * from t where a in (1, 2)", "select * from t where a in ($1 /*, ... */)"),
    ("select * from t where a = -1", "select * from t where a = 1"),
    ("select * from t limit 10", "select * from t limit $1"),
    ("insert into t values (1, 2)", "insert into t values (1, 2), (3, 4)"),
    ("select * from t where d > date '2024-01-01'", "select * from t where d > date $1"),
    ("select * from t where d > now() - interval '1 day'", "select * from t where d > now() - interval $1"),
    ("select * from t where a in ('x'::text, 'y'::text)", "select * from t where a in ('z'::text)"),
    ("select a as b from t", "select a as c from t"),
]
APART = [
    ("select * from t where a = 1", "select * from t where a in (1, 2)"),
    ("select * from t where a = 1", "select * from t where a = any ($1)"),
    ("select * from t where a = 1 and b in (1, 2)", "select * from t where a in (1, 2) and b = 1"),
    ("select * from t where a = 1", "select * from t where a = 1::numeric"),
    ("select * from t where a = 1", "select * from t where a > 1"),
    ("select * from t where a = 1", "select * from t where b = 1"),
    ("select * from t order by a, b", "select * from t order by b, a"),
    ("select * from t order by a", "select * from t order by a desc"),
    ("select * from t where (a, b) > (1, 2)", "select * from t where (b, a) > (1, 2)"),
    ("select * from t where d ->> 'k' = 'x'", "select * from t where d ->> 'j' = 'x'"),
    ("select date_trunc('day', a), count(*) from t group by 1", "select date_trunc('month', a), count(*) from t group by 1"),
    ("select 1 from t where to_tsvector('english', b) @@ 'x'::tsquery", "select 1 from t where to_tsvector('simple', b) @@ 'x'::tsquery"),
    ("select * from t where a is null", "select * from t where a is not null"),
    ("select * from t", "select * from t limit 1"),
    ("select * from s.t", "select * from t"),
    ("select * from orders_2023", "select * from orders_2024"),
    ("insert into orders_2023 values (1)", "insert into orders_2024 values (1)"),
    ("update orders_2023 set a = 1", "update orders_2024 set a = 1"),
    ("delete from orders_2023", "delete from orders_2024"),
    ("merge into o23 using s on o23.a = s.a when matched then delete", "merge into o24 using s on o24.a = s.a when matched then delete"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_template(one, other):
    assert fingerprint(one) == fingerprint(other) is not None


@pytest.mark.parametrize(("one", "other"), APART)
def test_two_templates(one, other):
    assert fingerprint(one) != fingerprint(other)


@given(st.integers(), st.text(st.characters(exclude_characters="\x00'", exclude_categories=["Cs"])), st.lists(st.integers(), min_size=1))
def test_constants_do_not_matter(number, text, numbers):
    statement = f"select * from t where a = {number} and b like '{text}' and c in ({', '.join(map(str, numbers))}) limit 5"
    assert fingerprint(statement) == fingerprint("select * from t where a = $1 and b like $2 and c in ($3) limit $4")


@given(st.text())
def test_any_text_has_a_fingerprint_or_none(text):
    assert fingerprint(text) is None or len(fingerprint(text)) == 16


@pytest.mark.parametrize("text", ["", "-- x", "select 1; select 2", "select '\ud800'", "select 1\x00", "selekt 1", "(" * 20_000])
def test_what_is_not_one_statement_has_none(text):
    assert fingerprint(text) is None


@pytest.mark.parametrize(
    "text",
    ["select * from t where " + "(" * 3000 + "a = 1" + ")" * 3000, "select * from t where " + " or ".join(["a = 1"] * 20_000),
     "select " + "(select " * 800 + "1" + ")" * 800, "insert into t select " + " || ".join(["a"] * 4000) + " from s"],
)  # fmt: skip
def test_depth_and_length_do_no_harm(text):
    assert fingerprint(text) is not None
    assert read_statement(text).kind in (StatementKind.SELECT, StatementKind.INSERT)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("table t", "select"), ("values (1)", "select"), ("select * from t for update", "select"), ("insert into t values (1)", "insert"),
     ("with x as (delete from t returning *) select * from x", "delete"), ("with x as (select 1) update t set a = 1", "update"),
     ("merge into t using s on t.a = s.a when matched then delete", "merge"), ("with x as (select 1) select * from x", "select")],
)  # fmt: skip
def test_kinds(text, kind):
    assert read_statement(text).kind == kind


@pytest.mark.parametrize(
    ("text", "inner", "timed"),
    [("declare c cursor with hold for select 'for' from t", "select 'for' from t", False),
     ("declare \"for\" cursor for select 1 for update;", "select 1 for update", False),
     ("prepare p (int, numeric(1,0)) as select 1 as a", "select 1 as a", False),
     ("copy (select ')' from t where f(1) = 2) to stdout", "select ')' from t where f(1) = 2", True)],
)  # fmt: skip
def test_statements_around_a_query(text, inner, timed):
    statement = read_statement(text)
    assert (statement.text, statement.kind, statement.timed) == (inner, StatementKind.SELECT, timed)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("begin", "transaction control"), ("set a = 1", "setting"), ("show a", "setting"), ("explain select 1", "explain"),
     ("copy t to stdout", "copy"), ("vacuum t", "maintenance"), ("create table x as select 1", "utility"), ("select 1 into x", "utility"),
     ("fetch 1 from c", "cursor fetch"), ("execute p", "execute without its statement"), ("call f()", "procedure call"),
     ("create index on t (a)", "utility"), ("listen x", "utility")],
)  # fmt: skip
def test_what_is_no_workload_has_a_reason(text, reason):
    statement = read_statement(text)
    assert (statement.kind, statement.ignored) == (None, reason)


def test_unparsable_says_why():
    with pytest.raises(Unparsable, match="syntax error"):
        read_statement("select from where")


def test_pieces_of_a_text():
    assert pieces("select ';'") == ["select ';'"]
    assert pieces("begin; select 1; commit;") == ["begin", "select 1", "commit"]
    assert pieces("select 1 ;  -- end") == ["select 1 ;  -- end"]
    assert pieces(";") == []
