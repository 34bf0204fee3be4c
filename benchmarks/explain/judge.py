"""Collect the plans of TPC-H and of the LifeCEO workload, and print what the rules find in them, to be judged one by one.

    python benchmarks/explain/judge.py tpch DIR/tpch18 [--scale 0.1] [--bindir /usr/lib/postgresql/15/bin] [--dsn DSN] [--statement-s 60]
    python benchmarks/explain/judge.py lifeceo DIR/lifeceo [--scale 0.5] [--calls-scale 0.1] [--expert] [--follow DIR] [--bindir ...]
    python benchmarks/explain/judge.py show DIR/tpch18 [--plans] [--test] [--only CODE]

``tpch`` runs the 22 queries with EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS) on a private server filled at ``--scale`` (or on the one
that ``--dsn`` names); what takes longer than ``--statement-s`` is explained without ANALYZE. ``lifeceo`` plays the application against a
private server whose auto_explain logs every plan; ``--expert`` builds the expert's indexes first: a tuned database should be quiet;
``--follow`` builds, as they are spelled, the indexes that the findings of an earlier run advise. Both leave the plans and a snapshot of
schema and statistics in DIR, so that ``show`` can be repeated while rules change. ``show --test`` tries advice in the lab. The verdicts
are in docs/explain-findings.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg

from indexadvisor.capture.logs import LogSource
from indexadvisor.catalog.model import Catalog
from indexadvisor.catalog.snapshot import Snapshot, take
from indexadvisor.catalog.snapshot_file import load as load_snapshot
from indexadvisor.catalog.snapshot_file import save
from indexadvisor.db.connection import Session
from indexadvisor.demo.drive import APPLICATION_NAME, drive
from indexadvisor.demo.load import load
from indexadvisor.demo.server import DATABASE, demo_cluster
from indexadvisor.diagnosis.advice import advises_index, try_advice
from indexadvisor.diagnosis.plan_files import analyser
from indexadvisor.diagnosis.plan_log import PlannedQuery, analyse_log, subject
from indexadvisor.errors import IndexAdvisorError
from indexadvisor.explain import read
from indexadvisor.explain.engine import PlanReport, analyse
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.shape import scan_name
from indexadvisor.explain.thresholds import Thresholds
from indexadvisor.lab.cluster import Cluster, pg_dump_program
from indexadvisor.whatif.interface import CostSource
from indexadvisor.whatif.open import open_lab

_TAIL = 60
"""Characters at the end of a csvlog's entry that hold the application's name and the three short fields after it."""
ROOT = Path(__file__).parents[2]
QUERIES = ROOT / "workloads" / "tpch" / "queries"
SNAPSHOT, LOG = "catalog.snapshot", "auto_explain.csv"
OPTIONS = "ANALYZE, BUFFERS, VERBOSE, SETTINGS, FORMAT JSON"
AUTO_EXPLAIN = {
    "session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0", "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on", "auto_explain.log_verbose": "on", "auto_explain.log_settings": "on",
    "auto_explain.log_triggers": "on", "auto_explain.log_format": "json",
}  # fmt: skip


def collect_tpch(arguments: argparse.Namespace) -> None:
    """Leave a plan per query, and the snapshot, in the directory."""
    with ExitStack() as stack:
        dsn = arguments.dsn
        if dsn is None:
            sys.path.insert(0, str(QUERIES.parent))
            from load import load as fill

            cluster = stack.enter_context(Cluster(arguments.bindir, {"shared_buffers": "512MB"}))
            dsn = cluster.dsn()
            fill(dsn, arguments.scale)
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute("SELECT set_config('statement_timeout', %s, false)", [f"{arguments.statement_s}s"])
            for path in sorted(QUERIES.glob("*.sql")):
                (arguments.directory / f"Q{path.stem}.json").write_text(_explained(conn, path), encoding="utf-8")
        with Session(dsn) as session:
            save(take(session, pg_dump_program()), arguments.directory / SNAPSHOT)


def _explained(conn: psycopg.Connection, path: Path) -> str:
    statement = path.read_bytes().rstrip().rstrip(b";")
    conn.read_only = True
    cursor = psycopg.RawCursor(conn)
    cursor.adapters.register_loader("json", psycopg.types.string.TextLoader)
    try:
        row = cursor.execute(b"EXPLAIN (" + OPTIONS.encode() + b") " + statement).fetchone()
    except psycopg.errors.QueryCanceled:
        print(f"{path.stem}: too slow, explained without ANALYZE", file=sys.stderr)
        row = cursor.execute(b"EXPLAIN (VERBOSE, SETTINGS, FORMAT JSON) " + statement).fetchone()
    return str(row[0])


def collect_lifeceo(arguments: argparse.Namespace) -> None:
    """Leave the log of every plan of a driven hour, and the snapshot, in the directory."""
    with demo_cluster(arguments.bindir) as server:
        load(server.dsn, arguments.scale)
        sys.path.insert(0, str(ROOT / "benchmarks" / "lifeceo"))
        from indexsets import build, expert_sections

        wanted = [one for section in expert_sections().values() for one in section] if arguments.expert else []
        wanted += advised(arguments.follow) if arguments.follow is not None else []
        for refused in build(server.dsn, tuple(wanted)) if wanted else ():
            print(refused, file=sys.stderr)
        with psycopg.connect(server.dsn, autocommit=True) as conn:
            for name, value in AUTO_EXPLAIN.items():
                conn.execute(psycopg.sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    psycopg.sql.Identifier(DATABASE), psycopg.sql.Identifier(*name.split(".")), psycopg.sql.Literal(value)))  # fmt: skip
        drive(server.dsn, calls_scale=arguments.calls_scale, at_least=arguments.at_least)
        server.settle()
        _keep_application(server.log, arguments.directory / LOG)
        with Session(server.dsn) as session:
            save(take(session, pg_dump_program()), arguments.directory / SNAPSHOT)


def _keep_application(log: Path, kept: Path) -> None:
    """Copy the application's entries of a log: what the load and the search for parameters ran is not of the workload."""
    with log.open(encoding="utf-8", newline="") as lines, kept.open("w", encoding="utf-8", newline="") as out:
        entry = ""
        for line in lines:
            entry += line
            # a field that holds line ends is quoted, and quotes in it are doubled
            if entry.count('"') % 2 == 0:
                if f',"{APPLICATION_NAME}",' in entry[entry.rfind("\n", 0, -1) + 1 :][-_TAIL:]:
                    out.write(entry)
                entry = ""


def advised(directory: Path) -> list[str]:
    """Return the CREATE INDEX statements that the findings of an earlier run advise, each once."""
    analysed = analyser(load_snapshot(directory / SNAPSHOT).catalog, Thresholds())
    stack = [one.example for one in analyse_log(LogSource([str(directory / LOG)], database=DATABASE), analysed).findings]
    found: dict[str, None] = {}
    for finding in stack:
        stack.extend(finding.consequences)
        found |= {advice.sql: None for advice in finding.advice if advice.kind == "index" and advice.sql is not None}
    return list(found)


def show(arguments: argparse.Namespace) -> None:
    """Print the findings of a directory of plans as Markdown."""
    snapshot = load_snapshot(arguments.directory / SNAPSHOT)
    with ExitStack() as stack:
        costs = stack.enter_context(open_lab(snapshot)) if arguments.test else None
        logged = (arguments.directory / LOG).exists()
        for line in (_log if logged else _files)(arguments, snapshot, costs):
            print(line)


def _files(arguments: argparse.Namespace, snapshot: Snapshot, costs: CostSource | None) -> Iterator[str]:
    for path in sorted(arguments.directory.glob("*.json")):
        plan = read(path.read_bytes(), str(path)).plans[0]
        found = analyse(plan, snapshot.catalog, only=arguments.only)
        text = (QUERIES / f"{path.stem[1:]}.sql").read_text(encoding="utf-8").rstrip().rstrip(";")
        took = "not executed" if plan.execution_ms is None else f"{plan.execution_ms:,.0f} ms"
        yield f"\n## {path.stem}: {took}\n"
        yield from _reported(found, arguments, text, snapshot.catalog, costs)


def _log(arguments: argparse.Namespace, snapshot: Snapshot, costs: CostSource | None) -> Iterator[str]:
    """Yield the log's statements by time, each with the slowest execution of every shape of its plan."""
    source = LogSource([str(arguments.directory / LOG)], database=DATABASE)
    found = analyse_log(source, analyser(snapshot.catalog, Thresholds(), only=arguments.only))
    seen = {(one.example.code, one.query_id, one.subject) for one in found.findings}
    yield f"{found.plans:,} plans of {len(found.queries)} statements, {found.total_ms:,.0f} ms; {len(seen)} findings.\n"
    yield "| weight, ms | code | query | node | executions | share of time |\n|---:|---|---|---|---:|---:|"
    for one in found.findings:
        weight, share = "" if one.weight is None else f"{one.weight:,.0f}", one.duration_ms / found.total_ms
        yield f"| {weight} | {one.example.code} | {one.query_id} | {one.subject} | {one.executions} | {share:.1%} |"
    for query in found.queries:
        yield from _statement(query, arguments, snapshot.catalog, costs)


def _statement(query: PlannedQuery, arguments: argparse.Namespace, catalog: Catalog, costs: CostSource | None) -> Iterator[str]:
    if not arguments.plans and not any(shape.example.findings for shape in query.shapes):
        return
    yield f"\n## {query.query_id}: {query.executions} executions, {query.total_ms:,.1f} ms\n\n```sql\n{query.text}\n```"
    for shape in query.shapes:
        if arguments.plans or shape.example.findings:
            yield f"\n### {shape.executions} with this plan, the slowest took {shape.example_ms:,.2f} ms\n"
            yield from _reported(shape.example, arguments, query.text, catalog, costs)


def _reported(found: PlanReport, arguments: argparse.Namespace, text: str, catalog: Catalog, costs: CostSource | None) -> Iterator[str]:
    if arguments.plans:
        yield "```\n" + "\n".join(_tree(found)) + "\n```\n"
    for finding in found.findings:
        yield from _finding(found.plan, finding, 0)
    if found.noise:
        yield "noise: " + ", ".join(f"{one.code} {subject(found.plan, one)}" for one in found.noise)
    if costs is not None and found.findings and advises_index(found):
        yield from _tested(found, text, catalog, costs)


def _finding(plan: Plan, finding: Finding, depth: int) -> Iterator[str]:
    pad = "  " * depth
    score = "" if finding.score is None else f" score {finding.score:.2f}"
    saving = "" if finding.saving_ms is None else f", {finding.saving_ms.low:,.1f}-{finding.saving_ms.high:,.1f} ms"
    node = "" if finding.node is None else f"[{finding.node}] "
    sure = f"({finding.confidence:.2f}: {finding.because})"
    yield f"{pad}- **{finding.code} {finding.severity}**{score}{saving} {sure} — {node}{subject(plan, finding)}"
    yield f"{pad}  {finding.message}"
    yield f"{pad}  evidence: " + "; ".join(_evidence(one.name, one.value, one.unit) for one in finding.evidence)
    for advice in finding.advice:
        yield f"{pad}  {advice.kind}: {advice.text}" + (f" `{advice.sql}`" if advice.sql else "")
    for consequence in finding.consequences:
        yield from _finding(plan, consequence, depth + 1)


def _evidence(name: str, value: float | str, unit: str) -> str:
    return f"{name} {value if isinstance(value, str) else format(value, ',.4g' if abs(value) < 100 else ',.0f')}{unit and ' '}{unit}"


def _tree(found: PlanReport) -> Iterator[str]:
    stack: list[tuple[PlanNode, int]] = [(found.plan.root, 0)]
    while stack:
        node, depth = stack.pop()
        times = None if found.times is None else found.times.nodes.get(node.number)
        counts = found.rows.get(node.number)
        name = scan_name(node)
        parts = [f"{'  ' * depth}[{node.number}] {node.subplan_name or ''} {node.text('Join Type') or ''} {node.node_type}"]
        parts.append(f"on {name}" if name else "")
        parts.append(f"using {node.index}" if node.index else "")
        parts.append(f"cost {node.total_cost:,.0f} est {node.rows:,.0f}")
        if counts is not None and node.actual is not None:
            parts.append(f"rows {counts.returned.middle:,.0f} loops {node.actual.loops} removed {counts.removed.middle:,.0f}")
            parts.append(f"off x{counts.factor:,.1f}" if counts.factor else f"({counts.excuse})")
        if times is not None:
            parts.append(f"time {times.inclusive.middle:,.2f} own {times.own.middle:,.2f}")
        conditions = ("Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter", "One-Time Filter")
        parts += [f"{key}: {node.details[key]}" for key in conditions if key in node.details]
        yield " ".join(filter(None, parts))
        stack.extend((child, depth + 1) for child in reversed(node.children))


def _tested(found: PlanReport, text: str, catalog: Catalog, costs: CostSource) -> Iterator[str]:
    try:
        tried = try_advice(found, text, catalog, costs)
    except IndexAdvisorError as error:
        yield f"- not tested: {error}"
        return
    for one in tried.advice:
        yield f"- test of {one.finding.code} at [{one.finding.node}]: {one.outcome}: {one.sentence}"


def main(given: Iterable[str] | None = None) -> int:
    """Read the arguments and do one of the three."""
    parser = argparse.ArgumentParser(description="What the rules find in the plans of TPC-H and of the LifeCEO workload.")
    commands = parser.add_subparsers(required=True)
    tpch = commands.add_parser("tpch", help="collect TPC-H's plans")
    tpch.add_argument("--dsn", help="a loaded server (default: a private one)")
    tpch.add_argument("--scale", type=float, default=0.1, help="size of the private server's data (default: 0.1)")
    tpch.add_argument("--statement-s", type=int, default=60, help="seconds a query may take (default: 60)")
    tpch.set_defaults(run=collect_tpch)
    lifeceo = commands.add_parser("lifeceo", help="collect the plans of the LifeCEO workload")
    lifeceo.add_argument("--scale", type=float, default=0.5, help="size of the data (default: 0.5, 150,000 chat messages)")
    lifeceo.add_argument("--calls-scale", type=float, default=0.1, help="share of the calls that is run (default: 0.1)")
    lifeceo.add_argument("--at-least", type=int, default=3, help="calls of each kind at least (default: 3)")
    lifeceo.add_argument("--expert", action="store_true", help="build the expert's indexes first")
    lifeceo.add_argument("--follow", type=Path, metavar="DIR", help="build the indexes advised for this earlier run first")
    lifeceo.set_defaults(run=collect_lifeceo)
    shown = commands.add_parser("show", help="print what the rules find")
    shown.add_argument("--plans", action="store_true", help="print the plans, too")
    shown.add_argument("--test", action="store_true", help="test index advice in the lab")
    shown.add_argument("--only", action="append", default=[], help="apply only this rule; repeatable")
    shown.set_defaults(run=show)
    for command in (tpch, lifeceo, shown):
        command.add_argument("directory", type=Path)
    for command in (tpch, lifeceo):
        command.add_argument("--bindir", type=Path, help="programs of another PostgreSQL than the embedded one")
    arguments = parser.parse_args(None if given is None else list(given))
    arguments.directory.mkdir(parents=True, exist_ok=True)
    arguments.run(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
