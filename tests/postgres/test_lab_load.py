"""Loading dumps into the lab: every kind of object arrives; what the lab lacks costs only what needs it, by name; nothing may do harm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from indexadvisor.catalog.model import Catalog, Column, IndexDef, IndexKey, ServerInfo, Table, TableName
from indexadvisor.catalog.snapshot import take
from indexadvisor.catalog.snapshot_extended import ExtendedStatistics
from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.run import Explainer
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.lab.lab import Lab
from indexadvisor.lab.roles import Rights, Roles
from indexadvisor.lab.server import LabServer
from indexadvisor.whatif.lab import LabCosts
from indexadvisor.workload.model import Sample

pytestmark = pytest.mark.postgres

RICH = """
CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE shop.pair AS (a int, b text);
CREATE DOMAIN shop.positive AS int CHECK (VALUE > 0);
CREATE TABLE shop."Customer" (id int PRIMARY KEY, mood shop.mood, pair shop.pair, n shop.positive,
  name text, upper_name text GENERATED ALWAYS AS (upper(name)) STORED, tenant text);
INSERT INTO shop."Customer" (id, mood, pair, n, name, tenant)
  SELECT i, 'ok', (i, 'x')::shop.pair, i, 'Name' || i, 't' || i % 9 FROM generate_series(1, 5000) i;
CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id int REFERENCES shop."Customer"(id) ON DELETE CASCADE, at date, total numeric);
INSERT INTO shop.orders
  SELECT i, 1 + i % 5000, date '2024-01-01' + i % 400, i % 77 FROM generate_series(1, 20000) i;
CREATE INDEX orders_at ON shop.orders (at DESC) INCLUDE (total);
CREATE INDEX orders_big ON shop.orders (customer_id) WHERE total > 70;
CREATE INDEX customer_lower ON shop."Customer" (lower(name));
CREATE STATISTICS shop.both (dependencies, ndistinct) ON customer_id, at FROM shop.orders;
CREATE TABLE base (a int, b int); CREATE TABLE child (c int) INHERITS (base);
INSERT INTO base SELECT i, i FROM generate_series(1, 300) i;
INSERT INTO child SELECT i, i, i FROM generate_series(1, 3000) i;
CREATE TABLE p (k int, at date) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p DEFAULT;
CREATE INDEX p_at ON p (at);
INSERT INTO p SELECT i % 3, date '2024-01-01' + i % 90 FROM generate_series(1, 9000) i;
CREATE VIEW shop.recent AS SELECT o.id, c.name FROM shop.orders o JOIN shop."Customer" c ON c.id = o.customer_id WHERE at > '2024-12-01';
CREATE MATERIALIZED VIEW shop.totals AS SELECT customer_id, sum(total) AS s FROM shop.orders GROUP BY 1;
CREATE INDEX totals_s ON shop.totals (s);
CREATE FUNCTION shop.twice(i int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT i * 2; END;
CREATE INDEX base_twice ON base (shop.twice(a));
CREATE TABLE never_analyzed (a int);
"""
SECURED = """
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lab tenant') THEN CREATE ROLE "lab tenant"; END IF; END $$;
ALTER TABLE shop."Customer" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shop."Customer" TO "lab tenant" USING (tenant = 't3');
GRANT USAGE ON SCHEMA shop TO "lab tenant"; GRANT SELECT ON shop."Customer" TO "lab tenant";
"""
QUERIES = (
    'SELECT * FROM shop."Customer" WHERE lower(name) = \'name7\'',
    "SELECT * FROM shop.orders WHERE customer_id = 5 AND total > 75",
    "SELECT total FROM shop.orders WHERE at > '2024-12-20' ORDER BY at DESC",
    "SELECT * FROM shop.recent WHERE name = 'Name7'",
    "SELECT * FROM shop.totals WHERE s > 280 ORDER BY s LIMIT 5",
    "SELECT * FROM base WHERE a = 5",
    "SELECT * FROM p WHERE at = '2024-02-01' AND k = 1",
    "SELECT * FROM base WHERE shop.twice(a) = 8",
    'DELETE FROM shop."Customer" WHERE id = 5',
)


@dataclass(frozen=True)
class Dumps:
    """A snapshot made by hand."""

    schema_sql: str
    statistics_sql: str
    catalog: Catalog
    extended: tuple[ExtendedStatistics, ...] = ()


def by_hand(schema, tables, **catalog):
    """A snapshot of a few tables with columns (name, type, base type)."""
    made = []
    for name, columns in tables.items():
        found = tuple(Column(column, number, kind, base, "U") for number, (column, kind, base) in enumerate(columns, 1))
        made.append(Table(TableName("public", name), "r", found, rows=1000.0, pages=100))
    return Dumps(schema, "", Catalog(ServerInfo(150000, "15.0", "x", bytewise=True), tuple(made), **catalog))


def names(lab):
    return {skipped.subject: skipped.reason for skipped in lab.skipped}


@pytest.fixture
def rich(db18, run_sql):
    run_sql(db18, RICH)
    run_sql(db18, SECURED)
    run_sql(db18, 'SET default_statistics_target = 1000; ANALYZE shop."Customer", shop.orders, base, child, p, p1, p2, shop.totals')
    yield db18
    run_sql(db18, 'DROP OWNED BY "lab tenant"')
    run_sql(db18, 'DROP ROLE "lab tenant"')


def test_every_kind_of_object_arrives_and_costs_the_same(rich):
    with Session(rich) as session:
        snapshot = take(session, embedded_bindir() / "pg_dump")
        with Lab.open(snapshot) as lab, LabCosts(lab, snapshot) as costs:
            assert lab.skipped == []
            there = Explainer(session)
            for text in QUERIES:
                sample = Sample(text)
                real, ours = there.explain(sample), costs.cost(sample, frozenset())
                assert ours.total_cost == pytest.approx(real.total_cost, rel=0.001), text
                assert ours.plan.indexes() == real.indexes(), text


def test_a_role_is_planned_under_its_policies(rich):
    with Session(rich) as session:
        snapshot = take(session, embedded_bindir() / "pg_dump")
    text = 'SELECT * FROM shop."Customer" WHERE n < 4000'
    with Lab.open(snapshot) as lab, LabCosts(lab, snapshot) as costs:
        index = IndexDef(TableName("shop", "Customer"), (IndexKey("tenant"),))
        costs.prepare([index])
        everything = frozenset({index})
        assert "tenant" in str(costs.cost(Sample(text, user="lab tenant"), everything).plan.root.details)
        assert "tenant" not in str(costs.cost(Sample(text), everything).plan.root.details)
        # the snapshot says what the role is, so that nothing had to be guessed
        assert not [each for each in costs.skipped if "row security" in each.reason]


def test_a_role_that_no_policy_can_name_is_planned_without_and_said(rich):
    with Session(rich) as session:
        snapshot = take(session, embedded_bindir() / "pg_dump")
    text = 'SELECT * FROM shop."Customer" WHERE n < 4000'
    with Lab.open(snapshot) as lab, LabCosts(lab, snapshot) as costs:
        own = costs.cost(Sample(text), frozenset())
        # the last is a role of PostgreSQL's own that may run programs: no captured statement shall have its rights
        for user in ("someone else", "postgres", "indexadvisor_lab", 'o"dd', "x" * 80, "pg_execute_server_program"):
            assert costs.cost(Sample(text, user=user), frozenset()).total_cost == own.total_cost
        said = {each.subject: each.reason for each in costs.skipped}
    assert "no policy names it" in said["role someone else"]
    # the snapshot says that it is a superuser
    assert "role postgres" not in said
    assert "permission denied" in said["role pg_execute_server_program"]


def test_a_policy_for_everybody_applies_to_a_role_it_does_not_name(db18, run_sql):
    run_sql(db18, "CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i; ANALYZE t;")
    run_sql(db18, "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (b = 7)")
    with Session(db18) as session:
        snapshot = take(session, embedded_bindir() / "pg_dump")
    with Lab.open(snapshot) as lab, LabCosts(lab, snapshot) as costs:
        assert "b = 7" in str(costs.cost(Sample("SELECT a FROM t", user="app"), frozenset()).plan.root.details)
        assert "under the policies" in names(lab)["role app"]


def test_what_is_known_of_a_role_decides_whether_policies_apply(db18, run_sql):
    run_sql(db18, "CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i; ANALYZE t;")
    run_sql(db18, "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t TO pg_monitor USING (b = 7)")
    with Session(db18) as session:
        snapshot = take(session, embedded_bindir() / "pg_dump")
    policy = replace(snapshot.catalog.policies[0], roles=("staff",))
    schema = snapshot.schema_sql.replace("TO pg_monitor", "TO staff")
    snapshot = replace(snapshot, schema_sql=schema, catalog=replace(snapshot.catalog, policies=(policy,)))
    known = {
        "ann": Rights(has_rights_of=("staff",)), "root": Rights(exempt=True), "shop": Rights(), "bob": Rights(has_rights_of=("shop",)),
        "eve": Rights(), "staff": Rights(),
    }  # fmt: skip
    server = LabServer.start(snapshot.catalog)
    server.roles = Roles(snapshot.catalog, known, {TableName("public", "t"): "shop", TableName("public", "gone"): "shop"})
    with Lab(server) as lab:
        server.load(snapshot)
        lab.connect(*server.databases(1))
        costs = LabCosts(lab, snapshot)
        plans = {user: costs.cost(Sample("SELECT a FROM t", user=user), frozenset()).plan.root for user in (None, *known)}
        assert costs.skipped == ()
    filtered = {user for user, root in plans.items() if "b = 7" in str(root.details)}
    nothing = {user for user, root in plans.items() if root.node_type == "Result"}
    assert filtered == {"ann", "staff"}
    assert nothing == {"eve"}


def test_missing_types_and_functions_cost_only_what_needs_them():
    schema = """
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
CREATE TABLE public.places (
    id uuid DEFAULT public.uuid_generate_v4() NOT NULL,
    name public.citext COLLATE pg_catalog."xx-nowhere" NOT NULL,
    at integer,
    geom public.geometry(Point,4326),
    more topology.topogeometry,
    CONSTRAINT valid CHECK (public.st_isvalid(geom))
);
CREATE VIEW public.near AS SELECT public.st_x(geom) FROM public.places;
CREATE INDEX places_geom ON public.places USING gist (geom public.gist_geometry_ops_2d);
CREATE INDEX places_name ON public.places USING btree (name);
CREATE FUNCTION public.area(public.geometry) RETURNS int LANGUAGE c AS '$libdir/postgis-3', 'area';
CREATE TABLE public.others (a integer);
"""
    columns = [("id", "uuid", "uuid"), ("name", "citext", "citext"), ("at", "integer", "int4")]
    columns.append(("geom", "geometry(Point,4326)", "geometry"))
    snapshot = by_hand(schema, {"places": columns, "others": [("a", "integer", "int4")]})
    with Lab.open(snapshot) as lab, LabCosts(lab, snapshot) as costs:
        places = TableName("public", "places")
        fine, no_type = IndexDef(places, (IndexKey("at"),)), IndexDef(places, (IndexKey("geom"),), method="gist")
        in_predicate = IndexDef(places, (IndexKey("at"),), predicate="geom IS NOT NULL")
        refused = costs.prepare([fine, no_type, in_predicate])
        assert fine not in refused, names(lab)
        assert refused.keys() == {no_type, in_predicate}
        assert "geometry" in refused[no_type]
        answer = costs.cost(Sample("SELECT name FROM places WHERE at = 5"), frozenset({fine}))
        assert answer.used == {fine}
        assert costs.cost(Sample("SELECT * FROM others"), frozenset()).total_cost > 100
        said = names(lab)
    wanted = {"extension postgis", "type public.geometry", "type topology.topogeometry", "table public.places", "view public.near"}
    assert wanted | {"index places_geom on public.places", "function public.area"} == said.keys()
    assert "postgis" in said["extension postgis"]


def test_nothing_in_a_snapshot_can_do_more_than_fill_its_database(tmp_path):
    marker = tmp_path / "harm"
    tmp_path.chmod(0o777)
    schema = f"""
COPY (SELECT 1) TO PROGRAM 'touch {marker}';
DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {marker}'''; END $$;
SET ROLE postgres;
ALTER SYSTEM SET archive_command = 'touch {marker}';
CREATE FUNCTION public.harm(i int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {marker}'''; RETURN 1; END $$;
ALTER FUNCTION public.harm IMMUTABLE;
CREATE FUNCTION public.ask(i int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT pg_read_file('/etc/hostname') $$;
CREATE TABLE public.t (a integer);
CREATE TABLE public.u (a integer DEFAULT public.harm(1));
CREATE INDEX t_harm ON public.t USING btree (public.harm(1), a);
"""
    columns = [("a", "integer", "int4")]
    snapshot = by_hand(schema, {"t": columns, "u": columns})
    with Lab.open(snapshot) as lab, LabCosts(lab, snapshot) as costs:
        hostile = IndexDef(TableName("public", "t"), (IndexKey(expression="public.harm(a)"), IndexKey(expression="public.harm(2)")))
        costs.prepare([hostile])
        for text in ("SELECT harm(1)", "SELECT ask(1)", "SELECT * FROM t WHERE a = harm(3)", "SELECT * FROM t WHERE harm(a) = 5"):
            try:
                costs.cost(Sample(text), frozenset())
            except StatementFailed as error:
                assert "permission denied" in str(error) or "non-volatile" in str(error)  # noqa: PT017
        with pytest.raises(StatementFailed, match="permission denied"):
            lab.session.rows("SELECT pg_read_file('/etc/hostname')")
        assert len(lab.skipped) >= 3
    assert not marker.exists()


def test_tables_of_many_terabytes_take_no_room():
    snapshot = by_hand("CREATE TABLE public.huge (a bigint, b integer);", {"huge": [("a", "bigint", "int8"), ("b", "integer", "int4")]})
    huge = replace(snapshot.catalog.tables[0], rows=2e11, pages=800_000_000, all_visible_pages=400_000_000)
    snapshot = replace(snapshot, catalog=replace(snapshot.catalog, tables=(huge,)))
    labs = Lab.open_several(snapshot, 2)
    with labs[0], labs[1]:
        for lab in labs:
            costs = LabCosts(lab, snapshot)
            index = IndexDef(huge.name, (IndexKey("a"),))
            assert costs.prepare([index]) == {}
            scan = costs.cost(Sample("SELECT count(*) FROM huge"), frozenset())
            assert scan.plan.total_cost > 800_000_000 / 10
            assert costs.cost(Sample("SELECT * FROM huge ORDER BY a LIMIT 5"), frozenset({index})).used == {index}
        stored = sum(path.stat().st_blocks * 512 for path in _files(labs[0]))
    assert stored < 100_000_000


def _files(lab):
    return [path for path in Path(lab._server.cluster.data).rglob("*") if path.is_file()]


def test_several_labs_stand_side_by_side():
    snapshot = by_hand("CREATE TABLE public.t (a integer);", {"t": [("a", "integer", "int4")]})
    with Lab.open(snapshot) as one, Lab.open(snapshot) as two:
        assert one.session.rows("SELECT count(*) FROM t") == two.session.rows("SELECT count(*) FROM t") == [(0,)]


def test_a_lab_leaves_nothing_behind():
    snapshot = by_hand("CREATE TABLE public.t (a integer);", {"t": [("a", "integer", "int4")]})
    with Lab.open(snapshot) as lab:
        directory, dsn = lab._server.cluster.directory, lab._server.cluster.dsn()
        assert directory.exists()
    lab.close()
    assert not directory.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dsn)
