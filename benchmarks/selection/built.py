"""What the advice for TPC-H promises against what it does: the chosen sets are really built and the 22 queries run.

    python benchmarks/selection/built.py [--dsn DSN] [--budgets 1000 5000] [--rounds 3] [--timeout 120] [--plans DIR] [--json FILE]

Costs and sizes are the lab's, INCLUDE columns allowed, statistics as ANALYZE left them. First the sweep over six budgets, for the 19
and the 22 queries, beside the best published results (which were reached with HypoPG's sizes, so that the same budget buys less there
or here). Then each set of --budgets for the 22 queries is built in a copy of the database, its sizes are held against the promise, and
the queries run in all copies by turns: the best round counts, in processor time of the server's process (/proc/PID/schedstat, Linux),
so that other work on the machine hardly counts. A query that passes --timeout without indexes is known by a lower bound. Where the rows
returned differ between copies, that is an error. --plans gets EXPLAIN ANALYZE of each query in each copy, for `indexadvisor explain diff`.

Without --dsn, TPC-H scale 1 is loaded on a private PostgreSQL 15, order keys integer as in sweep.py. With it, the database named stays as
it is and its server gets the copies, which are dropped at the end. Ends with exit code 1 when a set's size is more than 10 % off its
promise or its measured total time does not fall.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tpch"))

from advise import DEBIAN_15, WORKLOAD
from published import BASE, BEST, MB, OUTWEIGHING

from indexadvisor.candidates.generate import generate
from indexadvisor.capture.sql_file import SqlFileSource
from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import IndexDef
from indexadvisor.db.connection import Session
from indexadvisor.errors import CapabilityMissing
from indexadvisor.lab.cluster import Cluster
from indexadvisor.selection.model import Choice
from indexadvisor.selection.problem import Deadline
from indexadvisor.selection.sweep import sweep
from indexadvisor.selection.task import prepare
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.hypopg import HypopgCosts
from indexadvisor.whatif.open import open_costs, usual_jobs
from indexadvisor.workload.group import group, usable
from indexadvisor.workload.model import Workload

sys.path.insert(0, str(WORKLOAD))
from load import load as load_tpch

MOST_OFF = 0.10
LIMITS = Limits(min_benefit=0.0, min_saving=0.0, leading_columns=True)
_SETTINGS = "-c work_mem=64MB -c max_parallel_workers_per_gather=0 -c jit=off"
_SERVER = {"shared_buffers": "2GB", "maintenance_work_mem": "512MB", "max_parallel_maintenance_workers": "0", "autovacuum": "off"}


@dataclass(frozen=True)
class BuiltIndex:
    """One index: bytes promised by the lab, bytes of the file, and what the lab said it had assumed."""

    index: str
    promised_bytes: int
    built_bytes: int
    assumed: str | None

    @property
    def error(self) -> float:
        """Promised by built, less one."""
        return self.promised_bytes / self.built_bytes - 1


@dataclass
class Ran:
    """One query in one copy: milliseconds of each round; ``timed_out`` makes them lower bounds."""

    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    cost: float = 0.0
    timed_out: bool = False
    rows: tuple[tuple[str, ...], ...] | None = None

    @property
    def best_ms(self) -> float:
        """Processor time of the best round."""
        return min(self.cpu_ms)


@dataclass(frozen=True)
class Copy:
    """A database with one set built: what was promised per query as a share of the cost without it, by the lab and by HypoPG."""

    name: str
    dsn: str
    budget: int | None = None
    indexes: tuple[BuiltIndex, ...] = ()
    lab: Mapping[str, float] = field(default_factory=dict)
    hypopg: Mapping[str, float] = field(default_factory=dict)
    runs: dict[str, Ran] = field(default_factory=dict)


def queries() -> Workload:
    """Return the 22 queries, each once."""
    return usable(group(SqlFileSource((str(WORKLOAD / "queries"),))))


def name_of(source: str) -> str:
    """Return the query's short name from where it stands.

    >>> name_of("queries/02.sql:1 (Q2 minimum cost supplier)")
    'Q2'
    """
    return source.rsplit("(", 1)[-1].split()[0]


def choose(dsn: str, number: int) -> tuple[Choice, ...]:
    """Choose with the lab for the published budgets, and print the sweep."""
    started = time.monotonic()
    with Session(dsn) as session:
        catalog = load(session)
        workload = queries()
        if number == 19:
            kept = tuple(each for each in workload.groups if not any(f"({name}" in str(each.source) for name in OUTWEIGHING))
            workload = replace(workload, groups=kept)
        usage = usage_graph(workload, catalog)
        tables = {sample: usage.tables_of(each.query_id) for each in workload.groups for sample in each.samples}
        with open_costs("lab", dsn, session, catalog, jobs=usual_jobs()) as source:
            costs = CachedCosts(source, tables=tables.__getitem__)
            task = prepare(workload, usage, generate(usage, catalog, LIMITS), costs, catalog, Deadline())
            assert len(task.plans.statements) == number
            choices = sweep(task, LIMITS, [budget * MB for budget in BEST[number]])
            explains = costs.effort.explains
    print(f"\n{number} queries, lab: cost without indexes {choices[0].cost_before / 1e6:,.4f} M")
    print("   budget     ours / base    best published      gap indexes   size MB")
    for (budget, best), choice in zip(BEST[number].items(), choices, strict=True):
        share, theirs, gap = choice.cost_after / choice.cost_before, best.cost / BASE[number], choice.gap
        line = f"{budget:6,} MB  {share:14.4%}  {theirs:9.4%} {best.algorithm:9} {'unknown' if gap is None else f'{gap:.2%}':>7}"
        print(f"{line}  {len(choice.steps):6}  {choice.size_bytes / MB:8,.0f}")
    print(f"  sweep: {explains:,} EXPLAINs, {time.monotonic() - started:.1f} s", flush=True)
    return choices


def with_hypopg(dsn: str, indexes: frozenset[IndexDef]) -> dict[str, float]:
    """Return each query's cost with the set as a share of its cost without, by HypoPG; nothing where it is not installed."""
    with Session(dsn) as session:
        catalog = load(session)
        try:
            source = HypopgCosts(session, catalog).open()
        except CapabilityMissing:
            return {}
        with source:
            possible = indexes - source.prepare(indexes).keys()
            asked = {name_of(str(each.source)): each.samples[0] for each in queries().groups}
            costs = {name: [source.cost(sample, some).total_cost for some in (possible, frozenset())] for name, sample in asked.items()}
    return {name: after / before for name, (after, before) in costs.items()}


def build(dsn: str, choice: Choice) -> tuple[BuiltIndex, ...]:
    """Build the set in a copy, in the order of creation, and return the sizes; then VACUUM ANALYZE, as a DBA would."""
    found = []
    with psycopg.connect(dsn, autocommit=True) as conn:
        for number, step in enumerate(choice.steps):
            name = f"built_{number}"
            conn.execute(create_index(step.candidate.index, name, concurrently=False).encode())
            row = conn.execute("SELECT pg_relation_size(%s::regclass)", (name,)).fetchone()
            assert row is not None
            found.append(BuiltIndex(str(step.candidate.index), step.size_bytes or 0, int(row[0]), step.caveat))
        conn.execute("VACUUM (ANALYZE)")
    return tuple(found)


def run_round(copies: list[Copy], texts: Mapping[str, str], timeout_s: float, *, backwards: bool) -> None:
    """Run every query once in every copy, the copies by turns."""
    with ExitStack() as stack:
        clients = {copy.name: stack.enter_context(psycopg.connect(copy.dsn, autocommit=True, options=_SETTINGS)) for copy in copies}
        for name, text in texts.items():
            for copy in copies[:: -1 if backwards else 1]:
                ran = copy.runs.setdefault(name, Ran())
                if not ran.timed_out:
                    _run(clients[copy.name], text, ran, timeout_s)
            print(f"\r{name}   ", end="", file=sys.stderr, flush=True)


def _run(conn: psycopg.Connection, text: str, ran: Ran, timeout_s: float) -> None:
    account = Path(f"/proc/{conn.info.backend_pid}/schedstat")
    plan = conn.execute(f"EXPLAIN (FORMAT JSON) {text}".encode()).fetchone()
    assert plan is not None
    ran.cost = plan[0][0]["Plan"]["Total Cost"]
    conn.execute(f"SET statement_timeout = {int(timeout_s * 1000)}".encode())
    began, spent = time.perf_counter(), int(account.read_text().split()[0])
    try:
        rows = conn.execute(text.encode()).fetchall()
        ran.rows = tuple(sorted(tuple(map(str, row)) for row in rows))
    except psycopg.errors.QueryCanceled:
        ran.timed_out = True
    ran.cpu_ms.append((int(account.read_text().split()[0]) - spent) / 1e6)
    ran.wall_ms.append((time.perf_counter() - began) * 1000)


def write_plans(copies: list[Copy], texts: Mapping[str, str], directory: Path) -> None:
    """Write EXPLAIN ANALYZE of each query in each copy; the estimate alone where the query passed the time limit."""
    for copy in copies:
        (directory / copy.name).mkdir(parents=True, exist_ok=True)
        with psycopg.connect(copy.dsn, autocommit=True, options=_SETTINGS) as conn:
            for name, text in texts.items():
                form = "EXPLAIN" if copy.runs[name].timed_out else "EXPLAIN (ANALYZE, BUFFERS)"
                lines = conn.execute(f"{form} {text}".encode()).fetchall()
                (directory / copy.name / f"{name}.txt").write_text("\n".join(line for (line,) in lines) + "\n", encoding="utf-8")


def report(base: Copy, copy: Copy) -> bool:
    """Print one set: sizes, then promise and measurement per query as Markdown; return whether both targets are met."""
    promised, built = (sum(getattr(index, key) for index in copy.indexes) for key in ("promised_bytes", "built_bytes"))
    print(f"\n## {copy.budget:,} MB: promised {promised / MB:,.1f} MB, built {built / MB:,.1f} MB ({promised / built - 1:+.1%})\n")
    print("| index | promised MB | built MB | off |\n|---|--:|--:|--:|")
    for index in copy.indexes:
        print(f"| `{index.index}` | {index.promised_bytes / MB:,.1f} | {index.built_bytes / MB:,.1f} | {index.error:+.1%} |")
    print("\n| query | cost, lab | cost, HypoPG | cost, built | time | ms before | ms after |\n|---|--:|--:|--:|--:|--:|--:|")
    total = [0.0, 0.0]
    for name in base.runs:
        before, after = base.runs[name], copy.runs[name]
        total[0] += before.best_ms
        total[1] += after.best_ms
        hypopg = f"{copy.hypopg[name]:.3f}" if name in copy.hypopg else "unknown"
        bound = ("<", ">") if before.timed_out else ("", "")
        time_ratio = f"{bound[0]}{after.best_ms / before.best_ms:.3f}"
        costs = f"{copy.lab[name]:.3f} | {hypopg} | {after.cost / before.cost:.3f}"
        print(f"| {name} | {costs} | {time_ratio} | {bound[1]}{before.best_ms:,.0f} | {after.best_ms:,.0f} |")
        assert before.rows is None or before.rows == after.rows, f"{name}: other rows with the indexes of {copy.name}"
        assert not after.timed_out, f"{name} passed the time limit with the indexes of {copy.name}"
    timed = [name for name in base.runs if not base.runs[name].timed_out]
    rest = [sum(each.runs[name].best_ms for name in timed) for each in (base, copy)]
    print(f"| total | | | | {total[1] / total[0]:.3f} | {total[0]:,.0f} | {total[1]:,.0f} |")
    print(f"| without those stopped | | | | {rest[1] / rest[0]:.3f} | {rest[0]:,.0f} | {rest[1]:,.0f} |")
    return abs(promised / built - 1) <= MOST_OFF and total[1] < total[0]


@contextmanager
def copied(dsn: str, name: str) -> Iterator[str]:
    """Make a copy of the database on its server; it is dropped at the end."""
    source = conninfo_to_dict(dsn)["dbname"]
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as admin:
        admin.execute(SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(Identifier(name), Identifier(str(source))))
    try:
        yield make_conninfo(dsn, dbname=name)
    finally:
        with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as admin:
            admin.execute(SQL("DROP DATABASE {}").format(Identifier(name)))


def private_server(stack: ExitStack) -> str:
    """Start a server for the life of the stack with TPC-H scale 1, the order keys of the published set-up's type; return its DSN."""
    cluster = stack.enter_context(Cluster(DEBIAN_15, _SERVER))
    with psycopg.connect(cluster.dsn(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE tpch")
    load_tpch(cluster.dsn("tpch"), 1.0)
    with psycopg.connect(cluster.dsn("tpch"), autocommit=True) as conn:
        for statement in (
            "ALTER TABLE orders ALTER o_orderkey TYPE integer", "ALTER TABLE lineitem ALTER l_orderkey TYPE integer",
            "CREATE EXTENSION IF NOT EXISTS hypopg", "VACUUM (ANALYZE)",
        ):  # fmt: skip
            conn.execute(statement.encode())
    return cluster.dsn("tpch")


def measure(stack: ExitStack, dsn: str, choices: Mapping[int, Choice], options: argparse.Namespace) -> list[Copy]:
    """Build each set in a copy, run the queries by turns, and return the copies, first the database without indexes."""
    groups = queries().groups
    by_id = {each.query_id: name_of(str(each.source)) for each in groups}
    copies = [Copy("none", dsn)]
    for budget in options.budgets:
        choice = choices[budget]
        lab = {by_id[each.query_id]: each.cost_after / each.cost_before for each in choice.queries}
        hypopg = with_hypopg(f"{dsn} options='{_SETTINGS}'", choice.indexes)
        copy = stack.enter_context(copied(dsn, f"built_{budget}"))
        copies.append(Copy(f"built_{budget}", copy, budget, build(copy, choice), lab, hypopg))
    texts = {by_id[each.query_id]: each.text for each in groups}
    for turn in range(options.rounds):
        run_round(copies, texts, options.timeout, backwards=bool(turn % 2))
    if options.plans:
        write_plans(copies, texts, options.plans)
    return copies


def main() -> int:
    """Read the arguments, choose, build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", help="a database that holds TPC-H (integer order keys) already; nothing else may use it meanwhile")
    parser.add_argument("--queries", type=int, nargs="+", choices=(19, 22), default=(19, 22), help="columns of the sweep to print")
    parser.add_argument("--budgets", type=int, nargs="*", default=(1_000, 5_000), metavar="MB", help="sets of the 22 queries to build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=120.0, metavar="S", help="most seconds for one run of a query")
    parser.add_argument("--plans", type=Path, metavar="DIR", help="write EXPLAIN ANALYZE of every query there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement there")
    options = parser.parse_args()
    with ExitStack() as stack:
        dsn = options.dsn or private_server(stack)
        swept = {number: choose(f"{dsn} options='{_SETTINGS}'", number) for number in options.queries}
        copies = measure(stack, dsn, dict(zip(BEST[22], swept.get(22, ()), strict=False)), options) if 22 in swept and options.budgets else []
        reports = [report(copies[0], copy) for copy in copies[1:]]
    if options.json:
        document = [{**asdict(copy), "runs": {name: {**asdict(ran), "rows": None} for name, ran in copy.runs.items()}} for copy in copies]
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return int(not all(reports))


if __name__ == "__main__":
    sys.exit(main())
