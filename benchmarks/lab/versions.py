"""What a lab of PostgreSQL 18 says of a server of 15: cost by cost, and why they differ.

    python benchmarks/lab/versions.py [--tpch-scale 1] [--lifeceo-scale 1] [--bindir /usr/lib/postgresql/15/bin] [--markdown table.md]

TPC-H and LifeCEO are loaded on a private server of the older version and on one of the lab's. The older one is analysed and a snapshot of
it taken; its statistics are put into the newer one too, so that three planners are asked about the same figures: the old server, the new
one with the same rows, the lab without rows. Each query is compared as the schema stands and with the indexes of ``asked.py`` built
on both servers before the snapshot. A difference between old server and lab that the new server shows as well is the version's; its cause
is looked for in three places, in this order: a planner setting that the old version does not have and that gives the old cost back
when it is off; something in the plan that the old version cannot do; the lowest node at which the plans part. Ends with exit code 1
where the lab differs from the new server by more than 5 %, or where a difference of more than 1 % has no cause.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from accuracy import SERVER
from asked import ROOT, TPCH_INDEXES, lifeceo_indexes, lifeceo_queries, tpch_queries

from indexadvisor.catalog.model import Catalog
from indexadvisor.catalog.snapshot import Snapshot, take
from indexadvisor.db.connection import Session, Timeouts
from indexadvisor.db.script import Client
from indexadvisor.demo.load import load as load_lifeceo
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.run import Explainer
from indexadvisor.lab.cluster import Cluster, embedded_bindir
from indexadvisor.lab.lab import Lab
from indexadvisor.workload.model import Sample

sys.path.insert(0, str(ROOT / "workloads" / "tpch"))
from load import load as load_tpch

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
NOTABLE, SAME, LAB_OFF = 0.01, 0.001, 0.05
Query = tuple[str, Sample]


@dataclass(frozen=True)
class Row:
    """One query: costs of the old server, the new one and the lab; whether old server and lab use the same indexes, and whether the new
    server uses the lab's; why they differ.
    """

    database: str
    indexes: str
    query: str
    old: float
    new: float
    lab: float
    same_indexes: bool
    new_agrees: bool
    cause: str | None

    @property
    def difference(self) -> float:
        """The lab's cost by the old server's, less one."""
        return self.lab / self.old - 1

    @property
    def lab_error(self) -> float:
        """How far the lab is from the new server, as a share of its cost."""
        return abs(self.lab / self.new - 1)


def parallel_right_join(plan: Plan) -> bool:
    """Return whether a parallel hash join keeps all rows of its hashed side."""
    return any(node.node_type == "Hash Join" and node.text("Join Type") in ("Right", "Full") and _parallel(node) for node in plan.walk())


def skip_scan(plan: Plan) -> bool:
    """Return whether a B-tree is searched without a condition on its first column, over the columns that the snapshot knows of it."""
    return any(node.index in _SKIPPABLE and _first(node) not in (node.text("Index Cond") or _first(node)) for node in plan.walk())


_SKIPPABLE: dict[str, str] = {}
"""The first column of each multicolumn B-tree, by index name."""
_GIN: set[str] = set()
"""The GIN indexes, by name."""
FEATURES: tuple[tuple[str, Callable[[Plan], bool]], ...] = (
    ("skip scan over the first column of a B-tree (18)", skip_scan),
    ("right semi join (18)", lambda plan: _joins(plan, "Right Semi")),
    ("right anti join: the smaller side is hashed (16)", lambda plan: _joins(plan, "Right Anti")),
    ("parallel right or full hash join (16)", parallel_right_join),
)


def _first(node: PlanNode) -> str:
    return _SKIPPABLE.get(node.index or "", "")


def _parallel(node: PlanNode) -> bool:
    return bool(node.details.get("Parallel Aware"))


def _joins(plan: Plan, kind: str) -> bool:
    return any(node.text("Join Type") == kind for node in plan.walk())


def gathered(plan: Plan) -> set[float]:
    """Return how many times a worker's rows each Gather is expected to give, to one decimal."""
    gathers = (node for node in plan.walk() if node.node_type in ("Gather", "Gather Merge") and node.children and node.children[0].rows)
    return {round((node.rows or 0) / (node.children[0].rows or 1), 1) for node in gathers}


def parting(old: PlanNode, new: PlanNode) -> str | None:
    """Return the lowest node at which two plans part, in words; None where they are alike."""
    if _kind(old) != _kind(new) or len(old.children) != len(new.children):
        return f"another plan: {_kind(old)} became {_kind(new)}"
    for mine, other in zip(old.children, new.children, strict=True):
        found = parting(mine, other)
        if found is not None:
            return found
    if old.rows != new.rows:
        return f"{_kind(new)}: {old.rows:,.0f} rows expected, now {new.rows:,.0f}"
    if not _near(old.total_cost or 0, new.total_cost or 0, NOTABLE):
        return f"{_kind(new)} costed at {old.total_cost:,.2f}, now {new.total_cost:,.2f}{_costed_anew(new)}"
    return None


def _costed_anew(node: PlanNode) -> str:
    """Return which change of the cost model a node falls under (release notes of 16 and 17, "Optimizer" and "Indexes")."""
    if node.index in _GIN:
        return ": the descent to each key is charged (16)"
    if " = ANY (" in (node.text("Index Cond") or ""):
        return ": a list is one scan of a B-tree (17)"
    if " = ANY (" in (node.text("Filter") or ""):
        return ": the length of an array comes from its statistics (17)"
    return ""


def _kind(node: PlanNode) -> str:
    what = [node.text("Join Type"), node.node_type, node.index or node.relation]
    return " ".join(text for text in what if text)


def _near(one: float, other: float, share: float) -> bool:
    return abs(one - other) <= share * min(one, other)


class Comparison:
    """One database on both servers and in a lab, with these indexes or without."""

    def __init__(self, old: Session, new: Session, lab: Lab, catalog: Catalog) -> None:
        self._old, self._new, self._lab = Explainer(old), Explainer(new), Explainer(lab.session)
        self._session = lab.session
        # of the sessions' settings, those that the old planner does not have and that can be switched off
        known = {name for (name,) in old.rows("SELECT name FROM pg_settings")}
        switches = lab.session.rows("SELECT name FROM pg_settings WHERE name LIKE 'enable%' AND vartype = 'bool' ORDER BY name")
        self._settings = [name for (name,) in switches if name not in known]
        for name, value in catalog.settings.items():
            try:
                new.rows("SELECT set_config(%s, %s, false)", [name, value])
            except StatementFailed:
                continue
        _SKIPPABLE.clear()
        _GIN.clear()
        _GIN.update(index.name for index in catalog.indexes if index.definition.method == "gin")
        for index in catalog.indexes:
            if index.definition.method == "btree" and len(index.definition.keys) > 1 and index.definition.keys[0].column:
                _SKIPPABLE[index.name] = index.definition.keys[0].column

    def row(self, database: str, indexes: str, query: Query) -> Row:
        """Compare one query."""
        name, sample = query
        old, new, lab = (each.explain(sample) for each in (self._old, self._new, self._lab))
        notable = not _near(old.total_cost, lab.total_cost, NOTABLE)
        cause = self._cause(sample, old, lab) if notable or old.indexes() != lab.indexes() else None
        same, agrees = old.indexes() == lab.indexes(), new.indexes() == lab.indexes()
        return Row(database, indexes, name, old.total_cost, new.total_cost, lab.total_cost, same, agrees, cause)

    def _cause(self, sample: Sample, old: Plan, lab: Plan) -> str | None:
        for name in self._settings:
            self._session.rows("SELECT set_config(%s, 'off', false)", [name])
            without = self._lab.explain(sample).total_cost
            self._session.rows("SELECT set_config(%s, 'on', false)", [name])
            if _near(without, old.total_cost, NOTABLE) and not _near(without, lab.total_cost, SAME):
                return f"{name}: off, it costs {without:,.2f}"
        for words, has in FEATURES:
            if has(lab) and not has(old):
                return words
        before, now = gathered(old), gathered(lab)
        if before and now - before:
            return f"Gather expects {max(now)} times the rows of a worker, before {max(before)}: the leader's share counts"
        return parting(old.root, lab.root)


def compare(database: str, old_dsn: str, new_dsn: str, queries: Sequence[Query], statements: str) -> Iterator[Row]:
    """Compare a database, first as it is, then with indexes built on both servers."""
    for indexes in ("as it is", "indexes built"):
        if indexes == "indexes built":
            for dsn in (old_dsn, new_dsn):
                with Client(dsn, application_name="versions") as client:
                    client.run_script(statements)
                    client.simple("ANALYZE")
        with Session(old_dsn, timeouts=Timeouts(statement_ms=600_000)) as session:
            snapshot = take(session, embedded_bindir() / "pg_dump")
        yield from _compared(database, indexes, (old_dsn, new_dsn), queries, snapshot)


def _compared(database: str, indexes: str, dsns: tuple[str, str], queries: Sequence[Query], snapshot: Snapshot) -> Iterator[Row]:
    with Client(dsns[1], application_name="versions") as client:
        client.run_script(snapshot.statistics_sql)
    with Lab.open(snapshot) as lab, Session(dsns[0]) as old, Session(dsns[1]) as new:
        comparison = Comparison(old, new, lab, snapshot.catalog)
        for query in queries:
            yield comparison.row(database, indexes, query)


@contextmanager
def servers(bindir: Path, tpch_scale: float, lifeceo_scale: float) -> Iterator[dict[str, tuple[str, str]]]:
    """Give DSNs on an old and a new server for each database, loaded alike."""
    with Cluster(bindir, SERVER) as old, Cluster(None, SERVER) as new:
        for cluster in (old, new):
            with Session(cluster.dsn(), read_only=False) as session:
                session.rows("CREATE DATABASE tpch")
                session.rows("CREATE DATABASE lifeceo")
            if tpch_scale:
                load_tpch(cluster.dsn("tpch"), tpch_scale)
            if lifeceo_scale:
                load_lifeceo(cluster.dsn("lifeceo"), lifeceo_scale)
        yield {name: (old.dsn(name), new.dsn(name)) for name in ("tpch", "lifeceo")}


def table(rows: Sequence[Row]) -> str:
    """Return the figures and every notable difference, as Markdown."""
    lines = ["| database | indexes | queries | cost within 1 % | same indexes | lab off the real 18, worst |", "|---|---|--:|--:|--:|--:|"]
    for key in dict.fromkeys((row.database, row.indexes) for row in rows):
        some = [row for row in rows if (row.database, row.indexes) == key]
        near = sum(abs(row.difference) <= NOTABLE for row in some)
        same = sum(row.same_indexes for row in some)
        worst = max(row.lab_error for row in some)
        lines.append(f"| {key[0]} | {key[1]} | {len(some)} | {near} | {same} | {worst:.2%} |")
    lines += ["", "| query | indexes | cost on 15 | in the lab | difference | on a real 18 | same indexes | cause |"]
    lines += ["|---|---|--:|--:|--:|--:|---|---|"]
    for row in rows:
        if row.cause is not None or abs(row.difference) > NOTABLE:
            cause = (row.cause or "unknown").replace("|", "\\|")
            same = "yes" if row.same_indexes else "no; the real 18 uses the lab's" if row.new_agrees else "no"
            costs = f"{row.old:,.2f} | {row.lab:,.2f} | {row.difference:+.1%} | {row.new:,.2f}"
            lines.append(f"| {row.database} {row.query} | {row.indexes} | {costs} | {same} | {cause} |")
    return "\n".join(lines) + "\n"


def failures(rows: Iterable[Row]) -> list[str]:
    """Return what misses a target, as sentences."""
    found = []
    for row in rows:
        where = f"{row.database} {row.query}, {row.indexes}"
        if row.lab_error > LAB_OFF:
            found.append(f"{where}: the lab is {row.lab_error:.1%} off the real server of its version")
        if abs(row.difference) > NOTABLE and row.cause is None:
            found.append(f"{where}: no cause found")
    return found


def main() -> int:
    """Read the arguments, compare, print."""
    parser = argparse.ArgumentParser(description="Costs in a lab of 18 against those of an older server.")
    parser.add_argument("--tpch-scale", type=float, default=1.0, help="scale of TPC-H (default: 1; 0 leaves it out)")
    parser.add_argument("--lifeceo-scale", type=float, default=1.0, help="scale of LifeCEO (default: 1; 0 leaves it out)")
    parser.add_argument("--bindir", type=Path, default=DEBIAN_15, help="the old server's programs (default: Debian's PostgreSQL 15)")
    parser.add_argument("--markdown", type=Path, help="write the tables there")
    arguments = parser.parse_args()
    rows: list[Row] = []
    with servers(arguments.bindir, arguments.tpch_scale, arguments.lifeceo_scale) as dsns:
        if arguments.tpch_scale:
            rows += compare("TPC-H", *dsns["tpch"], tpch_queries(), TPCH_INDEXES)
        if arguments.lifeceo_scale:
            rows += compare("LifeCEO", *dsns["lifeceo"], lifeceo_queries(dsns["lifeceo"][0]), lifeceo_indexes())
    print(table(rows))
    if arguments.markdown:
        arguments.markdown.write_text(table(rows), encoding="utf-8")
    missed = failures(rows)
    print("\n".join(missed) or "every difference has a cause, and the lab agrees with a real server of its version")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
