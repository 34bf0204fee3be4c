"""Compare sets of indexes by the measured time of the LifeCEO workload, with the indexes really built.

    python benchmarks/lifeceo/compare.py [--scale 1] [--rounds 3] [--recommendations out/recommendations.sql] [--json result.json]

The data is loaded once on a private server; each set gets a copy of the database, its indexes and VACUUM ANALYZE. Then the sets take
turns: in each round every set runs the same calls in the same order (without indexes only in the first, which takes longest). A call
takes the processor time of the server's process (calls.py) in its best round, so that other work on the machine hardly counts; a kind
of statement weighs the median of its calls times the calls of statements.sql, and the sums are the weighted time of the workload.

The bar to meet, our advice within the disk that the expert's whole set takes (112.8 MB at scale 1) and that set itself, both built:

    python benchmarks/lifeceo/advise.py --budget 112812032B --output out
    python benchmarks/lifeceo/compare.py --recommendations out/lab.sql --recommendations out/auto.sql --limit-whole 1.2

Ends with exit code 1 when the recommendations hold a fault, when with --limit their weighted time is more than that many times the one
under the expert's B-tree part, or when with --limit-whole it is more than that many times the one under the expert's whole set or they
take more disk than that.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median

from calls import Timed, run_calls
from indexsets import Built, build, built, expert_sections, faults, statements_of

from indexadvisor.db.script import Client
from indexadvisor.demo.load import load
from indexadvisor.lab.cluster import Cluster, server_version

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True)
class Measured:
    """One set, measured: milliseconds of processor time weighted by calls, reads and writes apart.

    For comparison, ``by_mean_ms`` weighs means, and ``wall_ms`` is by the clock on the wall. ``kinds_ms``: calls times median.
    """

    name: str
    indexes: int
    size_bytes: int
    reads_ms: float
    writes_ms: float
    by_mean_ms: float
    wall_ms: float
    kinds_ms: dict[str, float]
    refused: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def total_ms(self) -> float:
        """Reads and writes together."""
        return self.reads_ms + self.writes_ms


@dataclass
class Candidate:
    """One set while it is measured: its database, what was built there, and the calls of each round."""

    name: str
    database: str
    indexes: tuple[Built, ...]
    ours: frozenset[str]
    refused: tuple[str, ...]
    rounds: list[tuple[Timed, ...]]


def prepare(cluster: Cluster, number: int, name: str, statements: tuple[str, ...]) -> Candidate:
    """Copy the loaded database and build one set in it."""
    database = f"candidate_{number}"
    with Client(cluster.dsn(), application_name="compare") as admin:
        admin.simple(f"CREATE DATABASE {database} TEMPLATE loaded STRATEGY file_copy")
    before = {index.name for index in built(cluster.dsn(database))}
    refused = build(cluster.dsn(database), statements)
    indexes = built(cluster.dsn(database))
    return Candidate(name, database, indexes, frozenset(index.name for index in indexes) - before, tuple(refused), [])


def _best_ms(rounds: list[tuple[float | None, ...]]) -> list[float]:
    """Return each call's shortest time over the rounds, of those that the server did not refuse."""
    calls = ([ms for ms in times if ms is not None] for times in zip(*rounds, strict=True))
    return [min(times) for times in calls if times]


def measured(candidate: Candidate) -> Measured:
    """Return a set's figures: of each call the best round."""
    kinds, means, wall, writes = {}, 0.0, 0.0, 0.0
    for runs in zip(*candidate.rounds, strict=True):
        statement, best_ms = runs[0].statement, _best_ms([run.cpu_ms for run in runs])
        if best_ms:
            kinds[statement.name] = statement.calls * median(best_ms)
            means += statement.calls * mean(best_ms)
            wall += statement.calls * median(_best_ms([run.wall_ms for run in runs]))
            writes += kinds[statement.name] if statement.writes else 0.0
    size = sum(index.size_bytes for index in candidate.indexes if index.name in candidate.ours)
    wrong = tuple(faults(candidate.indexes, candidate.ours))
    return Measured(
        candidate.name, len(candidate.ours), size, sum(kinds.values()) - writes, writes, means, wall, kinds, candidate.refused, wrong
    )  # fmt: skip


def compare(arguments: argparse.Namespace) -> list[Measured]:
    """Load once, build each set, and let them take turns."""
    expert = expert_sections()
    sets = {"none": (), "expert-btree": expert["btree"], "expert": expert["btree"] + expert["other"]}
    for path in arguments.recommendations:
        sets[path.stem if path.stem not in sets else str(path)] = statements_of(path.read_text(encoding="utf-8"))
    settings = {"shared_buffers": "2GB", "max_parallel_workers_per_gather": "0", "jit": "off", "autovacuum": "off"}
    with Cluster(arguments.bindir, settings) as cluster:
        with Client(cluster.dsn(), application_name="compare") as admin:
            admin.simple("CREATE DATABASE loaded")
        load(cluster.dsn("loaded"), arguments.scale)
        candidates = [prepare(cluster, number, name, statements) for number, (name, statements) in enumerate(sets.items())]
        for turn in range(arguments.rounds):
            # to and fro, so that no set always runs after the same other one
            for candidate in candidates[:: -1 if turn % 2 else 1]:
                if turn == 0 or candidate.name != "none":
                    dsn, progress = cluster.dsn(candidate.database), _progress(f"round {turn + 1}: {candidate.name}")
                    calls = run_calls(dsn, calls_scale=arguments.calls_scale, at_least=arguments.at_least, progress=progress)
                    candidate.rounds.append(calls)
    return [measured(candidate) for candidate in candidates]


def _progress(name: str):
    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{name}: {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)

    return show


def table(results: list[Measured], slowest: int = 15) -> str:
    """Return the comparison as text: the sets, then the kinds that cost most under the last set."""
    base, whole = (_of(results, name).total_ms for name in ("expert-btree", "expert"))
    heads = ("indexes", "MB", "reads ms", "writes ms", "total ms", "/ btree", "/ whole", "by mean ms", "wall ms")
    lines = [f"{'set':24}" + "".join(f"{head:>11}" for head in heads)]
    for r in results:
        times = (f"{ms:.0f}" for ms in (r.reads_ms, r.writes_ms, r.total_ms))
        ratios = (f"{r.total_ms / base:.2f}", f"{r.total_ms / whole:.2f}")
        figures = (str(r.indexes), f"{r.size_bytes / 1e6:.1f}", *times, *ratios, f"{r.by_mean_ms:.0f}", f"{r.wall_ms:.0f}")
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
    base, whole = (_of(results, name).total_ms for name in ("expert-btree", "expert"))
    sets = [
        {**asdict(r), "total_ms": r.total_ms, "ratio_to_expert_btree": r.total_ms / base, "ratio_to_expert": r.total_ms / whole}
        for r in results
    ]
    how = {"scale": arguments.scale, "calls_scale": arguments.calls_scale, "rounds": arguments.rounds}
    return {"schema_version": 2, "server_version_num": server_version(arguments.bindir), **how, "sets": sets}


def _of(results: list[Measured], name: str) -> Measured:
    return next(result for result in results if result.name == name)


def main() -> int:
    """Read the arguments, compare, print."""
    parser = argparse.ArgumentParser(description="Measured time of the LifeCEO workload under sets of indexes.")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the data (default: 1, 300,000 chat messages)")
    parser.add_argument("--calls-scale", type=float, default=0.1, help="share of the calls that is really run (default: 0.1)")
    parser.add_argument("--at-least", type=int, default=7, help="calls of each kind at the least (default: 7)")
    parser.add_argument("--rounds", type=int, default=3, help="times that each set takes its turn (default: 3)")
    parser.add_argument("--bindir", type=Path, default=DEBIAN_15, help="the server's programs (default: Debian's PostgreSQL 15)")
    parser.add_argument("--recommendations", type=Path, action="append", default=[], help="a file of CREATE INDEX statements; repeatable")
    parser.add_argument("--limit", type=float, help="fail when the recommendations take this many times the expert's B-tree part")
    parser.add_argument("--limit-whole", type=float, help="fail when they take this many times the whole set, or more disk")
    parser.add_argument("--json", type=Path, help="write the result there")
    arguments = parser.parse_args()
    results = compare(arguments)
    print(table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(document(results, arguments), indent=1) + "\n", encoding="utf-8")
    given, base, whole = results[3:], _of(results, "expert-btree"), _of(results, "expert")
    slow = [r.name for r in given if arguments.limit is not None and r.total_ms > arguments.limit * base.total_ms]
    if arguments.limit_whole is not None:
        slow += [r.name for r in given if r.total_ms > arguments.limit_whole * whole.total_ms or r.size_bytes > whole.size_bytes]
    return 1 if slow or any(r.faults or r.refused for r in given) else 0


if __name__ == "__main__":
    sys.exit(main())
