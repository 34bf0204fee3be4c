"""What the writers of plan reports are given: analysed plans with where they came from."""

from __future__ import annotations

from dataclasses import dataclass

from indexadvisor.diagnosis.model import TriedAdvice, TriedOther, TriedPlan
from indexadvisor.explain.engine import PlanReport
from indexadvisor.explain.finding import Finding


@dataclass(frozen=True)
class PlanResult:
    """One analysed plan. ``source``: the file's name as the user gave it, ``<input>`` for standard input; ``report.plan.line`` is its
    line there. ``statement``: the SQL, None where nothing tells it. ``tried``: what became of its advice, None where nothing was
    asked; ``untried`` then says why, where someone should know. ``redacted``: whether names and literals were replaced.
    """

    source: str
    report: PlanReport
    statement: str | None = None
    tried: TriedPlan | None = None
    untried: str | None = None
    redacted: bool = False

    def outcome(self, finding: Finding) -> TriedAdvice | None:
        """Return what became of a finding's index advice, None where it has none or nothing was asked."""
        advice = () if self.tried is None else self.tried.advice
        return next((one for one in advice if _same(one.finding, finding)), None)

    def others(self, finding: Finding) -> tuple[TriedOther, ...]:
        """Return what became of a finding's advice that is not an index."""
        return () if self.tried is None else tuple(one for one in self.tried.others if _same(one.finding, finding))


def _same(one: Finding, other: Finding) -> bool:
    return one.code == other.code and one.node == other.node
