"""How long a snapshot of a large schema takes, and what its parts take.

    python benchmarks/lab/snapshot.py [--tables 1000] [--rows 1000] [--repeat 3] [--bindir /usr/lib/postgresql/15/bin]

A private server gets so many tables of 12 columns, each with a primary key, two more indexes, a foreign key to the table before it, every
tenth with extended statistics, all analysed. Printed are the medians: the whole, saving included, and its parts as they would take one
after another (they overlap in the whole). Ends with exit code 1 at 5 s or more for the whole.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from indexadvisor.catalog.load import load as load_catalog
from indexadvisor.catalog.snapshot import take
from indexadvisor.catalog.snapshot_dump import Dump
from indexadvisor.catalog.snapshot_file import load, save
from indexadvisor.catalog.snapshot_script import split
from indexadvisor.db.connection import Session
from indexadvisor.db.script import Client
from indexadvisor.lab.cluster import Cluster, embedded_bindir, server_version

LIMIT_S = 5.0
_TABLE = """
CREATE TABLE t{n} (
    id bigint PRIMARY KEY, parent bigint{reference}, name text NOT NULL, email text, state text DEFAULT 'new', amount numeric(12,2),
    made_at timestamptz NOT NULL, changed_at timestamptz, tags text[], doc jsonb, flag boolean, note text);
INSERT INTO t{n}
SELECT i, i, 'name ' || i, 'user' || i || '@example.org', 'state' || i % 5, i * 1.5, timestamptz '2026-01-01' + i * interval '1 h', NULL,
    ARRAY['a' || i % 9, 'b'], jsonb_build_object('k', i % 50), i % 3 = 0, 'note number ' || i FROM generate_series(1, {rows}) AS i;
CREATE INDEX ON t{n} (state, made_at);
CREATE INDEX ON t{n} (lower(email));
"""
_EXTENDED = "CREATE STATISTICS s{n} ON state, flag FROM t{n};"


def fill(dsn: str, tables: int, rows: int) -> None:
    """Make the tables."""
    with Client(dsn, application_name="snapshot-benchmark") as client:
        for n in range(tables):
            reference = f" REFERENCES t{n - 1}" if n else ""
            client.run_script(_TABLE.format(n=n, rows=rows, reference=reference) + (_EXTENDED.format(n=n) if n % 10 == 0 else ""))
        client.simple("ANALYZE")


def timed(times: dict[str, list[float]], name: str, action: Callable[[], object]) -> object:
    """Run an action, note its seconds and return what it gave."""
    start = time.perf_counter()
    result = action()
    times.setdefault(name, []).append(time.perf_counter() - start)
    return result


def measure(dsn: str, times: dict[str, list[float]]) -> None:
    """Take one snapshot as a whole, then its parts one by one."""
    program = embedded_bindir() / "pg_dump"
    with tempfile.TemporaryDirectory(prefix="snapshot-") as directory:
        file = Path(directory) / "a.snapshot"

        def whole() -> None:
            with Session(dsn) as session:
                taken = take(session, program)
            save(taken, file)

        timed(times, "whole", whole)
        print(f"  {times['whole'][-1]:.2f} s, file of {file.stat().st_size / 1e6:.1f} MB", flush=True)
        snapshot = timed(times, "reading the file", lambda: load(file))
        timed(times, "saving the file", lambda: save(snapshot, file))  # type: ignore[arg-type]
    with Session(dsn) as session, session.snapshot():
        timed(times, "catalog", lambda: load_catalog(session))

        def dumped() -> str:
            exported = session.rows("SELECT pg_catalog.pg_export_snapshot()")[0][0]
            with Dump(session, program, exported, ()) as dump:
                return dump.script()

        script = timed(times, "pg_dump", dumped)
        timed(times, "cutting the script", lambda: split(str(script)))


def main() -> int:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description="Seconds that a snapshot of a large schema takes.")
    parser.add_argument("--tables", type=int, default=1000, help="tables (default: 1000)")
    parser.add_argument("--rows", type=int, default=1000, help="rows of each (default: 1000)")
    parser.add_argument("--repeat", type=int, default=3, help="snapshots to take (default: 3)")
    parser.add_argument("--bindir", type=Path, help="the server's programs (default: the embedded PostgreSQL)")
    arguments = parser.parse_args()
    times: dict[str, list[float]] = {}
    with Cluster(arguments.bindir, {"autovacuum": "off", "max_locks_per_transaction": "512"}) as cluster:
        fill(cluster.dsn(), arguments.tables, arguments.rows)
        for _ in range(arguments.repeat):
            measure(cluster.dsn(), times)
    version = server_version(arguments.bindir or embedded_bindir()) // 10_000
    print(f"PostgreSQL {version}, {arguments.tables} tables of {arguments.rows} rows, median of {arguments.repeat}:")
    for name, found in times.items():
        print(f"  {name:20} {statistics.median(found):6.2f} s")
    return 0 if statistics.median(times["whole"]) < LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
