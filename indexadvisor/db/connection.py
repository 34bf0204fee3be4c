"""One connection to a server we only look at: read-only, with timeouts, every statement marked as ours.

The session is read-only by the server's own setting (``default_transaction_read_only``), so nothing we or a captured
statement say can write. Captured SQL is sent as one statement by the extended protocol: the server refuses a second one.

Ctrl-C while a statement runs: the driver asks the server to cancel it and KeyboardInterrupt goes up; leaving the ``with`` block
then closes the connection, and with it every hypothetical index.

Behind a connection pooler (PgBouncer, pgpool-II, Odyssey, managed proxies) a setting made for the session would stay on a server
connection that others use next. A pooler is known by its own backend number in the start-up message, which is not the one
``pg_backend_pid()`` answers; then nothing is set for the session: each statement runs in a transaction of its own with the same limits
set for that transaction. Hypothetical indexes live in one backend: what-if on a pooled session works inside one
``transaction()`` only, or better on a direct connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, LiteralString, Self

import psycopg
from psycopg import RawCursor
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Composable, Identifier

from indexadvisor.db.conninfo import APPLICATION_NAME, first_line, open_connection
from indexadvisor.errors import StatementFailed

MARK = " /* indexadvisor */"
"""Ends every statement we send, so that the next capture can leave it out."""

_CANCEL_S = 5.0

Rows = list[tuple[Any, ...]]
_LIMITS = SQL(
    "SELECT pg_catalog.set_config('statement_timeout', {}, {local}), pg_catalog.set_config('lock_timeout', {}, {local}),"
    " pg_catalog.set_config('default_transaction_read_only', {}, {local})"
)


@dataclass(frozen=True)
class Timeouts:
    """Limits the server enforces on each of our statements, in milliseconds; ``connect_s`` is ours, unless the DSN has one."""

    statement_ms: int = 30_000
    lock_ms: int = 1_000
    connect_s: int = 10


class Session:
    """A connection in autocommit mode; use as a context manager.

    Raises ConnectionFailed when no connection can be made and StatementFailed when the server refuses a statement; its
    ``sqlstate`` is None when the connection broke, and every later statement then fails the same way.
    """

    def __init__(self, dsn: str = "", *, read_only: bool = True, timeouts: Timeouts | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._read_only = read_only
        self._role: str | None = None
        self._conn = open_connection(dsn, self._timeouts.connect_s)
        self._pooled = False
        # a database without an encoding holds any bytes: read as LATIN1 each byte is one character, and none is an error
        self._bytes = self._conn.info.parameter_status("server_encoding") == "SQL_ASCII"
        try:
            if self._bytes:
                self._run("SET client_encoding = LATIN1")
            self._pooled = self.rows("SELECT pg_catalog.pg_backend_pid()") != [(self._conn.info.backend_pid,)]
            if self._pooled:
                self._conn.read_only = read_only or None
            else:
                self._set_limits(local=False)
        except BaseException:
            self.close()
            raise

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

    @property
    def pooled(self) -> bool:
        """Whether a connection pooler stands between us and the server."""
        return self._pooled

    def rows(self, statement: LiteralString | Composable, parameters: Sequence[Any] = ()) -> Rows:
        """Run one of our own statements (``%s`` placeholders) and return its rows; () for none."""
        return self.batch((statement, parameters))[0]

    def batch(self, *statements: tuple[LiteralString | Composable, Sequence[Any]]) -> list[Rows]:
        """Run several of our own statements in one round trip and return the rows of each; the first refusal ends it."""
        with self._sending(), self._own_transaction():
            if len(statements) == 1:
                return [self._run(*statements[0])]
            with self._conn.pipeline():
                cursors = [self._send(*each) for each in statements]
            return [cursor.fetchall() if cursor.description is not None else [] for cursor in cursors]

    def captured(self, prefix: LiteralString, text: str, parameters: Sequence[str | None] = ()) -> Rows:
        """Run ``prefix`` (``EXPLAIN (FORMAT JSON)``) before one captured statement, with ``$n`` parameters as text of unknown type.

        The extended protocol is used also without parameters: a text that holds two statements is refused by the server.
        A trailing line comment of the captured text cannot swallow our mark, which stands on its own line. A bare
        ``EXPLAIN`` is refused: a text that begins with ANALYZE would make it run what follows.
        """
        if prefix.strip().upper() == "EXPLAIN":
            raise ValueError("EXPLAIN needs its options in parentheses, or the text could add ANALYZE")
        if "\0" in text:
            raise StatementFailed("the text holds a NUL byte, which PostgreSQL does not accept", sqlstate="22021")
        values = [value.encode().decode("latin-1") if self._bytes and value is not None else value for value in parameters]
        statement = f"{prefix} {text.rstrip().rstrip(';')}\n{MARK.strip()}"
        with self._sending(), self._own_transaction(), RawCursor(self._conn) as cursor:
            cursor.execute(statement.encode(), values or None, prepare=False, binary=True)
            return cursor.fetchall() if cursor.description is not None else []

    @contextmanager
    def transaction(self, *, keep: bool = False) -> Iterator[None]:
        """Run a block in one transaction, rolled back at the end unless ``keep``; nested blocks are savepoints."""
        outermost = self._idle
        with self._translated(), self._conn.transaction(force_rollback=not keep):
            if self._pooled and outermost:
                self._set_limits(local=True)
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run a block in one repeatable-read, read-only transaction: every read sees the same moment.

        pg_catalog is put first in the search path for its length, so that no operator or function of ours can be redirected by
        a search path that names another schema before it; what else the path makes visible stays so.
        """
        with self._translated(), self._conn.transaction(force_rollback=True):
            self._run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if self._pooled:
                self._set_limits(local=True)
            path = str(self._run("SELECT pg_catalog.current_setting('search_path')")[0][0]).strip()
            self._run("SELECT pg_catalog.set_config('search_path', %s, true)", [f"pg_catalog, {path}" if path else "pg_catalog"])
            yield

    @contextmanager
    def as_role(self, name: str) -> Iterator[None]:
        """Run a block as another role (SET ROLE), back to the role before at its end; blocks nest.

        Raises StatementFailed when we are not a member of the role or it does not exist. On a pooled session the block is one
        transaction.
        """
        if self._pooled and self._idle:
            with self.transaction(), self.as_role(name):
                yield
            return
        before = self._role
        self._set_role(name)
        self._role = name
        try:
            yield
        finally:
            self._role = before
            # in a failed transaction the role goes back with its rollback; on a broken connection there is nothing to set
            if not self._conn.closed and self._conn.info.transaction_status is not TransactionStatus.INERROR:
                self._set_role(before)

    def cancel(self) -> None:
        """Ask the server to cancel the statement under way, from any thread; the one that waits for it gets a StatementFailed (57014)."""
        with suppress(psycopg.Error):
            self._conn.cancel_safe(timeout=_CANCEL_S)

    def close(self) -> None:
        """Close the connection; hypothetical indexes and temporary state go with it, and what still runs is cancelled."""
        if not self._conn.closed and self._conn.info.transaction_status is TransactionStatus.ACTIVE:
            # left by SIGTERM in mid-statement: the server would not notice that nobody waits for the answer
            self.cancel()
        self._conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _send(self, statement: LiteralString | Composable, parameters: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        query = SQL(statement) if isinstance(statement, str) else statement
        return self._conn.execute(query + SQL(MARK), parameters or None)

    def _run(self, statement: LiteralString | Composable, parameters: Sequence[Any] = ()) -> Rows:
        cursor = self._send(statement, parameters)
        return cursor.fetchall() if cursor.description is not None else []

    def _set_role(self, name: str | None) -> None:
        scope = SQL("LOCAL ") if self._pooled else SQL("")
        role = SQL("NONE") if name is None else Identifier(name)
        with self._translated():
            self._run(SQL("SET {}ROLE {}").format(scope, role) if name is not None or self._pooled else SQL("RESET ROLE"))

    def _set_limits(self, *, local: bool) -> None:
        values = (str(self._timeouts.statement_ms), str(self._timeouts.lock_ms), "on" if self._read_only else "off")
        self._run(_LIMITS.format(*values, local=SQL("true" if local else "false")))

    @property
    def _idle(self) -> bool:
        return self._conn.info.transaction_status is TransactionStatus.IDLE

    @contextmanager
    def _own_transaction(self) -> Iterator[None]:
        """On a pooled session, give a statement outside any transaction one of its own with our limits."""
        if self._pooled and self._idle:
            with self._conn.transaction():
                self._set_limits(local=True)
                yield
        else:
            yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            if self._conn.closed:
                raise StatementFailed(f"the connection to the server was lost: {first_line(error)}") from error
            raise StatementFailed(first_line(error), sqlstate=error.sqlstate) from error

    @contextmanager
    def _sending(self) -> Iterator[None]:
        try:
            with self._translated():
                yield
        except UnicodeError as error:
            # such as a lone surrogate from a log that was no UTF-8
            raise StatementFailed(f"text that is not valid UTF-8: {error}", sqlstate="22021") from error


__all__ = ["APPLICATION_NAME", "MARK", "SQL", "Composable", "Identifier", "Rows", "Session", "Timeouts", "first_line"]
