"""Fills an empty database with the sample application's schema and data."""

from __future__ import annotations

from indexadvisor.db.script import Client
from indexadvisor.demo.location import workload_dir
from indexadvisor.errors import UsageError

QUIET = "SET log_min_duration_statement = -1"
"""Keeps a session out of the statement log; the right to say so is a superuser's."""


def load(dsn: str, scale: float = 1.0) -> None:
    """Create the application's tables in an empty database and fill them; scale 1 has 300,000 chat messages.

    Needs a superuser. All or nothing, and nothing of it is logged. The same scale gives the same rows on every server.
    """
    if scale <= 0:
        raise UsageError(f"the scale must be above zero, not {scale}")
    files = workload_dir()
    with Client(dsn, application_name="lifeceo-load") as client:
        client.simple(QUIET)
        # tables made and filled in one transaction are not written to the WAL where wal_level is minimal
        with client.transaction():
            client.run_script((files / "schema.sql").read_text(encoding="utf-8"))
            client.simple(f"SET LOCAL lifeceo.scale = '{scale:g}'")
            client.run_script((files / "data.sql").read_text(encoding="utf-8"))
        # sets the visibility map too, which index-only scans need
        client.simple("VACUUM (ANALYZE)")
