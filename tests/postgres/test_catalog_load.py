"""The catalog as loaded from real servers: every property that advice rests on."""

from __future__ import annotations

import threading

import psycopg
import pytest

from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.db.connection import Session

SCHEMA = """
CREATE DOMAIN email AS varchar(80) CHECK (value ~ '@');
CREATE DOMAIN work_email AS email;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE users (id int PRIMARY KEY, email work_email NOT NULL UNIQUE, name text COLLATE "C", mood mood, tags text[],
    doc jsonb, at timestamptz, span int4range, full_name text GENERATED ALWAYS AS (name || '!') STORED, dropped int) WITH (fillfactor = 70);
ALTER TABLE users DROP COLUMN dropped;
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users,
    status text, placed_at timestamptz, total numeric(10,2), note varchar(40),
    EXCLUDE USING gist (int4range(user_id, user_id, '[]') WITH &&));
CREATE INDEX orders_wide ON orders (user_id, placed_at DESC, total DESC NULLS LAST, id NULLS FIRST) INCLUDE (status, note)
    WITH (fillfactor = 80) WHERE status = 'open' AND placed_at IS NOT NULL;
CREATE INDEX orders_like ON orders (status text_pattern_ops, note COLLATE "C", lower(note), (total * 2) DESC);
CREATE INDEX users_tags ON users USING gin (tags, doc jsonb_path_ops);
CREATE INDEX users_span ON users USING gist (span);
CREATE INDEX users_at ON users USING brin (at);
CREATE INDEX users_hash ON users USING hash (name);
CREATE UNIQUE INDEX users_replica ON users (id, email);
ALTER TABLE users REPLICA IDENTITY USING INDEX users_replica;
ALTER TABLE users CLUSTER ON users_pkey;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON users FOR SELECT TO public USING (name = current_user);
CREATE POLICY not_all ON users AS RESTRICTIVE FOR UPDATE TO postgres USING (id > 0) WITH CHECK (id > 1);
CREATE VIEW open_orders AS SELECT o.id, u.name FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = 'open';
CREATE MATERIALIZED VIEW totals AS SELECT user_id, sum(total) AS total FROM orders GROUP BY user_id;
CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent);
CREATE TABLE events (id int, at date, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (kind);
CREATE TABLE events_new_a PARTITION OF events_new FOR VALUES IN ('a');
CREATE INDEX events_at ON events (at);
CREATE TEMP TABLE scratch (a int);
INSERT INTO users (id, email, name, tags, mood)
    SELECT g, g || '@x', 'n' || g % 3,
    ARRAY['red, "dark"', CASE WHEN g % 2 = 0 THEN 'NULL' ELSE '{b}' END], 'ok' FROM generate_series(1, 1000) g;
INSERT INTO orders (user_id, status, total, note) SELECT g, 'a "quoted", one', g, 'x' FROM generate_series(1, 500) g;
INSERT INTO events SELECT g, '2020-02-01', 'k' FROM generate_series(1, 100) g;
INSERT INTO events SELECT g, '2021-02-01', 'a' FROM generate_series(1, 50) g;
ANALYZE;
"""

ORDERS, USERS = TableName("public", "orders"), TableName("public", "users")


@pytest.fixture(params=["db15", "db18"])
def shop(request, run_sql):
    dsn = request.getfixturevalue(request.param)
    run_sql(dsn, SCHEMA)
    return dsn


@pytest.fixture
def catalog(shop):
    with Session(shop) as session:
        return load(session)


def indexes_by_name(catalog):
    return {index.name: index for index in catalog.indexes}


def test_tables_and_columns(catalog):
    kinds = {str(table.name): table.kind for table in catalog.tables}
    assert kinds == {"users": "r", "orders": "r", "totals": "m", "parent": "r", "child": "r",
                     "events": "p", "events_old": "r", "events_new": "p", "events_new_a": "r"}  # fmt: skip
    users = catalog.table(USERS)
    assert [column.name for column in users.columns] == ["id", "email", "name", "mood", "tags", "doc", "at", "span", "full_name"]
    email = users.column("email")
    assert (email.type_name, email.base_type, email.category, email.not_null) == ("work_email", "varchar", "S", True)
    assert users.column("name").collation == '"C"'
    assert users.column("tags").base_type == "_text"
    assert users.column("full_name").generated
    assert not users.column("id").generated
    assert (users.rows, users.fillfactor, users.row_security, users.force_row_security) == (1000.0, 70, True, False)
    assert users.pages > 0
    assert users.size_bytes >= users.pages * 8192
    assert catalog.table(TableName("public", "child")).inherits == (TableName("public", "parent"),)
    assert catalog.table(TableName("public", "child")).partition_of is None
    assert catalog.skipped == ()


def test_statistics_are_parsed_values(catalog):
    tags = catalog.table(USERS).column("tags").statistics
    assert sorted(tags.common_values) == ['{"red, \\"dark\\"","NULL"}', '{"red, \\"dark\\"","{b}"}']
    assert sum(tags.common_frequencies) == pytest.approx(1.0)
    status = catalog.table(ORDERS).column("status").statistics
    assert status.common_values == ('a "quoted", one',)
    ids = catalog.table(USERS).column("id").statistics
    assert (ids.n_distinct, ids.histogram_bounds[0], ids.histogram_bounds[-1], ids.correlation) == (-1.0, "1", "1000", 1.0)
    assert catalog.table(USERS).column("at").statistics.null_fraction == 1.0


def test_every_property_of_an_index(catalog):
    found = indexes_by_name(catalog)
    wide = found["orders_wide"]
    assert wide.definition == IndexDef(
        ORDERS,
        (IndexKey("user_id"), IndexKey("placed_at", descending=True), IndexKey("total", descending=True, nulls_first=False),
         IndexKey("id", nulls_first=True)),
        include=("status", "note"),
        predicate="status = 'open'::text AND placed_at IS NOT NULL",
    )  # fmt: skip
    assert wide.options == ("fillfactor=80",)
    assert (wide.valid, wide.ready, wide.constraint, wide.scans, wide.rows) == (True, True, None, 0, 0.0)
    assert wide.size_bytes >= 8192
    assert found["orders_like"].definition.keys == (
        IndexKey("status", operator_class="text_pattern_ops"),
        IndexKey("note", collation='"C"'),
        IndexKey(expression="lower(note::text)"),
        IndexKey(expression="total * 2::numeric", descending=True),
    )
    assert found["orders_like"].key_statistics[:2] == (None, None)
    assert found["orders_like"].key_statistics[3].n_distinct == -1.0
    assert found["users_tags"].definition.keys == (IndexKey("tags"), IndexKey("doc", operator_class="jsonb_path_ops"))
    methods = [found[name].definition.method for name in ("users_tags", "users_span", "users_at", "users_hash")]
    assert methods == ["gin", "gist", "brin", "hash"]
    assert (found["users_pkey"].constraint, found["users_pkey"].clustered, found["users_pkey"].foreign_key_target) == ("p", True, True)
    assert (found["users_email_key"].constraint, found["users_email_key"].definition.unique) == ("u", True)
    assert [index.constraint for index in catalog.indexes_of(ORDERS)].count("x") == 1
    assert found["users_replica"].replica_identity


def test_keys_policies_and_views(catalog):
    (key,) = catalog.foreign_keys
    assert (key.table, key.columns, key.referenced_table, key.referenced_columns) == (ORDERS, ("user_id",), USERS, ("id",))
    mine, not_all = catalog.policies
    assert (mine.command, mine.permissive, mine.roles, mine.check) == ("SELECT", True, ("public",), None)
    assert mine.using.lower() == "name = current_user"
    assert (not_all.command, not_all.permissive, not_all.roles, not_all.check) == ("UPDATE", False, ("postgres",), "id > 1")
    (view,) = catalog.views
    assert view.columns == ("id", "name")
    assert view.definition.startswith("SELECT o.id")
    assert not view.definition.endswith(";")


def test_partition_trees(catalog):
    events, new = TableName("public", "events"), TableName("public", "events_new")
    root = catalog.table(events)
    assert (root.partition_key, root.partition_of, root.rows) == ("RANGE (at)", None, 150.0)
    assert catalog.table(new).partition_of == events
    assert catalog.root(TableName("public", "events_new_a")) == events
    assert [str(part.name) for part in catalog.partitions_of(events)] == ["events_new", "events_old"]
    leaves = [catalog.table(TableName("public", name)) for name in ("events_old", "events_new_a")]
    assert root.size_bytes == sum(leaf.size_bytes for leaf in leaves)
    assert root.pages == sum(leaf.pages for leaf in leaves)
    assert root.activity.inserted == sum(leaf.activity.inserted for leaf in leaves)
    assert root.column("at").statistics.n_distinct == 2.0
    found = indexes_by_name(catalog)
    assert (found["events_at"].parent, found["events_at"].size_bytes) == (None, None)
    assert found["events_old_at_idx"].parent == "events_at"


def test_the_server_and_its_settings(catalog, shop):
    assert catalog.server.major in (15, 18)
    assert catalog.server.database in shop
    assert catalog.server.collation == "C.UTF-8"
    assert not catalog.server.bytewise
    assert catalog.settings["work_mem"] == "4MB"
    assert {"random_page_cost", "enable_seqscan", "max_parallel_workers_per_gather", "jit", "hash_mem_multiplier",
            "effective_cache_size", "default_statistics_target"} <= set(catalog.settings)  # fmt: skip
    assert "plpgsql" in catalog.extensions
    assert catalog.search_path == ("public",)
    assert catalog.read_at is not None
    gin = {(each.name, each.type_name, each.default) for each in catalog.operator_classes if each.method == "gin"}
    assert {("jsonb_ops", "jsonb", True), ("jsonb_path_ops", "jsonb", False), ("array_ops", "anyarray", True)} <= gin


def test_a_column_in_quotes_and_an_operator_class_off_the_path(db15, run_sql):
    run_sql(db15, """
        CREATE SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions;
        CREATE SCHEMA "Odd ""one"; CREATE TABLE "Odd ""one"."select" ("from" text, "Größe, m" int);
        CREATE INDEX "i d" ON "Odd ""one"."select" USING gist ("from" extensions.gist_trgm_ops (siglen = 32));
        CREATE UNIQUE INDEX nulls ON "Odd ""one"."select" ("Größe, m" DESC) NULLS NOT DISTINCT WHERE "from" > 'a';""")  # fmt: skip
    with Session(db15) as session:
        catalog = load(session)
    found = indexes_by_name(catalog)
    assert found["i d"].definition.keys == (IndexKey("from", operator_class="extensions.gist_trgm_ops", class_options=(("siglen", "32"),)),)
    assert found["nulls"].nulls_not_distinct
    assert found["nulls"].definition.predicate == "\"from\" > 'a'::text"
    assert [each.sql_name for each in catalog.operator_classes if each.name == "gin_trgm_ops"] == ["extensions.gin_trgm_ops"]


def test_an_invalid_index_is_marked(db15, run_sql):
    run_sql(db15, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
    with psycopg.connect(db15, autocommit=True) as conn, pytest.raises(psycopg.errors.UniqueViolation):
        conn.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON t (a)")
    with Session(db15) as session:
        (index,) = load(session).indexes
    assert (index.name, index.valid) == ("broken", False)


def test_never_analyzed_is_unknown(db15, db18, run_sql):
    for dsn in (db15, db18):
        run_sql(dsn, "CREATE TABLE t (a int)")
        with Session(dsn) as session:
            (table,) = load(session).tables
        assert table.rows is None
        assert table.column("a").statistics is None
        assert table.activity.last_analyzed is None


@pytest.mark.parametrize("version", ["db15", "db18"])
def test_a_role_without_rights_sees_the_schema_and_is_told_what_it_cannot_see(request, run_sql, version):
    dsn = request.getfixturevalue(version)
    run_sql(dsn, SCHEMA + """
        DROP ROLE IF EXISTS visitor; CREATE ROLE visitor LOGIN;
        GRANT SELECT ON users TO visitor; GRANT SELECT (status) ON orders TO visitor;
        """)  # fmt: skip
    try:
        with Session(dsn + " user=visitor") as session:
            catalog = load(session)
    finally:
        run_sql(dsn, "DROP OWNED BY visitor; DROP ROLE visitor")
    assert len(catalog.tables) == 9
    assert len(indexes_by_name(catalog)) == 15
    orders = catalog.table(ORDERS)
    assert orders.column("status").statistics is not None
    assert orders.column("total").statistics is None
    assert orders.size_bytes > 0
    reasons = {each.subject: each.reason for each in catalog.skipped}
    assert "row security" in reasons["users"]
    assert reasons["events_old"] == "its statistics are hidden from role visitor, which may not SELECT them"
    assert reasons["orders"].startswith("the statistics of 5 of its 6 columns are hidden")


def test_a_hostile_search_path_redirects_nothing(db15, run_sql):
    run_sql(db15, """
        CREATE TABLE t (a int PRIMARY KEY);
        CREATE SCHEMA evil;
        CREATE VIEW evil.pg_class AS SELECT 1 AS oid; CREATE VIEW evil.pg_locks AS SELECT 1/0 AS x;
        CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'redirected'; END $$;
        CREATE FUNCTION evil.eq(oid, oid) RETURNS bool LANGUAGE plpgsql AS $$
        BEGIN RAISE 'redirected'; END $$;
        CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.eq);
        DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET search_path = evil, pg_catalog, public', current_database()); END $$;""")  # fmt: skip
    with Session(db15) as session:
        catalog = load(session)
        assert session.rows("SHOW search_path") == [("evil, pg_catalog, public",)]
    assert "t_pkey" in indexes_by_name(catalog)
    assert catalog.search_path == ("evil", "public")


def test_a_table_being_altered_is_left_out_rather_than_waited_for(shop):
    locked, done = threading.Event(), threading.Event()

    def hold():
        with psycopg.connect(shop) as conn:
            conn.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            locked.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert locked.wait(30)
        with Session(shop) as session:
            catalog = load(session)
    finally:
        done.set()
        holder.join()
    assert catalog.table(ORDERS) is None
    assert catalog.table(USERS) is not None
    assert {each.subject for each in catalog.skipped} == {"orders", "view open_orders"}
