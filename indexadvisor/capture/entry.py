"""One entry of a server log, the same for all three formats."""

from __future__ import annotations

from dataclasses import dataclass

ERRORS = frozenset({"ERROR", "FATAL", "PANIC"})
SEVERITIES = ("LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5")
"""What a main entry starts with; severities of English ``lc_messages`` only."""


@dataclass(slots=True)
class LogEntry:
    """What one call of ereport wrote. ``session`` tells sessions apart (session id or process id, "" where the log has neither).

    ``statement`` is the statement that caused an error. ``time`` is the text the log has. Empty strings mean "not logged".
    """

    line: int
    severity: str
    message: str
    session: str = ""
    time: str = ""
    user: str = ""
    database: str = ""
    application: str = ""
    detail: str = ""
    context: str = ""
    statement: str = ""
