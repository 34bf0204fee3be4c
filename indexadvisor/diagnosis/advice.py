"""Index advice tested before it is shown: each index-shaped finding becomes candidates for its very node, and the planner is asked.

    1. the statement's column uses give the candidates, as for a whole workload (usage, candidates);
    2. for each finding whose advice is an index, the planner plans the statement with all candidates on the node's table;
    3. advice is *taken* where the same relation is then read through a proposed index at a lower cost: the predicted plan stands beside the
       present one, node by node. Otherwise it is *withdrawn*, and why is said;
    4. last, all taken indexes together: what remains when they exist at once.

Answers come from a source of cost (HypoPG, or the lab): hypothetical, nothing is built. The plan given may be older than the statistics the
source has; where the source plans differently without any index, ``same_plan`` is False and a reader should know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from indexadvisor.candidates.generate import generate
from indexadvisor.capture.interface import CaptureReport, QueryEvent
from indexadvisor.catalog.ddl import index_names, statements, taken_names
from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.diagnosis.model import ProposedIndex, TriedAdvice, TriedPlan
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.diff import diff
from indexadvisor.explain.engine import PlanReport
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.shape import shape
from indexadvisor.findings import Skipped
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from indexadvisor.whatif.interface import CostSource, QueryCost
from indexadvisor.workload.group import group
from indexadvisor.workload.model import Sample, Workload

_WORTHWHILE = 0.99
"""Advice must lower the statement's cost by at least 1 %: less is within the planner's own rounding of choices."""


_ByTable = Mapping[TableName, list[IndexDef]]


class _One:
    """An event source of one statement."""

    def __init__(self, text: str, parameters: tuple[str | None, ...] | None) -> None:
        self.report = CaptureReport()
        self._event = QueryEvent(text, parameters, source="the plan's statement")

    def events(self) -> Iterator[QueryEvent]:
        """Yield the statement."""
        return iter((self._event,))


def try_advice(
    report: PlanReport, text: str, catalog: Catalog, costs: CostSource, *, parameters: tuple[str | None, ...] | None = None,
    limits: Limits | None = None,
) -> TriedPlan:  # fmt: skip
    """Test every index advice of a plan's findings; raises StatementFailed when the source cannot plan ``text``, the plan's statement."""
    workload = group(_One(text, parameters), samples=1)
    findings = tuple(_advised(report.findings))
    sample = workload.groups[0].samples[0] if workload.groups else Sample(text, parameters)
    now = costs.cost(sample, frozenset())
    candidates, skipped = _candidates(workload, catalog, costs, limits or Limits())
    trial = _Trial(report.plan, sample, catalog, costs, now, candidates)
    advice = tuple(trial.outcome(finding) for finding in findings)
    taken = frozenset(index.definition for one in advice for index in one.indexes)
    together = costs.cost(sample, taken) if taken else None
    return TriedPlan(
        advice, costs.info, shape(now.plan) == shape(report.plan), now.plan, None if together is None else diff(now.plan, together.plan),
        {name: trial.names[index] for name, index in trial.seen.items()} if taken else None, skipped,
    )  # fmt: skip


def advises_index(report: PlanReport) -> bool:
    """Return whether a plan's findings advise an index at all."""
    return any(True for _ in _advised(report.findings))


def _advised(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings with index advice about a node, consequences included."""
    for finding in findings:
        if finding.node is not None and any(advice.kind == "index" for advice in finding.advice):
            yield finding
        yield from _advised(finding.consequences)


def _candidates(
    workload: Workload, catalog: Catalog, costs: CostSource, limits: Limits
) -> tuple[dict[TableName, list[IndexDef]], tuple[Skipped, ...]]:
    """Return the candidates that the source can cost, by table."""
    usage = usage_graph(workload, catalog)
    found = generate(usage, catalog, limits)
    refused = costs.prepare(candidate.index for candidate in found.candidates)
    by_table: dict[TableName, list[IndexDef]] = {}
    for candidate in found.candidates:
        if candidate.index not in refused:
            by_table.setdefault(candidate.index.table, []).append(candidate.index)
    left_out = tuple(Skipped("whatif", str(index), reason) for index, reason in refused.items())
    return by_table, (*workload.skipped, *usage.skipped, *left_out)


class _Trial:
    """The questions put for one plan, and their answers."""

    def __init__(
        self, plan: Plan, sample: Sample, catalog: Catalog, costs: CostSource, now: QueryCost, candidates: _ByTable
    ) -> None:
        self._plan = plan
        self._sample = sample
        self._catalog = catalog
        self._costs = costs
        self._now = now
        self._candidates = candidates
        self.names = index_names((index for found in candidates.values() for index in found), taken_names(catalog))
        self.seen: dict[str, IndexDef] = {}

    def outcome(self, finding: Finding) -> TriedAdvice:
        """Return what the planner makes of one finding's advice."""
        node = self._plan.nodes[finding.node or 0]
        scan = next((below for below in node.walk() if below.relation is not None), None)
        table = None if scan is None else self._table(scan)
        if scan is None or table is None:
            return TriedAdvice(finding, "untested", "the node reads no table that the catalog knows")
        indexes = frozenset(self._candidates.get(table, ()))
        if not indexes:
            return TriedAdvice(finding, "withdrawn", f"no index on {table.name} could serve this statement that does not exist already")
        try:
            answer = self._costs.cost(self._sample, indexes)
        except StatementFailed as error:
            return TriedAdvice(finding, "untested", f"the planner refused the statement: {error}")
        return self._judged(finding, scan, table, answer)

    def _table(self, scan: PlanNode) -> TableName | None:
        name = self._catalog.resolve(scan.relation or "", scan.schema)
        return None if name is None else self._catalog.root(name)

    def _judged(self, finding: Finding, scan: PlanNode, table: TableName, answer: QueryCost) -> TriedAdvice:
        before, after = self._now.total_cost, answer.total_cost
        changes = diff(self._now.plan, answer.plan)
        reads = next((node for node in answer.plan.walk() if _reads(node, scan, answer)), None)
        if not answer.used or reads is None or after > before * _WORTHWHILE:
            words = f"the planner would not use an index on {table.name} here: the statement would still cost {after:,.2f} of {before:,.2f}"
            return TriedAdvice(finding, "withdrawn", words, cost_before=before, cost_after=after, changes=changes)
        self.seen |= answer.names
        made = tuple(self._made(index) for index in sorted(answer.used, key=str))
        names = ", ".join(self.names[one.definition] for one in made)
        words = f"tested: with {names} the statement costs {after:,.2f} instead of {before:,.2f}"
        return TriedAdvice(finding, "taken", words, made, before, after, reads.number, changes)

    def _made(self, index: IndexDef) -> ProposedIndex:
        return ProposedIndex(
            index, statements(index, self.names[index], self._catalog), self._costs.size_bytes(index), self.names[index],
            self._costs.caveat(index),
        )  # fmt: skip


def _reads(node: PlanNode, scan: PlanNode, answer: QueryCost) -> bool:
    """Return whether a node of the predicted plan reads the same relation through a proposed index."""
    indexes = {below.index for below in node.walk() if below.index is not None} if node.node_type == "Bitmap Heap Scan" else {node.index}
    same = node.alias == scan.alias if scan.alias is not None else node.relation == scan.relation
    return same and node.relation is not None and any(name in answer.names for name in indexes)


__all__ = ["ProposedIndex", "TriedAdvice", "TriedPlan", "advises_index", "try_advice"]
