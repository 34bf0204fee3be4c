"""The capture options into one workload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexadvisor.db.connection import Session
from indexadvisor.errors import UsageError
from indexadvisor.settings import Progress
from indexadvisor.workload.model import Workload


@dataclass(frozen=True)
class CaptureArguments:
    """What the capture options said. ``needs_server`` is whether reading them takes a connection."""

    logs: Sequence[str] = ()
    log_prefix: str | None = None
    database: str | None = None
    statements: bool = False
    queries: Sequence[str] = ()
    workload_file: str | None = None

    def check(self) -> None:
        """Raise UsageError when nothing was named, or what cannot go together, before any work is done."""
        if not (self.logs or self.statements or self.queries or self.workload_file):
            raise UsageError("no workload was named", hint="give --log FILE, --statements, --queries PATH or --workload FILE")
        if self.workload_file is not None and (self.logs or self.statements or self.queries):
            raise UsageError("--workload stands alone", hint="a saved workload holds everything: leave out the other sources")

    def read(self, session: Session | None, progress: Progress) -> Workload:
        """Capture and group; raises UsageError as ``check`` does, and WorkloadError when nothing usable was found."""
        self.check()
        if self.workload_file is not None:
            from indexadvisor.workload.files import load

            return load(self.workload_file)
        return self._capture(session, progress)

    def _capture(self, session: Session | None, progress: Progress) -> Workload:
        from indexadvisor.capture.chain import chain
        from indexadvisor.capture.interface import EventSource
        from indexadvisor.capture.logs import LogSource
        from indexadvisor.capture.pg_stat_statements import StatementsSource
        from indexadvisor.capture.sql_file import SqlFileSource
        from indexadvisor.workload.group import group, usable

        progress("reading the workload", 0, 1)
        sources: list[EventSource] = []
        if self.logs:
            database = self.database or (session.database if session is not None else None)
            sources.append(LogSource(self.logs, database=database, line_prefix=self.log_prefix))
        if self.statements:
            if session is None:
                raise UsageError("--statements needs a server", hint="name it with --dsn or the PG* variables")
            sources.append(StatementsSource(session))
        if self.queries:
            sources.append(SqlFileSource(self.queries))
        return usable(group(chain(sources)))
