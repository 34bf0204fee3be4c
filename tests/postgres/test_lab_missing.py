"""A snapshot whose schema rests on extensions the lab lacks: advice on everything else, and each thing left out by name.

The extensions are a stand-in on PostgreSQL 15: the types are made there by hand, and the dump then names them as it would PostGIS's.
Those that the lab's PostgreSQL brings (citext, pgvector) are loaded whole.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexadvisor.capture.sql_file import SqlFileSource
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.catalog.snapshot import take
from indexadvisor.catalog.snapshot_file import load, save
from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.lab.lab import Lab
from indexadvisor.pipeline import advise
from indexadvisor.whatif.lab import LabCosts
from indexadvisor.workload.group import group, usable
from indexadvisor.workload.model import Sample

pytestmark = pytest.mark.postgres
NONE = frozenset()
SCHEMA = """
CREATE SCHEMA gis;
CREATE EXTENSION citext;
CREATE TYPE gis.geometry AS (x float8, y float8);
CREATE TYPE gis.halfvec AS (a float4[]);
CREATE FUNCTION gis.st_x(gis.geometry) RETURNS float8 IMMUTABLE LANGUAGE sql AS $$ SELECT ($1).x $$;
CREATE TABLE places (id int PRIMARY KEY, city_id int NOT NULL, name citext, kind text, geom gis.geometry NOT NULL, shape gis.geometry[],
                     embedding gis.halfvec, made_at timestamptz);
INSERT INTO places SELECT i, i % 800, 'Place ' || i, CASE WHEN i % 90 = 0 THEN 'rare' ELSE 'usual' END, (i, i)::gis.geometry, NULL,
  NULL, timestamptz '2025-01-01' + i * interval '1 minute' FROM generate_series(1, 40000) i;
CREATE INDEX places_geom ON places (geom);
CREATE INDEX places_x ON places (gis.st_x(geom));
CREATE INDEX places_made ON places (made_at);
CREATE TABLE cities (id int PRIMARY KEY, country text, area gis.geometry);
INSERT INTO cities SELECT i, 'c' || i % 50 FROM generate_series(1, 800) i;
CREATE TABLE visits (id bigint PRIMARY KEY, place_id int REFERENCES places(id), visitor int, tags text[]);
INSERT INTO visits SELECT i, 1 + i % 40000, i % 7000, ARRAY['t' || i % 300] FROM generate_series(1, 60000) i;
CREATE VIEW seen AS SELECT id, gis.st_x(geom) AS x FROM places;
"""
EDITS = (
    ("CREATE TYPE gis.geometry AS (\n\tx double precision,\n\ty double precision\n);\n",
     "CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA gis;\n"),
    ("CREATE TYPE gis.halfvec AS (\n\ta real[]\n);\n", "CREATE EXTENSION IF NOT EXISTS halfvectors WITH SCHEMA gis;\n"),
    ("geom gis.geometry NOT NULL", "geom gis.geometry(Point,4326) NOT NULL"),
    ("shape gis.geometry[]", "shape gis.geometry(Polygon,4326)[]"),
    ("embedding gis.halfvec", "embedding gis.halfvec(384)"),
    ("CREATE INDEX places_geom ON public.places USING btree (geom)",
     "CREATE INDEX places_geom ON public.places USING gist (geom gis.gist_geometry_ops_2d)"),
)  # fmt: skip
"""What stands in the dump, and what stands there where the extensions are real."""
PLACES, CITIES, VISITS = (TableName("public", name) for name in ("places", "cities", "visits"))
CASES = (
    (IndexDef(PLACES, (IndexKey("city_id"),)), "SELECT id, name, kind FROM places WHERE city_id = 77"),
    (IndexDef(PLACES, (IndexKey("city_id"),), include=("kind",)), "SELECT city_id, kind FROM places WHERE city_id = 77"),
    (IndexDef(PLACES, (IndexKey("id"),), predicate="kind = 'rare'"), "SELECT id FROM places WHERE kind = 'rare'"),
    (IndexDef(PLACES, (IndexKey("made_at"),), method="brin"), None),
    (IndexDef(PLACES, (IndexKey("name"),)), "SELECT id FROM places WHERE name = 'PLACE 77'"),
    (IndexDef(CITIES, (IndexKey("country"),)), "SELECT id FROM cities WHERE country = 'c7'"),
    (IndexDef(VISITS, (IndexKey("visitor"),)), "SELECT * FROM visits WHERE visitor = 77"),
    (IndexDef(VISITS, (IndexKey("tags"),), method="gin"), "SELECT * FROM visits WHERE tags @> ARRAY['t7']"),
    (IndexDef(VISITS, (IndexKey("place_id"),)),
     "SELECT v.id FROM visits v JOIN places p ON p.id = v.place_id JOIN cities c ON c.id = p.city_id WHERE p.id = 7 AND c.country = 'c7'"),
)  # fmt: skip
"""Indexes that need nothing of the extensions, each with a query that uses it; None where another index wins."""
OF_THE_TYPES = (
    IndexDef(PLACES, (IndexKey("geom"),), method="gist"),
    IndexDef(PLACES, (IndexKey("shape"),), method="gin"),
    IndexDef(PLACES, (IndexKey("embedding"),), method="hnsw"),
    IndexDef(PLACES, (IndexKey("city_id"),), include=("geom",)),
    IndexDef(PLACES, (IndexKey("city_id"),), predicate="geom IS NOT NULL"),
    IndexDef(PLACES, (IndexKey(expression="gis.st_x(geom)"),)),
)
WORKLOAD = """
-- calls: 100
SELECT id, name, kind FROM places WHERE city_id = 77;
-- calls: 50
SELECT * FROM visits WHERE visitor = 77;
-- calls: 20
SELECT id FROM places WHERE gis.st_x(geom) > 39000;
-- calls: 20
SELECT id FROM places WHERE geom OPERATOR(gis.&&) gis.st_makeenvelope(0, 0, 5, 5, 4326);
"""


@pytest.fixture
def snapshot(db15, run_sql):
    """A real snapshot of PostgreSQL 15, its dump edited to how it reads where the types come from extensions."""
    run_sql(db15, SCHEMA)
    run_sql(db15, "VACUUM ANALYZE places, cities, visits")
    with Session(db15) as session:
        taken = take(session, embedded_bindir() / "pg_dump")
    text = taken.schema_sql
    for old, new in EDITS:
        assert old in text, text
        text = text.replace(old, new)
    # what belongs to an extension is not in a dump
    start = text.index("CREATE FUNCTION gis.st_x")
    text = text[:start] + text[text.index("$_$;", start) + 5 :]
    return replace(taken, schema_sql=text)


@pytest.fixture
def lab(snapshot):
    with Lab.open(snapshot) as lab:
        yield lab


@pytest.fixture
def costs(lab, snapshot):
    return LabCosts(lab, snapshot)


def test_what_was_left_out_is_named_once_and_nothing_else(lab):
    said = [skipped.subject for skipped in lab.skipped]
    assert sorted(said) == [
        "extension halfvectors", "extension postgis", "index places_geom on public.places", "index places_x on public.places",
        "type gis.geometry", "type gis.halfvec", "view public.seen",
    ]  # fmt: skip
    assert all(skipped.reason for skipped in lab.skipped)


def test_the_planner_knows_the_tables_as_the_server_does(db15, lab, snapshot):
    with Session(db15) as server:
        for text in ("SELECT id FROM places", "SELECT id FROM cities", "SELECT id FROM visits"):
            there = server.rows(f"EXPLAIN (FORMAT JSON) {text}")[0][0][0]["Plan"]
            ours = lab.session.rows(f"EXPLAIN (FORMAT JSON) {text}")[0][0][0]["Plan"]
            assert (ours["Plan Rows"], ours["Total Cost"]) == (there["Plan Rows"], there["Total Cost"])


def test_indexes_on_everything_else_are_costed_and_used(costs):
    assert costs.prepare(index for index, _ in CASES) == {}
    for index, text in CASES:
        assert costs.size_bytes(index) >= 8192
        if text is None:
            continue
        before, after = costs.cost(Sample(text), NONE), costs.cost(Sample(text), frozenset({index}))
        assert after.used == {index}, text
        assert after.total_cost < before.total_cost


def test_an_index_of_the_snapshot_on_another_column_is_there(costs):
    plan = costs.cost(Sample("SELECT id FROM places WHERE made_at < '2025-01-01 01:00+00'"), NONE).plan
    assert plan.indexes() == {"places_made"}


def test_an_index_that_needs_the_types_is_refused_with_the_reason(costs):
    refused = costs.prepare(OF_THE_TYPES)
    assert refused.keys() == set(OF_THE_TYPES)
    for index, reason in refused.items():
        assert "which the lab lacks" in reason, index


def test_a_query_that_reads_such_a_column_is_planned_one_that_calls_the_extension_is_not(costs):
    index = CASES[0][0]
    costs.prepare([index])
    assert costs.cost(Sample("SELECT * FROM places WHERE city_id = 77"), frozenset({index})).used == {index}
    with pytest.raises(StatementFailed, match="st_x"):
        costs.cost(Sample("SELECT id FROM places WHERE gis.st_x(geom) > 5"), NONE)
    # and the next question is answered
    assert costs.cost(Sample("SELECT * FROM cities"), NONE).total_cost > 0


def test_the_whole_advice_from_the_file(snapshot, tmp_path):
    save(snapshot, tmp_path / "shop.snapshot")
    read = load(tmp_path / "shop.snapshot")
    (tmp_path / "queries.sql").write_text(WORKLOAD)
    workload = usable(group(SqlFileSource([str(tmp_path / "queries.sql")])))
    with Lab.open(read) as lab:
        document = advise(workload, read.catalog, LabCosts(lab, read))
    keys = {(item.table, item.columns[0]) for item in document.recommendations}
    assert keys == {("places", "city_id"), ("visits", "visitor")}
    said = " ".join(f"{item.subject}: {item.reason}" for item in document.skipped)
    for wanted in ("extension postgis", "type gis.geometry", "st_x", "st_makeenvelope"):
        assert wanted in said


def test_what_the_lab_brings_is_loaded_whole(db18, run_sql):
    run_sql(db18, """
CREATE EXTENSION citext; CREATE EXTENSION vector;
CREATE TABLE docs (id int PRIMARY KEY, title citext, embedding vector(3));
INSERT INTO docs SELECT i, 'Title ' || i, format('[%s,%s,1]', i % 100, i % 37)::vector FROM generate_series(1, 20000) i;
CREATE INDEX docs_near ON docs USING hnsw (embedding vector_l2_ops);
ANALYZE docs;
""")  # fmt: skip
    with Session(db18) as session:
        snapshot = take(session, embedded_bindir() / "pg_dump")
        query = "SELECT id FROM docs WHERE title = 'TITLE 77'"
        there = session.rows(f"EXPLAIN (FORMAT JSON) {query}")[0][0][0]["Plan"]["Total Cost"]
    index = IndexDef(TableName("public", "docs"), (IndexKey("title"),))
    with Lab.open(snapshot) as lab, LabCosts(lab, snapshot) as costs:
        assert lab.skipped == []
        assert costs.prepare([index]) == {}
        assert costs.cost(Sample(query), NONE).total_cost == pytest.approx(there, rel=0.001)
        assert costs.cost(Sample(query), frozenset({index})).used == {index}
        assert costs.cost(Sample("SELECT id FROM docs WHERE embedding = '[1,2,1]'"), NONE).total_cost > 0
