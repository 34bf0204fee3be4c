"""Index advice of findings put to the planner, node by node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.diagnosis.index_choice import Choice, IndexChoice
from indexadvisor.diagnosis.model import Alternative, ProposedIndex, TriedAdvice
from indexadvisor.diagnosis.questions import Questions
from indexadvisor.diagnosis.relations import Relations
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.diff import diff
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.whatif.interface import QueryCost
from indexadvisor.workload.model import Sample

_NO_NODE = "the finding is about no node that reads a table, and the planner's cost does not count what it is about"


class IndexTrial:
    """The index advice of one plan's findings. Findings about one relation share what the planner answers."""

    def __init__(self, relations: Relations, findings: Sequence[Finding], questions: Questions) -> None:
        self._relations = relations
        self._findings = tuple(findings)
        self._questions = questions
        self._outcomes: dict[int, TriedAdvice] = {}

    def own(self) -> tuple[IndexDef, ...]:
        """Return B-trees on exactly the columns that findings name."""
        scans = ((finding, self._relations.scan(finding)) for finding in self._findings)
        return tuple(dict.fromkeys(index for finding, scan in scans if scan is not None for index in self._named(finding, scan)))

    def outcomes(self, sample: Sample, candidates: Sequence[IndexDef], now: QueryCost) -> tuple[TriedAdvice, ...]:
        """Return what the planner makes of each finding's advice."""
        return tuple(self._outcome(finding, sample, candidates, now) for finding in self._findings)

    def _named(self, finding: Finding, scan: PlanNode) -> Iterator[IndexDef]:
        table = self._relations.name(scan)
        for advice in finding.advice:
            plain = advice.kind == "index" and (advice.sql is None or " USING btree " in advice.sql) and "GIN" not in advice.text
            if plain and table is not None and advice.columns and self._relations.has(scan, advice.columns):
                yield IndexDef(table, tuple(IndexKey(column) for column in dict.fromkeys(advice.columns)))

    def _outcome(self, finding: Finding, sample: Sample, candidates: Sequence[IndexDef], now: QueryCost) -> TriedAdvice:
        scan = self._relations.scan(finding)
        table = None if scan is None else self._relations.name(scan)
        if scan is None:
            return TriedAdvice(finding, "untested", _NO_NODE)
        if table is None:
            return TriedAdvice(finding, "untested", f"{scan.relation} is no table that the catalog knows")
        if scan.number not in self._outcomes:
            self._outcomes[scan.number] = self._asked(finding, scan, table, sample, candidates, now)
        return replace(self._outcomes[scan.number], finding=finding)

    def _asked(
        self, finding: Finding, scan: PlanNode, table: TableName, sample: Sample, candidates: Sequence[IndexDef], now: QueryCost
    ) -> TriedAdvice:
        offered = [index for index in candidates if index.table == table]
        if not offered:
            return TriedAdvice(finding, "withdrawn", f"no index on {table} that does not exist already could serve this statement")
        own = {index for each in self._findings if self._relations.scan(each) == scan for index in self._named(each, scan)}
        first = [index for index in offered if index in own]
        try:
            found = IndexChoice(self._questions, sample, now).best(offered, first, lambda answer: self._reads(answer, scan) is not None)
        except StatementFailed as error:
            return TriedAdvice(finding, "untested", f"the planner refused the statement: {error}")
        return self._told(finding, scan, table, now, found, len(offered))

    def _told(self, finding: Finding, scan: PlanNode, table: TableName, now: QueryCost, found: Choice, offered: int) -> TriedAdvice:
        before = now.total_cost
        if found.chosen is None:
            after = found.bound.total_cost
            words = (
                f"with {_counted(offered)} on {table} at hand the planner still reads it as before:"
                f" the statement would cost {after:,.2f} instead of {before:,.2f}"
            )
            return TriedAdvice(finding, "withdrawn", words, (), before, after, None, diff(now.plan, found.bound.plan))
        made, after = self._questions.proposed(found.chosen.used), found.chosen.total_cost
        words = f"tested: with {_names(made)} the statement costs {after:,.2f} instead of {before:,.2f}"
        other = None
        if found.other is not None:
            wider = self._questions.proposed(found.other.used)
            other = Alternative(wider, found.other.total_cost, diff(now.plan, found.other.plan))
            words += f"; with {_names(wider)} it would cost {found.other.total_cost:,.2f}"
        changes, node = diff(now.plan, found.chosen.plan), self._reads(found.chosen, scan)
        return TriedAdvice(finding, "taken", words, made, before, after, node, changes, other)

    def _reads(self, answer: QueryCost, scan: PlanNode) -> int | None:
        """Return the number of the node that reads the scan's relation through a proposed index."""
        node = self._relations.reader(answer.plan, scan, (self._questions.name(index) for index in answer.used))
        return None if node is None else node.number


def _counted(number: int) -> str:
    return "one index" if number == 1 else f"any of {number} indexes"


def _names(made: Sequence[ProposedIndex]) -> str:
    return " and ".join(f"{one.name}{_size(one.size_bytes)}" for one in made)


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return ""
    return f" ({size_bytes / (1 << 20):,.1f} MB)" if size_bytes >= 1 << 20 else f" ({max(1, size_bytes >> 10):,} kB)"
