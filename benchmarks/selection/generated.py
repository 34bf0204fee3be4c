"""A generated schema of 24 tables and 100 queries: this search against Extend's greedy rule, over the same candidates and costs.

    python benchmarks/selection/generated.py [--dsn DSN] [--seed 1] [--budgets 10 40] [--gap 0.01]

Without --dsn, a private PostgreSQL 15 with HypoPG is started; a database named with --dsn must be empty. Ends with exit code 1 where
Extend's set is cheaper by more than 0.01 %, or where this search took more than a tenth of Extend's calls over all budgets (answers shared
between them).
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tpch"))

from advise import DEBIAN_15
from extend import Extend
from published import MB

from indexadvisor.candidates.generate import generate
from indexadvisor.catalog.load import load
from indexadvisor.db.connection import Session
from indexadvisor.lab.cluster import Cluster
from indexadvisor.selection.problem import Deadline
from indexadvisor.selection.sweep import sweep
from indexadvisor.selection.task import Task, prepare
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.hypopg import HypopgCosts
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload

TABLES, QUERIES = 24, 100
TENTH = 0.1
_SERVER = {"max_parallel_workers_per_gather": "0", "autovacuum": "off"}
"""A vacuum while one of the two is at work would make index-only scans cheaper for the other."""


def schema(chance: random.Random) -> tuple[str, list[int]]:
    """Return the script that makes and fills the tables, and the rows of each."""
    rows = [chance.choice((5_000, 20_000, 60_000, 150_000)) for _ in range(TABLES)]
    script = ["SELECT setseed(0.5);"]
    for n, count in enumerate(rows):
        script.append(
            f"CREATE TABLE t{n:02} (id integer PRIMARY KEY, parent integer, other integer, kind integer, status integer, day date,"
            " amount numeric(12, 2), code varchar(12), note varchar(40));"
            f"INSERT INTO t{n:02} SELECT g, 1 + random() * {rows[n // 2] - 1}, 1 + random() * {rows[n * 2 // 3] - 1},"
            f" random() * {chance.choice((8, 50, 400))}, power(random(), 3) * {chance.choice((4, 12))},"
            f" date '2020-01-01' + (random() * 1500)::integer, random() * 10000, 'c' || (random() * {max(10, count // 5)})::integer,"
            f" repeat('n', 20) FROM generate_series(1, {count}) AS g;"
        )
    return "\n".join(script) + "\nVACUUM (ANALYZE);", rows


def queries(chance: random.Random, rows: list[int]) -> list[tuple[str, int]]:
    """Return statements with their calls: searches, sorted pages, sums, and joins of two or three tables."""
    found = []
    for n in range(QUERIES):
        table = chance.randrange(1, TABLES)
        where = " AND ".join(chance.sample(_conditions(chance, "a"), chance.choice((1, 2, 2, 3))))
        columns = ", ".join(f"a.{name}" for name in chance.sample(("amount", "code", "day", "status", "kind"), chance.choice((1, 2, 3))))
        calls = int(10 ** chance.uniform(0, 3))
        if n % 4 == 0:
            found.append((f"SELECT {columns} FROM t{table:02} a WHERE {where}", calls))
        elif n % 4 == 1:
            found.append((f"SELECT {columns}, a.id FROM t{table:02} a WHERE {where} ORDER BY a.day DESC LIMIT 20", calls))
        elif n % 4 == 2:
            more = chance.choice(_conditions(chance, "b"))
            link = f"t{table // 2:02} b ON b.id = a.parent"
            found.append((f"SELECT {columns}, b.code FROM t{table:02} a JOIN {link} WHERE {where} AND {more}", calls))
        else:
            links = f"JOIN t{table // 2:02} b ON b.id = a.parent JOIN t{table * 2 // 3:02} c ON c.id = a.other"
            more = chance.choice(_conditions(chance, "c"))
            found.append((f"SELECT b.kind, sum(a.amount) FROM t{table:02} a {links} WHERE {where} AND {more} GROUP BY b.kind", calls))
    return list(dict(found).items())


def _conditions(chance: random.Random, alias: str) -> list[str]:
    return [
        f"{alias}.kind = {chance.randrange(1, 8)}",
        f"{alias}.status = {chance.randrange(4)}",
        f"{alias}.code = 'c{chance.randrange(1, 1000)}'",
        f"{alias}.day >= date '2020-01-01' + {chance.randrange(1300, 1490)}",
        f"{alias}.other = {chance.randrange(1, 4000)}",
        f"{alias}.amount > {chance.randrange(9000, 9990)}",
    ]


def task_of(session: Session, source: HypopgCosts, statements: list[tuple[str, int]]) -> Task:
    """Return the task over these statements, with a source of its own answers."""
    catalog = load(session)
    groups = (
        QueryGroup(f"g{n:03}", text, text, StatementKind.SELECT, calls, (Sample(text, ()),)) for n, (text, calls) in enumerate(statements)
    )
    workload = Workload(tuple(groups))
    usage = usage_graph(workload, catalog)
    limits = Limits(min_benefit=0.0, min_saving=0.0)
    return prepare(workload, usage, generate(usage, catalog, limits), CachedCosts(source), catalog, Deadline())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budgets", type=int, nargs="+", default=(10, 40), metavar="MB")
    parser.add_argument("--gap", type=float, default=0.01)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    script, rows = schema(chance)
    statements = queries(chance, rows)
    with ExitStack() as stack:
        dsn = options.dsn or stack.enter_context(Cluster(DEBIAN_15, _SERVER)).dsn()
        with Session(dsn, read_only=False) as session:
            for statement in script.split(";"):
                if statement.strip():
                    session.rows(statement)  # type: ignore[arg-type]
            session.rows("CREATE EXTENSION IF NOT EXISTS hypopg")
        session = stack.enter_context(Session(dsn))
        source = stack.enter_context(HypopgCosts(session, load(session)).open())
        return compare(task_of(session, source, statements), task_of(session, source, statements), source, options)


def compare(ours: Task, theirs: Task, source: HypopgCosts, options: argparse.Namespace) -> int:
    """Print both answers for every budget; return the exit code."""
    print(f"{len(ours.plans.statements)} queries, {len(ours.offers)} candidates, seed {options.seed}")
    budgets = [budget * MB for budget in options.budgets]
    before, started = source.effort.explains, time.monotonic()
    limits = Limits(min_benefit=0.0, min_saving=0.0, gap=options.gap, max_explains=100_000)
    choices = sweep(ours, limits, budgets)
    explains, seconds = source.effort.explains - before + len(ours.plans.statements), time.monotonic() - started
    print(f"{explains:,} EXPLAINs for all budgets together, {seconds:.1f} s", flush=True)
    extend = Extend(theirs)
    failed, calls = False, 0
    print("budget         ours   Extend's    ours/Extend's     gap   Extend's calls", flush=True)
    for budget, choice in zip(budgets, choices, strict=True):
        cost = extend.cost(extend.choose(budget))
        calls += extend.calls
        failed |= choice.cost_after > cost * 1.0001
        share, other = choice.cost_after / choice.cost_before, cost / choice.cost_before
        gap = "unknown" if choice.gap is None else f"{choice.gap:.2%}"
        print(f"{budget // MB:4} MB {share:10.3%} {other:10.3%} {share / other:16.4f} {gap:>7} {extend.calls:16,}", flush=True)
    print(f"Extend's calls: {calls:,}, {extend.shared:,} of them different; ours are {explains / extend.shared:.1%} of the latter")
    return int(failed or explains > TENTH * extend.shared)


if __name__ == "__main__":
    sys.exit(main())
