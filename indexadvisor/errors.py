"""Everything that can end a run, as one tree.

    IndexAdvisorError
     +- UsageError           the arguments contradict each other or name nothing
     +- CaptureError         a log, view or file could not be opened or recognised
     +- WorkloadError        nothing usable was captured, or a workload file is not one
     +- DatabaseError        the server refused
     |   +- ConnectionFailed     no connection (host, password, database)
     |   +- StatementFailed      one statement was refused; carries its SQLSTATE
     |   +- CapabilityMissing    an extension, version or right is missing
     +- SnapshotError        a snapshot could not be taken, or a file is not one
     +- WhatIfError          a source of cost cannot answer
     +- SelectionError       the limits cannot be met
     +- LabError             the private PostgreSQL could not be started

Each carries the sentence for the user, a hint saying what to do next, and the exit code: 1 findings over a threshold asked
for, 2 wrong input or environment, 3 our own bug (any exception outside this tree).
"""

from __future__ import annotations


class IndexAdvisorError(Exception):
    """A failure the user can act on: ``str(error)`` says what happened, ``hint`` what to do next."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(IndexAdvisorError):
    """The arguments contradict each other or name nothing."""


class CaptureError(IndexAdvisorError):
    """A log, a view or a file could not be opened or recognised."""


class WorkloadError(IndexAdvisorError):
    """Nothing usable was captured, or a workload file is not one."""


class DatabaseError(IndexAdvisorError):
    """The server refused."""


class ConnectionFailed(DatabaseError):
    """No connection could be made."""


class StatementFailed(DatabaseError):
    """One statement was refused; ``sqlstate`` is PostgreSQL's five-character code, or None when the connection broke."""

    def __init__(self, message: str, *, sqlstate: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.sqlstate = sqlstate


class CapabilityMissing(DatabaseError):
    """The server lacks an extension, a version or a right that was asked for."""


class SnapshotError(IndexAdvisorError):
    """A snapshot could not be taken, written or read, or a file is not one."""


class WhatIfError(IndexAdvisorError):
    """A source of cost cannot answer."""


class SelectionError(IndexAdvisorError):
    """The limits cannot be met."""


class LabError(IndexAdvisorError):
    """The private PostgreSQL could not be started or loaded."""
