"""One connection to a server we only look at: read-only, with timeouts, every statement marked as ours.

The session is read-only by the server's own setting (``default_transaction_read_only``), so nothing we or a captured
statement say can write. Captured SQL is sent as one statement by the extended protocol: the server refuses a second one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, LiteralString, Self

import psycopg
from psycopg import RawCursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Composable, Identifier

from indexadvisor.errors import ConnectionFailed, StatementFailed

APPLICATION_NAME = "indexadvisor"
MARK = " /* indexadvisor */"
"""Ends every statement we send, so that the next capture can leave it out."""


@dataclass(frozen=True)
class Timeouts:
    """Limits the server enforces on each of our statements, in milliseconds."""

    statement_ms: int = 30_000
    lock_ms: int = 1_000
    connect_s: int = 10


class Session:
    """A connection in autocommit mode; use as a context manager.

    Raises ConnectionFailed when no connection can be made and StatementFailed when the server refuses a statement.
    """

    def __init__(self, dsn: str = "", *, read_only: bool = True, timeouts: Timeouts | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._conn = _connect(dsn, read_only, self._timeouts)

    @property
    def version_num(self) -> int:
        """The server's version as a number, 150020 for 15.20."""
        return self._conn.info.server_version

    @property
    def database(self) -> str:
        """The database we are connected to."""
        return self._conn.info.dbname

    @property
    def user(self) -> str:
        """The role we are connected as."""
        return self._conn.info.user

    def rows(self, statement: LiteralString | Composable, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one of our own statements (``%s`` placeholders) and return its rows; () for none."""
        query = SQL(statement) if isinstance(statement, str) else statement
        with _translated(), self._conn.cursor() as cursor:
            cursor.execute(query + SQL(MARK), parameters or None)
            return cursor.fetchall() if cursor.description is not None else []

    def captured(self, prefix: LiteralString, text: str, parameters: Sequence[str | None] = ()) -> list[tuple[Any, ...]]:
        """Run ``prefix`` (``EXPLAIN ...``) before one captured statement, with ``$n`` parameters as text of unknown type.

        The extended protocol is used also without parameters: a text that holds two statements is refused by the server.
        A trailing line comment of the captured text cannot swallow our mark, which stands on its own line.
        """
        statement = f"{prefix} {text.rstrip().rstrip(';')}\n{MARK.strip()}"
        with _translated(), RawCursor(self._conn) as cursor:
            cursor.execute(statement.encode(), list(parameters) or None, prepare=False, binary=True)
            return cursor.fetchall() if cursor.description is not None else []

    @contextmanager
    def transaction(self, *, keep: bool = False) -> Iterator[None]:
        """Run a block in one transaction, rolled back at the end unless ``keep``; nested blocks are savepoints."""
        with _translated():
            if keep:
                with self._conn.transaction():
                    yield
            else:
                with self._conn.transaction(force_rollback=True):
                    yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run a block in one repeatable-read, read-only transaction: every read sees the same moment."""
        with self.transaction():
            self.rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield

    def close(self) -> None:
        """Close the connection; hypothetical indexes and temporary state go with it."""
        self._conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _connect(dsn: str, read_only: bool, timeouts: Timeouts) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        given = conninfo_to_dict(dsn)
        given.setdefault("application_name", APPLICATION_NAME)
        given.setdefault("connect_timeout", timeouts.connect_s)
        conn = psycopg.connect(make_conninfo("", **given), autocommit=True)
    except psycopg.Error as error:
        raise ConnectionFailed(
            f"cannot connect to PostgreSQL: {first_line(error)}",
            hint="check --dsn or the PGHOST, PGPORT, PGUSER, PGDATABASE variables, ~/.pgpass and pg_hba.conf",
        ) from None
    settings = {
        "statement_timeout": timeouts.statement_ms,
        "lock_timeout": timeouts.lock_ms,
        "default_transaction_read_only": "on" if read_only else "off",
    }
    with _translated():
        for name, value in settings.items():
            conn.execute(SQL("SELECT pg_catalog.set_config({}, {}, false)" + MARK).format(name, str(value)))
    return conn


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise StatementFailed(first_line(error), sqlstate=error.sqlstate) from error


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, without the driver's decoration."""
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__


__all__ = ["APPLICATION_NAME", "MARK", "SQL", "Composable", "Identifier", "Session", "Timeouts", "first_line"]
