"""Rewrites answer the same: many statements of each form, made from a seed, run as written and as rewritten."""

from __future__ import annotations

import random

import psycopg
import pytest

from indexadvisor.catalog.load import load
from indexadvisor.db.connection import Session
from indexadvisor.diagnosis.rewrites.interface import NoRewrite
from indexadvisor.diagnosis.rewrites.not_in import not_in
from indexadvisor.diagnosis.rewrites.outline import Outline
from indexadvisor.diagnosis.rewrites.sargable import sargable
from indexadvisor.diagnosis.rewrites.split_or import split_or

pytestmark = pytest.mark.postgres
SCHEMA = """
CREATE TABLE e (id int PRIMARY KEY, tz timestamptz, ts timestamp, d date, n int, k int, m int NOT NULL);
INSERT INTO e SELECT row_number() OVER (), t, t AT TIME ZONE 'UTC', (t AT TIME ZONE 'UTC')::date, place % 20 - 10,
        CASE WHEN place % 5 > 0 THEN place % 7 END, place % 6
    FROM (SELECT row_number() OVER () AS place, edge + seconds * interval '1 second' AS t
        FROM unnest(ARRAY['2024-01-01', '2024-02-29', '2024-03-31', '2024-04-01', '2024-10-27', '2024-10-27 02:00', '2024-12-31',
            '2025-01-01', '2024-07-01', '2023-12-25']::timestamptz[]) edge,
        unnest(ARRAY[-86400, -7200, -3600, -1, 0, 1, 1800, 3600, 5400, 7200, 86399, 86400]) seconds) made;
INSERT INTO e VALUES (9001, NULL, NULL, NULL, NULL, NULL, 0), (9002, 'infinity', 'infinity', 'infinity', 1, 1, 1),
    (9003, '-infinity', '-infinity', '-infinity', 2, 2, 2);
CREATE TABLE f (id int PRIMARY KEY, k int, m int NOT NULL);
INSERT INTO f SELECT i, CASE WHEN i % 4 > 0 THEN i % 9 END, i % 5 FROM generate_series(1, 30) i;
"""
COMPARISONS = ("=", "<", "<=", ">", ">=")
DAYS = ("2024-01-01", "2024-02-29", "2024-03-31", "2024-04-01", "2024-10-27", "2025-01-01", "2024-07-01", "2024-12-30", "2023-12-25")
UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")
ARMS = ("e.k = 3", "f.k = 5", "e.n > f.k", "f.m <= 2", "e.k = f.k", "e.m = 9", "e.d IS NULL")


@pytest.fixture(scope="module")
def server(cluster15):
    """A DSN of the two tables."""
    with psycopg.connect(cluster15.dsn(), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS diagnosis_rewrites WITH (FORCE)")
        admin.execute("CREATE DATABASE diagnosis_rewrites")
    dsn = cluster15.dsn("diagnosis_rewrites")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(SCHEMA)
    return dsn


@pytest.fixture(scope="module")
def catalog(server):
    """Their catalog."""
    with Session(server) as session:
        return load(session)


@pytest.fixture
def compared(server, catalog):
    """Run each statement as it is and rewritten, unless its condition is left to the reader; return how many were compared."""

    def run(recogniser, texts, zone="UTC"):
        count = 0
        with psycopg.connect(server, autocommit=True, prepare_threshold=None) as conn:
            conn.execute("SELECT set_config('timezone', %s, false)", [zone])
            for text in texts:
                try:
                    found = recogniser(Outline(text, catalog), None)
                except NoRewrite:
                    continue
                if found.condition is None or found.proven or "overflow" in found.condition:
                    before, after = (sorted(conn.execute(sql).fetchall()) for sql in (text, found.sql))
                    assert before == after, f"{zone}: {text}\n{found.sql}"
                    count += 1
        return count

    return run


def comparison(chance):
    column, sign, day = chance.choice(("tz", "ts", "d")), chance.choice(COMPARISONS), chance.choice(DAYS)
    return chance.choice([
        f"date_trunc('{chance.choice(UNITS)}', {column}) {sign} '{day}'",
        f"date_trunc('hour', {column}) {sign} '{day} {chance.choice(('01:00', '02:00:00', '03:00'))}'",
        f"{column}::date {sign} '{day}'", f"'{day}'::date {sign} {column}::date", f"date({column}) {sign} '{day}'",
        f"extract(year FROM {column}) {sign} {day[:4]}",
        f"to_char({column}, 'YYYY-MM-DD') = '{day}'", f"to_char({column}, 'YYYY-MM') = '{day[:7]}'",
        f"n + {chance.randrange(9)} {sign} {chance.randrange(-9, 9)}", f"n - {chance.randrange(9)} {sign} {chance.randrange(-9, 9)}",
        f"k::text = '{chance.randrange(5)}'",
    ])  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu"])
def test_comparisons_turned_round(compared, zone):
    chance = random.Random(zone)
    texts = [f"SELECT id FROM e WHERE m >= 0 AND {comparison(chance)}" for _ in range(150)]
    assert compared(sargable, texts, zone) > 75


def test_arms_taken_apart(compared):
    chance = random.Random(7)
    texts = []
    for _ in range(120):
        join = chance.choice(("e.id = f.id", "e.k = f.m OR e.m = f.k", "e.id < f.id"))
        arms = " OR ".join(chance.choices(ARMS, k=chance.randrange(1, 4)))
        texts.append(f"SELECT {chance.choice(('', 'DISTINCT '))}e.id, f.id AS x FROM e JOIN f ON {join} WHERE e.m < 5 AND ({arms})")
    assert compared(split_or, texts) > 60


def test_not_in_where_nothing_is_null(compared):
    chance = random.Random(7)
    texts = []
    for _ in range(120):
        column, other = chance.choice(("id", "e.m", "n")), chance.choice(("m", "id", "f.m", "k"))
        where = f"id {chance.choice(COMPARISONS)} {chance.randrange(30)} {chance.choice(('', 'OR k = 3', 'AND k IS NOT NULL'))}"
        operator = chance.choice(("NOT IN", "<> ALL"))
        texts.append(f"SELECT id FROM e WHERE m < 6 AND {column} {operator} (SELECT {other} FROM f WHERE {where})")
    assert compared(not_in, texts) > 40
