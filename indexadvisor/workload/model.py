"""Equal queries grouped into templates with a weight, and the real statements kept to cost each template with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from indexadvisor.findings import Skipped


class StatementKind(StrEnum):
    """What a statement does; only these five are advised on."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    MERGE = "merge"

    @property
    def writes(self) -> bool:
        """Whether the statement changes rows."""
        return self is not StatementKind.SELECT


@dataclass(frozen=True)
class Sample:
    """One real execution of a template: captured text and parameter values, ready for EXPLAIN.

    ``parameters`` is None when the text has ``$n`` placeholders whose values were not captured: it is then costed with a
    generic plan. ``share`` is the fraction of the template's calls it stands for; the shares of a template add up to 1.
    ``user`` is the role that ran it, where the log says so.
    """

    text: str
    parameters: tuple[str | None, ...] | None = None
    share: float = 1.0
    duration_ms: float | None = None
    user: str | None = None

    @property
    def generic(self) -> bool:
        """Whether values are missing, so that only a generic plan can be asked for."""
        return self.parameters is None


@dataclass(frozen=True)
class QueryGroup:
    """A template: all statements that differ only in literals, IN-list lengths and white space.

    ``query_id`` is short, stable for the same text and parser version, and shown to people. ``text`` is a representative
    captured text. ``normalized`` has ``$n`` in place of constants, for display. Times in milliseconds; None is unknown.
    ``timeouts`` counts calls cancelled by statement_timeout (their time is a lower bound).
    """

    query_id: str
    text: str
    normalized: str
    kind: StatementKind
    calls: int
    samples: tuple[Sample, ...]
    total_ms: float | None = None
    mean_ms: float | None = None
    p95_ms: float | None = None
    max_ms: float | None = None
    rows: int | None = None
    timeouts: int = 0
    users: tuple[str, ...] = ()
    source: str = ""

    @property
    def writes(self) -> bool:
        """Whether the template changes rows."""
        return self.kind.writes


@dataclass(frozen=True)
class CaptureQuality:
    """How much of the capture could be used, as shown in the report. ``ignored``: (reason, count) pairs, most first."""

    sources: tuple[str, ...] = ()
    entries: int = 0
    events: int = 0
    bytes_read: int = 0
    ignored: tuple[tuple[str, int], ...] = ()
    unreadable: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def duration_s(self) -> float | None:
        """Seconds between the first and the last event, None where the capture has no times or only one."""
        if self.first_at is None or self.last_at is None or self.first_at == self.last_at:
            return None
        return (self.last_at - self.first_at).total_seconds()


@dataclass(frozen=True)
class Workload:
    """All templates, heaviest first (by total time where known, then by calls, then by id)."""

    groups: tuple[QueryGroup, ...]
    quality: CaptureQuality = field(default_factory=CaptureQuality)
    skipped: tuple[Skipped, ...] = ()

    def group(self, query_id: str) -> QueryGroup | None:
        """Return a template by id, or None."""
        return next((group for group in self.groups if group.query_id == query_id), None)
