"""Chooses and opens the source of cost a person asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from indexadvisor.catalog.model import Catalog
from indexadvisor.catalog.snapshot import Snapshot, take
from indexadvisor.db.connection import Session
from indexadvisor.errors import CapabilityMissing, LabError, UsageError
from indexadvisor.lab.cluster import pg_dump_program
from indexadvisor.lab.lab import Lab
from indexadvisor.whatif.hypopg import HypopgCosts
from indexadvisor.whatif.interface import OpenSource
from indexadvisor.whatif.joined import JoinedCosts
from indexadvisor.whatif.lab import LabCosts
from indexadvisor.whatif.pool import open_pool
from indexadvisor.whatif.trial import TrialCosts

Kind = Literal["auto", "hypopg", "trial", "lab"]
_MOST_JOBS = 4


def open_costs(
    kind: Kind, dsn: str, session: Session, catalog: Catalog, *, bindir: Path | None = None, jobs: int = 1
) -> OpenSource:
    """Return the source of cost for ``kind``; use it as a context manager, or close it in a ``finally``.

    ``auto`` is HypoPG and the lab together, and where HypoPG is missing the lab alone; a trial locks tables and is never chosen unasked.
    HypoPG works on the read-only ``session`` given; the lab takes a snapshot through it; a trial opens a connection of its own with
    ``dsn`` that may write, and rolls back all it does. ``bindir``: programs of PostgreSQL 18 or later for the lab, None for the embedded
    ones; ``jobs``: how many labs answer side by side.

    Raises CapabilityMissing where HypoPG is not installed (for ``auto``: nor the lab), LabError, SnapshotError, ConnectionFailed.
    """
    if kind == "lab":
        return open_lab(take(session, pg_dump_program(bindir)), bindir, jobs)
    if kind == "trial":
        return TrialCosts(Session(dsn, read_only=False), catalog, owns_session=True)
    try:
        live = HypopgCosts(session, catalog, reopen=lambda: Session(dsn)).open()
    except CapabilityMissing as missing:
        if kind == "hypopg":
            raise
        try:
            program = pg_dump_program(bindir)
        except LabError:
            raise missing from None
        return open_lab(take(session, program), bindir, jobs)
    if kind == "hypopg":
        return live
    return JoinedCosts(live, catalog, lambda: open_lab(take(session, pg_dump_program(bindir)), bindir, jobs), jobs)


def open_snapshot(kind: Kind, snapshot: Snapshot, *, bindir: Path | None = None, jobs: int = 1) -> OpenSource:
    """Return the lab that holds a snapshot; raises UsageError for a source that needs the server itself."""
    if kind not in ("auto", "lab"):
        raise UsageError(f"--what-if {kind} needs the server; a snapshot is costed in the lab", hint="leave out --what-if")
    return open_lab(snapshot, bindir, jobs)


def open_lab(snapshot: Snapshot, bindir: Path | None = None, jobs: int = 1) -> OpenSource:
    """Start a lab with a snapshot, or ``jobs`` of them behind one source; raises LabError when it cannot be started."""
    if jobs > 1:
        return open_pool(snapshot, jobs, bindir)
    return LabCosts(Lab.open(snapshot, bindir=bindir), snapshot, owns_lab=True)


def usual_jobs() -> int:
    """Return how many labs answer side by side where nobody says: one for each processor we may use, at most four."""
    return max(1, min(_MOST_JOBS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))


def open_verifier(dsn: str, catalog: Catalog) -> HypopgCosts:
    """Return HypoPG on a connection of its own, which close() ends; raises CapabilityMissing where it is not installed."""
    session = Session(dsn)
    try:
        return HypopgCosts(session, catalog, reopen=lambda: Session(dsn), owns_session=True).open()
    except BaseException:
        session.close()
        raise
