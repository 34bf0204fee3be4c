"""Canonical expressions against real servers: what the server prints back is the same, and what is the same selects the same rows."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexadvisor.catalog.compare import canonical, same_expression
from indexadvisor.catalog.load import load
from indexadvisor.db.connection import Session

VERSIONS = ["db15", "db18"]
TABLE = "CREATE TABLE t (i int, b bigint, n numeric, f bool, s text, v varchar(9), e mood, at timestamptz, d date, tags text[], doc jsonb)"

atoms = st.sampled_from([
    "i = 1", "1 < i", "i >= -1", "i <> 0", "i IN (1, 2)", "i IN (2, 1, 2)", "i IN (1)", "i NOT IN (0, 1)", "i BETWEEN 0 AND 1",
    "i NOT BETWEEN 0 AND 1", "b = 1", "b IN (1, 2)", "n > 1", "n = 1.5", "i = b", "b = i", "i < b", "f", "f = true", "f = false",
    "f <> true",
    "false = f", "f IS TRUE", "f IS NOT FALSE", "s IS NULL", "s IS NOT NULL", "s = 'a'", "'a' = s", "s IN ('a', 'b')", "s LIKE 'a%'",
    "s NOT LIKE 'a%'", "s ILIKE 'A_'", "lower(s) = 'a'", "v = 'a'", "v IN ('b', 'a')", "v LIKE 'a%'", "upper(v) <> 'A'", "e = 'ok'",
    "e IN ('ok', 'sad')", "e <> ALL (ARRAY['ok'::mood, 'sad'])", "at > '2024-01-01 00:00:00+00'", "d = '2024-01-01'",
    "d >= date '2024-01-01'",
    "tags @> ARRAY['a']", "doc ->> 'k' = 'x'", "doc @> '{\"k\": \"x\"}'", "(doc ->> 'k') IS NOT NULL", "coalesce(s, v) = 'a'", "i % 2 = 0",
    "length(s || v) > 1", "s COLLATE \"C\" < 'b'", "i IS DISTINCT FROM 1", "(i, b) = (1, 2)", "i::text = '1'", "(n)::int = 1",
    "CASE WHEN f THEN i ELSE 0 END = 1", "d - '2024-01-01' > 0", "extract(year from d) = 2024", "NULLIF(s, 'a') = 'b'", "i = ANY ('{1,2}')",
])  # fmt: skip
predicates = st.recursive(
    atoms,
    lambda inner: st.one_of(
        inner.map(lambda text: f"NOT ({text})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) AND ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) OR ({pair[1]})"),
    ),
    max_leaves=5,
)
relaxed = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(params=VERSIONS)
def table(request, run_sql):
    dsn = request.getfixturevalue(request.param)
    run_sql(dsn, f"CREATE TYPE mood AS ENUM ('sad', 'ok'); {TABLE}")
    return dsn


def test_what_the_server_prints_means_what_was_written(table):
    with psycopg.connect(table, autocommit=True) as conn, Session(table) as session:

        @relaxed
        @given(predicates)
        def check(text):
            conn.execute("DROP INDEX IF EXISTS x")
            conn.execute(f"CREATE INDEX x ON t (i) WHERE {text}")
            ((printed, plain),) = session.rows(
                "SELECT pg_catalog.pg_get_expr(indpred, indrelid, true), pg_catalog.pg_get_expr(indpred, indrelid)"
                " FROM pg_catalog.pg_index WHERE indexrelid = 'public.x'::pg_catalog.regclass"
            )
            assert same_expression(text, printed), (text, printed)
            assert same_expression(text, plain), (text, plain)

        check()


def test_what_is_the_same_selects_the_same_rows(table):
    with psycopg.connect(table, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO t SELECT i, b, i + 0.5, f, s, v, e::mood, d, d, ARRAY[s], jsonb_build_object('k', v)"
            " FROM (VALUES (0), (1), (2), (NULL)) AS i(i), (VALUES (1), (NULL)) AS b(b), (VALUES (true), (false), (NULL)) AS f(f),"
            " (VALUES ('a'), ('ab'), (NULL)) AS s(s), (VALUES ('a'), ('x'), (NULL)) AS v(v), (VALUES ('ok'), (NULL)) AS e(e),"
            " (VALUES (date '2024-01-01'), ('2024-06-01'), (NULL)) AS d(d)"
        )
        conn.execute("ANALYZE t")
        chosen: dict[str, tuple[str, str]] = {}

        @relaxed
        @given(predicates)
        def check(text):
            # the rows themselves would be a long message; their sum of hashes tells two sets apart
            (rows,) = conn.execute(f"SELECT count(*) || ' ' || coalesce(sum(hashtext(ctid::text)), 0) FROM t WHERE {text}").fetchone()
            before = chosen.setdefault(canonical(text), (text, rows))
            assert rows == before[1], (text, before[0])

        check()
        assert len(chosen) < 150


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        ("lower(v)", "lower(v::text)"),
        ("lower(s)", "lower(s)"),
        ("doc ->> 'k'", "doc ->> 'k'::text"),
        ("doc->'a'->>'b'", "(doc -> 'a'::text) ->> 'b'::text"),
        ("date_trunc('day', at AT TIME ZONE 'UTC')", None),
        ("to_tsvector('english', s)", None),
        ("coalesce(s, '')", None),
        ("(i + b) * 2", None),
        ("s || v", None),
        ("(doc ->> 'n')::int", None),
    ],
)
def test_expression_keys(table, run_sql, wanted, key):
    run_sql(table, f"CREATE INDEX x ON t (({wanted}))")
    with Session(table) as session:
        ((index,),) = [load(session).indexes]
    assert same_expression(index.definition.keys[0].expression, wanted)
    assert key in (None, index.definition.keys[0].expression)
