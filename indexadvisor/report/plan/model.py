"""What the writers of plan reports are given: analysed plans with where they came from."""

from __future__ import annotations

from dataclasses import dataclass

from indexadvisor.explain.engine import PlanReport


@dataclass(frozen=True)
class PlanResult:
    """One analysed plan. ``source``: the file's name as the user gave it, ``<input>`` for standard input; ``report.plan.line`` is its
    line there. ``statement``: the SQL, None where nothing tells it.
    """

    source: str
    report: PlanReport
    statement: str | None = None
