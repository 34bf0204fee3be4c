"""Extended statistics arrive in the lab with their data: the same rows are expected there as on the server, from any version."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from indexadvisor.catalog.snapshot import take
from indexadvisor.catalog.snapshot_extended import Combination, ExtendedStatistics
from indexadvisor.catalog.snapshot_file import load, save
from indexadvisor.db.connection import Session
from indexadvisor.explain.run import Explainer
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.lab.lab import Lab
from indexadvisor.workload.model import Sample

pytestmark = pytest.mark.postgres
PG_DUMP = embedded_bindir() / "pg_dump"
SCHEMA = r"""
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE shop (gone int, id int, city text, zip int, country char(3), mood mood, at timestamptz, price numeric, "Odd ""name" text)
    WITH (autovacuum_enabled = off);
ALTER TABLE shop DROP COLUMN gone;
INSERT INTO shop SELECT i, 'ci''ty\' || i % 20, i % 40, 'c' || i % 5, (ARRAY['sad', 'ok', NULL]::mood[])[1 + i % 3],
    timestamptz '2024-01-01+00' + i % 30 * interval '1 day', i % 60 * 1.5, 'x' || i % 20 FROM generate_series(1, 30000) AS i;
INSERT INTO shop SELECT i, 'big', 7, 'xx', 'sad', '2024-05-05 00:00+00', 3, NULL FROM generate_series(1, 9000) AS i;
CREATE STATISTICS everything ON city, zip, country FROM shop;
CREATE STATISTICS "of Values" (mcv) ON mood, price, city, "Odd ""name" FROM shop;
CREATE STATISTICS computed ON lower(city), date_trunc('day', at), zip FROM shop;
CREATE STATISTICS alone ON (zip % 10) FROM shop;
CREATE STATISTICS words ON string_to_array(city, 't') FROM shop;
CREATE TABLE tree (a int, b int) PARTITION BY LIST (a);
CREATE TABLE tree_1 PARTITION OF tree FOR VALUES IN (1, 2, 3) WITH (autovacuum_enabled = off);
CREATE TABLE tree_2 PARTITION OF tree DEFAULT WITH (autovacuum_enabled = off);
INSERT INTO tree SELECT i % 10, i % 10 * 2 FROM generate_series(1, 5000) AS i;
CREATE STATISTICS of_tree ON a, b FROM tree;
CREATE TABLE parent (a int, b int) WITH (autovacuum_enabled = off);
CREATE TABLE child (own text, b int, a int) WITH (autovacuum_enabled = off);
ALTER TABLE child INHERIT parent;
INSERT INTO parent SELECT i % 10, i % 10 FROM generate_series(1, 1000) AS i;
INSERT INTO child SELECT 'x', i % 20, i % 20 FROM generate_series(1, 3000) AS i;
CREATE STATISTICS of_parent ON a, b FROM parent;
CREATE STATISTICS of_child ON b, a, own FROM child;
SET default_statistics_target = 1000;
ANALYZE;
"""
QUERIES = (
    "SELECT FROM shop WHERE city = 'big' AND zip = 7",
    r"SELECT FROM shop WHERE city = 'ci''ty\3' AND zip = 23 AND country = 'c3'",
    "SELECT FROM shop WHERE mood = 'sad' AND price = 1.5 AND city <> 'big'",
    "SELECT FROM shop WHERE mood IS NULL AND price = 3",
    "SELECT FROM shop WHERE city = 'big' AND \"Odd \"\"name\" IS NULL",
    "SELECT FROM shop WHERE lower(city) = 'big'",
    "SELECT FROM shop WHERE date_trunc('day', at) = '2024-05-05+00'",
    "SELECT FROM shop WHERE lower(city) = 'big' AND zip = 7",
    "SELECT FROM shop WHERE zip % 10 = 3",
    "SELECT FROM shop WHERE string_to_array(city, 't') @> ARRAY['y\\3']",
    "SELECT city, zip, country FROM shop GROUP BY 1, 2, 3",
    "SELECT lower(city), zip FROM shop GROUP BY 1, 2",
    "SELECT FROM tree WHERE a = 1 AND b = 2",
    "SELECT a, b FROM tree GROUP BY 1, 2",
    "SELECT FROM ONLY parent WHERE a = 3 AND b = 3",
    "SELECT FROM child WHERE a = 3 AND b = 3",
    "SELECT a, b FROM child GROUP BY 1, 2",
)


def taken(dsn, **options):
    with Session(dsn) as session:
        return take(session, PG_DUMP, **options)


def rows(session):
    """How many rows the planner expects of each query."""
    explainer = Explainer(session)
    return {text: explainer.explain(Sample(text)).root.rows for text in QUERIES}


def left_out(lab):
    return {each.subject for each in lab.skipped if "statistics" in each.subject}


@pytest.mark.parametrize("server", ["db15", "db18"])
def test_the_lab_expects_the_rows_that_the_server_expects(server, request, run_sql, tmp_path):
    dsn = request.getfixturevalue(server)
    run_sql(dsn, SCHEMA)
    with Session(dsn) as session:
        there = rows(session)
    file = tmp_path / "shop.snapshot"
    save(taken(dsn), file)
    snapshot = load(file)
    assert not any("extended" in each.subject for each in snapshot.skipped)
    with Lab.open(snapshot) as lab:
        assert left_out(lab) == set()
        here = rows(lab.session)
    assert here == there
    # without the data the columns would be independent: the test would notice
    with Lab.open(replace(snapshot, extended=())) as lab:
        assert left_out(lab)
        without = rows(lab.session)
    assert sum(without[text] != there[text] for text in QUERIES) > len(QUERIES) / 2


def test_without_values_counts_stay_and_texts_go(db18, run_sql):
    run_sql(db18, SCHEMA)
    snapshot = taken(db18, values=False)
    by_name = {each.name: each for each in snapshot.extended}
    assert by_name["everything"].distinct
    assert by_name["everything"].dependencies
    assert by_name["everything"].combinations == ()
    assert by_name["of_tree"].combinations
    assert by_name["computed"].combinations == ()
    assert by_name["computed"].expressions[0].n_distinct == 21
    assert "ty\\" not in repr(snapshot.extended)
    assert "2024" not in repr(snapshot.extended)
    with Lab.open(snapshot) as lab:
        assert left_out(lab) == set()
        here = rows(lab.session)
    assert here["SELECT city, zip, country FROM shop GROUP BY 1, 2, 3"] == 41


def test_who_may_not_see_the_data_is_told_so(db18, run_sql):
    run_sql(db18, SCHEMA + "GRANT SELECT ON ALL TABLES IN SCHEMA public TO pg_read_all_stats")
    with psycopg.connect(db18, autocommit=True) as conn:
        conn.execute("DROP ROLE IF EXISTS extended_reader")
        conn.execute("CREATE ROLE extended_reader LOGIN IN ROLE pg_read_all_data")
    try:
        snapshot = taken(db18.replace("user=postgres", "user=extended_reader"))
    finally:
        run_sql(db18, "DROP OWNED BY extended_reader; DROP ROLE extended_reader")
    assert snapshot.extended == ()
    reasons = {each.subject: each.reason for each in snapshot.skipped}
    assert "owner of the table alone, which role extended_reader is not" in reasons["extended statistics of Values"]


def test_what_was_never_analyzed_is_told_so(db15, run_sql):
    run_sql(db15, "CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t")
    snapshot = taken(db15)
    assert [(each.subject, "not analyzed" in each.reason) for each in snapshot.skipped] == [("extended statistics s", True)]


def test_data_that_does_not_fit_costs_itself_only(db18, run_sql):
    run_sql(db18, "CREATE TABLE t (a int, b int); INSERT INTO t SELECT i % 9, i % 9 FROM generate_series(1, 900) i")
    for name in ("one", "two", "three"):
        run_sql(db18, f"CREATE STATISTICS {name} ON a, b FROM t; ANALYZE t")
    snapshot = taken(db18)
    one, three, two = snapshot.extended
    assert isinstance(one, ExtendedStatistics)
    hostile = (
        replace(one, combinations=(Combination(("1); DROP TABLE t; --", "x'"), 0.5, 0.1),)),
        replace(three, columns=("a", "c")),
        two,
        replace(two, name="absent"),
    )
    with Lab.open(replace(snapshot, extended=hostile)) as lab:
        assert left_out(lab) == {"extended statistics one", "extended statistics three"}
        assert Explainer(lab.session).explain(Sample("SELECT FROM t WHERE a = 1 AND b = 1")).root.rows == 100
        casts = lab.session.rows("SELECT count(*) FROM pg_cast WHERE casttarget = 'pg_mcv_list'::regtype")
        assert casts == [(0,)]
