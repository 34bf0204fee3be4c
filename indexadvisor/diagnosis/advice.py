"""Advice tested before it is shown: what a plan's findings advise is put to the planner, node by node.

    1. index advice: candidates for the very node (usage, candidates), and the smallest of them that gives nearly all of the gain
       (``index_trial``, ``index_choice``); the predicted plan stands beside the present one; what the planner does not take up
       is withdrawn;
    2. all taken indexes together: what remains when they exist at once;
    3. settings, and indexes that exist and are not taken, on a session with SET LOCAL (``other_trial``);
    4. rewrites, where the statement has the shape exactly (``rewrite_trial``): planned, never run.

Answers come from a source of cost (HypoPG, or the lab): hypothetical, nothing is built. The plan given may be older than the statistics the
source has; where the source plans differently without any index, ``same_plan`` is False and ``differs`` says how.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from indexadvisor.capture.parameters import parse_parameters
from indexadvisor.catalog.model import Catalog
from indexadvisor.db.connection import Session
from indexadvisor.diagnosis import other_trial, rewrite_trial
from indexadvisor.diagnosis.index_trial import IndexTrial
from indexadvisor.diagnosis.model import ProposedIndex, TriedAdvice, TriedOther, TriedPlan
from indexadvisor.diagnosis.other_trial import OtherTrial
from indexadvisor.diagnosis.present import difference, same_plan
from indexadvisor.diagnosis.questions import Asked, Questions, lacks_values
from indexadvisor.diagnosis.relations import Relations
from indexadvisor.diagnosis.rewrite_trial import RewriteTrial
from indexadvisor.diagnosis.settings import SettingsTrial
from indexadvisor.explain.diff import PlanDiff, diff
from indexadvisor.explain.engine import PlanReport
from indexadvisor.explain.finding import Finding
from indexadvisor.settings import Limits
from indexadvisor.whatif.interface import CostSource, QueryCost


@runtime_checkable
class OwnSession(Protocol):
    """A source of cost that lets others plan on its session."""

    @property
    def session(self) -> Session:
        """The session it plans on."""


def try_advice(
    report: PlanReport, text: str, catalog: Catalog, costs: CostSource, *, parameters: tuple[str | None, ...] | None = None,
    limits: Limits | None = None, session: Session | None = None,
) -> TriedPlan:  # fmt: skip
    """Test the advice of a plan's findings; ``text`` is the plan's statement, ``parameters`` the values of its ``$n`` where known (those
    that auto_explain logged with the plan are found without).

    ``session``: where to plan under other settings; the source's own where it has one to lend. Without either, settings stay untested.
    Raises StatementFailed when the source cannot plan the statement as it is.
    """
    findings = tuple(every(report.findings))
    given = parameters if parameters is not None else parse_parameters(report.plan.query_parameters or "") or None
    questions = Questions(costs, catalog, limits or Limits())
    relations = Relations(report.plan, catalog)
    indexes = IndexTrial(relations, [finding for finding in findings if _advises_index(finding)], questions)
    asked = questions.about(text, given, indexes.own())
    now = questions.cost(asked.sample)
    advice = indexes.outcomes(asked.sample, asked.candidates, now)
    planning = session or (costs.session if isinstance(costs, OwnSession) else None)
    trial = None if planning is None else SettingsTrial(planning, asked.sample, report.plan.settings)
    others = (
        *OtherTrial(report.plan, relations, asked.sample, trial).outcomes(findings),
        *RewriteTrial(questions, asked, now).outcomes(findings),
    )
    together = _together(questions, asked, now, advice)
    # a session we were lent must not go on seeing hypothetical indexes
    questions.cost(asked.sample)
    return TriedPlan(
        advice,
        now.source or costs.info,
        same_plan(report.plan, now.plan),
        now.plan,
        together,
        {name: questions.name(index) for name, index in questions.seen.items()} or None,
        (*asked.skipped, *(() if trial is None else trial.skipped)),
        others,
        difference(report.plan, now.plan, catalog, now.source or costs.info, generic=lacks_values(asked.sample)),
    )


def _together(questions: Questions, asked: Asked, now: QueryCost, advice: Iterable[TriedAdvice]) -> PlanDiff | None:
    """Return the plan with all taken indexes beside the present one, None where none was taken."""
    taken = {index.definition for one in advice for index in one.indexes}
    return diff(now.plan, questions.cost(asked.sample, taken).plan) if taken else None


def every(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings with the consequences folded into them."""
    for finding in findings:
        yield finding
        yield from every(finding.consequences)


def advises(report: PlanReport) -> bool:
    """Return whether a plan's findings advise anything that is worth opening a source of cost for: an index, a setting, a rewrite."""
    return any(_advises_index(finding) or rewrite_trial.tests(finding) or _settings(finding) for finding in every(report.findings))


def advises_index(report: PlanReport) -> bool:
    """Return whether a plan's findings advise an index at all."""
    return any(_advises_index(finding) for finding in every(report.findings))


def _advises_index(finding: Finding) -> bool:
    return any(advice.kind == "index" for advice in finding.advice)


def _settings(finding: Finding) -> bool:
    return any(other_trial.plannable(advice) for advice in finding.advice)


__all__ = ["OwnSession", "ProposedIndex", "TriedAdvice", "TriedOther", "TriedPlan", "advises", "advises_index", "every", "try_advice"]
