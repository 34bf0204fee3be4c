"""PostgreSQL's server logs as a source of events: stderr, csvlog and jsonlog, told apart by what is in each file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from indexadvisor.capture.csvlog import CsvEntries, is_csvlog
from indexadvisor.capture.entry import LogEntry
from indexadvisor.capture.interface import CaptureReport, QueryEvent
from indexadvisor.capture.jsonlog import JsonEntries, is_jsonlog
from indexadvisor.capture.logfile import LogFile, decode, expand
from indexadvisor.capture.messages import Messages
from indexadvisor.capture.prefix import CompiledPrefix, Prefix, detect_prefix, has_severity
from indexadvisor.capture.stderr import StderrEntries

_SYSLOG = re.compile(rb"^(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\d\d-\d\dT\S+) \S+ \S*\[\d+\]: \[\d+-\d+\] ", re.MULTILINE)
# every translation of "duration: %s ms" keeps the number with its three decimals
_TRANSLATED = re.compile(r"[:：] {0,2}(?!duration)[^\d\n:：]{2,30}[:：]? ?\d+\.\d{3} ?(?:ms|мс|ミリ秒)\b")


class LogSource:
    """Server logs as an EventSource. ``paths``: files, patterns, folders, or ``-`` for standard input.

    ``database``: events of other databases are left out (where the log names it). ``line_prefix``: log_line_prefix of stderr
    logs, found from the lines when not given; raises CaptureError when it is no such thing. A file that cannot be used is
    named in the report and the others are read.
    """

    def __init__(self, paths: Sequence[str], *, database: str | None = None, line_prefix: str | None = None) -> None:
        self._paths = tuple(paths)
        self._database = database
        self._prefix = CompiledPrefix(line_prefix) if line_prefix is not None else None
        self._report = CaptureReport()

    @property
    def report(self) -> CaptureReport:
        """The account of what was read so far."""
        return self._report

    def events(self) -> Iterator[QueryEvent]:
        """Yield the events of all files, file by file."""
        for path in expand(self._paths, self._report):
            with LogFile(path, self._report) as file:
                yield from self._of_file(file)

    def _of_file(self, file: LogFile) -> Iterator[QueryEvent]:
        entries = self._entries(file) if file.unreadable is None else None
        if entries is None:
            self._report.cannot_read(file.name, file.unreadable or "is of no known format")
            return
        messages = Messages(file.name, self._report, self._database)
        yield from messages.events(entries)
        if messages.statements == 0:
            self._report.cannot_read(file.name, _why_no_statements(file.head))

    def _entries(self, file: LogFile) -> Iterator[LogEntry] | None:
        """Return the entries of a file in the format that most of its first lines have; None sets ``file.unreadable``."""
        lines = file.head.removeprefix(b"\xef\xbb\xbf").splitlines()
        json_lines, csv_lines = sum(map(is_jsonlog, lines)), sum(map(is_csvlog, lines))
        if json_lines and json_lines >= csv_lines:
            return JsonEntries(file, self._report).entries()
        if csv_lines:
            return CsvEntries(file, self._report).entries()
        if _SYSLOG.search(file.head):
            file.unreadable = "was written by syslog; use log_destination stderr, csvlog or jsonlog"
            return None
        prefix = self._stderr_prefix(file, [decode(line) for line in lines])
        return None if prefix is None else StderrEntries(file, prefix, self._report, fixed=self._prefix is not None).entries()

    def _stderr_prefix(self, file: LogFile, lines: Sequence[str]) -> Prefix | None:
        if self._prefix is None:
            prefix = detect_prefix(lines)
            if prefix is None:
                file.unreadable = _why_unknown(file.head)
            return prefix
        if any(self._prefix.split(line) for line in lines):
            return self._prefix
        heads = any(map(has_severity, lines))
        file.unreadable = f"does not fit log_line_prefix '{self._prefix.text}'" if heads else _why_unknown(file.head)
        return None


_LANGUAGE = "its messages are translated; set lc_messages to 'C' and capture again"


def _why_unknown(head: bytes) -> str:
    if _TRANSLATED.search(decode(head)):
        return _LANGUAGE
    return "is no stderr, csvlog or jsonlog of PostgreSQL (SQL files go to --queries; an unusual log_line_prefix can be given)"


def _why_no_statements(head: bytes) -> str:
    if _TRANSLATED.search(decode(head)):
        return _LANGUAGE
    return "holds no statements; set log_min_duration_statement = 0 (or a threshold) and capture again"
