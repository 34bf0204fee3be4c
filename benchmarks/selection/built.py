"""What the advice for TPC-H promises against what it does: the chosen sets are really built and the 22 queries run.

    python benchmarks/selection/built.py [--dsn DSN] [--budgets 1000 5000] [--rounds 3] [--timeout 120] [--risk-discount 0.0] [--plans DIR]
                                         [--json FILE]

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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tpch"))

from advise import DEBIAN_15, WORKLOAD
from published import BASE, BEST, MB, OUTWEIGHING
from timed import SETTINGS, BuiltIndex, Copy, run_round, write_plans

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
_SERVER = {"shared_buffers": "2GB", "maintenance_work_mem": "512MB", "max_parallel_maintenance_workers": "0", "autovacuum": "off"}


def queries() -> Workload:
    """Return the 22 queries, each once."""
    return usable(group(SqlFileSource((str(WORKLOAD / "queries"),))))


def name_of(source: str) -> str:
    """Return the query's short name from where it stands.

    >>> name_of("queries/02.sql:1 (Q2 minimum cost supplier)")
    'Q2'
    """
    return source.rsplit("(", 1)[-1].split()[0]


def choose(dsn: str, number: int, limits: Limits) -> tuple[Choice, ...]:
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
            task = prepare(workload, usage, generate(usage, catalog, limits), costs, catalog, Deadline())
            assert len(task.plans.statements) == number
            choices = sweep(task, limits, [budget * MB for budget in BEST[number]])
            explains = costs.effort.explains
    print(f"\n{number} queries, lab: cost without indexes {choices[0].cost_before / 1e6:,.4f} M")
    if limits.risk_discount:
        print(f"{limits.risk_discount:.0%} of savings at risk not counted; the gap is of what counts")
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


def report(base: Copy, copy: Copy) -> bool:
    """Print one set: sizes, then promise and measurement per query as Markdown; return whether both targets are met."""
    promised, built = (sum(getattr(index, key) for index in copy.indexes) for key in ("promised_bytes", "built_bytes"))
    print(f"\n## {copy.budget:,} MB: promised {promised / MB:,.1f} MB, built {built / MB:,.1f} MB ({promised / built - 1:+.1%})\n")
    print("| index | promised MB | built MB | off |\n|---|--:|--:|--:|")
    for index in copy.indexes:
        print(f"| `{index.index}` | {index.promised_bytes / MB:,.1f} | {index.built_bytes / MB:,.1f} | {index.error:+.1%} |")
    print("\n| query | cost, lab | cost, HypoPG | cost, built | time | ms before | ms after |\n|---|--:|--:|--:|--:|--:|--:|")
    for name, before in base.runs.items():
        print(_line(name, (name,), base, copy))
        after = copy.runs[name]
        assert before.rows is None or before.rows == after.rows, f"{name}: other rows with the indexes of {copy.name}"
        assert not after.timed_out, f"{name} passed the time limit with the indexes of {copy.name}"
    print(_line("all", tuple(base.runs), base, copy))
    stopped = [name for name in base.runs if base.runs[name].timed_out]
    if stopped:
        print(_line("without " + ", ".join(stopped), tuple(name for name in base.runs if name not in stopped), base, copy))
    before_ms, after_ms = (sum(ran.best_ms for ran in each.runs.values()) for each in (base, copy))
    return abs(promised / built - 1) <= MOST_OFF and after_ms < before_ms


def _line(title: str, names: Sequence[str], base: Copy, copy: Copy) -> str:
    """Return a row of the table: promised and planned cost, and measured time, as shares of those without the indexes."""
    costs = [base.runs[name].cost for name in names]
    before, after = (sum(each.runs[name].best_ms for name in names) for each in (base, copy))
    shares = [sum(cost * known[name] for cost, name in zip(costs, names, strict=True)) / sum(costs) if known else None
              for known in (copy.lab, copy.hypopg)]  # fmt: skip
    shares.append(sum(copy.runs[name].cost for name in names) / sum(costs))
    cells = " | ".join("unknown" if share is None else f"{share:.4f}" for share in shares)
    less, more = ("<", ">") if any(base.runs[name].timed_out for name in names) else ("", "")
    return f"| {title} | {cells} | {less}{after / before:.3f} | {more}{before:,.0f} | {after:,.0f} |"


def print_risks(budget: int, choice: Choice) -> None:
    """Print what the advice itself says against its estimates, by index and query."""
    names = {each.query_id: name_of(str(each.source)) for each in queries().groups}
    print(f"\n{budget:,} MB, marked as risks:")
    for step in choice.steps:
        for risk in step.risks:
            print(f"  {step.candidate.index}: {risk.kind} ({', '.join(names[each] for each in risk.query_ids)}): {risk.sentence}")


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
        conn.execute("ALTER TABLE orders ALTER o_orderkey TYPE integer")
        conn.execute("ALTER TABLE lineitem ALTER l_orderkey TYPE integer")
        conn.execute("CREATE EXTENSION IF NOT EXISTS hypopg")
        conn.execute("VACUUM (ANALYZE)")
    return cluster.dsn("tpch")


def measure(stack: ExitStack, dsn: str, choices: Mapping[int, Choice], options: argparse.Namespace) -> list[Copy]:
    """Build each set in a copy, run the queries by turns, and return the copies, first the database without indexes."""
    groups = sorted(queries().groups, key=lambda each: int(name_of(str(each.source))[1:]))
    by_id = {each.query_id: name_of(str(each.source)) for each in groups}
    copies = [Copy("none", dsn)]
    for budget in options.budgets:
        choice = choices[budget]
        lab = {by_id[each.query_id]: each.cost_after / each.cost_before for each in choice.queries}
        hypopg = with_hypopg(f"{dsn} options='{SETTINGS}'", choice.indexes)
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
    parser.add_argument("--risk-discount", type=float, default=0.0, metavar="SHARE", help="savings at risk that do not count")
    parser.add_argument("--timeout", type=float, default=120.0, metavar="S", help="most seconds for one run of a query")
    parser.add_argument("--plans", type=Path, metavar="DIR", help="write EXPLAIN ANALYZE of every query there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement there")
    options = parser.parse_args()
    limits = replace(LIMITS, risk_discount=options.risk_discount)
    with ExitStack() as stack:
        dsn = options.dsn or private_server(stack)
        swept = {number: choose(f"{dsn} options='{SETTINGS}'", number, limits) for number in options.queries}
        choices = dict(zip(BEST[22], swept.get(22, ()), strict=False))
        for budget in options.budgets if choices else ():
            print_risks(budget, choices[budget])
        copies = measure(stack, dsn, choices, options) if choices and options.budgets else []
        reports = [report(copies[0], copy) for copy in copies[1:]]
    if options.json:
        document = [{**asdict(copy), "runs": {name: {**asdict(ran), "rows": None} for name, ran in copy.runs.items()}} for copy in copies]
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return int(not all(reports))


if __name__ == "__main__":
    sys.exit(main())
