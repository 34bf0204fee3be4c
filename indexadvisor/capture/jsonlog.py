"""``jsonlog`` (PostgreSQL 15 and later): one JSON object per line, keys as in PostgreSQL documentation, 20.8.5.

Also read: the form in which CloudNativePG wraps csvlog's columns, ``{"logger": "postgres", "record": {...}}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from indexadvisor.capture.entry import LogEntry
from indexadvisor.capture.interface import CaptureReport
from indexadvisor.capture.logfile import LogFile, decode


def is_jsonlog(line: bytes) -> bool:
    """Return whether a line looks like an entry of a jsonlog."""
    return line.startswith(b"{") and b'"error_severity"' in line and line.rstrip().endswith(b"}")


class JsonEntries:
    """Reads one file into entries. Use ``entries()`` once."""

    def __init__(self, file: LogFile, report: CaptureReport) -> None:
        self._file = file
        self._report = report

    def entries(self) -> Iterator[LogEntry]:
        """Yield one entry per line; what is no entry is named in the report."""
        for number, line in enumerate(self._file.lines(), 1):
            if not line.strip():
                continue
            entry = _entry(number, line)
            if entry is None:
                ends = "the file ends inside this entry" if not line.endswith(b"\n") else "not a whole jsonlog entry"
                self._report.cannot_read(f"{self._file.name}:{number}", ends)
            else:
                yield entry


def _entry(number: int, line: bytes) -> LogEntry | None:
    try:
        fields = json.loads(decode(line))
        if b"\\u" in line:
            json.dumps(fields, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    record = fields.get("record", fields)
    if not isinstance(record, dict) or not isinstance(record.get("error_severity"), str):
        return None

    def text(*names: str) -> str:
        value: Any = next((record[name] for name in names if record.get(name) is not None), "")
        return value if isinstance(value, str) else str(value)

    return LogEntry(
        number, record["error_severity"], text("message"), text("session_id", "pid", "process_id"), text("timestamp", "log_time"),
        text("user", "user_name"), text("dbname", "database_name"), text("application_name"), text("detail"), text("context"),
        text("statement", "query"),
    )  # fmt: skip
