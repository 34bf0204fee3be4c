"""The whole product once: a private server, a generated application, its real log, and the advice from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from indexadvisor.capture.logs import LogSource
from indexadvisor.catalog.load import load as load_catalog
from indexadvisor.db.connection import Session
from indexadvisor.demo.drive import drive
from indexadvisor.demo.load import load
from indexadvisor.demo.server import DATABASE, demo_cluster
from indexadvisor.pipeline import advise
from indexadvisor.report.model import Document
from indexadvisor.report.write import write
from indexadvisor.settings import Limits, Progress, silent
from indexadvisor.whatif.open import open_costs
from indexadvisor.workload.group import group, usable
from indexadvisor.workload.model import Workload

SCALE = 0.2
"""Size of the generated data; 1 has 300,000 chat messages."""
CALLS = 0.5
"""Length of the driven hour; 1 is about 12,000 statements."""


@dataclass(frozen=True)
class Demo:
    """What a demo run made: the document, the files it was written to, and how many statements ran for it."""

    document: Document
    paths: tuple[Path, ...]
    statements: int


def run_demo(
    output: Path, *, scale: float = SCALE, calls: float = CALLS, bindir: Path | None = None, progress: Progress = silent
) -> Demo:
    """Run the demo and write its report into ``output``; the server and all it held are gone afterwards.

    Candidates are costed in the lab: a second private server with the application's schema and statistics but none of its rows.
    Raises LabError when the private server cannot be started.
    """
    progress("starting PostgreSQL", 0, 1)
    with demo_cluster(bindir) as server:
        progress("loading the application", 0, 1)
        load(server.dsn, scale)
        driven = drive(server.dsn, calls_scale=calls, progress=lambda done, total: progress("running the application", done, total))
        server.settle()
        progress("reading the log", 0, 1)
        workload = _without_path(usable(group(LogSource([str(server.log)], database=DATABASE))), server.log)
        with Session(server.dsn) as session:
            catalog = load_catalog(session)
            source = open_costs("lab", server.dsn, session, catalog, bindir=bindir)
            try:
                document = advise(workload, catalog, source, Limits(), generated_at=datetime.now(UTC), progress=progress)
            finally:
                source.close()
    return Demo(document, write(document, output), driven.calls)


def _without_path(workload: Workload, log: Path) -> Workload:
    """Name the log by its file alone: its directory is private, and gone when the report is read."""
    groups = tuple(replace(group, source=group.source.replace(str(log), log.name)) for group in workload.groups)
    skipped = tuple(replace(item, subject=item.subject.replace(str(log), log.name)) for item in workload.skipped)
    return replace(workload, groups=groups, skipped=skipped, quality=replace(workload.quality, sources=(log.name,)))
