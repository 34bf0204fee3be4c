"""What a capture yields: one event per statement that ran, and an honest account of what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from indexadvisor.findings import Skipped

MAX_NAMED = 1000
"""Unreadable entries that are kept by name; beyond it they are only counted."""


@dataclass(frozen=True, slots=True)
class QueryEvent:
    """One statement as the server saw it, or one row of pg_stat_statements standing for ``calls`` of them.

    ``text`` is the captured SQL, untouched. ``parameters`` are the text values of ``$1``, ``$2``, ... (None for NULL), or
    None when the capture holds no values. ``total_ms`` is the time of all ``calls``; None where it was not logged.
    ``timed_out`` marks a statement cancelled by statement_timeout: its time is then a lower bound. ``source`` is
    ``file:line`` or the view's name. ``plan`` is the plan text of an auto_explain entry.
    """

    text: str
    parameters: tuple[str | None, ...] | None = None
    calls: int = 1
    total_ms: float | None = None
    min_ms: float | None = None
    max_ms: float | None = None
    rows: int | None = None
    timed_out: bool = False
    at: datetime | None = None
    user: str | None = None
    database: str | None = None
    application: str | None = None
    source: str = ""
    plan: str | None = None


@dataclass
class CaptureReport:
    """Counts kept while events stream by. ``ignored`` counts entries that are no workload, by reason (``own statement``,
    ``other database``, ``transaction control``, ``utility``); ``unreadable`` names entries that should have been read.
    """

    sources: list[str] = field(default_factory=list)
    entries: int = 0
    events: int = 0
    bytes_read: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    unreadable_count: int = 0
    unreadable: list[Skipped] = field(default_factory=list)
    first_at: datetime | None = None
    last_at: datetime | None = None

    def cannot_read(self, subject: str, reason: str) -> None:
        """Count an entry that could not be read and keep its name while there is room."""
        self.unreadable_count += 1
        if len(self.unreadable) < MAX_NAMED:
            self.unreadable.append(Skipped("capture", subject, reason))

    def saw(self, event: QueryEvent) -> QueryEvent:
        """Count an event and its time of day, and hand it on."""
        self.events += 1
        if event.at is not None:
            self.first_at = event.at if self.first_at is None else min(self.first_at, event.at)
            self.last_at = event.at if self.last_at is None else max(self.last_at, event.at)
        return event


class EventSource(Protocol):
    """Anything that yields query events; ``report`` is complete once ``events()`` is exhausted."""

    @property
    def report(self) -> CaptureReport:
        """The account of what was read so far."""

    def events(self) -> Iterator[QueryEvent]:
        """Yield events in the order of the source, streaming."""
