"""The server's plain log, one entry over several lines: LOG, then DETAIL, CONTEXT, STATEMENT with a prefix of their own.

Lines of different sessions lie mixed, so the parts of an entry are joined by session and never by standing next to each
other. A line that starts with a tab continues the line before it (src/backend/utils/error/elog.c, append_with_tabs).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator

from indexadvisor.capture.entry import LogEntry
from indexadvisor.capture.interface import CaptureReport
from indexadvisor.capture.logfile import LogFile, decode
from indexadvisor.capture.prefix import CONTINUES, Prefix, detect_prefix

MAX_SESSIONS = 2_000
"""Sessions whose last entry may still get further lines; beyond it the one idle longest is taken as whole."""
MAX_ENTRY_CHARS = 64 * 1024 * 1024
_CODE = re.compile(r"[0-9A-Z]{5}: ")
_PART_FIELDS = {"DETAIL": "detail", "CONTEXT": "context", "STATEMENT": "statement"}


class StderrEntries:
    """Reads one file into entries. Use ``entries()`` once."""

    def __init__(self, file: LogFile, prefix: Prefix, report: CaptureReport, *, fixed: bool = False) -> None:
        self._file = file
        self._prefix = prefix
        self._fixed = fixed
        self._report = report
        self._open: OrderedDict[str, LogEntry] = OrderedDict()
        self._lost: set[int] = set()
        self._entry: LogEntry | None = None
        self._field = ""
        self._parts: list[str] = []
        self._chars = 0

    def entries(self) -> Iterator[LogEntry]:
        """Yield whole entries; one is whole when its session writes the next, or at the end of the file."""
        orphans = False
        line, number = b"\n", 0
        for number, line in enumerate(self._file.lines(), 1):
            text = decode(line)
            parts = None if line[:1] == b"\t" else self._split(text.rstrip("\r\n"))
            if parts is None:
                orphans = self._continue(text, number, orphans)
                continue
            orphans = False
            self._close_part()
            yield from self._start(number, parts)
        whole = self._file.whole and (line.endswith(b"\n") or orphans)
        if not whole and self._entry is not None:
            self._lost.add(id(self._entry))
            self._report.cannot_read(f"{self._file.name}:{number}", "the file ends inside this entry")
        self._close_part()
        yield from (entry for entry in self._open.values() if id(entry) not in self._lost)

    def _split(self, text: str) -> tuple[str, ...] | None:
        parts = self._prefix.split(text)
        if parts is None and not self._fixed:
            other = detect_prefix([text])  # log_line_prefix can change at any reload
            parts = None if other is None else other.split(text)
        return parts

    def _start(self, number: int, parts: tuple[str, ...]) -> Iterator[LogEntry]:
        """Begin a line with a prefix: a new entry of its session, whose last one is whole now, or a part of that last one."""
        severity, message, time, session, user, database, application = parts
        self._parts, self._chars = [message], len(message)
        if severity in CONTINUES:
            self._field = _PART_FIELDS.get(severity, "")
            self._entry = self._open.get(session)
            if self._entry is None and self._field:
                self._report.cannot_read(f"{self._file.name}:{number}", f"{severity} of an entry that is not in this file")
            return
        self._field = "message"
        before = self._open.pop(session, None)
        self._entry = self._open[session] = LogEntry(number, severity, "", session, time, user, database, application)
        if before is None and len(self._open) > MAX_SESSIONS:
            before = self._open.popitem(last=False)[1]
        if before is not None:
            if id(before) in self._lost:
                self._lost.discard(id(before))
            else:
                yield before

    def _continue(self, text: str, number: int, orphans: bool) -> bool:
        """Take a line without a prefix; return whether we are within lines that belong to no entry."""
        blank = text[:1] in ("\t", " ") or not text.strip()
        if blank and self._entry is not None and not orphans:
            self._chars += len(text)
            if self._chars <= MAX_ENTRY_CHARS:
                self._parts.append(text.rstrip("\r\n")[1:] if text[:1] == "\t" else text.rstrip("\r\n"))
            elif id(self._entry) not in self._lost:
                self._lost.add(id(self._entry))
                self._report.cannot_read(f"{self._file.name}:{self._entry.line}", f"entry longer than {MAX_ENTRY_CHARS // 1024**2} MB")
            return False
        if not orphans:
            reason = "continues an entry that is not in this file" if blank else "line without log_line_prefix"
            if not text.endswith("\n"):
                reason = "the file ends inside this entry"
            self._report.cannot_read(f"{self._file.name}:{number}", reason)
        return True

    def _close_part(self) -> None:
        """Put the lines gathered so far into their entry."""
        if self._entry is not None and self._field:
            text = "\n".join(self._parts)
            if self._field == "message" and _CODE.match(text):
                text = text[7:]  # log_error_verbosity = verbose
            elif self._field == "detail" and self._entry.detail:
                text = f"{self._entry.detail}\n{text}"
            setattr(self._entry, self._field, text)
        self._parts = []
