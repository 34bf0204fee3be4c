"""A writable connection that is not marked as ours: it plays an application on a server that we started or were given to fill.

Nothing of the advice goes through here. A capture must see what this connection sends as any other client's traffic, so no
statement carries our mark and the application name is the caller's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import psycopg
from psycopg import RawCursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from indexadvisor.db.connection import first_line
from indexadvisor.errors import ConnectionFailed, StatementFailed

TextRow = tuple[str | None, ...]
"""One row in PostgreSQL's text output format, None for NULL."""


class Client:
    """A connection in autocommit mode; use as a context manager. ``user`` overrides the one in ``dsn``.

    Raises ConnectionFailed when no connection can be made and StatementFailed when the server refuses a statement.
    """

    def __init__(self, dsn: str = "", *, user: str | None = None, application_name: str = "application") -> None:
        try:
            given = conninfo_to_dict(dsn)
            given |= {"application_name": application_name, "client_encoding": "UTF8"}
            if user is not None:
                given["user"] = user
            # a statement is prepared by name only where the caller says so; None would forbid it altogether
            self._conn = psycopg.connect(make_conninfo("", **given), autocommit=True, prepare_threshold=sys.maxsize)
        except psycopg.Error as error:
            raise ConnectionFailed(f"cannot connect to PostgreSQL: {first_line(error)}", hint="check --dsn and pg_hba.conf") from None
        self._cursor = RawCursor(self._conn)

    def run_script(self, script: str) -> None:
        """Run a script of several statements by the simple protocol; without transaction commands in it, all or nothing."""
        with _translated():
            self._conn.execute(script.encode())

    def execute(self, text: str, parameters: Sequence[str | None] = (), *, named: bool = False) -> int:
        """Run one statement by the extended protocol, ``$n`` values sent as text; return the rows it gave or changed.

        ``named`` prepares the statement once on the server and only binds and executes it from then on.
        """
        with _translated():
            # asking for binary results means the extended protocol even where there are no parameters
            self._cursor.execute(text.encode(), list(parameters), prepare=named, binary=True)
            return self._cursor.rowcount

    def simple(self, text: str) -> int:
        """Run one statement by the simple protocol, its values standing in the text; return the rows it gave or changed."""
        with _translated():
            self._cursor.execute(text.encode())
            return self._cursor.rowcount

    def rows(self, text: str) -> list[TextRow]:
        """Run one statement by the simple protocol and return its rows as the server wrote them, () for none."""
        self.simple(text)
        result = self._cursor.pgresult
        if result is None or self._cursor.description is None:
            return []
        values = ([result.get_value(row, column) for column in range(result.nfields)] for row in range(result.ntuples))
        return [tuple(None if value is None else value.decode() for value in row) for row in values]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block between BEGIN and COMMIT, or ROLLBACK where it raises."""
        with _translated(), self._conn.transaction():
            yield

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise StatementFailed(first_line(error), sqlstate=error.sqlstate) from error


__all__ = ["Client", "TextRow"]
