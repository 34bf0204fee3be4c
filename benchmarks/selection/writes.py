"""Compare the predicted write tax with what writes really cost, with and without each of twenty kinds of index.

    python benchmarks/selection/writes.py [--server 15|18] [--rows 100000] [--repeat 3] [--json result.json]

A private server holds one table with a primary key. For each kind of index the table is copied, once with and once without the index. After
a checkpoint, as many rows as a fifth of the table are inserted, updated in a column of no index (HOT), updated in the index's own column
(HOT ends), and deleted with a VACUUM. What the index adds is the difference, per changed row: processor time of the server process
(steadier than elapsed time on a busy machine; the least of the repeats), and write-ahead log with full-page images. GIN's pending list is
emptied within the measurement.

The prediction is ``selection.writes`` on the catalog of that very server. Printed: both figures per kind and operation, Spearman's rank
correlation, and the factor from planner units to microseconds with its spread. Exit code 1 when a correlation with
processor time, but for deletes alone, is below 0.8. Linux only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import Catalog
from indexadvisor.db.connection import Session
from indexadvisor.lab.cluster import Cluster, embedded_bindir
from indexadvisor.selection.writes import taxes_of_existing
from indexadvisor.usage.graph import usage_graph
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
LEAST_CORRELATION = 0.8
SERVER = {"autovacuum": "off", "full_page_writes": "on", "shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "1h"}

KINDS: dict[str, tuple[str, str]] = {
    "btree, in order": ("(created_at)", "created_at = created_at + interval '400 days'"),
    "btree, random number": ("(customer_id)", "customer_id = (customer_id * 7 + 13) % 20000"),
    "btree, five values": ("(status)", "status = 's' || (id * 7) % 5"),
    "btree, text": ("(email)", "email = md5(email)"),
    "btree, two columns": ("(customer_id, created_at)", "customer_id = (customer_id * 7 + 13) % 20000"),
    "btree, four columns": ("(status, customer_id, amount, created_at)", "customer_id = (customer_id * 7 + 13) % 20000"),
    "btree, INCLUDE": ("(customer_id) INCLUDE (note)", "customer_id = (customer_id * 7 + 13) % 20000"),
    "btree, expression": ("(lower(email))", "email = md5(email)"),
    "btree, partial": ("(customer_id) WHERE status = 's3'", "customer_id = (customer_id * 7 + 13) % 20000"),
    "hash": ("USING hash (email)", "email = md5(email)"),
    "brin": ("USING brin (created_at)", "created_at = created_at + interval '400 days'"),
    "gin, array": ("USING gin (tags)", "tags = ARRAY['t' || id % 300, 't' || id % 77]"),
    "gin, jsonb paths": ("USING gin (doc jsonb_path_ops)", "doc = doc || jsonb_build_object('n', id % 76)"),
    "gin, jsonb": ("USING gin (doc)", "doc = doc || jsonb_build_object('n', id % 76)"),
    "gin, trigrams": ("USING gin (note gin_trgm_ops)", "note = substr(note, 20) || md5(note)"),
    "gin, full text": ("USING gin (to_tsvector('english'::regconfig, note))", "note = substr(note, 20) || md5(note)"),
    "gin, no pending list": ("USING gin (tags) WITH (fastupdate = off)", "tags = ARRAY['t' || id % 300, 't' || id % 77]"),
    "gist, range": ("USING gist (span)", "span = int4range(id::int % 9999, id::int % 9999 + 50)"),
    "gist, point": ("USING gist (place)", "place = point(place[1], place[0])"),
    "spgist, point": ("USING spgist (place)", "place = point(place[1], place[0])"),
}
SCHEMA = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
SELECT setseed(0.5);
CREATE TABLE base (id bigint PRIMARY KEY, created_at timestamptz NOT NULL, customer_id int NOT NULL, status text NOT NULL,
    amount numeric(10,2), email text, note text, tags text[], doc jsonb, span int4range, place point, touched int);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
CREATE TABLE words (number int PRIMARY KEY, word text);
INSERT INTO words SELECT g, substr(md5(g::text), 1, 3 + g % 7) FROM generate_series(0, 4999) g;
"""
FILL = """
INSERT INTO {table} SELECT g, timestamptz '2026-01-01' + g * interval '1 minute', floor(random() * 20000)::int,
    's' || floor(random() * 5)::int, (random() * 1000)::numeric(10,2), md5(random()::text),
    (SELECT string_agg(word, ' ') FROM words WHERE number IN (SELECT (g * 31 + k * k * 977) % 5000 FROM generate_series(1, 8) k)),
    ARRAY['t' || floor(random() * 200)::int, 't' || floor(random() * 200)::int, 't' || floor(random() * 200)::int],
    jsonb_build_object('kind', 'k' || g % 9, 'user', floor(random() * 5000)::int, 'n', g % 77, 'ref', md5(g::text)),
    int4range((random() * 10000)::int, (random() * 10000)::int + 10020), point(random() * 1000, random() * 1000), 0
FROM generate_series({first}, {last}) g
"""


@dataclass(frozen=True)
class Measured:
    """One operation on one kind of index: what it adds per changed row, and what was predicted (planner units)."""

    kind: str
    operation: str
    processor_us: float
    wal_bytes: float
    predicted: float


class Bench:
    """One server process whose work is measured."""

    def __init__(self, dsn: str, rows: int, changed: int) -> None:
        self.dsn, self.rows, self.changed = dsn, rows, changed
        self.conn = psycopg.connect(dsn, autocommit=True)
        self.stat = Path(f"/proc/{self.conn.info.backend_pid}/schedstat")
        self.run(SCHEMA)
        self.run(FILL.format(table="base", first=1, last=rows))
        self.run("CREATE TABLE fresh (LIKE base)")
        self.run(FILL.format(table="fresh", first=rows + 1, last=rows + changed))

    def run(self, script: str) -> None:
        """Run statements of ours."""
        self.conn.execute(script.encode())

    def table(self, index: str | None) -> None:
        """Make the table anew, with its primary key and at most one more index."""
        self.run("DROP TABLE IF EXISTS t; CREATE TABLE t (LIKE base INCLUDING ALL) WITH (fillfactor = 60)")
        self.run("INSERT INTO t SELECT * FROM base ORDER BY id")
        if index is not None:
            self.run(f"CREATE INDEX t_more ON t {index}")
        self.run("VACUUM ANALYZE t")

    def operations(self, change: str) -> dict[str, tuple[str, ...]]:
        """Return the statements of each operation, in order; updates and deletes find rows all over the table by its primary key."""
        every = self.rows // self.changed
        picked = "id = ANY (ARRAY(SELECT {} + " + str(every) + f" * g FROM generate_series(0, {self.changed - 1}) g))"
        return {
            "insert": ("INSERT INTO t SELECT * FROM fresh",),
            "update, HOT": (f"UPDATE t SET touched = touched + 1 WHERE {picked.format(1)}",),
            "update of it": (f"UPDATE t SET {change} WHERE {picked.format(2)}",),
            "delete": (f"DELETE FROM t WHERE {picked.format(3)}", "VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) t"),
        }

    def measure(self, index: str | None, change: str) -> dict[str, tuple[float, float]]:
        """Return processor microseconds and log bytes of each operation, in all."""
        self.table(index)
        pending = index is not None and "gin" in index.split("(")[0]
        found = {}
        for name, statements in self.operations(change).items():
            # the VACUUM of an earlier update's leavings is not the delete's
            self.run("VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) t")
            self.run("CHECKPOINT")
            before = self.state()
            for statement in statements:
                self.run(statement)
            if pending:
                self.run("SELECT gin_clean_pending_list('t_more')")
            after = self.state()
            found[name] = (after[0] - before[0], after[1] - before[1])
        return found

    def state(self) -> tuple[float, float]:
        """Return the process's microseconds so far, and the position in the log."""
        row = self.conn.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
        assert row is not None
        return int(self.stat.read_text().split()[0]) / 1000, float(row[0])


def predictions(catalog: Catalog, change: str, changed: int) -> dict[str, float]:
    """Return the tax per changed row of the index ``t_more`` for each operation, by the statements alone."""
    statements = {
        "insert": (StatementKind.INSERT, "INSERT INTO t SELECT * FROM fresh"),
        "update, HOT": (StatementKind.UPDATE, "UPDATE t SET touched = touched + 1 WHERE id = 1"),
        "update of it": (StatementKind.UPDATE, f"UPDATE t SET {change} WHERE id = 1"),
        "delete": (StatementKind.DELETE, "DELETE FROM t WHERE id = 1"),
    }
    index = next(index for index in catalog.indexes if index.name == "t_more")
    found = {}
    for name, (kind, text) in statements.items():
        group = QueryGroup(name, text, text, kind, changed, (Sample(text, ()),), rows=changed)
        workload = Workload((group,))
        tax = taxes_of_existing([index], workload, usage_graph(workload, catalog), catalog, {})[index]
        assert tax.cost is not None
        found[name] = tax.cost / changed
    return found


def compare(bench: Bench, repeat: int, only: Sequence[str]) -> list[Measured]:
    """Measure and predict every kind of index."""
    found: list[Measured] = []
    alone: dict[str, list[dict[str, tuple[float, float]]]] = {}
    for kind, (index, change) in KINDS.items():
        if only and kind not in only:
            continue
        if change not in alone:
            alone[change] = [bench.measure(None, change) for _ in range(repeat)]
        without = alone[change]
        with_it = [bench.measure(index, change) for _ in range(repeat)]
        bench.table(index)
        with Session(bench.dsn) as session:
            expected = predictions(load(session), change, bench.changed)
        for name, predicted in expected.items():
            figures = [min(run[name][n] for run in with_it) - min(run[name][n] for run in without) for n in (0, 1)]
            found.append(Measured(kind, name, figures[0] / bench.changed, figures[1] / bench.changed, predicted))
            print(f"{kind:24}{name:14}{found[-1].processor_us:10.2f} us{found[-1].wal_bytes:10.0f} B{predicted:10.3f}", flush=True)
    return found


def spearman(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the rank correlation of pairs, equal values sharing their mean rank.

    >>> spearman([(1, 10), (2, 20), (3, 15)])
    0.5
    """
    return round(statistics.correlation(*(_ranks(values) for values in zip(*pairs, strict=True))), 6)


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) + 1) / 2 for value in values]


def summary(results: Sequence[Measured]) -> tuple[list[str], float]:
    """Return the correlations and the factors as lines, and the least correlation with processor time."""
    lines, least = [], 1.0
    for name in ("insert", "update of it", "delete", "all three"):
        rows = [row for row in results if row.operation == name or (name == "all three" and row.operation != "update, HOT")]
        by_time = spearman([(row.predicted, row.processor_us) for row in rows])
        by_log = spearman([(row.predicted, row.wal_bytes) for row in rows])
        factors = sorted(row.processor_us / row.predicted for row in rows if row.predicted > 0)
        low, high = factors[len(factors) // 10], factors[-1 - len(factors) // 10]
        lines.append(
            f"{name:14} Spearman {by_time:.2f} with processor time, {by_log:.2f} with log bytes; {statistics.median(factors):.1f} us per "
            f"planner unit (10th to 90th percentile {low:.1f} to {high:.1f})"
        )
        # what a deleted row costs is so little that the differences between kinds are near the noise
        least = min(least, by_time) if name != "delete" else least
    return lines, least


def main() -> int:
    """Run the comparison; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=("15", "18"), default="15")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--kind", action="append", default=[], help="only this kind of index; may be given several times")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    started = time.monotonic()
    with Cluster(DEBIAN_15 if arguments.server == "15" else embedded_bindir(), SERVER) as cluster:
        bench = Bench(cluster.dsn(), arguments.rows, arguments.rows // 5)
        results = compare(bench, arguments.repeat, arguments.kind)
        bench.conn.close()
    lines, least = summary(results)
    print("\n".join([*lines, f"{time.monotonic() - started:.0f} s"]))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in results], indent=1) + "\n", encoding="utf-8")
    return 0 if least >= LEAST_CORRELATION else 1


if __name__ == "__main__":
    sys.exit(main())
