"""One execution while it is being pieced together from a session's log entries, and the event it becomes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexadvisor.capture.auto_explain import LoggedPlan
from indexadvisor.capture.entry import LogEntry
from indexadvisor.capture.interface import CaptureReport, QueryEvent
from indexadvisor.capture.parameters import cut_short, parse_parameters
from indexadvisor.capture.prepared import execute_values, prepared_statement
from indexadvisor.capture.timestamps import parse_time

_PORTAL = re.compile(r"(?:unnamed portal|portal \"[^\"]*\") with parameters: ")
_SET_TIMEOUT = re.compile(
    r"set\s+(?:session\s+|local\s+)?statement_timeout\s*(?:=|to)\s*'?(\d+)\s*(ms|s|min|h)?'?\s*;?\s*\Z", re.IGNORECASE
)
_UNIT_MS = {"": 1.0, "ms": 1.0, "s": 1_000.0, "min": 60_000.0, "h": 3_600_000.0}
_NOBODY = frozenset({"", "[unknown]"})


@dataclass(slots=True)
class Execution:
    """An execution of which more may follow. ``ms`` is None until a time is logged; ``awaits`` while one may still come.

    ``extended`` tells the extended protocol (``execute``) from the simple one (``statement``).
    """

    entry: LogEntry
    text: str
    ms: float | None = None
    extended: bool = False
    plan: LoggedPlan | None = None
    calls: int = 1
    timed_out: bool = False
    awaits: bool = False

    @property
    def source_text(self) -> str:
        """The text that auto_explain shows for this execution: that of the PREPARE, for an EXECUTE."""
        detail = self.entry.detail
        return detail[9:] if detail.startswith("prepare: ") else self.text

    def event(self, name: str, report: CaptureReport) -> QueryEvent:
        """Return the finished event; ``name`` is the file's."""
        where = f"{name}:{self.entry.line}"
        text, parameters = self._values(where, report)
        entry, single = self.entry, self.ms if self.calls == 1 else None
        return QueryEvent(
            text, parameters, self.calls, self.ms, single, single, None, self.timed_out, parse_time(entry.time), known(entry.user),
            known(entry.database), known(entry.application), where, self.plan.plan if self.plan is not None else None,
        )  # fmt: skip

    def _values(self, where: str, report: CaptureReport) -> tuple[str, tuple[str | None, ...] | None]:
        detail = self.entry.detail
        if detail.startswith("prepare: "):
            inner = prepared_statement(detail[9:])
            return (self.text, None) if inner is None else (inner, execute_values(self.text))
        # PostgreSQL 16 wrote the word with a capital
        values = detail[12:] if detail[:12].lower() == "parameters: " else None
        if values is None and (portal := _PORTAL.search(self.entry.context)):
            values = self.entry.context[portal.end() :]
        if values is not None:
            parameters = parse_parameters(values)
            if parameters is None and not cut_short(values):
                report.cannot_read(where, "parameter values that cannot be read; the statement is used without them")
            return self.text, parameters
        return self.text, self.plan.parameters if self.plan is not None else None


@dataclass(slots=True)
class Session:
    """What one session's next entry may belong to. ``plan`` is one that stands before its execution's line."""

    current: Execution | None = None
    plan: Execution | None = None
    timeout_ms: float | None = None

    def heed(self, text: str) -> None:
        """Remember the session's own statement_timeout; 0 means none."""
        match = _SET_TIMEOUT.match(text) if text[:3].lower() == "set" else None
        if match is not None:
            self.timeout_ms = float(match[1]) * _UNIT_MS[(match[2] or "").lower()] or None


def nested(entry: LogEntry) -> bool:
    """Return whether an entry was written inside a function: it has a context other than its own portal's parameters."""
    return bool(entry.context) and _PORTAL.match(entry.context) is None


def known(name: str) -> str | None:
    """Return a name, or None for what the server writes when it has none."""
    return None if name in _NOBODY else name
