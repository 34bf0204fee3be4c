"""Chooses and opens the source of cost a person asked for."""

from __future__ import annotations

from typing import Literal

from indexadvisor.catalog.model import Catalog
from indexadvisor.db.connection import Session
from indexadvisor.errors import WhatIfError
from indexadvisor.whatif.hypopg import HypopgCosts
from indexadvisor.whatif.server import ServerCosts
from indexadvisor.whatif.trial import TrialCosts

Kind = Literal["auto", "hypopg", "trial", "lab"]


def open_costs(kind: Kind, dsn: str, session: Session, catalog: Catalog) -> ServerCosts:
    """Return the source of cost for ``kind``; use it as a context manager, or close it in a ``finally``.

    ``auto`` is HypoPG: a trial locks tables and is never chosen unasked. HypoPG works on the read-only ``session`` given; a trial
    opens a connection of its own with ``dsn`` that may write, and rolls back all it does.

    Raises CapabilityMissing where HypoPG is not installed, WhatIfError for the lab, ConnectionFailed.
    """
    if kind == "lab":
        raise WhatIfError("this version has no lab yet", hint="use --what-if hypopg, or --what-if trial on a staging server")
    if kind == "trial":
        return TrialCosts(Session(dsn, read_only=False), catalog, owns_session=True)
    return HypopgCosts(session, catalog, reopen=lambda: Session(dsn)).open()
