"""Our DDL executed on real servers and read back: what was proposed is what the catalog then holds."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexadvisor.catalog.compare import same_definition
from indexadvisor.catalog.ddl import create_index, drop_index, index_names, quote_identifier, quote_table, statements, taken_names
from indexadvisor.catalog.keywords import KEYWORDS
from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.db.connection import Session

VERSIONS = ["db15", "db18"]

# PostgreSQL cuts names at 63 bytes, so longer ones cannot come from a catalog
identifiers = st.one_of(
    st.sampled_from(
        ['a"b', "two words", "Größe", "表", "select", "user", "none", "a'b", "x;--", "MiXed", "_1", "1st", "a.b", "\\", "😀", "a\nb"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20).filter(lambda name: len(name.encode()) <= 63),
    st.sampled_from(sorted(KEYWORDS)),
)


@st.composite
def definitions(draw):
    """A table of four text columns and a text[] with hostile names, and an index on it."""
    schema, table, *columns = draw(st.lists(identifiers, min_size=7, max_size=7, unique=True))
    name = TableName(f"s{schema}"[:15], table)
    plain, array = columns[:4], columns[4]
    if draw(st.booleans()):
        return name, columns, IndexDef(name, (IndexKey(array),), "gin")
    keys = tuple(draw(_key(column)) for column in draw(st.permutations(plain))[: draw(st.integers(1, 3))])
    used = {key.column for key in keys}
    include = tuple(column for column in plain if column not in used and draw(st.booleans()))
    predicate = draw(st.sampled_from([None, f"{quote_identifier(plain[0])} IS NOT NULL", f"{quote_identifier(plain[1])} = 'it''s'"]))
    return name, columns, IndexDef(name, keys, include=include, predicate=predicate, unique=draw(st.booleans()))


@st.composite
def _key(draw, column):
    order = {"descending": draw(st.booleans()), "nulls_first": draw(st.booleans())}
    if draw(st.integers(0, 3)) == 0:
        return IndexKey(expression=f"lower({quote_identifier(column)})", **order)
    return IndexKey(
        column,
        operator_class=draw(st.sampled_from([None, "text_pattern_ops"])),
        collation=draw(st.sampled_from([None, '"C"', '"POSIX"'])),
        **order,
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_what_we_create_is_what_we_read_back(request, version):
    dsn = request.getfixturevalue(version)

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(definitions())
    def check(case):
        name, columns, definition = case
        ((_, index_name),) = index_names([definition]).items()
        schema = quote_identifier(name.schema)
        with psycopg.connect(dsn, autocommit=True) as conn, Session(dsn) as session:
            listed = ", ".join(f"{quote_identifier(column)} text{'[]' if column == columns[4] else ''}" for column in columns)
            conn.execute(f"CREATE SCHEMA {schema}")
            try:
                conn.execute(f"CREATE TABLE {quote_table(name)} ({listed})")
                conn.execute(create_index(definition, index_name, concurrently=False))
                (index,) = load(session).indexes
                conn.execute(drop_index(index.schema, index.name))
                assert load(session).indexes == ()
            finally:
                conn.execute(f"DROP SCHEMA {schema} CASCADE")
        assert index.name == index_name
        assert index.definition == (definition if definition.predicate is None else _as_printed(definition, index.definition))
        assert same_definition(index.definition, definition)

    check()


def _as_printed(definition, stored):
    """The definition with the predicate as the server spells it, which must mean the same."""
    return replace(definition, predicate=stored.predicate)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_keyword_that_needs_quotes_is_known(request, version):
    with Session(request.getfixturevalue(version)) as session:
        words = [word for word, code in session.rows("SELECT word, catcode FROM pg_catalog.pg_get_keywords()") if code != "U"]
        quoted = session.rows("SELECT pg_catalog.quote_ident(word) FROM pg_catalog.pg_get_keywords()")
    assert set(words) <= KEYWORDS
    assert {name for (name,) in quoted if name.startswith('"')} == {f'"{word}"' for word in words}


PARTITIONED = """
CREATE TABLE events (id int, at date, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (kind);
CREATE TABLE events_new_a PARTITION OF events_new FOR VALUES IN ('a');
CREATE TABLE events_new_b PARTITION OF events_new FOR VALUES IN ('b');
CREATE INDEX already ON events_new_b (kind, at DESC) WHERE id > 0;
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_partitioned_table_is_indexed_without_blocking(request, run_sql, version):
    dsn = request.getfixturevalue(version)
    run_sql(dsn, PARTITIONED)
    table = TableName("public", "events")
    wanted = IndexDef(table, (IndexKey("kind"), IndexKey("at", descending=True)), predicate="(id > 0)")
    with Session(dsn) as session:
        catalog = load(session)
        out = statements(wanted, "events_kind", catalog)
        with psycopg.connect(dsn, autocommit=True) as conn:
            for statement in out:
                conn.execute(statement)
        after = load(session)
    assert out[0].startswith("CREATE INDEX events_kind ON ONLY public.events ")
    assert sum("CONCURRENTLY" in statement for statement in out) == 2
    assert all(index.valid for index in after.indexes)
    parents = {index.definition.table.name: index.parent for index in after.indexes}
    below = next(index.name for index in after.indexes if index.definition.table.name == "events_new")
    assert parents == {"events": None, "events_old": "events_kind", "events_new": "events_kind",
                       "events_new_a": below, "events_new_b": below}  # fmt: skip
    assert len(after.indexes) == 5
    assert taken_names(after) >= {"events", "events_kind", "already"}


def test_a_plain_table_takes_one_statement(db15, run_sql):
    run_sql(db15, "CREATE TABLE t (a int)")
    with Session(db15) as session:
        catalog = load(session)
    wanted = IndexDef(TableName("public", "t"), (IndexKey("a"),))
    assert statements(wanted, "t_a_idx", catalog) == ("CREATE INDEX CONCURRENTLY t_a_idx ON public.t USING btree (a)",)
