"""Snapshots of real servers: taken by any role, complete, and loadable into an empty database of version 18."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import time

import psycopg
import pytest

from indexadvisor.catalog.load import load as load_catalog
from indexadvisor.catalog.model import Catalog, ServerInfo, TableName
from indexadvisor.catalog.snapshot import take
from indexadvisor.catalog.snapshot_dump import Dump, check_program
from indexadvisor.catalog.snapshot_file import load, save
from indexadvisor.catalog.snapshot_note import note
from indexadvisor.catalog.snapshot_script import split
from indexadvisor.cli.snapshot import snapshot as snapshot_command
from indexadvisor.db.connection import Session
from indexadvisor.db.environment import child_environment
from indexadvisor.errors import LabError, SnapshotError
from indexadvisor.lab.cluster import embedded_bindir

PG_DUMP = embedded_bindir() / "pg_dump"
HOSTILE = 'we ird.$x*?[a]|(b) "q"\n-- \\restrict; it\'s \\ %s'
QUOTED = '"' + HOSTILE.replace('"', '""') + '"'

SCHEMA = f"""
CREATE EXTENSION pg_trgm;
CREATE EXTENSION postgres_fdw;
CREATE SCHEMA sales;
CREATE SCHEMA {QUOTED};
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN email AS text CHECK (value ~ '@');
CREATE DOMAIN score AS int;
CREATE FUNCTION sales.twice(x int) RETURNS int IMMUTABLE LANGUAGE sql AS $$SELECT x * 2; -- ; CREATE USER MAPPING
$$;
CREATE TABLE users (id int PRIMARY KEY,
    email email, name text COLLATE "C", mood mood, tags text[], doc jsonb, at timestamptz, span int4range,
    words tsrange, score score, ok bool, address inet, raw bytea, nums int[]);
INSERT INTO users SELECT g, 'secret' || g % 10 || '@x', 'secret''\\;' || g % 7, 'ok', ARRAY['secret' || g % 3], '{{"k": "secret"}}',
    '2026-01-01'::timestamptz + g * interval '1 h', int4range(g, g + 5), NULL, g % 9, g % 2 = 0, '10.77.0.1', 'secret', ARRAY[77077]
    FROM generate_series(1, 1000) g;
CREATE INDEX users_lower ON users (lower(email), (score * 2), sales.twice(score));
CREATE INDEX users_trgm ON users USING gin (name gin_trgm_ops);
CREATE TABLE sales.orders (id bigint PRIMARY KEY, user_id int REFERENCES users, status text, total numeric(10,2));
INSERT INTO sales.orders SELECT g, 1 + g % 1000, CASE WHEN g % 10 = 0 THEN 'open' ELSE 'done' END, g FROM generate_series(1, 5000) g;
CREATE INDEX ON sales.orders (user_id) WHERE status = 'open';
CREATE STATISTICS sales.st ON user_id, status FROM sales.orders;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON users USING (name = current_user);
CREATE VIEW open_orders AS SELECT o.id, u.name FROM sales.orders o JOIN users u ON u.id = o.user_id WHERE o.status = 'open';
CREATE VIEW over_view AS SELECT id FROM open_orders;
CREATE MATERIALIZED VIEW totals AS SELECT user_id, sum(total) AS total FROM sales.orders GROUP BY user_id;
CREATE TABLE events (id int, at date, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (kind);
CREATE TABLE events_new_a PARTITION OF events_new FOR VALUES IN ('a');
CREATE INDEX events_at ON events (at);
INSERT INTO events SELECT g, '2020-02-01', 'k' FROM generate_series(1, 300) g;
CREATE TABLE {QUOTED}.{QUOTED} ({QUOTED} text DEFAULT {"'" + HOSTILE.replace("'", "''") + "'"}, n int);
INSERT INTO {QUOTED}.{QUOTED} SELECT {"'secret" + HOSTILE.replace("'", "''") + "'"} || g % 3, g FROM generate_series(1, 100) g;
CREATE INDEX {QUOTED[:-1]}i" ON {QUOTED}.{QUOTED} (lower({QUOTED}));
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h');
CREATE USER MAPPING FOR postgres SERVER far OPTIONS (user 'u', password 'hunter2');
CREATE FOREIGN TABLE far_away (a int) SERVER far;
CREATE FUNCTION fired() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER fires ON ddl_command_start EXECUTE FUNCTION fired();
ANALYZE users, sales.orders, totals, events, {QUOTED}.{QUOTED};
"""
SECRETS = ("secret", "77077", "10.77.0.1")
ALL_TABLES = {"users", "sales.orders", "totals", "events", "events_old", "events_new", "events_new_a", f"{HOSTILE}.{HOSTILE}", "far_away"}


@pytest.fixture(params=["db15", "db18"])
def shop(request, run_sql):
    dsn = request.getfixturevalue(request.param)
    run_sql(dsn, SCHEMA)
    return dsn


def taken(dsn, **options):
    with Session(dsn) as session:
        return take(session, PG_DUMP, **options)


def loaded(snapshot, dsn):
    """Run a snapshot in an empty database, statement by statement as the scripts stand."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(snapshot.schema_sql)
        conn.execute(snapshot.statistics_sql)


@pytest.fixture
def empty18(cluster18, request):
    name = f"lab_{re.sub('[^a-z0-9]', '_', request.node.name)[-30:]}"
    with psycopg.connect(cluster18.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    yield cluster18.dsn(name)
    with psycopg.connect(cluster18.dsn(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def role(dsn, run_sql, name, grants=""):
    with psycopg.connect(dsn, autocommit=True) as conn:
        exists = conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    run_sql(dsn, f"{'' if exists else f'CREATE ROLE {name} LOGIN;'} {grants}")
    return dsn.replace("user=postgres", f"user={name}")


def names(snapshot):
    return {str(table.name) for table in snapshot.catalog.tables}


def statistics_of(catalog):
    found = {(str(table.name), column.name): column.statistics for table in catalog.tables for column in table.columns}
    return found | {(index.name, number): each for index in catalog.indexes for number, each in enumerate(index.key_statistics)}


def test_everything_arrives_in_an_empty_database_of_version_18(shop, empty18, tmp_path):
    snapshot = taken(shop)
    save(snapshot, tmp_path / "shop.snapshot")
    assert load(tmp_path / "shop.snapshot") == snapshot
    assert names(snapshot) == ALL_TABLES
    assert snapshot.skipped == ()
    loaded(snapshot, empty18)
    with Session(empty18) as session:
        lab = load_catalog(session)
    real = snapshot.catalog
    assert statistics_of(lab) == statistics_of(real)
    assert {table.name: table.rows for table in lab.tables if table.rows} == {table.name: table.rows for table in real.tables if table.rows}
    assert [index.definition for index in lab.indexes] == [index.definition for index in real.indexes]
    assert [view.name for view in lab.views] == [view.name for view in real.views]
    assert lab.policies == real.policies
    assert lab.foreign_keys == real.foreign_keys


def test_the_catalog_is_the_one_of_the_same_moment(shop):
    snapshot = taken(shop)
    with Session(shop) as session:
        assert snapshot.server_version_num == session.version_num
        now = load_catalog(session)
    assert json.dumps(str(snapshot.catalog.tables[0].columns)) == json.dumps(str(now.tables[0].columns))
    assert snapshot.catalog.read_at == snapshot.taken_at


def test_no_passwords_no_event_triggers_no_private_options(shop):
    schema = taken(shop).schema_sql
    for word in ("hunter2", "USER MAPPING FOR", "EVENT TRIGGER", "pg_attver", "\\unrestrict", "client_encoding"):
        assert word not in schema


def test_a_writer_between_catalog_and_dump_is_not_seen(shop, run_sql, monkeypatch):
    script = Dump.script

    def late(self):
        run_sql(shop, "DROP TABLE IF EXISTS late; CREATE TABLE late (a int)")
        return script(self)

    monkeypatch.setattr(Dump, "script", late)
    snapshot = taken(shop)
    assert "late" not in names(snapshot)
    assert "late" not in snapshot.schema_sql


def test_without_values_none_is_left_in_catalog_or_statistics(shop, tmp_path):
    with_values = taken(shop)
    text = with_values.statistics_sql + repr(with_values.catalog)
    assert all(secret in text for secret in SECRETS)
    without = taken(shop, values=False)
    save(without, tmp_path / "x")
    again = load(tmp_path / "x")
    statistics = again.statistics_sql + repr([table.columns for table in again.catalog.tables] + [i.key_statistics for i in again.catalog.indexes])  # noqa: E501
    for secret in SECRETS:
        assert secret not in statistics
    users = again.catalog.table(TableName("public", "users"))
    assert users is not None
    kept = {column.name for column in users.columns if column.statistics and (column.statistics.common_values or column.statistics.histogram_bounds)}  # noqa: E501
    assert kept == {"id", "mood", "at", "score", "ok"} | ({"span"} if with_range_bounds(with_values) else set())
    email = users.column("email")
    assert email is not None
    assert email.statistics.n_distinct == 10.0
    assert again.statistics_sql.count("pg_restore_attribute_stats") == with_values.statistics_sql.count("pg_restore_attribute_stats")
    # pg_stats shows the bounds of ranges since version 17
    assert ("range_bounds_histogram" in again.statistics_sql) == ("range_bounds_histogram" in with_values.statistics_sql)
    assert not again.with_values
    assert "--no-values" in note(again)


def with_range_bounds(snapshot):
    span = snapshot.catalog.table(TableName("public", "users")).column("span")
    return bool(span.statistics.common_values or span.statistics.histogram_bounds)


def test_expression_values_stay_or_go_by_the_type_of_the_expression(shop):
    index = next(each for each in taken(shop, values=False).catalog.indexes if each.name == "users_lower")
    lower, doubled, twice = index.key_statistics
    assert lower.n_distinct == 10.0
    assert lower.common_values == ()
    assert doubled.common_values
    assert twice.common_values


def test_a_role_gets_definitions_of_all_and_statistics_of_what_it_may_read(shop, run_sql, empty18):
    low = role(shop, run_sql, "low_snapshot", "GRANT USAGE ON SCHEMA sales TO low_snapshot; GRANT SELECT ON sales.orders, events TO low_snapshot")  # noqa: E501
    snapshot = taken(low)
    assert names(snapshot) == ALL_TABLES
    unread = {"users", "events_old", "events_new", "events_new_a", f"{HOSTILE}.{HOSTILE}"}
    extended = "extended statistics sales.st"
    assert {each.subject for each in snapshot.skipped} == {*unread, extended}
    assert all("may not SELECT" in each.reason and "GRANT" in each.reason for each in snapshot.skipped if each.subject != extended)
    assert snapshot.extended == ()
    assert any(each.subject == "totals" for each in snapshot.catalog.skipped)
    loaded(snapshot, empty18)
    with Session(empty18) as session:
        lab = load_catalog(session)
    assert same_definitions(lab) == same_definitions(snapshot.catalog)
    assert statistics_of(lab) == statistics_of(snapshot.catalog)
    orders = lab.table(TableName("sales", "orders"))
    assert orders.column("status").statistics is not None
    assert all(each is None for (table, _), each in statistics_of(lab).items() if table in unread)
    assert {table.name: (table.rows, table.pages) for table in lab.tables if table.kind == "r"} == {
        table.name: (table.rows, table.pages) for table in snapshot.catalog.tables if table.kind == "r"}  # fmt: skip


def same_definitions(catalog):
    """What must be the same in the lab, in the order of names."""
    columns = {(table.name, table.kind, table.partition_of, table.partition_key, table.inherits, column.name, column.type_name, column.collation,  # noqa: E501
                column.not_null, column.generated) for table in catalog.tables for column in table.columns}  # fmt: skip
    indexes = {(index.definition, index.constraint) for index in catalog.indexes}
    return columns, indexes, set(catalog.foreign_keys), {view.name for view in catalog.views}


def test_a_role_without_any_right_gets_the_definitions(shop, run_sql, empty18):
    snapshot = taken(role(shop, run_sql, "no_snapshot", "GRANT pg_read_all_stats TO no_snapshot"))
    assert names(snapshot) == ALL_TABLES
    assert "attribute_stats" not in snapshot.statistics_sql
    assert "secret" not in snapshot.statistics_sql
    loaded(snapshot, empty18)
    with Session(empty18) as session:
        assert same_definitions(load_catalog(session)) == same_definitions(snapshot.catalog)


def test_parents_and_children_of_which_one_may_not_be_read(db15, run_sql, empty18):
    run_sql(db15, """CREATE TABLE p (a int, b text COLLATE "C" NOT NULL, g int GENERATED ALWAYS AS (a * 2) STORED, PRIMARY KEY (a))
        PARTITION BY RANGE (a);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p DEFAULT; CREATE INDEX ON p (b);
        CREATE TABLE i (a int); CREATE TABLE i1 (b int) INHERITS (i); CREATE TABLE i2 () INHERITS (i1); CREATE TABLE r (a int REFERENCES p);
        CREATE VIEW v AS SELECT * FROM p1; CREATE MATERIALIZED VIEW m AS SELECT * FROM v;""")  # fmt: skip
    low = role(db15, run_sql, "mixed_snapshot", "GRANT SELECT ON p1, i1, r TO mixed_snapshot")
    snapshot = taken(low)
    assert {each.subject for each in snapshot.skipped} == {"p", "p2", "i", "i1", "i2"}
    loaded(snapshot, empty18)
    with Session(empty18) as session:
        assert same_definitions(load_catalog(session)) == same_definitions(snapshot.catalog)


def test_an_empty_database_gives_an_empty_snapshot(db18):
    assert names(taken(db18)) == set()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"schemas": ["sales"]}, {"sales.orders"}),
        ({"schemas": ["sal*", "nothing"]}, {"sales.orders"}),
        ({"tables": ["orders", "public.users"]}, {"sales.orders", "users"}),
        ({"tables": ["events_old"]}, {"events", "events_old", "events_new", "events_new_a"}),
        ({"exclude": ["events", "we*", "far*"]}, {"users", "sales.orders", "totals"}),
        ({"exclude": ["events_old", "we*", "far*", "sales.*"]}, {"users", "events", "events_old", "events_new", "events_new_a"}),
    ],
)  # fmt: skip
def test_a_selection_keeps_what_it_needs(shop, options, expected):
    snapshot = taken(shop, **options)
    assert names(snapshot) == expected
    assert snapshot.skipped == ()
    assert "CREATE TYPE public.mood" in snapshot.schema_sql
    described = set(re.findall(r"^CREATE (?:FOREIGN )?TABLE (\S+)", snapshot.schema_sql, re.MULTILINE))
    assert {name if "." in name else f"public.{name}" for name in expected - {"totals"} if not name.startswith("we")} == {
        name for name in described if "we" not in name}  # fmt: skip
    with_views = {str(view.name) for view in snapshot.catalog.views}
    assert ("open_orders" in with_views) == ({"users", "sales.orders"} <= names(snapshot))
    assert ("VIEW public.open_orders" in snapshot.schema_sql) == ("open_orders" in with_views)


def test_a_hostile_name_can_be_left_out(shop):
    snapshot = taken(shop, exclude=["we ird*"])
    assert names(snapshot) == ALL_TABLES - {f"{HOSTILE}.{HOSTILE}"}
    assert "it''s" not in snapshot.schema_sql


def test_nothing_selected_is_a_sentence(shop):
    with pytest.raises(SnapshotError, match="no table matches"):
        taken(shop, tables=["ordres"])


AWKWARD = [
    "a|(b)", "a\\b", "a\\nb", "it's", "%s", 'q"q', "a\nb", "a\n\nb", "a\rb", "a\tb",
    "a.b", "[a]", "a#b", " a", "a ", "{1}", "^a$", "a*?+", "é", "\\", "\n",
]  # fmt: skip


def test_patterns_mean_exactly_one_name_each(db18):
    quoted = ['"' + name.replace('"', '""') + '"' for name in AWKWARD]
    with psycopg.connect(db18, autocommit=True) as conn:
        for name in quoted:
            conn.execute(f"CREATE TABLE {name} (); CREATE SCHEMA {name}; CREATE TABLE {name}.t ()")  # type: ignore[call-overload]
    names = [TableName("public", name) for name in AWKWARD] + [TableName(name, "t") for name in AWKWARD]
    everything = set(re.findall(r'CREATE TABLE ((?:"[^"]*"|[^"(])+) \(', taken(db18).schema_sql))
    for name in names:
        with Session(db18) as session, session.snapshot():
            exported = session.rows("SELECT pg_export_snapshot()")[0][0]
            with Dump(session, PG_DUMP, exported, [name]) as dump:
                script, _ = split(dump.script())
        left = re.findall(r'CREATE TABLE ((?:"[^"]*"|[^"(])+) \(', script)
        assert len(left) == len(AWKWARD) * 2 - 1, name
        ((gone),) = everything - set(left)
        assert gone in {f'{schema}.{table}' for schema in spelled(name.schema) for table in spelled(name.name)}


def spelled(name):
    return (name, '"' + name.replace('"', '""') + '"')


def test_more_tables_left_out_than_one_pattern_holds(db15, run_sql):
    run_sql(db15, "DO $$BEGIN FOR i IN 1..250 LOOP EXECUTE format('CREATE TABLE %I (a int)', 't;|' || i); END LOOP; END$$; CREATE TABLE keep (a int)")  # noqa: E501
    snapshot = taken(db15, tables=["keep"])
    assert re.findall(r"CREATE TABLE (\S+)", snapshot.schema_sql) == ["public.keep"]


def test_a_locked_table_is_left_out_at_once(shop):
    with psycopg.connect(shop) as other:
        other.execute("LOCK TABLE sales.orders IN ACCESS EXCLUSIVE MODE")
        snapshot = taken(shop)
    skipped = {each.subject: each.reason for each in snapshot.skipped}
    assert set(skipped) == {"sales.orders", "totals", "view open_orders", "view over_view"}
    assert "lock" in skipped["sales.orders"]
    assert "sales.orders (" not in snapshot.schema_sql


def test_a_lock_that_comes_between_is_a_sentence(shop, monkeypatch):
    monkeypatch.setattr("indexadvisor.catalog.snapshot_select.queries.get", lambda *_: "SELECT 0 WHERE false")
    monkeypatch.setattr("indexadvisor.catalog.snapshot.load_catalog", lambda session: None)
    monkeypatch.setattr("indexadvisor.catalog.snapshot.read_extended", lambda *_: ((), ()))
    empty = Catalog(ServerInfo(150000, "15", "x"))
    monkeypatch.setattr("indexadvisor.catalog.snapshot_select.Selection.applied", lambda self, catalog: empty)
    with psycopg.connect(shop) as other:
        other.execute("LOCK TABLE sales.orders IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(SnapshotError, match="pg_dump failed") as caught:
            taken(shop)
    assert "holds a lock" in caught.value.hint


def test_a_pg_dump_of_version_15_is_refused():
    with pytest.raises(SnapshotError, match="needs pg_dump 18") as caught:
        check_program(PG_DUMP.__class__("/usr/lib/postgresql/15/bin/pg_dump"))
    assert "indexadvisor[lab]" in caught.value.hint


@pytest.mark.parametrize("program", ["/nonexistent/pg_dump", "/bin/true"])
def test_something_else_than_pg_dump_is_refused(program):
    with pytest.raises(SnapshotError):
        check_program(PG_DUMP.__class__(program))


def test_a_password_reaches_pg_dump_unseen(db18, cluster18, run_sql, monkeypatch, tmp_path):
    run_sql(db18, "CREATE TABLE t (a int)")
    service = tmp_path / "services"
    service.write_text(f"[shop]\n{chr(10).join(part.replace(chr(39), '') for part in db18.split())}\npassword=it's a \"secret\"\n")
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    seen = []
    popen = subprocess.Popen

    def watched(command, **options):
        seen.append((command, options.get("env")))
        return popen(command, **options)

    monkeypatch.setattr("indexadvisor.catalog.snapshot_dump.subprocess.Popen", watched)
    assert names(taken("service=shop")) == {"t"}
    (command, environment), *_ = [each for each in seen if each[1]]
    assert "secret" not in " ".join(command)
    assert environment["PGPASSWORD"] == "it's a \"secret\""
    assert environment["PGHOST"] == str(cluster18.directory)
    assert "PGSERVICE" not in environment


def test_the_environment_of_the_child_follows_the_session_not_ours(db18):
    before = {"PATH": "/bin", "PGHOST": "wrong", "PGSSLMODE": "disable", "PGDATABASE": "wrong", "PGOPTIONS": "-c jit=off"}
    with Session(f"{db18} options='-c work_mem=8MB'") as session:
        found = child_environment(session, before)
        assert found["PGDATABASE"] == session.database
    assert found["PATH"] == "/bin"
    assert found["PGHOST"] != "wrong"
    assert found["PGOPTIONS"] == "-c work_mem=8MB"
    assert "PGPASSWORD" not in found


def test_a_server_with_its_own_idea_of_strings_gives_the_same(shop, run_sql, cluster15):
    plain = taken(shop)
    with psycopg.connect(shop, autocommit=True) as conn:
        name = conn.info.dbname
        conn.execute(f'ALTER DATABASE "{name}" SET standard_conforming_strings = off')  # type: ignore[arg-type]
        conn.execute(f'ALTER DATABASE "{name}" SET statement_timeout = 1')  # type: ignore[arg-type]
    other = taken(shop)
    assert other.statistics_sql == plain.statistics_sql
    assert other.schema_sql == plain.schema_sql


def test_the_program_is_ended_when_we_are(shop, monkeypatch):
    processes = []
    popen = subprocess.Popen

    def watched(command, **options):
        processes.append(popen(["/bin/sleep", "600"]))
        return processes[-1]

    def interrupted(session):
        raise KeyboardInterrupt

    monkeypatch.setattr("indexadvisor.catalog.snapshot_dump.subprocess.Popen", watched)
    monkeypatch.setattr("indexadvisor.catalog.snapshot.load_catalog", interrupted)
    # check_program goes through Popen, too
    monkeypatch.setattr("indexadvisor.catalog.snapshot.check_program", lambda pg_dump: None)
    with pytest.raises(KeyboardInterrupt):
        taken(shop)
    assert [process.poll() for process in processes] == [-9]


def writes(dsn):
    """Rows written so far, once the sessions that wrote them have reported: they do so on their way out, after we let go of them."""
    deadline, last = time.monotonic() + 20, None
    while time.monotonic() < deadline:
        with psycopg.connect(dsn) as conn:
            now = conn.execute("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables").fetchone()[0]
        if now and now == last:
            return now
        last = now
        time.sleep(0.5)
    raise AssertionError(f"the counters never came to rest: {last}")


def test_the_snapshot_is_read_only(shop):
    before = writes(shop)
    taken(shop)
    assert writes(shop) == before


@pytest.fixture
def command(capsys):
    def run(*arguments):
        # click keeps the help option of the first context: it must be the one that the whole command line gives
        names = ["-h", "--help"]
        code = snapshot_command.main(list(arguments), "indexadvisor snapshot", standalone_mode=False, help_option_names=names)
        return code, capsys.readouterr().out

    return run


def test_the_command_writes_and_shows(shop, tmp_path, command):
    file = tmp_path / "shop.snapshot"
    _, said = command("--dsn", shop, "-o", str(file), "--exclude", "far*")
    assert f"{file}: 8 tables" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    _, said = command("--show", str(file))
    assert said == note(load(file))
    assert "sales.orders" in said


def test_the_command_says_what_it_lacks(shop, tmp_path, command):
    file = str(tmp_path / "x")
    with pytest.raises(SnapshotError, match="needs pg_dump 18"):
        command("--dsn", shop, "-o", file, "--pg-bindir", "/usr/lib/postgresql/15/bin")
    with pytest.raises(LabError, match="no pg_dump in"):
        command("--dsn", shop, "-o", file, "--pg-bindir", str(tmp_path))
    with pytest.raises(SnapshotError, match="is a directory"):
        command("--dsn", shop, "-o", str(tmp_path))
    with pytest.raises(SnapshotError, match="no directory"):
        command("--dsn", shop, "-o", "/nonexistent/x")
    assert list(tmp_path.iterdir()) == []
