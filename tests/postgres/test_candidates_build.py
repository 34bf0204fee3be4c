"""PostgreSQL itself as the judge: what we call immutable is, and every candidate of a varied workload can be built."""

from __future__ import annotations

import psycopg
import pytest

from indexadvisor.candidates.generate import generate
from indexadvisor.candidates.immutable import NotImmutable, type_of
from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.load import load
from indexadvisor.db.connection import Session
from indexadvisor.settings import Limits
from indexadvisor.usage.model import ColumnRef, ColumnUse, RelationUse, UsageGraph, UseKind

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gist;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN email_address AS text CHECK (VALUE ~ '@');
CREATE TABLE "Wide" (
    id bigint PRIMARY KEY, i int, small smallint, n numeric, f float8, flag boolean, t text, v varchar(40), c char(3), "Mixed Name" text,
    d date, ts timestamp, tz timestamptz, tm time, iv interval, u uuid, b bytea, j json, jb jsonb, x xml, m mood, e email_address,
    tags text[], ints int[], r tstzrange, ir int4range, p point, box box, ip inet, net cidr, words tsvector, money money, bits varbit);
"""
EXPRESSIONS = """
lower(r) | upper(ir) | tsrange(ts, ts) | tstzrange(tz, tz, '[]') | int4range(i, i) | setweight(words, 'A') | words || words
lower(t) | upper(v) | lower(c) | lower("Mixed Name") | lower(e) | trim(t) | substring(t, 1, 3) | substr(t, 2) | left(t, 4) | md5(t)
length(t) | length(v) | char_length(t) | replace(t, 'a', 'b') | split_part(t, '@', 2) | reverse(t) | t || v | t || ' ' || v | t || i
t || 'x' | i || 'x' | concat(t, v) | i + 1 | i * n | i / f | small + i | n % 2 | abs(i) | round(n) | floor(f) | round(n, 2)
date_trunc('day', tz) | date_trunc('day', ts) | date_trunc('month', d) | extract(year from d) | extract(year from ts)
extract(dow from tz) | date_part('hour', ts) | date_part('hour', tz) | tz AT TIME ZONE 'UTC' | ts AT TIME ZONE 'UTC'
(tz AT TIME ZONE 'UTC')::date | date_trunc('day', tz AT TIME ZONE 'UTC') | tz::date | ts::date | d::timestamp | d::timestamptz
ts::timestamptz | tz::timestamp | tz::text | ts::text | d::text | i::text | n::text | u::text | m::text | flag::text | t::int | t::uuid
t::date | t::timestamp | t::timestamptz | v::text | iv::text | t::interval | b::text | money::text | f::numeric | i::numeric | i::bigint
flag::int | jb::text | t::jsonb | ip::text | host(ip) | jb ->> 'k' | jb -> 'k' | jb #>> '{a,b}' | jb #> '{a}' | jb -> 'a' ->> 'b'
(jb ->> 'k')::int | (jb ->> 'k')::numeric | j ->> 'k' | (jb ->> 'at')::timestamptz | (jb ->> 'at')::timestamp | (jb ->> 'on')::boolean
jsonb_array_length(jb) | jsonb_typeof(jb) | jb || jb | to_tsvector(t) | to_tsvector('english', t)
to_tsvector('english', coalesce(t, '') || ' ' || coalesce(v, '')) | to_tsvector('simple', jb) | coalesce(t, '') | coalesce(i, 0)
nullif(t, '') | greatest(i, small) | now() | current_date | random() | tz + interval '1 day' | ts + interval '1 day' | d + 1 | d - d
d + interval '1 day' | tz - tz | ts - ts | d < tz | d < ts | ts < tz | tz < '2024-01-01' | d < '2024-01-01' | age(ts)
to_char(tz, 'YYYY') | to_char(n, '999') | unaccent(t) | array_length(tags, 1) | cardinality(ints) | tags::text | tags[1]
array_to_string(tags, ',') | t LIKE 'a%' | t ~ '^a' | t IS NULL | flag AND i > 3 | NOT flag | i IN (1, 2) | i = ANY (ARRAY[1, 2])
t COLLATE "C" | CASE WHEN flag THEN i ELSE 0 END | (SELECT 1) | $1 | nosuch | lower(nosuch) | tm::text | m = 'sad'
tz BETWEEN '2024-01-01' AND '2024-02-01' | regexp_replace(t, 'a', 'b') | strpos(t, '@') | lpad(t, 9) | encode(b, 'hex')
make_date(i, 1, 1) | lower(t) = 'a' | ip << '10.0.0.0/8' | date_trunc('day', tz, 'UTC') | to_timestamp(i) | initcap(t) | ascii(t)
jsonb_extract_path_text(jb, 'a') | row(i, t) | i, t | 1) FROM x --
"""
REQUIRED = """
lower(t) | lower("Mixed Name") | lower(e) | jb ->> 'k' | (jb ->> 'k')::int | date_trunc('day', ts)
date_trunc('day', tz AT TIME ZONE 'UTC') | ts::date | extract(year from d) | to_tsvector('english', t) | coalesce(t, '') | t || ' ' || v
i + 1 | substring(t, 1, 3) | t IS NULL | m = 'sad' | i IN (1, 2) | tz < '2024-01-01' | NOT flag | lower(t) = 'a'
"""


def listed(text: str) -> list[str]:
    return [each.strip() for line in text.strip().splitlines() for each in line.split(" | ")]


@pytest.fixture
def wide(db15, run_sql):
    run_sql(db15, SCHEMA)
    return db15


def catalog_of(dsn):
    with Session(dsn) as session:
        return load(session)


def built(conn, statement: str) -> str | None:
    """Return the error of a CREATE INDEX, or None; nothing stays."""
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(statement)
    except psycopg.Error as error:
        return f"{statement}: {error}"
    return None


def test_what_we_call_immutable_can_be_indexed(wide):
    (table,) = catalog_of(wide).tables
    accepted, wrong = [], []
    with psycopg.connect(wide) as conn:
        for expression in listed(EXPRESSIONS):
            try:
                type_of(expression, table)
            except NotImmutable:
                continue
            accepted.append(expression)
            # as a predicate, so that types without an operator class can be judged too
            error = built(conn, f'CREATE INDEX ON "Wide" (id) WHERE ({expression}) IS NOT NULL')
            if error is not None:
                wrong.append(error)
    assert not wrong, "\n".join(wrong)
    assert set(listed(REQUIRED)) <= set(accepted)


def test_the_types_we_find_are_the_servers(wide):
    (table,) = catalog_of(wide).tables
    wrong = []
    with psycopg.connect(wide) as conn:
        for expression in listed(EXPRESSIONS):
            try:
                ours = type_of(expression, table)
            except NotImmutable:
                continue
            row = conn.execute(f'SELECT pg_typeof(({expression}))::regtype::oid FROM (SELECT 1) s LEFT JOIN "Wide" ON true').fetchone()
            theirs = conn.execute("SELECT typname FROM pg_type WHERE oid = %s", row).fetchone()[0]
            if ours not in (theirs, "unknown") and {ours, theirs} != {"text", "varchar"}:
                wrong.append(f"{expression}: {ours} and not {theirs}")
    assert not wrong, "\n".join(wrong)


def varied(table) -> UsageGraph:
    """Return a graph that asks every column for everything, sense or not, and mixes of them."""
    operators = {
        UseKind.ARRAY: "@>",
        UseKind.JSONB_CONTAINMENT: "@>",
        UseKind.LIKE_INFIX: "~~",
        UseKind.DISTANCE: "<->",
        UseKind.FULL_TEXT: "@@",
    }
    relations = []
    names = [column.name for column in table.columns]
    for kind in UseKind:
        for number, name in enumerate(names):
            other = ColumnUse(UseKind.EQUALITY, (names[(number * 7 + 1) % len(names)],), operator="=")
            main = ColumnUse(kind, (name,), operator=operators.get(kind, "="), partner=ColumnRef("o", table.name, "id"))
            newest = ColumnUse(UseKind.ORDER, (names[(number * 3 + 2) % len(names)],), descending=True, nulls_first=number % 2 == 0)
            for uses in ((main,), (main, other), (other, main, newest)):
                query_id = f"{kind}-{name}-{len(uses)}"
                relations.append(RelationUse(query_id, table.name, "w", uses, ordered_alone=True, limited=number % 3 == 0))
    for expression in listed(EXPRESSIONS):
        for kind in (UseKind.EQUALITY, UseKind.ORDER, UseKind.FULL_TEXT, UseKind.LIKE_INFIX, UseKind.LIKE_PREFIX, UseKind.DISTANCE):
            use = ColumnUse(kind, ("t",), expression=expression, operator="@@" if kind is UseKind.FULL_TEXT else "=")
            relations.append(RelationUse(f"{kind} {expression}", table.name, "w", (use,), ordered_alone=True))
    return UsageGraph(tuple(relations))


def test_every_candidate_can_be_built(wide):
    catalog = catalog_of(wide)
    (table,) = catalog.tables
    result = generate(varied(table), catalog, Limits())
    assert len(result.candidates) > 500
    assert {candidate.index.method for candidate in result.candidates} >= {"btree", "gin", "gist", "spgist"}
    with psycopg.connect(wide) as conn:
        statements = [create_index(each.index, "candidate", concurrently=False) for each in result.candidates]
        wrong = [error for statement in statements if (error := built(conn, statement)) is not None]
    assert not wrong, f"{len(wrong)} of {len(statements)}:\n" + "\n".join(wrong[:30])
