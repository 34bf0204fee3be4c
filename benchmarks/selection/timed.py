"""Databases with indexes really built, and the queries run in them by turns.

What counts is the processor time of the server's process (/proc/PID/schedstat, Linux: the first figure, in nanoseconds), so that other
work on the machine hardly counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

SETTINGS = "-c work_mem=64MB -c max_parallel_workers_per_gather=0 -c jit=off"
"""How every session plans and runs."""


@dataclass(frozen=True)
class BuiltIndex:
    """One index: bytes promised by the lab, bytes of the file, and what the lab said it had assumed."""

    index: str
    promised_bytes: int
    built_bytes: int
    assumed: str | None

    @property
    def error(self) -> float:
        """Promised by built, less one."""
        return self.promised_bytes / self.built_bytes - 1


@dataclass
class Ran:
    """One query in one copy: milliseconds of each round; ``timed_out`` makes them lower bounds."""

    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    cost: float = 0.0
    timed_out: bool = False
    rows: tuple[tuple[str, ...], ...] | None = None

    @property
    def best_ms(self) -> float:
        """Processor time of the best round."""
        return min(self.cpu_ms)


@dataclass(frozen=True)
class Copy:
    """A database with one set built: what was promised per query as a share of the cost without it, by the lab and by HypoPG."""

    name: str
    dsn: str
    budget: int | None = None
    indexes: tuple[BuiltIndex, ...] = ()
    lab: Mapping[str, float] = field(default_factory=dict)
    hypopg: Mapping[str, float] = field(default_factory=dict)
    runs: dict[str, Ran] = field(default_factory=dict)


def run_round(copies: list[Copy], texts: Mapping[str, str], timeout_s: float, *, backwards: bool) -> None:
    """Run every query once in every copy, the copies by turns."""
    with ExitStack() as stack:
        clients = {copy.name: stack.enter_context(psycopg.connect(copy.dsn, autocommit=True, options=SETTINGS)) for copy in copies}
        for name, text in texts.items():
            for copy in copies[:: -1 if backwards else 1]:
                ran = copy.runs.setdefault(name, Ran())
                if not ran.timed_out:
                    _run(clients[copy.name], text, ran, timeout_s)
            print(f"\r{name}   ", end="", file=sys.stderr, flush=True)


def _run(conn: psycopg.Connection, text: str, ran: Ran, timeout_s: float) -> None:
    account = Path(f"/proc/{conn.info.backend_pid}/schedstat")
    plan = conn.execute(f"EXPLAIN (FORMAT JSON) {text}".encode()).fetchone()
    assert plan is not None
    ran.cost = plan[0][0]["Plan"]["Total Cost"]
    conn.execute(f"SET statement_timeout = {int(timeout_s * 1000)}".encode())
    began, spent = time.perf_counter(), int(account.read_text().split()[0])
    try:
        rows = conn.execute(text.encode()).fetchall()
        ran.rows = tuple(sorted(tuple(map(str, row)) for row in rows))
    except psycopg.errors.QueryCanceled:
        ran.timed_out = True
    ran.cpu_ms.append((int(account.read_text().split()[0]) - spent) / 1e6)
    ran.wall_ms.append((time.perf_counter() - began) * 1000)


def write_plans(copies: list[Copy], texts: Mapping[str, str], directory: Path) -> None:
    """Write EXPLAIN ANALYZE of each query in each copy; the estimate alone where the query passed the time limit."""
    for copy in copies:
        (directory / copy.name).mkdir(parents=True, exist_ok=True)
        with psycopg.connect(copy.dsn, autocommit=True, options=SETTINGS) as conn:
            for name, text in texts.items():
                form = "EXPLAIN" if copy.runs[name].timed_out else "EXPLAIN (ANALYZE, BUFFERS)"
                lines = conn.execute(f"{form} {text}".encode()).fetchall()
                (directory / copy.name / f"{name}.txt").write_text("\n".join(line for (line,) in lines) + "\n", encoding="utf-8")
