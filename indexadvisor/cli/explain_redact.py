"""``--redact`` on an analysed plan: rules are applied anew to the plan with its names replaced, tested advice is replaced alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexadvisor.diagnosis.model import ProposedIndex, TriedAdvice, TriedOther, TriedPlan
    from indexadvisor.diagnosis.plan_log import PlanLog
    from indexadvisor.explain.anonymise import Anonymiser
    from indexadvisor.explain.engine import PlanReport
    from indexadvisor.explain.finding import Finding
    from indexadvisor.explain.thresholds import Thresholds
    from indexadvisor.report.plan.model import PlanResult


class RedactingAnalyser:
    """Analyses the plans of a log with their names replaced, the same over all of them."""

    def __init__(self, thresholds: Thresholds, *, only: Sequence[str] = (), skip: Sequence[str] = ()) -> None:
        from indexadvisor.explain.anonymise import Anonymiser

        self._names = Anonymiser()
        self._thresholds, self._only, self._skip = thresholds, only, skip

    def __call__(self, text: str, source: str, duration_ms: float | None = None) -> PlanReport:
        """Return the report of one plan; raises an IndexAdvisorError for a text that holds none."""
        from indexadvisor.diagnosis.plan_files import logged_plan
        from indexadvisor.explain.engine import analyse

        plan = self._names.plan(logged_plan(text, source, duration_ms))
        return analyse(plan, None, self._thresholds, only=self._only, skip=self._skip)

    def redacted(self, log: PlanLog) -> PlanLog:
        """Return the log with its statements replaced; what could not be read is only counted by its place."""
        queries = tuple(replace(query, text=self._names.statement(query.text)) for query in log.queries)
        return replace(log, queries=queries, skipped=tuple(replace(one, reason="its plan cannot be read") for one in log.skipped))


def redacted(result: PlanResult, thresholds: Thresholds, *, only: Sequence[str] = (), skip: Sequence[str] = ()) -> PlanResult:
    """Return the result without a name or a literal of the plan. Rules that look tables up cannot speak of a replaced plan."""
    from indexadvisor.explain.anonymise import Anonymiser
    from indexadvisor.explain.engine import analyse

    names = Anonymiser()
    plan = names.plan(result.report.plan)
    statement = None if result.statement is None else names.statement(result.statement)
    report = analyse(plan, None, thresholds, only=only, skip=skip)
    tried = None if result.tried is None else _tried(result.tried, report, names)
    untried = None if result.untried is None else names.sentence(result.untried)
    return replace(result, report=report, statement=statement, tried=tried, untried=untried, redacted=True)


def _tried(tried: TriedPlan, report: PlanReport, names: Anonymiser) -> TriedPlan:
    return replace(
        tried,
        # indexes first: their names must be known where sentences mention them
        advice=tuple(_advice(one, report, names) for one in tried.advice),
        others=tuple(_other(one, report, names) for one in tried.others),
        present=names.plan(tried.present),
        together=None if tried.together is None else names.changes(tried.together),
        names=None,
        skipped=(),
        source=replace(tried.source, description=names.sentence(tried.source.description)),
        differs=None if tried.differs is None else names.sentence(tried.differs),
    )


def _advice(one: TriedAdvice, report: PlanReport, names: Anonymiser) -> TriedAdvice:
    indexes = tuple(_index(index, names) for index in one.indexes)
    changes = None if one.changes is None else names.changes(one.changes)
    alternative = one.alternative
    if alternative is not None:
        others = tuple(_index(index, names) for index in alternative.indexes)
        alternative = replace(alternative, indexes=others, changes=names.changes(alternative.changes))
    return replace(
        one, finding=_finding(one.finding, report), sentence=names.sentence(one.sentence), indexes=indexes, changes=changes,
        alternative=alternative,
    )  # fmt: skip


def _other(one: TriedOther, report: PlanReport, names: Anonymiser) -> TriedOther:
    # a setting is no one's name
    sql = one.sql if one.sql is None or one.kind == "setting" else names.statement(one.sql)
    indexes = tuple(_index(index, names) for index in one.indexes)
    changes = None if one.changes is None else names.changes(one.changes)
    return replace(
        one, finding=_finding(one.finding, report), sentence=names.sentence(one.sentence), sql=sql, indexes=indexes, changes=changes,
        condition=None if one.condition is None else names.sentence(one.condition),
    )  # fmt: skip


def _index(index: ProposedIndex, names: Anonymiser) -> ProposedIndex:
    name = names.name(index.name, "i") if index.name else ""
    definition = index.definition
    table = replace(definition.table, schema=names.name(definition.table.schema, "s"), name=names.name(definition.table.name, "t"))
    keys = tuple(
        replace(
            key,
            column=None if key.column is None else names.name(key.column, "c"),
            expression=None if key.expression is None else names.statement(key.expression),
            collation=None if key.collation is None else names.statement(key.collation),
        )
        for key in definition.keys
    )
    shown = replace(
        definition, table=table, keys=keys, include=tuple(names.name(column, "c") for column in definition.include),
        predicate=None if definition.predicate is None else names.statement(definition.predicate),
    )  # fmt: skip
    caveat = None if index.caveat is None else names.sentence(index.caveat)
    return replace(index, definition=shown, name=name, ddl=tuple(names.statement(ddl) for ddl in index.ddl), caveat=caveat)


def _finding(finding: Finding, report: PlanReport) -> Finding:
    """Return the finding of the replaced plan that this one is, else this one without its words."""
    from indexadvisor.report.plan.tree import flattened

    same = (one for one in flattened((*report.findings, *report.noise)) if one.code == finding.code and one.node == finding.node)
    words = finding.name.replace("-", " ")
    return next(same, None) or replace(finding, message=words, evidence=(), advice=(), consequences=(), because="")
