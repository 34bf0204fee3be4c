"""A small shop on a real server, logs and queries about it, and the command line run in-process."""

from __future__ import annotations

import time

import psycopg
import pytest

from indexadvisor.cli.main import run

SHOP = """
CREATE TABLE customers (id bigint PRIMARY KEY, email text, tags text[]);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, placed_at timestamptz, status text, note text);
INSERT INTO customers SELECT i, 'User' || i || '@example.org', ARRAY['t' || i % 50] FROM generate_series(1, 3000) i;
INSERT INTO orders SELECT i, i % 2000, '2026-01-01'::timestamptz + i * interval '1 minute',
  CASE WHEN i % 100 = 0 THEN 'open' ELSE 'done' END, repeat('x', 80) FROM generate_series(1, 20000) i;
ANALYZE;
"""
GOOD = "SELECT * FROM orders WHERE customer_id = {}"
BY_CUSTOMER = "orders btree (customer_id)"
QUERIES = """-- calls: 100
SELECT * FROM orders WHERE customer_id = 42 ORDER BY placed_at DESC LIMIT 10;
-- calls: 60
SELECT id FROM orders WHERE customer_id = 43;
-- calls: 50
SELECT id, email FROM customers WHERE email = 'User7@example.org';
SELECT o.*, c.email FROM orders o JOIN customers c ON c.id = o.customer_id
 WHERE o.placed_at > '2026-01-10' AND o.placed_at < '2026-01-11';
UPDATE orders SET status = 'done' WHERE note = 'none';
"""


@pytest.fixture
def shop(db15, run_sql):
    """A DSN of the shop on PostgreSQL 15 with HypoPG."""
    run_sql(db15, SHOP + "CREATE EXTENSION hypopg")
    return db15


@pytest.fixture
def database(shop):
    """The name of the shop's database, as a log says it."""
    return psycopg.conninfo.conninfo_to_dict(shop)["dbname"]


@pytest.fixture
def queries(tmp_path):
    path = tmp_path / "queries.sql"
    path.write_text(QUERIES)
    return str(path)


@pytest.fixture
def write_log(tmp_path, database):
    """Write a stderr log of these statements and return its path."""

    def write(*statements, name="app.log", where=None):
        path = tmp_path / name
        lines = [
            f"2026-10-01 10:00:{n:02d}.000 UTC [10] app@{where or database} LOG:  duration: 12.500 ms  statement: {statement}\n"
            for n, statement in enumerate(statements)
        ]
        path.write_text("".join(lines))
        return path

    return write


@pytest.fixture
def indexadvisor(capsys):
    """Run a command line in this process; return its exit code, standard output and standard error."""

    def call(*arguments):
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return call


def at_rest(conn, query):
    """Return the rows of a query over the server's counters once they stand still: sessions report on their way out, after we let go."""
    last, deadline = None, time.monotonic() + 20
    while time.monotonic() < deadline:
        now = conn.execute(query).fetchall()
        if now == last:
            return now
        last = now
        time.sleep(1.2)
    raise AssertionError("the counters never came to rest")


@pytest.fixture
def state():
    """Return what an analysis must leave as it was: tables, their rows, what was written to them, indexes, extensions."""

    def read(dsn):
        with psycopg.connect(dsn, autocommit=True) as conn:
            tables = conn.execute("SELECT schemaname, relname FROM pg_stat_user_tables ORDER BY 1, 2").fetchall()
            names = [psycopg.sql.Identifier(*table) for table in tables]
            rows = [conn.execute(psycopg.sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone() for name in names]
            written = at_rest(conn, "SELECT relid, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY relid")
            objects = conn.execute("SELECT relname, relfilenode FROM pg_class WHERE relkind IN ('r', 'i', 'S') ORDER BY oid").fetchall()
        return tables, rows, written, objects

    return read
