"""From log entries to query events: which entries are executions, which belong together, which are no workload.

What the server writes, and when (src/backend/tcop/postgres.c: exec_simple_query, exec_execute_message, check_log_duration):

- ``duration: N ms  statement: S`` or ``execute NAME: S``: one execution with its time (log_min_duration_statement).
- ``statement: S`` or ``execute NAME: S``: one execution whose time, if logged at all, follows as a bare ``duration: N ms`` of the
  same session (log_statement with log_duration or log_min_duration_statement).
- ``parse`` and ``bind`` durations are no executions; ``execute fetch from`` continues one: its time counts, its call does not.
- auto_explain's ``plan:`` stands before the line of its execution, except that a portal's plan is written when the portal
  closes, after its ``execute`` line. It is an execution of its own only where no such line exists, or inside a function.
- an ERROR ends an execution without a duration. Those cancelled by statement_timeout are the slowest of all, so they count.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from indexadvisor.capture.auto_explain import parse_plan
from indexadvisor.capture.entry import ERRORS, LogEntry
from indexadvisor.capture.execution import Execution, Session, nested
from indexadvisor.capture.interface import CaptureReport, QueryEvent
from indexadvisor.capture.timestamps import parse_time
from indexadvisor.db.connection import APPLICATION_NAME, MARK

MAX_SESSIONS = 2_000
"""Sessions remembered, each with at most one statement and one plan; beyond it the one silent longest is taken as over."""
_TIMEOUT = "canceling statement due to statement timeout"
_CANCELLED = "canceling statement due to user request"
_OWN = MARK.strip()


class Messages:
    """Turns the entries of one log into events. ``database``: events of other databases are left out and counted.

    ``statements`` counts entries that speak of a statement at all, whether or not an event came of it.
    """

    def __init__(self, name: str, report: CaptureReport, database: str | None = None) -> None:
        self._name = name
        self._report = report
        self._database = database
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self.statements = 0

    def events(self, entries: Iterator[LogEntry]) -> Iterator[QueryEvent]:
        """Yield an event per execution, once all that the log says of it has been read."""
        for entry in entries:
            self._report.entries += 1
            for execution in self._read(entry):
                event = self._event(execution)
                if event is not None:
                    yield event
        while self._sessions:
            yield from filter(None, map(self._event, self._forget()))

    def _read(self, entry: LogEntry) -> Iterator[Execution]:
        """Yield the executions that this entry completes."""
        message = entry.message
        if entry.severity == "LOG":
            if message.startswith("duration: "):
                yield from self._duration(entry, message)
            elif message.startswith(("statement: ", "execute ")) and not nested(entry):
                yield from self._statement(entry, message, None)
            if len(self._sessions) > MAX_SESSIONS:
                yield from self._forget()
        elif entry.severity in ERRORS:
            yield from self._failed(entry)

    def _duration(self, entry: LogEntry, message: str) -> Iterator[Execution]:
        """``duration: N ms`` with what follows it."""
        number, found, rest = message[10:].partition(" ms")
        if not found or not number.isascii() or not number.replace(".", "", 1).isdigit():
            self._unreadable(entry, "duration without a number")
            return
        ms, rest = float(number), rest[2:]
        if rest.startswith("plan:"):
            yield from self._planned(entry, rest[5:], ms)
        elif nested(entry):
            return  # RAISE LOG 'duration: ...' in somebody's function
        elif not rest:
            self._bare(entry, ms)
        elif rest.startswith(("statement: ", "execute ")):
            yield from self._statement(entry, rest, ms)
        else:
            self.statements += 1
            self._report.ignored["parse or bind" if rest.startswith(("parse ", "bind ")) else "utility"] += 1

    def _statement(self, entry: LogEntry, rest: str, ms: float | None) -> Iterator[Execution]:
        """``statement: S``, ``execute NAME: S`` or ``execute fetch from NAME: S``, with its time or without."""
        label, found, text = rest.partition(": ")
        if not found or not text.strip():
            self._unreadable(entry, "no statement where one should stand")
            return
        session, extended = self._session(entry), label != "statement"
        current = session.current
        if current is not None and current.text == text:
            if label.startswith("execute fetch from ") and not current.awaits:
                current.ms, current.awaits = _sum(current.ms, ms), ms is None
                return
            if ms is not None and current.awaits:
                # logged when it began and again with its time: one execution
                current.ms, current.awaits = ms, False
                return
        calls = 0 if label.startswith("execute fetch from ") else 1
        yield from self._begin(session, Execution(entry, text, ms, extended, calls=calls, awaits=ms is None))

    def _begin(self, session: Session, execution: Execution) -> Iterator[Execution]:
        """Start a session's next execution; the one before is complete, and so is this one when nothing can follow."""
        self.statements += 1
        before, plan = session.current, session.plan
        session.current = session.plan = None
        if before is not None:
            yield before
        if plan is not None and plan.text == execution.source_text:
            execution.plan = plan.plan
        elif plan is not None:
            yield plan
        session.heed(execution.text)
        if execution.awaits or execution.extended:
            session.current = execution
        else:
            yield execution

    def _bare(self, entry: LogEntry, ms: float) -> None:
        """``duration: N ms`` of the statement that the session logged before."""
        session = self._sessions.get(entry.session)
        current = session.current if session is not None else None
        if current is not None and current.awaits:
            current.ms, current.awaits = _sum(current.ms, ms), False
        else:
            self._report.ignored["duration without a statement"] += 1

    def _planned(self, entry: LogEntry, body: str, ms: float) -> Iterator[Execution]:
        """A plan of auto_explain."""
        self.statements += 1
        logged = parse_plan(body)
        if logged is None:
            self._unreadable(entry, "auto_explain plan that cannot be read")
            return
        planned = Execution(entry, logged.text, ms, plan=logged)
        if nested(entry):
            yield planned
            return
        session = self._session(entry)
        current = session.current
        if current is not None and current.plan is None and current.source_text == logged.text:
            current.plan = logged
            return
        before, session.plan = session.plan, planned
        if before is not None:
            yield before

    def _failed(self, entry: LogEntry) -> Iterator[Execution]:
        """An error, which ends the statement it names."""
        session = self._sessions.get(entry.session)
        begun = session.current if session is not None else None
        if begun is not None and (not begun.awaits or begun.text != entry.statement):
            begun = None
        if session is not None and begun is not None:
            session.current = None
        timed_out = entry.message.startswith(_TIMEOUT)
        if timed_out and not entry.statement:
            self._unreadable(entry, "statement_timeout struck a statement that is not logged; set log_min_error_statement to error")
        elif timed_out:
            self.statements += 1
            yield _timed_out(entry, begun, session.timeout_ms if session is not None else None)
        elif entry.statement:
            self.statements += 1
            self._report.ignored["cancelled by user" if entry.message.startswith(_CANCELLED) else "failed statement"] += 1

    def _session(self, entry: LogEntry) -> Session:
        session = self._sessions.get(entry.session)
        if session is None:
            session = self._sessions[entry.session] = Session()
        else:
            self._sessions.move_to_end(entry.session)
        return session

    def _forget(self) -> Iterator[Execution]:
        """Drop the session silent longest and yield what is left of it."""
        _, session = self._sessions.popitem(last=False)
        yield from (execution for execution in (session.current, session.plan) if execution is not None)

    def _event(self, execution: Execution) -> QueryEvent | None:
        """Return the event of an execution, or None for one that is not the workload's."""
        entry = execution.entry
        if execution.text.rstrip().endswith(_OWN) or entry.application == APPLICATION_NAME:
            self._report.ignored["own statement"] += 1
            return None
        if self._database is not None and entry.database and entry.database != self._database:
            self._report.ignored["other database"] += 1
            return None
        return self._report.saw(execution.event(self._name, self._report))

    def _unreadable(self, entry: LogEntry, reason: str) -> None:
        self.statements += 1
        self._report.cannot_read(f"{self._name}:{entry.line}", reason)


def _timed_out(entry: LogEntry, begun: Execution | None, timeout_ms: float | None) -> Execution:
    """A statement cancelled by statement_timeout, with the least time it can have taken where that is known."""
    ms = timeout_ms
    if begun is not None:
        entry.detail = entry.detail or begun.entry.detail
        start, end = parse_time(begun.entry.time), parse_time(entry.time)
        # log_line_prefix %t gives whole seconds, which say too little
        if start is not None and end is not None and (start.microsecond or end.microsecond):
            ms = max((end - start).total_seconds() * 1000, timeout_ms or 0.0)
    return Execution(entry, entry.statement, ms, timed_out=True)


def _sum(known: float | None, more: float | None) -> float | None:
    return known if more is None else more + (known or 0.0)
