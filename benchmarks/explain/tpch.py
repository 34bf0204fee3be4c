"""TPC-H Q17 and Q20: the misery that explain shows, the index it tests, and whether the index really built keeps the promise.

    python benchmarks/explain/tpch.py [--scale 0.1] [--dsn DSN]

Without --dsn, TPC-H is loaded on a private PostgreSQL 15 (Debian's, with HypoPG; default planner costs, no parallelism, primary keys only).
For each query: run with EXPLAIN ANALYZE as it is; the findings; their index advice tried through HypoPG; then the indexes are really built,
the table is not analysed again, and the query is run once more. Printed: the predicted plan beside the built one, whether they are the
same, the predicted cost against the cost with the index, and the ratio of costs against the ratio of measured times. The indexes are
dropped at the end. Without an index Q17 and Q20 take a minute each at scale 0.1, and a hundred times as long at scale 1.

Ends with exit code 1 unless each query has the finding EX26 (SubPlan per row), takes its advice, is planned as predicted once the index
exists, and is at least ten times faster.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tpch"))

from advise import WORKLOAD, private_server

from indexadvisor.catalog.ddl import drop_index
from indexadvisor.catalog.load import load
from indexadvisor.catalog.model import Catalog
from indexadvisor.db.connection import Session, Timeouts
from indexadvisor.diagnosis.advice import every, try_advice
from indexadvisor.diagnosis.model import ProposedIndex, TriedPlan
from indexadvisor.explain import read
from indexadvisor.explain.engine import PlanReport, analyse
from indexadvisor.explain.execute import explained
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.shape import label, shape
from indexadvisor.whatif.open import open_costs

QUERIES = ("17", "20")
PATIENT = Timeouts(statement_ms=3_600_000, lock_ms=10_000)
LEAST_SPEEDUP = 10.0


@dataclass(frozen=True)
class Proof:
    """One query before and after: what was measured, what was predicted, what came. Times in milliseconds."""

    query: str
    findings: tuple[str, ...]
    before_ms: float
    after_ms: float
    cost_before: float
    cost_predicted: float
    cost_after: float
    same_plan: bool

    @property
    def holds(self) -> bool:
        """Whether explain kept its promise."""
        return "EX26" in self.findings and self.same_plan and self.before_ms >= LEAST_SPEEDUP * self.after_ms


def measured(dsn: str, text: str) -> Plan:
    """Run a query once and return its plan."""
    with Session(dsn, timeouts=PATIENT) as session:
        session.rows("SET max_parallel_workers_per_gather = 0")
        return read(explained(session, text, analyze=True), "<server>").plans[0]


def tried(dsn: str, report: PlanReport, text: str, catalog: Catalog) -> TriedPlan:
    """Put the advice of a plan's findings to HypoPG."""
    with Session(dsn) as session:
        session.rows("SET max_parallel_workers_per_gather = 0")
        with open_costs("auto", dsn, session, catalog) as costs:
            return try_advice(report, text, catalog, costs, session=session)


@contextmanager
def built(dsn: str, indexes: list[ProposedIndex]) -> Iterator[None]:
    """Build indexes for the length of a block."""
    with Session(dsn, read_only=False, timeouts=PATIENT) as session:
        try:
            for index in indexes:
                for statement in index.ddl:
                    session.captured("", statement)
            yield
        finally:
            for index in indexes:
                session.captured("", drop_index(index.definition.table.schema, index.name))


def tree(plan: Plan) -> str:
    """Return a plan as indented lines."""

    def lines(node: PlanNode, depth: int) -> Iterator[str]:
        ran = "" if node.actual is None else f"  {node.actual.loops:,} x {node.actual.total_ms or 0:,.3f} ms"
        subplan = f"{node.subplan_name}: " if node.subplan_name else ""
        using = f" using {node.index}" if node.index else ""
        on = f" on {node.relation}" if node.relation else ""
        yield f"    {'  ' * depth}{subplan}{label(node)}{using}{on}  cost {node.total_cost:,.2f}{ran}"
        for child in node.children:
            yield from lines(child, depth + 1)

    return "\n".join(lines(plan.root, 0))


def prove(dsn: str, query: str, catalog: Catalog) -> Proof:
    """Explain one query, try its advice, build it, and measure."""
    text = (WORKLOAD / "queries" / f"{query}.sql").read_text()
    before = measured(dsn, text)
    report = analyse(before, catalog)
    found = tuple(every(report.findings))
    print(f"\nQ{query}: {before.execution_ms or 0:,.0f} ms, cost {before.total_cost:,.2f}\n{tree(before)}\n")
    for finding in found:
        print(f"  {finding.code} {finding.severity}: {finding.message}")
    answer = tried(dsn, report, text, catalog)
    for sentence in dict.fromkeys(f"{one.outcome}: {one.sentence}" for one in (*answer.advice, *answer.others)):
        print(f"  {sentence}")
    if answer.together is None:
        raise SystemExit(f"Q{query}: no advice was taken")
    indexes = {index.name: index for one in answer.advice for index in one.indexes}
    with built(dsn, list(indexes.values())):
        after = measured(dsn, text)
    predicted = answer.together.after
    same = shape(predicted) == shape(after)
    print("\n".join(["", *(f"  {statement}" for index in indexes.values() for statement in index.ddl)]))
    print(f"\n  predicted\n{tree(predicted)}\n\n  built: {'the same plan' if same else 'ANOTHER PLAN'}\n{tree(after)}")
    return Proof(
        query, tuple(finding.code for finding in found), before.execution_ms or 0.0, after.execution_ms or 0.0, before.total_cost,
        predicted.total_cost, after.total_cost, same,
    )  # fmt: skip


def main() -> int:
    """Prove both queries and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--dsn", help="a database that holds TPC-H and HypoPG already; indexes are built there and dropped again")
    options = parser.parse_args()
    with ExitStack() as stack:
        dsn = options.dsn or private_server(stack, options.scale)
        with Session(dsn) as session:
            catalog = load(session)
        proofs = [prove(dsn, query, catalog) for query in QUERIES]
    print("\nquery          cost as it is    predicted       built   cost ratio   time as it is     built   time ratio   same plan")
    for proof in proofs:
        print(
            f"Q{proof.query}        {proof.cost_before:17,.2f} {proof.cost_predicted:12,.2f} {proof.cost_after:11,.2f}"
            f" {proof.cost_before / proof.cost_predicted:10,.0f} x {proof.before_ms:12,.1f} ms {proof.after_ms:6,.1f} ms"
            f" {proof.before_ms / proof.after_ms:10,.0f} x   {'yes' if proof.same_plan else 'no'}"
        )
    return int(not all(proof.holds for proof in proofs))


if __name__ == "__main__":
    sys.exit(main())
