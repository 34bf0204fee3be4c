"""Plays the sample application against its database, so that the server writes a real log of it.

All statements run on two connections, one for each role, in one order that depends on the seed alone: the kinds are mixed as
in a busy hour, and each kind takes its parameter sets in the order in which its query gives them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from indexadvisor.db.script import Client, TextRow
from indexadvisor.demo.load import QUIET
from indexadvisor.demo.location import workload_dir
from indexadvisor.demo.statements import Protocol, Role, Statement, read_statements
from indexadvisor.errors import StatementFailed

APPLICATION_NAME = "lifeceo"
APP_ROLE = "lifeceo_app"


@dataclass(frozen=True)
class KindRun:
    """One kind of statement as it ran: client-side times in milliseconds of those that succeeded, rows given or changed.

    ``failures`` are the server's messages for the calls that it refused (a message for a user deleted meanwhile, say).
    """

    statement: Statement
    times_ms: tuple[float, ...]
    rows: int
    failures: tuple[str, ...] = ()

    @property
    def median_ms(self) -> float | None:
        """The median time of a call, None where none succeeded."""
        return median(self.times_ms) if self.times_ms else None

    @property
    def mean_ms(self) -> float | None:
        """The mean time of a call, None where none succeeded."""
        return sum(self.times_ms) / len(self.times_ms) if self.times_ms else None


@dataclass(frozen=True)
class DriveReport:
    """What ran: one entry for each kind, in the order of the file, and the seconds it all took."""

    kinds: tuple[KindRun, ...]
    elapsed_s: float

    @property
    def calls(self) -> int:
        """All calls, refused ones included."""
        return sum(len(kind.times_ms) + len(kind.failures) for kind in self.kinds)

    @property
    def failures(self) -> int:
        """The calls that the server refused."""
        return sum(len(kind.failures) for kind in self.kinds)


def drive(
    dsn: str,
    *,
    calls_scale: float = 1.0,
    at_least: int = 1,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> DriveReport:
    """Run each statement ``calls * calls_scale`` times, ``at_least`` times; ``progress(done, total)`` is told now and then.

    ``dsn`` is a superuser's, to a database filled by ``load``; the application's role connects without a password.
    """
    statements = read_statements(workload_dir() / "statements.sql")
    calls = [max(at_least, round(statement.calls * calls_scale)) for statement in statements]
    values = _parameters(dsn, statements, calls)
    order = running_order(calls, seed)
    times: list[list[float]] = [[] for _ in statements]
    failures: list[list[str]] = [[] for _ in statements]
    rows = [0] * len(statements)
    began = time.perf_counter()
    with _Application(dsn) as application:
        for done, (kind, call) in enumerate(order):
            if progress is not None and done % 100 == 0:
                progress(done, len(order))
            try:
                elapsed_ms, count = application.run(statements[kind], values[kind][call % len(values[kind])])
            except StatementFailed as error:
                failures[kind].append(str(error))
            else:
                times[kind].append(elapsed_ms)
                rows[kind] += count
    if progress is not None:
        progress(len(order), len(order))
    kinds = zip(statements, times, rows, failures, strict=True)
    return DriveReport(tuple(KindRun(s, tuple(t), n, tuple(f)) for s, t, n, f in kinds), time.perf_counter() - began)


def running_order(calls: Sequence[int], seed: int) -> list[tuple[int, int]]:
    """Return (kind, call) pairs of all calls, mixed; the same for the same seed on every machine.

    >>> running_order([2, 1], seed=1)
    [(1, 0), (0, 0), (0, 1)]
    """
    every = ((kind, call) for kind, count in enumerate(calls) for call in range(count))
    mixed = sorted((hashlib.blake2b(f"{seed}/{kind}/{call}".encode(), digest_size=8).digest(), kind) for kind, call in every)
    given = [0] * len(calls)
    order = []
    for _, kind in mixed:
        order.append((kind, given[kind]))
        given[kind] += 1
    return order


def _parameters(dsn: str, statements: Sequence[Statement], calls: Sequence[int]) -> list[list[TextRow]]:
    """Return at most ``calls`` parameter sets for each statement, read before anything runs and kept out of the log."""
    found: list[list[TextRow]] = []
    with Client(dsn, application_name=f"{APPLICATION_NAME}-parameters") as client:
        client.simple(QUIET)
        for statement, count in zip(statements, calls, strict=True):
            if statement.parameters is None:
                found.append([()])
                continue
            rows = client.rows(f"{statement.parameters} LIMIT {count}")
            if not rows:
                raise StatementFailed(f"there are no parameters for {statement.name!r}", hint="load the data at a larger scale")
            found.append(rows)
    return found


class _Application(ExitStack):
    """The two connections of the application."""

    def __init__(self, dsn: str) -> None:
        super().__init__()
        self._owner = self.enter_context(Client(dsn, application_name=APPLICATION_NAME))
        self._app = self.enter_context(Client(dsn, user=APP_ROLE, application_name=APPLICATION_NAME))

    def run(self, statement: Statement, values: TextRow) -> tuple[float, int]:
        """Run one call; return its milliseconds, without the transaction around it, and its rows."""
        if statement.role is Role.OWNER:
            return _timed(self._owner, statement, values)
        with self._app.transaction():
            self._app.execute("SELECT set_config('lifeceo.user_id', $1, true)", [values[0]])
            return _timed(self._app, statement, values[1:])


def _timed(client: Client, statement: Statement, values: TextRow) -> tuple[float, int]:
    began = time.perf_counter()
    if statement.protocol is Protocol.SIMPLE:
        count = client.simple(statement.with_values(values))
    else:
        count = client.execute(statement.text, values, named=statement.protocol is Protocol.PREPARED)
    return (time.perf_counter() - began) * 1000, count
