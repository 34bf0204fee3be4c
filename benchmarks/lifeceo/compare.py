"""Compare sets of indexes by the measured time of the LifeCEO workload, with the indexes really built.

    python benchmarks/lifeceo/compare.py [--scale 1] [--recommendations out/recommendations.sql] [--json result.json]

The data is loaded once on a private server; each set gets a copy of the database, its indexes, VACUUM ANALYZE, and the same
statements in the same order. A kind of statement weighs the median time of its calls times the calls of statements.sql; the sums
are the weighted time of the workload. Ends with exit code 1 when the recommendations hold a fault or, with --limit, when
their weighted time is more than that many times the one under the expert's B-tree part.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from indexsets import Built, build, built, expert_sections, faults, statements_of

from indexadvisor.db.script import Client
from indexadvisor.demo.drive import DriveReport, drive
from indexadvisor.demo.load import load
from indexadvisor.lab.cluster import Cluster, server_version

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True)
class Measured:
    """One set, measured: milliseconds weighted by calls, reads and writes apart; ``by_mean_ms`` weighs means for comparison."""

    name: str
    indexes: int
    size_bytes: int
    reads_ms: float
    writes_ms: float
    by_mean_ms: float
    kinds_ms: dict[str, float]
    refused: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def total_ms(self) -> float:
        """Reads and writes together."""
        return self.reads_ms + self.writes_ms


def measure(cluster: Cluster, name: str, statements: tuple[str, ...], calls_scale: float, at_least: int) -> Measured:
    """Copy the loaded database, build one set in it and run the workload."""
    with Client(cluster.dsn(), application_name="compare") as admin:
        admin.simple("CREATE DATABASE candidate TEMPLATE loaded STRATEGY file_copy")
        try:
            before = {index.name for index in built(cluster.dsn("candidate"))}
            refused = build(cluster.dsn("candidate"), statements)
            indexes = built(cluster.dsn("candidate"))
            ours = frozenset(index.name for index in indexes) - before
            report = drive(cluster.dsn("candidate"), calls_scale=calls_scale, at_least=at_least, progress=_progress(name))
        finally:
            admin.simple("DROP DATABASE candidate WITH (FORCE)")
    return _measured(name, report, indexes, ours, refused)


def _measured(name: str, report: DriveReport, indexes: tuple[Built, ...], ours: frozenset[str], refused: list[str]) -> Measured:
    kinds = {kind.statement.name: kind.statement.calls * kind.median_ms for kind in report.kinds if kind.median_ms is not None}
    writes = sum(kinds[kind.statement.name] for kind in report.kinds if kind.statement.writes and kind.statement.name in kinds)
    by_mean = sum(kind.statement.calls * kind.mean_ms for kind in report.kinds if kind.mean_ms is not None)
    size = sum(index.size_bytes for index in indexes if index.name in ours)
    return Measured(
        name, len(ours), size, sum(kinds.values()) - writes, writes, by_mean, kinds, tuple(refused), tuple(faults(indexes, ours)),
    )  # fmt: skip


def compare(arguments: argparse.Namespace) -> list[Measured]:
    """Load once and measure each set."""
    expert = expert_sections()
    sets = {"none": (), "expert-btree": expert["btree"], "expert": expert["btree"] + expert["other"]}
    for path in arguments.recommendations:
        sets[path.stem if path.stem not in sets else str(path)] = statements_of(path.read_text(encoding="utf-8"))
    settings = {"shared_buffers": "512MB", "max_parallel_workers_per_gather": "0", "jit": "off", "autovacuum": "off"}
    with Cluster(arguments.bindir, settings) as cluster:
        with Client(cluster.dsn(), application_name="compare") as admin:
            admin.simple("CREATE DATABASE loaded")
        load(cluster.dsn("loaded"), arguments.scale)
        return [measure(cluster, name, statements, arguments.calls_scale, arguments.at_least) for name, statements in sets.items()]


def _progress(name: str):
    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{name}: {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)

    return show


def table(results: list[Measured], slowest: int = 15) -> str:
    """Return the comparison as text: the sets, then the kinds that cost most under the last set."""
    base = next(result for result in results if result.name == "expert-btree").total_ms
    heads = ("indexes", "MB", "reads ms", "writes ms", "total ms", "/ btree", "by mean ms")
    lines = [f"{'set':24}" + "".join(f"{head:>11}" for head in heads)]
    for r in results:
        times = (f"{ms:.0f}" for ms in (r.reads_ms, r.writes_ms, r.total_ms))
        figures = (str(r.indexes), f"{r.size_bytes / 1e6:.1f}", *times, f"{r.total_ms / base:.2f}", f"{r.by_mean_ms:.0f}")
        lines.append(f"{r.name:24}" + "".join(f"{figure:>11}" for figure in figures))
    last = results[-1].kinds_ms
    lines += ["", f"calls x median in ms, where {results[-1].name} spends most"]
    for kind in sorted(last, key=lambda kind: (-last[kind], kind))[:slowest]:
        lines.append(f"{kind[:48]:48} " + " ".join(f"{r.name[:12]} {r.kinds_ms.get(kind, float('nan')):9.1f}  " for r in results))
    lines += [f"{r.name}: refused: {text}" for r in results for text in r.refused]
    lines += [f"{r.name}: {text}" for r in results for text in r.faults]
    return "\n".join(lines)


def document(results: list[Measured], arguments: argparse.Namespace) -> dict[str, object]:
    """Return the result as JSON-ready values; times in milliseconds."""
    base = next(result for result in results if result.name == "expert-btree").total_ms
    sets = [{**asdict(r), "total_ms": r.total_ms, "ratio_to_expert_btree": r.total_ms / base} for r in results]
    how = {"server_version_num": server_version(arguments.bindir), "scale": arguments.scale, "calls_scale": arguments.calls_scale}
    return {"schema_version": 1, **how, "sets": sets}


def main() -> int:
    """Read the arguments, compare, print."""
    parser = argparse.ArgumentParser(description="Measured time of the LifeCEO workload under sets of indexes.")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the data (default: 1, 300,000 chat messages)")
    parser.add_argument("--calls-scale", type=float, default=0.1, help="share of the calls that is really run (default: 0.1)")
    parser.add_argument("--at-least", type=int, default=7, help="calls of each kind at the least (default: 7)")
    parser.add_argument("--bindir", type=Path, default=DEBIAN_15, help="the server's programs (default: Debian's PostgreSQL 15)")
    parser.add_argument("--recommendations", type=Path, action="append", default=[], help="a file of CREATE INDEX statements; repeatable")
    parser.add_argument("--limit", type=float, help="fail when the recommendations take this many times the expert's B-tree part")
    parser.add_argument("--json", type=Path, help="write the result there")
    arguments = parser.parse_args()
    results = compare(arguments)
    print(table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(document(results, arguments), indent=1) + "\n", encoding="utf-8")
    base = next(result for result in results if result.name == "expert-btree").total_ms
    given = results[3:]
    slow = [r.name for r in given if arguments.limit is not None and r.total_ms > arguments.limit * base]
    return 1 if slow or any(r.faults or r.refused for r in given) else 0


if __name__ == "__main__":
    sys.exit(main())
