"""A private server that logs every statement, with an empty database for the sample application."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indexadvisor.db.compose import SQL, Identifier
from indexadvisor.db.connection import Session
from indexadvisor.errors import LabError, UsageError
from indexadvisor.lab.cluster import Cluster

DATABASE = "lifeceo"
LOG_SUFFIXES = {"csvlog": ".csv", "jsonlog": ".json", "stderr": ".log"}
"""The log formats, and how the logging collector names their files."""
_SETTLE_TIMEOUT_S = 30


@dataclass(frozen=True)
class DemoServer:
    """A running private server and the log it writes."""

    cluster: Cluster
    log_format: str

    @property
    def dsn(self) -> str:
        """Connects as superuser to the application's database."""
        return self.cluster.dsn(DATABASE)

    @property
    def log(self) -> Path:
        """The one log file, in the format asked for."""
        return self.cluster.data / "log" / f"lifeceo{LOG_SUFFIXES[self.log_format]}"

    def settle(self) -> None:
        """Wait until the log holds everything that ran so far; raises LabError when it does not come."""
        # the mark that ends each statement of a Session keeps this one out of any capture
        token = f"the log is complete at {time.monotonic_ns()}"
        with Session(self.dsn) as session:
            session.rows("SELECT %s::text", [token])
        deadline = time.monotonic() + _SETTLE_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.log.exists() and token.encode() in _tail(self.log):
                return
            time.sleep(0.02)
        raise LabError(f"the server's log {self.log.name} did not reach its end within {_SETTLE_TIMEOUT_S} s")


@contextmanager
def demo_cluster(bindir: Path | None = None, log_format: str = "csvlog") -> Iterator[DemoServer]:
    """Run a private server with every statement in its log and an empty database; it is gone when the block ends.

    ``bindir``: the programs of another PostgreSQL than the embedded one. ``log_format``: csvlog, jsonlog (15 and later) or stderr.
    """
    if log_format not in LOG_SUFFIXES:
        raise UsageError(f"no such log format: {log_format}", hint=f"one of {', '.join(LOG_SUFFIXES)}")
    settings = {
        "logging_collector": "on",
        "log_destination": log_format,
        "log_filename": "lifeceo.log",
        "log_rotation_size": "0",
        "log_rotation_age": "0",
        "log_min_duration_statement": "0",
        "log_parameter_max_length": "-1",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }
    with Cluster(bindir, settings) as cluster:
        with Session(cluster.dsn(), read_only=False) as session:
            session.rows(SQL("CREATE DATABASE {}").format(Identifier(DATABASE)))
        yield DemoServer(cluster, log_format)


def _tail(path: Path, size_bytes: int = 65536) -> bytes:
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - size_bytes))
        return log.read()
