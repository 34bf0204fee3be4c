"""``csvlog``: 23 columns up to PostgreSQL 12, 24 with backend_type (13), 26 with leader_pid and query_id (14 and later).

Columns as in PostgreSQL documentation, 20.8.4 Using CSV-Format Log Output. A record may span lines; it ends where the
quotes balance. A file that starts or ends within a record loses that record only.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator

from indexadvisor.capture.entry import LogEntry
from indexadvisor.capture.interface import CaptureReport
from indexadvisor.capture.logfile import LogFile, decode

_COLUMNS = range(23, 27)
_STARTS = re.compile(rb'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [^,"\n]{1,12},(?:"[^"\n]*")?,(?:"[^"\n]*")?,\d*,')
MAX_RECORD_BYTES = 64 * 1024 * 1024
_TIME, _USER, _DATABASE, _PID, _SESSION, _SEVERITY = 0, 1, 2, 3, 5, 11
_MESSAGE, _DETAIL, _CONTEXT, _QUERY, _APPLICATION = 13, 14, 18, 19, 22


def is_csvlog(line: bytes) -> bool:
    """Return whether a line looks like the start of a csvlog record."""
    return _STARTS.match(line) is not None


class CsvEntries:
    """Reads one file into entries. Use ``entries()`` once."""

    def __init__(self, file: LogFile, report: CaptureReport) -> None:
        self._file = file
        self._report = report
        self._again: deque[tuple[int, bytes]] = deque()

    def entries(self) -> Iterator[LogEntry]:
        """Yield one entry per record; what is no record is named in the report."""
        csv.field_size_limit(MAX_RECORD_BYTES)  # the module's default of 128 kB is less than a long statement
        skipping = False
        source = enumerate(self._file.lines(), 1)
        while (record := self._record(source)) is not None:
            number, lines, balanced = record
            fields = _fields(lines) if balanced else None
            if fields is not None:
                skipping = False
                yield _entry(number, fields)
                continue
            if not skipping:
                ends = self._report.cannot_read
                ends(f"{self._file.name}:{number}", "not a whole csvlog record" if balanced else "the file ends inside this record")
            skipping = True
            self._resync(number, lines, balanced)

    def _record(self, source: Iterator[tuple[int, bytes]]) -> tuple[int, list[bytes], bool] | None:
        """Return the lines up to balanced quotes with the number of the first, and whether the record came to an end."""
        lines: list[bytes] = []
        first = quotes = size = 0
        while True:
            number, line = self._again.popleft() if self._again else next(source, (0, b""))
            if not line:
                return (first, lines, False) if lines else None
            first = first or number
            lines.append(line)
            quotes += line.count(b'"')
            size += len(line)
            if quotes % 2 == 0 or size > MAX_RECORD_BYTES:
                return first, lines, line.endswith(b"\n") and size <= MAX_RECORD_BYTES

    def _resync(self, number: int, lines: list[bytes], balanced: bool) -> None:
        """Read again from the first line after a broken one that looks like the start of a record."""
        if not balanced and len(b"".join(lines)) <= MAX_RECORD_BYTES:
            return  # the end of the file: what looks like a record here may be part of a literal
        for index in range(1, len(lines)):
            if is_csvlog(lines[index]):
                self._again.extendleft(reversed([(number + index + i, line) for i, line in enumerate(lines[index:])]))
                return


def _fields(lines: list[bytes]) -> list[str] | None:
    if not is_csvlog(lines[0]):
        return None
    try:
        fields = next(csv.reader([decode(b"".join(lines))], strict=True))
    except (csv.Error, StopIteration):
        return None
    return fields if len(fields) in _COLUMNS else None


def _entry(number: int, fields: list[str]) -> LogEntry:
    return LogEntry(
        number, fields[_SEVERITY], fields[_MESSAGE], fields[_SESSION] or fields[_PID], fields[_TIME], fields[_USER], fields[_DATABASE],
        fields[_APPLICATION], fields[_DETAIL], fields[_CONTEXT], fields[_QUERY],
    )  # fmt: skip
