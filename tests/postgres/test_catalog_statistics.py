"""Extended statistics that exist are seen, and advice says of them what is left to do; the SQL advised is run and does it."""

from __future__ import annotations

import json

import psycopg
import pytest

from indexadvisor.catalog.extended import on_expression
from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import IndexDef, IndexKey, StatisticsObject, TableName
from indexadvisor.catalog.snapshot import take
from indexadvisor.catalog.snapshot_file import load as load_file
from indexadvisor.catalog.snapshot_file import save
from indexadvisor.db import queries
from indexadvisor.db.connection import Session
from indexadvisor.explain.engine import report
from indexadvisor.explain.thresholds import Thresholds
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.selection.risk import risks_of
from indexadvisor.usage.graph import usage_graph
from tests.fakes.plans import analysis_of, plan_from_text
from tests.fakes.schema import workload_from_sql

PLACES = TableName("public", "places")
PG_DUMP = embedded_bindir() / "pg_dump"
# 20,000 rows, each of which ANALYZE reads, so that nothing depends on a sample; autovacuum would fill what the tests want empty
SCHEMA = """
CREATE TABLE places (id int PRIMARY KEY, dropped int, city int, zip int, note text) WITH (autovacuum_enabled = false);
ALTER TABLE places DROP COLUMN dropped;
INSERT INTO places SELECT g, g % 100, g % 100, 'n' || g % 7 FROM generate_series(1, 20000) g;
ANALYZE places;
"""
QUERY = "SELECT * FROM places WHERE city = 7 AND zip = 7"
GROUPS = "SELECT city, zip, count(*) FROM places GROUP BY city, zip"


@pytest.fixture(params=["db15", "db18"])
def places(request, run_sql):
    dsn = request.getfixturevalue(request.param)
    run_sql(dsn, SCHEMA)
    return dsn


def catalog_of(dsn):
    with Session(dsn) as session:
        return load(session)


def plan_of(dsn, query=QUERY):
    with psycopg.connect(dsn) as conn:
        conn.execute("SET max_parallel_workers_per_gather = 0")
        (found,) = conn.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}").fetchone()
    return plan_from_text(json.dumps(found))


def findings(plan, catalog, code):
    return report(analysis_of(plan, catalog), Thresholds(), only=[code]).findings


def advised(plan, catalog, code):
    """Return the SQL of all advice of a rule, in order."""
    (finding,) = findings(plan, catalog, code)
    return [advice.sql for advice in finding.advice]


CITY_ZIP = (IndexKey("city"), IndexKey("zip"))


def risks(catalog, kind="correlated-columns", query=QUERY, keys=CITY_ZIP):
    usage = usage_graph(workload_from_sql(f"-- query id=q\n{query};"), catalog)
    found = risks_of(IndexDef(PLACES, tuple(keys)), ["q"], {}, catalog, usage)
    return [risk.sentence for risk in found if risk.kind == kind]


CREATE = "CREATE STATISTICS public.places_city_zip_stats (dependencies, mcv) ON city, zip FROM public.places; ANALYZE public.places;"
ANALYZE = "ANALYZE public.places;"


def test_from_nothing_to_filled_statistics(places, run_sql):
    plan = plan_of(places)
    assert advised(plan, catalog_of(places), "EX37") == [CREATE]
    assert advised(plan, catalog_of(places), "EX35") == [CREATE, ANALYZE]
    assert len(risks(catalog_of(places))) == 1
    run_sql(places, CREATE.partition(";")[0])
    empty = catalog_of(places)
    (known,) = empty.statistics_of(PLACES)
    assert known == StatisticsObject("public", "places_city_zip_stats", PLACES, ("city", "zip"), (), ("f", "m"), analyzed=False)
    assert advised(plan, empty, "EX37") == advised(plan, empty, "EX35") == [ANALYZE]
    (sentence,) = risks(empty)
    assert sentence.endswith("ANALYZE would tell, as the statistics places_city_zip_stats on them hold no data yet")
    run_sql(places, ANALYZE)
    filled = catalog_of(places)
    assert filled.statistics_of(PLACES)[0].analyzed is True
    assert findings(plan_of(places), filled, "EX37") == findings(plan_of(places), filled, "EX35") == ()
    assert risks(filled) == []
    # a plan from before, or one that is wrong all the same: a finer sample is left
    finer = "ALTER STATISTICS public.places_city_zip_stats SET STATISTICS 1000; ANALYZE public.places;"
    assert advised(plan, filled, "EX37") == advised(plan, filled, "EX35") == [finer]
    for statement in finer.split("; "):
        run_sql(places, statement)
    assert advised(plan, catalog_of(places), "EX37") == [finer.replace("1000", "10000")]


def test_statistics_of_the_wrong_kind_do_not_stand_in_the_way(places, run_sql):
    run_sql(places, "CREATE STATISTICS places_city_zip_stats (ndistinct) ON zip, city FROM places")
    run_sql(places, ANALYZE)
    catalog, plan = catalog_of(places), plan_of(places)
    (sql,) = advised(plan, catalog, "EX37")
    # under a name of its own: the plain one is taken
    assert sql == CREATE.replace("_stats", "_stats1")
    (finding,) = findings(plan, catalog, "EX37")
    assert finding.advice[0].text.endswith("public.places_city_zip_stats over them do not help here: they are of kind ndistinct.")
    assert len(risks(catalog)) == 1
    for statement in sql.split("; "):
        run_sql(places, statement)
    assert findings(plan_of(places), catalog_of(places), "EX37") == ()
    assert risks(catalog_of(places)) == []


def test_groups_are_counted_by_ndistinct_alone(places, run_sql):
    before = plan_of(places, GROUPS)
    run_sql(places, "CREATE STATISTICS s (dependencies, mcv) ON city, zip FROM places")
    run_sql(places, ANALYZE)
    (finding,) = findings(plan_of(places, GROUPS), catalog_of(places), "EX35")
    sql = "CREATE STATISTICS public.places_city_zip_stats (ndistinct) ON city, zip FROM public.places; ANALYZE public.places;"
    assert [advice.sql for advice in finding.advice] == [sql]
    for statement in sql.split("; "):
        run_sql(places, statement)
    assert findings(plan_of(places, GROUPS), catalog_of(places), "EX35") == ()
    finer = "ALTER STATISTICS public.places_city_zip_stats SET STATISTICS 1000; ANALYZE public.places;"
    assert advised(before, catalog_of(places), "EX35") == [finer]


def test_statistics_on_expressions(places, run_sql):
    run_sql(places, "CREATE SCHEMA other; CREATE STATISTICS other.lowered ON lower(note) FROM places")
    run_sql(places, "CREATE STATISTICS twice ON (city * 2), (note || '!'), id FROM places")
    lowered, twice = catalog_of(places).statistics_of(PLACES)
    assert (str(lowered.full_name), lowered.expressions, lowered.columns, lowered.kinds) == ("other.lowered", ("lower(note)",), (), ("e",))
    assert (twice.expressions, twice.columns) == (("city * 2", "note || '!'::text"), ("id",))
    assert twice.kinds == ("d", "f", "m", "e")
    assert (lowered.analyzed, twice.analyzed) == (False, False)
    plan = plan_of(places, "SELECT * FROM places p WHERE lower(p.note) = 'n3'")
    assert advised(plan, catalog_of(places), "EX35") == [ANALYZE]
    run_sql(places, ANALYZE)
    catalog = catalog_of(places)
    assert [each.analyzed for each in catalog.statistics] == [True, True]
    assert findings(plan_of(places, "SELECT * FROM places p WHERE lower(p.note) = 'n3'"), catalog, "EX35") == ()
    assert on_expression(catalog, PLACES, "LOWER(note)").holder.name == "lowered"
    assert on_expression(catalog, PLACES, "note || '!'").holder.name == "twice"
    assert on_expression(catalog, PLACES, "upper(note)") is None


def test_analyze_that_finds_nothing_to_hold_fills_them_all_the_same(places, run_sql):
    run_sql(places, "CREATE TABLE grid AS SELECT i % 10 AS a, i / 10 AS b FROM generate_series(0, 99) AS i")
    run_sql(places, "CREATE STATISTICS s (dependencies) ON a, b FROM grid; ANALYZE grid")
    assert [each.analyzed for each in catalog_of(places).statistics] == [True]
    with Session(places) as session:
        snapshot = take(session, PG_DUMP)
    assert snapshot.extended == ()
    assert [each.reason.partition(":")[0] for each in snapshot.skipped] == ["ANALYZE of grid found nothing for it to hold"]


def test_who_is_not_the_owner_is_not_shown_whether_they_hold_data(places, run_sql, tmp_path):
    run_sql(places, "DROP ROLE IF EXISTS statistics_reader; CREATE ROLE statistics_reader LOGIN IN ROLE pg_read_all_data")
    run_sql(places, CREATE.partition(";")[0])
    run_sql(places, ANALYZE)
    try:
        low = places.replace("user=postgres", "user=statistics_reader")
        catalog = catalog_of(low)
        with Session(low) as session:
            snapshot = take(session, PG_DUMP)
    finally:
        run_sql(places, "DROP OWNED BY statistics_reader; DROP ROLE statistics_reader")
    (known,) = catalog.statistics
    assert (known.columns, known.analyzed) == (("city", "zip"), None)
    reasons = {each.subject: each.reason for each in catalog.skipped}
    assert "which role statistics_reader is not" in reasons["extended statistics places_city_zip_stats"]
    # said once in a snapshot, with its consequence for the lab
    named = [each for each in (*snapshot.skipped, *snapshot.catalog.skipped) if each.subject.startswith("extended statistics")]
    assert [each.reason.rpartition(": ")[2] for each in named] == ["columns are taken as independent there"]
    assert risks(catalog) == []
    run_sql(places, "DROP STATISTICS places_city_zip_stats; ANALYZE places")
    (finding,) = findings(plan_of(places), catalog, "EX37")
    assert [advice.kind for advice in finding.advice] == ["analyze", "statistics"]
    assert "whether they hold data is not shown to this role" in finding.advice[0].text
    save(snapshot, tmp_path / "file")
    assert load_file(tmp_path / "file").catalog.statistics == catalog.statistics


def test_row_security_that_applies_to_the_owner_hides_the_data(places, run_sql):
    run_sql(places, "DROP ROLE IF EXISTS statistics_owner; CREATE ROLE statistics_owner LOGIN; GRANT CREATE ON SCHEMA public TO PUBLIC")
    run_sql(places, "CREATE STATISTICS s ON city, zip FROM places; ALTER TABLE places OWNER TO statistics_owner")
    owner = places.replace("user=postgres", "user=statistics_owner")
    try:
        assert [each.analyzed for each in catalog_of(owner).statistics] == [False]
        run_sql(places, "ALTER TABLE places ENABLE ROW LEVEL SECURITY; ALTER TABLE places FORCE ROW LEVEL SECURITY")
        assert [each.analyzed for each in catalog_of(owner).statistics] == [None]
    finally:
        run_sql(places, "DROP OWNED BY statistics_owner; DROP ROLE statistics_owner")


def test_a_locked_table_is_not_waited_for(places, run_sql):
    run_sql(places, "CREATE STATISTICS s ON lower(note), city FROM places; CREATE TABLE free (a int, b int)")
    run_sql(places, "CREATE STATISTICS t ON a, b FROM free")
    with psycopg.connect(places) as other:
        other.execute("LOCK TABLE places IN ACCESS EXCLUSIVE MODE")
        # a session of ours gives up waiting after seconds, so that this fails rather than hangs
        assert [each.name for each in catalog_of(places).statistics] == ["t"]


def test_a_partition_is_estimated_by_its_own_statistics(places, run_sql):
    run_sql(places, "ALTER TABLE places RENAME TO rest")
    run_sql(places, "CREATE TABLE places (LIKE rest) PARTITION BY RANGE (id); ALTER TABLE places ATTACH PARTITION rest DEFAULT")
    run_sql(places, "CREATE STATISTICS whole (dependencies) ON city, zip FROM places")
    run_sql(places, ANALYZE)
    assert plan_of(places).root.rows < 3
    (sentence,) = risks(catalog_of(places))
    assert "in each partition" in sentence
    (sql, *_) = advised(plan_of(places), catalog_of(places), "EX37")
    assert sql == CREATE.replace("places", "rest")
    for statement in sql.split("; "):
        run_sql(places, statement)
    assert plan_of(places).root.rows > 100
    assert risks(catalog_of(places)) == []


LOWERED = "SELECT * FROM places WHERE lower(note) = 'n3'"
HALVES = """
CREATE TABLE whole (LIKE places) PARTITION BY RANGE (id);
CREATE TABLE first PARTITION OF whole FOR VALUES FROM (0) TO (10001) WITH (autovacuum_enabled = false);
CREATE TABLE rest PARTITION OF whole FOR VALUES FROM (10001) TO (30000) WITH (autovacuum_enabled = false);
CREATE TABLE empty PARTITION OF whole FOR VALUES FROM (30000) TO (40000) WITH (autovacuum_enabled = false);
INSERT INTO whole SELECT * FROM places; DROP TABLE places; ALTER TABLE whole RENAME TO places;
"""


def test_statistics_on_an_expression_of_a_partitioned_table_are_those_of_its_partitions(places, run_sql):
    run_sql(places, HALVES)
    lowered = "ON lower(note) FROM"
    steps = (
        ("", 200, True),
        (f"CREATE STATISTICS whole {lowered} places", 200, True),
        (f"CREATE STATISTICS one {lowered} first", 1600, True),
        (f"DROP STATISTICS whole; CREATE STATISTICS two {lowered} rest", 2900, False),
        ("DROP STATISTICS one, two; CREATE INDEX lowered ON places (lower(note))", 2900, False),
    )
    before = 0
    for statement, rows, risky in steps:
        run_sql(places, f"{statement}; ANALYZE places")
        assert before <= plan_of(places, f"{LOWERED} ORDER BY id").root.rows <= rows
        for kind, keys in (("expression-statistics", [IndexKey(expression="lower(note)")]), ("default-selectivity", [IndexKey("city")])):
            assert len(risks(catalog_of(places), kind, f"{LOWERED} LIMIT 9", keys)) == risky
        before = plan_of(places, f"{LOWERED} ORDER BY id").root.rows


def test_partitions_analyzed_without_the_whole_are_no_guess(places, run_sql):
    # autovacuum analyzes partitions, never the partitioned table
    run_sql(places, HALVES)
    query = "SELECT * FROM places WHERE zip > 49"
    run_sql(places, "ANALYZE first")
    assert len(risks(catalog_of(places), "default-selectivity", query)) == 1
    run_sql(places, "ANALYZE rest")
    catalog = catalog_of(places)
    assert [table.column("zip").statistics is None for table in catalog.tables if table.kind == "p"] == [True]
    assert risks(catalog, "default-selectivity", query) == []


def test_a_free_name_is_still_free_when_the_server_has_cut_it(places, run_sql):
    column = "ü" * 31
    run_sql(places, f"ALTER TABLE places RENAME city TO {column}")
    plan = plan_of(places, QUERY.replace("city", column))
    for number in range(3):
        (sql,) = advised(plan, catalog_of(places), "EX37")
        # of a kind that does not help here, so that the same is advised again
        run_sql(places, sql.partition(";")[0].replace("(dependencies, mcv)", "(ndistinct)"))
        assert len(catalog_of(places).statistics) == number + 1


def test_the_statements_for_older_servers_say_the_same(places, run_sql):
    # the views of 15 and 18 have all columns that those of 12 to 14 have
    run_sql(places, "CREATE STATISTICS filled ON city, zip FROM places; CREATE STATISTICS other ON lower(note) FROM places")
    run_sql(places, "ALTER STATISTICS filled SET STATISTICS 20")
    run_sql(places, ANALYZE)
    with Session(places) as session:
        twelve, fourteen, fifteen = (session.rows(queries.get("extended_statistics", major * 10_000), [[]]) for major in (12, 14, 15))
        data = [session.rows(queries.get("extended_data", major * 10_000)) for major in (12, 15)]
    assert [row[1] for row in fifteen] == ["filled", "other"]
    assert twelve[0] == fourteen[0] == fifteen[0]
    assert fifteen[0][5:8] == (["d", "f", "m"], 20, True)
    # of expressions alone version 14 does not say it without a lock on the table
    assert (fourteen[1][4], fourteen[1][7], fifteen[1][7]) == (["lower(note)"], None, True)
    assert twelve[1][4] == []
    assert [row[:2] + row[3:] for row in data[0]] == [row[:2] + row[3:] for row in data[1]]
