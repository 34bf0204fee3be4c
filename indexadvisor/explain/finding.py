"""What a rule found in a plan, as values: code, node, evidence in numbers, advice, and what it could save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from indexadvisor.explain.interval import Interval

Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")

AdviceKind = Literal["index", "analyze", "statistics", "setting", "rewrite", "vacuum", "schema", "none"]
"""``none``: what need not be done ("memory is not the problem")."""


@dataclass(frozen=True)
class Evidence:
    """One number (or word) read from the plan: ``Evidence("rows removed", 99_990, "rows")``."""

    name: str
    value: float | str
    unit: str = ""


@dataclass(frozen=True)
class Advice:
    """What to do, in one sentence; ``sql`` only where it can be run as it stands. ``columns``: table columns an index would need,
    equality first. ``setting``: (name, value) for advice of kind ``setting``.
    """

    kind: AdviceKind
    text: str
    sql: str | None = None
    columns: tuple[str, ...] = ()
    setting: tuple[str, str] | None = None


@dataclass(frozen=True)
class Finding:
    """One finding. ``node``: the node's number, None for the whole statement. ``saving_ms``: how much of the statement's time the
    advice could remove (wall time), None where nothing was timed. ``confidence``: 0 to 1, that the finding is the true cause and its
    advice helps; ``because`` says in words why it is that high or low. ``score``: share of the statement's time it could save times
    confidence, 0 to 1, None where nothing was timed (docs/explain.md has the formula). ``consequences``: findings that this one explains,
    folded in.
    """

    code: str
    name: str
    severity: Severity
    message: str
    node: int | None = None
    evidence: tuple[Evidence, ...] = ()
    advice: tuple[Advice, ...] = ()
    saving_ms: Interval | None = None
    confidence: float = 0.5
    score: float | None = None
    consequences: tuple[Finding, ...] = ()
    because: str = ""
