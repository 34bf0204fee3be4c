"""Index advice of findings put to the planner, node by node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.diagnosis.index_choice import IndexChoice
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
        """Return what the planner makes of each finding's advice; what it left alone is asked again once all it took up exists."""
        first = [self._outcome(finding, _Setting(sample, candidates, now)) for finding in self._findings]
        taken = frozenset(index.definition for one in first for index in one.indexes)
        if not taken:
            return tuple(first)
        beside = _Setting(sample, candidates, self._questions.cost(sample, taken), taken)
        self._outcomes.clear()
        again = [one if one.outcome != "withdrawn" else self._outcome(one.finding, beside) for one in first]
        return tuple(second if second.outcome == "taken" else one for one, second in zip(first, again, strict=True))

    def _named(self, finding: Finding, scan: PlanNode) -> Iterator[IndexDef]:
        table = self._relations.name(scan)
        for advice in finding.advice:
            plain = advice.kind == "index" and (advice.sql is None or " USING btree " in advice.sql) and "GIN" not in advice.text
            if plain and table is not None and advice.columns and self._relations.has(scan, advice.columns):
                yield IndexDef(table, tuple(IndexKey(column) for column in dict.fromkeys(advice.columns)))

    def _outcome(self, finding: Finding, setting: _Setting) -> TriedAdvice:
        scan = self._relations.scan(finding)
        table = None if scan is None else self._relations.name(scan)
        if scan is None:
            return TriedAdvice(finding, "untested", _NO_NODE)
        if table is None:
            return TriedAdvice(finding, "untested", f"{scan.relation} is no table that the catalog knows")
        if scan.number not in self._outcomes:
            self._outcomes[scan.number] = self._asked(finding, scan, table, setting)
        return replace(self._outcomes[scan.number], finding=finding)

    def _asked(self, finding: Finding, scan: PlanNode, table: TableName, setting: _Setting) -> TriedAdvice:
        offered = [index for index in setting.candidates if index.table == table]
        if not offered:
            return TriedAdvice(finding, "withdrawn", f"no index on {table} that does not exist already could serve this statement")
        own = {index for each in self._findings if self._relations.scan(each) == scan for index in self._named(each, scan)}
        first = [index for index in offered if index in own]
        choice = IndexChoice(self._questions, setting.sample, setting.now, setting.base)
        try:
            found = choice.best(offered, first, lambda answer: self._reads(answer, scan, setting.base) is not None)
        except StatementFailed as error:
            return TriedAdvice(finding, "untested", f"the planner refused the statement: {error}")
        if found.chosen is None:
            return self._withdrawn(finding, scan, table, found.bound, setting, len(offered))
        return self._taken(finding, scan, found.chosen, found.other, setting)

    def _withdrawn(
        self, finding: Finding, scan: PlanNode, table: TableName, bound: QueryCost, setting: _Setting, offered: int
    ) -> TriedAdvice:
        before, after = setting.now.total_cost, bound.total_cost
        costs = f"the statement would cost {after:,.2f} instead of {before:,.2f}"
        used = bound.used - setting.base
        if used and self._reads(bound, scan, setting.base) is not None:
            words = f"with {_names(self._questions.proposed(used))} {costs}, less than 1 % is saved"
        else:
            words = f"with {_counted(offered)} on {table} at hand the planner still reads it as before: {costs}"
        return TriedAdvice(finding, "withdrawn", words, (), before, after, None, diff(setting.now.plan, bound.plan))

    def _taken(self, finding: Finding, scan: PlanNode, chosen: QueryCost, wider: QueryCost | None, setting: _Setting) -> TriedAdvice:
        before, after = setting.now.total_cost, chosen.total_cost
        made = self._questions.proposed(chosen.used - setting.base)
        words = f"tested: with {_names(made)} the statement costs {after:,.2f} instead of {before:,.2f}"
        required = tuple(sorted(self._questions.name(index) for index in setting.base))
        if required:
            words = f"once {' and '.join(required)} exists, {words}"
        other = None
        if wider is not None:
            more = self._questions.proposed(wider.used - setting.base)
            other = Alternative(more, wider.total_cost, diff(setting.now.plan, wider.plan))
            words += f"; with {_names(more)} it would cost {wider.total_cost:,.2f}"
        changes = diff(setting.now.plan, chosen.plan)
        return TriedAdvice(finding, "taken", words, made, before, after, self._reads(chosen, scan, setting.base), changes, other, required)

    def _reads(self, answer: QueryCost, scan: PlanNode, base: frozenset[IndexDef]) -> int | None:
        """Return the number of the node that reads the scan's relation through a proposed index, other than those in ``base``."""
        node = self._relations.reader(answer.plan, scan, (self._questions.name(index) for index in answer.used - base))
        return None if node is None else node.number


@dataclass(frozen=True)
class _Setting:
    """What every question about one statement starts from: its cost ``now``, with ``base`` indexes there already."""

    sample: Sample
    candidates: Sequence[IndexDef]
    now: QueryCost
    base: frozenset[IndexDef] = frozenset()


def _counted(number: int) -> str:
    return "one index" if number == 1 else f"any of {number} indexes"


def _names(made: Sequence[ProposedIndex]) -> str:
    return " and ".join(f"{one.name}{_size(one.size_bytes)}" for one in made)


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return ""
    return f" ({size_bytes / (1 << 20):,.1f} MB)" if size_bytes >= 1 << 20 else f" ({max(1, size_bytes >> 10):,} kB)"
