"""Compare estimated index sizes with real builds, on TPC-H and the sample application, and HypoPG's estimates beside them.

    python benchmarks/lab/sizes.py [--scale 0.1] [--lifeceo-scale 1] [--most 150] [--worst 10] [--json result.json]

A private server is loaded; each index is built in a transaction that is rolled back. The set: what the advisor proposes for both workloads
(at most --most B-trees of each, drawn with a fixed seed), the expert's, and a list by hand for the other methods. The error is
|estimated / built - 1| in pages. "shared keys" are the B-trees in which equal keys can share a posting list: the hard part.
Ends with exit code 1 when a figure is above its target.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from indexlist import candidates, expert_indexes, lifeceo_by_hand, lifeceo_workload, sample, tpch_by_hand, tpch_workload, without_repeats

from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import Catalog, IndexDef
from indexadvisor.db.connection import Session
from indexadvisor.demo.load import load as load_lifeceo
from indexadvisor.lab.cluster import Cluster
from indexadvisor.lab.size_btree import merges_equal_keys
from indexadvisor.lab.size_keys import included_shapes, key_shapes
from indexadvisor.lab.sizes import index_size

sys.path.insert(0, str(Path(__file__).parents[2] / "workloads" / "tpch"))
from load import load as load_tpch

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
TARGETS = {"btree": (0.05, 0.25), "gin": (0.30, None), "gist": (0.30, None)}
"""The greatest median and 95th percentile of the error by method."""
AT_LEAST = 150
_SERVER = {"max_parallel_maintenance_workers": "0", "autovacuum": "off", "shared_buffers": "512MB", "maintenance_work_mem": "64MB"}


@dataclass(frozen=True)
class Compared:
    """One index: built and estimated pages, B-tree levels, HypoPG's pages (None where it has no such method or is not there)."""

    database: str
    index: str
    method: str
    shares_keys: bool
    built: int
    estimated: int
    built_height: int | None
    height: int | None
    hypopg: int | None

    @property
    def error(self) -> float:
        """Estimated by built, less one."""
        return self.estimated / self.built - 1


def compare(dsn: str, database: str, catalog: Catalog, definitions: Iterable[IndexDef]) -> list[Compared]:
    """Build each index, roll it back, and set the estimates beside it; what the server refuses is named and left out."""
    found = []
    major = catalog.server.major
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("CREATE EXTENSION IF NOT EXISTS pageinspect")
        hypopg = conn.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'hypopg'").fetchone() is not None
        if hypopg:
            conn.execute("CREATE EXTENSION IF NOT EXISTS hypopg")
        for definition in definitions:
            table = catalog.table(definition.table)
            assert table is not None
            try:
                built, height = _build(conn, definition)
            except psycopg.Error as error:
                print(f"refused: {definition}: {str(error).splitlines()[0]}", file=sys.stderr)
                continue
            size = index_size(definition, table, catalog)
            guess = _hypopg(conn, definition) if hypopg and definition.method in ("btree", "hash", "brin") else None
            shapes = key_shapes(definition, table, catalog)
            shares = (
                definition.method == "btree"
                and not definition.unique
                and merges_equal_keys(shapes, included_shapes(definition, table), major)
            )
            row = (database, str(definition), definition.method, shares, built, size.pages, height, size.height, guess)
            found.append(Compared(*row))
    return found


def _build(conn: psycopg.Connection, definition: IndexDef) -> tuple[int, int | None]:
    """Return pages and, of a B-tree, the level of its root."""
    with conn.transaction(force_rollback=True):
        conn.execute(create_index(definition, "measured", concurrently=False).encode())
        row = conn.execute("SELECT pg_relation_size('measured') / 8192").fetchone()
        level = conn.execute("SELECT level FROM bt_metap('measured')").fetchone() if definition.method == "btree" else None
    assert row is not None
    return int(row[0]), int(level[0]) if level else None


def _hypopg(conn: psycopg.Connection, definition: IndexDef) -> int | None:
    statement = create_index(definition, "measured", concurrently=False)
    with conn.transaction():
        row = conn.execute("SELECT hypopg_relation_size(indexrelid) / 8192 FROM hypopg_create_index(%s)", (statement,)).fetchone()
        conn.execute("SELECT hypopg_reset()")
    return int(row[0]) if row else None


def quantile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table_of(results: list[Compared]) -> str:
    """Return the errors by method as text."""
    lines = [f"{'':22}{'indexes':>9}{'median':>9}{'95th':>9}{'worst':>9}{'HypoPG median':>16}{'95th':>9}"]
    groups = {method: [r for r in results if r.method == method] for method in ("btree", "hash", "brin", "gin", "gist", "spgist")}
    groups["btree, shared keys"] = [r for r in results if r.shares_keys]
    for name in sorted(groups):
        rows = groups[name]
        if not rows:
            continue
        errors = [abs(r.error) for r in rows]
        theirs = [abs(r.hypopg / r.built - 1) for r in rows if r.hypopg is not None]
        line = f"{name:22}{len(rows):9}{quantile(errors, 0.5):9.1%}{quantile(errors, 0.95):9.1%}{max(errors):9.1%}"
        lines.append(line + (f"{quantile(theirs, 0.5):16.1%}{quantile(theirs, 0.95):9.1%}" if theirs else f"{'-':>16}{'-':>9}"))
    trees = groups["btree"]
    lines.append(f"B-tree heights: {sum(r.height == r.built_height for r in trees)} of {len(trees)} right")
    return "\n".join(lines)


def above_target(results: list[Compared]) -> list[str]:
    """Return what misses its target, as sentences."""
    missed = [] if len(results) >= AT_LEAST else [f"only {len(results)} indexes were compared, not {AT_LEAST}"]
    for method, (median, tail) in TARGETS.items():
        errors = [abs(r.error) for r in results if r.method == method]
        if not errors:
            missed.append(f"no {method} index was compared")
            continue
        if quantile(errors, 0.5) > median:
            missed.append(f"{method}: median {quantile(errors, 0.5):.1%}, target {median:.0%}")
        if tail is not None and quantile(errors, 0.95) > tail:
            missed.append(f"{method}: 95th percentile {quantile(errors, 0.95):.1%}, target {tail:.0%}")
    return missed


def measure(arguments: argparse.Namespace) -> list[Compared]:
    """Load both databases and compare."""
    with Cluster(arguments.bindir, _SERVER) as cluster:
        with psycopg.connect(cluster.dsn(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE tpch")
            admin.execute("CREATE DATABASE lifeceo")
        load_tpch(cluster.dsn("tpch"), arguments.scale)
        load_lifeceo(cluster.dsn("lifeceo"), arguments.lifeceo_scale)
        results = []
        for name in ("tpch", "lifeceo"):
            dsn = cluster.dsn(name)
            with psycopg.connect(dsn, autocommit=True) as conn:
                conn.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                conn.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
            with Session(dsn) as session:
                catalog = load(session)
            proposed = candidates(tpch_workload() if name == "tpch" else lifeceo_workload(dsn), catalog)
            own = tpch_by_hand() if name == "tpch" else expert_indexes(dsn, catalog) + lifeceo_by_hand()
            results += compare(dsn, name, catalog, without_repeats(own + sample(proposed, arguments.most)))
    return results


def main() -> int:
    """Read the arguments, compare, print."""
    parser = argparse.ArgumentParser(description="Estimated index sizes against real builds.")
    parser.add_argument("--scale", type=float, default=0.1, help="scale of TPC-H (default: 0.1)")
    parser.add_argument("--lifeceo-scale", type=float, default=1.0, help="scale of the sample application (default: 1)")
    parser.add_argument("--most", type=int, default=150, help="proposed B-trees of each workload at the most (default: 150)")
    parser.add_argument("--worst", type=int, default=10, help="how many of the worst to name (default: 10)")
    parser.add_argument("--bindir", type=Path, default=DEBIAN_15, help="the server's programs (default: Debian's PostgreSQL 15)")
    parser.add_argument("--json", type=Path, help="write every comparison there")
    arguments = parser.parse_args()
    results = measure(arguments)
    print(table_of(results))
    for each in sorted(results, key=lambda each: -abs(each.error))[: arguments.worst]:
        print(f"{each.error:+8.1%}  {each.built:6} built {each.estimated:6} estimated  {each.database}: {each.index[:110]}")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in results], indent=1) + "\n", encoding="utf-8")
    missed = above_target(results)
    print("\n".join(f"above target: {text}" for text in missed) or "all targets met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
