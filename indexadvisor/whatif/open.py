"""Chooses and opens the source of cost a person asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from indexadvisor.catalog.model import Catalog
from indexadvisor.catalog.snapshot import Snapshot, take
from indexadvisor.db.connection import Session
from indexadvisor.errors import CapabilityMissing, LabError, UsageError
from indexadvisor.lab.cluster import pg_dump_program
from indexadvisor.lab.lab import Lab
from indexadvisor.whatif.hypopg import HypopgCosts
from indexadvisor.whatif.lab import LabCosts
from indexadvisor.whatif.server import ServerCosts
from indexadvisor.whatif.trial import TrialCosts

Kind = Literal["auto", "hypopg", "trial", "lab"]


def open_costs(kind: Kind, dsn: str, session: Session, catalog: Catalog, *, bindir: Path | None = None) -> ServerCosts:
    """Return the source of cost for ``kind``; use it as a context manager, or close it in a ``finally``.

    ``auto`` is HypoPG where it is installed, else the lab; a trial locks tables and is never chosen unasked. HypoPG works on the
    read-only ``session`` given; the lab takes a snapshot through it; a trial opens a connection of its own with ``dsn`` that may write,
    and rolls back all it does. ``bindir``: programs of PostgreSQL 18 or later for the lab, None for the embedded ones.

    Raises CapabilityMissing where HypoPG is not installed (for ``auto``: nor the lab), LabError, SnapshotError, ConnectionFailed.
    """
    if kind == "lab":
        return open_lab(take(session, pg_dump_program(bindir)), bindir)
    if kind == "trial":
        return TrialCosts(Session(dsn, read_only=False), catalog, owns_session=True)
    try:
        return HypopgCosts(session, catalog, reopen=lambda: Session(dsn)).open()
    except CapabilityMissing as missing:
        if kind == "hypopg":
            raise
        try:
            program = pg_dump_program(bindir)
        except LabError:
            raise missing from None
        return open_lab(take(session, program), bindir)


def open_snapshot(kind: Kind, snapshot: Snapshot, *, bindir: Path | None = None) -> ServerCosts:
    """Return the lab that holds a snapshot; raises UsageError for a source that needs the server itself."""
    if kind not in ("auto", "lab"):
        raise UsageError(f"--what-if {kind} needs the server; a snapshot is costed in the lab", hint="leave out --what-if")
    return open_lab(snapshot, bindir)


def open_lab(snapshot: Snapshot, bindir: Path | None = None) -> LabCosts:
    """Start a lab with a snapshot; raises LabError when it cannot be started."""
    return LabCosts(Lab.open(snapshot, bindir=bindir), snapshot, owns_lab=True)
