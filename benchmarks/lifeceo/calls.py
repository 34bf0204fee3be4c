"""Runs the LifeCEO workload and measures each call by the processor time of the server's process that answers it.

The data lies in memory and nothing is made durable, so that a backend computes as long as it works on a call; what else runs on the
machine stretches the clock on the wall but hardly the processor time (Linux: /proc/PID/schedstat, the first figure, in nanoseconds).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from indexadvisor.db.script import Client, TextRow
from indexadvisor.demo.drive import APP_ROLE, running_order
from indexadvisor.demo.location import workload_dir
from indexadvisor.demo.statements import Protocol, Role, Statement, read_statements
from indexadvisor.errors import StatementFailed


@dataclass(frozen=True)
class Timed:
    """One kind of statement and the milliseconds of each call, in order; None for a call that the server refused.

    ``wall_ms`` are by the clock on the wall, as the client sees it.
    """

    statement: Statement
    cpu_ms: tuple[float | None, ...]
    wall_ms: tuple[float | None, ...]


def run_calls(dsn: str, *, calls_scale: float, at_least: int, progress: Callable[[int, int], None]) -> tuple[Timed, ...]:
    """Run each statement ``calls * calls_scale`` times, ``at_least`` times, in one mixed order that is always the same."""
    statements = read_statements(workload_dir() / "statements.sql")
    calls = [max(at_least, round(statement.calls * calls_scale)) for statement in statements]
    with Client(dsn, application_name="compare") as client:
        values = [_parameters(client, statement, count) for statement, count in zip(statements, calls, strict=True)]
    order = running_order(calls, seed=1)
    cpu: list[list[float | None]] = [[] for _ in statements]
    wall: list[list[float | None]] = [[] for _ in statements]
    with ExitStack() as stack:
        clients = {role: _Client(stack, dsn, role) for role in Role}
        for done, (kind, call) in enumerate(order):
            if done % 100 == 0:
                progress(done, len(order))
            statement = statements[kind]
            spent = clients[statement.role].call(statement, values[kind][call % len(values[kind])])
            cpu[kind].append(spent[0] if spent else None)
            wall[kind].append(spent[1] if spent else None)
    progress(len(order), len(order))
    return tuple(Timed(s, tuple(c), tuple(w)) for s, c, w in zip(statements, cpu, wall, strict=True))


def _parameters(client: Client, statement: Statement, count: int) -> list[TextRow]:
    return client.rows(f"{statement.parameters} LIMIT {count}") if statement.parameters is not None else [()]


class _Client:
    """One connection of the application and its backend's account of processor time."""

    def __init__(self, stack: ExitStack, dsn: str, role: Role) -> None:
        self._owner = role is Role.OWNER
        self._client = stack.enter_context(Client(dsn, user=None if self._owner else APP_ROLE, application_name="compare"))
        pid = self._client.rows("SELECT pg_backend_pid()")[0][0]
        self._account = Path(f"/proc/{pid}/schedstat")

    def call(self, statement: Statement, values: TextRow) -> tuple[float, float] | None:
        """Return the milliseconds of processor and wall time of one call, without the transaction around it; None when refused."""
        try:
            if self._owner:
                return self._measured(statement, values)
            with self._client.transaction():
                self._client.execute("SELECT set_config('lifeceo.user_id', $1, true)", [values[0]])
                return self._measured(statement, values[1:])
        except StatementFailed:
            return None

    def _measured(self, statement: Statement, values: TextRow) -> tuple[float, float]:
        began, spent = time.perf_counter(), self._spent_ms()
        if statement.protocol is Protocol.SIMPLE:
            self._client.simple(statement.with_values(values))
        else:
            self._client.execute(statement.text, values, named=statement.protocol is Protocol.PREPARED)
        return self._spent_ms() - spent, (time.perf_counter() - began) * 1000

    def _spent_ms(self) -> float:
        return int(self._account.read_text().split()[0]) / 1e6
