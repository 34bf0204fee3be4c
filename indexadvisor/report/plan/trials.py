"""What became of advice when it was tested, each outcome once: findings about one relation often share one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from indexadvisor.diagnosis.model import Outcome, ProposedIndex, TriedAdvice, TriedOther
from indexadvisor.explain.diff import ConditionChanged, IndexChanged, MethodChanged, NodeAdded, NodeRemoved, PlanDiff
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.plan import Plan
from indexadvisor.report import units
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.tree import guided, title

_Tried = TriedAdvice | TriedOther


@dataclass(frozen=True)
class Trial:
    """One outcome. ``number`` counts from 1 within the plan. ``headline`` says it in one line, ``sentence`` in the words of who tested it.

    ``sql``: statements to run, without their semicolon. ``alternative``: the best of all candidates, where smaller ones were preferred.
    ``condition``: what must hold for a rewrite to answer the same (``proven`` by the
    catalog). ``findings``: whose advice it was, the first one being the reason it was asked.
    """

    number: int
    kind: str
    outcome: Outcome
    headline: str
    sentence: str
    sql: tuple[str, ...]
    size_bytes: int | None
    caveats: tuple[str, ...]
    condition: str | None
    proven: bool
    cost_before: float | None
    cost_after: float | None
    changes: PlanDiff | None
    findings: tuple[Finding, ...]
    alternative: OtherChoice | None = None


@dataclass(frozen=True)
class OtherChoice:
    """Another choice of indexes: the statements that make them, their estimated size, and what the statement costs with them."""

    sql: tuple[str, ...]
    size_bytes: int | None
    cost_after: float


@dataclass(frozen=True)
class OutlineRow:
    """One node of a plan shown beside another. ``twin``: the number of the node that does the same there, None where there is none."""

    number: int
    guide: str
    title: str
    cost: float | None
    rows: float | None
    changed: bool
    twin: int | None


def trials(result: PlanResult) -> tuple[Trial, ...]:
    """Return every outcome of a plan's advice once, in the order of its findings."""
    grouped: dict[object, tuple[_Tried, list[Finding]]] = {}
    if result.tried is not None:
        every: tuple[_Tried, ...] = (*result.tried.advice, *result.tried.others)
        for one in every:
            grouped.setdefault(_key(one), (one, []))[1].append(one.finding)
    return tuple(_trial(place, one, tuple(found)) for place, (one, found) in enumerate(grouped.values(), start=1))


def by_finding(found: tuple[Trial, ...]) -> Mapping[tuple[str, int | None], tuple[Trial, ...]]:
    """Return the trials of each finding, by its code and node."""
    sorted_out: dict[tuple[str, int | None], tuple[Trial, ...]] = {}
    for trial in found:
        for finding in trial.findings:
            key = (finding.code, finding.node)
            sorted_out[key] = (*sorted_out.get(key, ()), trial)
    return sorted_out


def outlines(changes: PlanDiff) -> tuple[tuple[OutlineRow, ...], tuple[OutlineRow, ...]]:
    """Return two plans as rows to stand side by side."""
    here, there = dict(changes.matched), {after: before for before, after in changes.matched}
    before, after = _changed(changes)
    return tuple(_outline(changes.before, here, before)), tuple(_outline(changes.after, there, after))


def _key(one: _Tried) -> object:
    return type(one), one.outcome, one.sentence, one.sql if isinstance(one, TriedOther) else None, _ddl(one.indexes)


def _ddl(indexes: tuple[ProposedIndex, ...]) -> tuple[str, ...]:
    return tuple(statement for index in indexes for statement in index.ddl)


def _size(indexes: tuple[ProposedIndex, ...]) -> int | None:
    sizes = [index.size_bytes for index in indexes]
    return sum(size for size in sizes if size is not None) if sizes and None not in sizes else None


def _trial(number: int, one: _Tried, findings: tuple[Finding, ...]) -> Trial:
    other = one if isinstance(one, TriedOther) else None
    best = None if isinstance(one, TriedOther) else one.alternative
    return Trial(
        number=number,
        kind="index" if other is None else other.kind,
        outcome=one.outcome,
        headline=_headline(one),
        sentence=one.sentence,
        sql=(() if other is None or other.sql is None else (other.sql,)) + _ddl(one.indexes),
        size_bytes=_size(one.indexes),
        caveats=tuple(index.caveat for index in one.indexes if index.caveat),
        condition=None if other is None else other.condition,
        proven=other is not None and other.proven,
        cost_before=one.cost_before,
        cost_after=one.cost_after,
        changes=one.changes,
        findings=findings,
        alternative=None if best is None else OtherChoice(_ddl(best.indexes), _size(best.indexes), best.cost_after),
    )


def _headline(one: _Tried) -> str:
    if one.outcome == "untested":
        return f"not tested: {one.sentence}"
    if one.outcome == "withdrawn":
        return f"withdrawn: {one.sentence}"
    if one.cost_before is None or one.cost_after is None or not one.cost_after < one.cost_before:
        return one.sentence
    factor = f", {units.times(one.cost_before / one.cost_after)} cheaper" if one.cost_after > 0 else ""
    return f"the planner takes it: cost {units.significant(one.cost_before)} → {units.significant(one.cost_after)}{factor}"


def _changed(changes: PlanDiff) -> tuple[frozenset[int], frozenset[int]]:
    before: set[int] = set()
    after: set[int] = set()
    for edit in changes.edits:
        if isinstance(edit, (MethodChanged, IndexChanged, ConditionChanged)):
            before.add(edit.before.number)
            after.add(edit.after.number)
        elif isinstance(edit, NodeRemoved):
            before.add(edit.before.number)
        elif isinstance(edit, NodeAdded):
            after.add(edit.after.number)
    return frozenset(before), frozenset(after)


def _outline(plan: Plan, twins: Mapping[int, int], changed: frozenset[int]) -> Iterator[OutlineRow]:
    for node, guide, _ in guided(plan.root):
        yield OutlineRow(node.number, guide, title(node), node.total_cost, node.rows, node.number in changed, twins.get(node.number))
