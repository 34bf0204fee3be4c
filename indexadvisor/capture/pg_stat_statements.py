"""``pg_stat_statements`` as a source of events: one event per row of the current database, texts with ``$n`` and no values.

PostgreSQL documentation, F.32 pg_stat_statements. Extension 1.8 (PostgreSQL 13) renamed ``total_time`` to
``total_exec_time``; the columns decide, not the server's version, because an upgraded server keeps the old extension.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indexadvisor.capture.interface import CaptureReport, QueryEvent
from indexadvisor.db.connection import MARK, SQL, Composable, Identifier, Session
from indexadvisor.errors import CapabilityMissing, StatementFailed

VIEW = "pg_stat_statements"
"""Marks the events of this source: their calls are totals, not single executions."""

_HIDDEN = "<insufficient privilege>"
_NOT_LOADED = "55000"
_EXTENSION = """
SELECT n.nspname, array_agg(a.attname::text)
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_depend d ON d.refobjid = e.oid AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e'
JOIN pg_catalog.pg_class c ON c.oid = d.objid AND d.classid = 'pg_catalog.pg_class'::regclass AND c.relname = 'pg_stat_statements'
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE e.extname = 'pg_stat_statements'
GROUP BY n.nspname
"""
_ROWS = """
SELECT s.query, s.calls, s.{total}, s.{minimum}, s.{maximum}, s.rows, r.rolname
FROM {view} s
LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid
WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
ORDER BY s.{total} DESC, s.query, r.rolname
LIMIT %s
"""


class StatementsSource:
    """The view's rows for the current database as an EventSource; ``limit`` keeps the rows with the most time.

    Statements run inside functions (``toplevel`` false) are included: indexes serve them as well. ``events()`` raises
    CapabilityMissing when the view is missing, not loaded, or shows us nothing but hidden texts.
    """

    def __init__(self, session: Session, *, limit: int | None = None) -> None:
        self._session = session
        self._limit = limit
        self._report = CaptureReport(sources=[f"{VIEW} of database {session.database}"])

    @property
    def report(self) -> CaptureReport:
        """The account of what was read so far."""
        return self._report

    def events(self) -> Iterator[QueryEvent]:
        """Yield one event per readable row, most time first."""
        rows = self._rows()
        shown = [row for row in rows if row[0] is not None and row[0] != _HIDDEN]
        theirs = [row for row in shown if not row[0].rstrip().endswith(MARK.strip())]
        hidden = len(rows) - len(shown)
        if hidden:
            grant = f"GRANT pg_read_all_stats TO {self._session.user}"
            if not theirs:
                raise CapabilityMissing("pg_stat_statements hides the text of every statement from this role", hint=f"run {grant}")
            self._report.cannot_read(VIEW, f"{hidden} statements of other roles are hidden; run {grant}")
            self._report.unreadable_count += hidden - 1
        self._report.entries += len(rows)
        own = sum(int(row[1]) for row in shown) - sum(int(row[1]) for row in theirs)
        if own:
            self._report.ignored["own statement"] += own
        for row in theirs:
            yield self._report.saw(_event(row, self._session.database))

    def _rows(self) -> list[tuple[Any, ...]]:
        found = self._session.rows(_EXTENSION)
        if not found:
            raise CapabilityMissing(
                f"pg_stat_statements is not installed in database {self._session.database}",
                hint="put it into shared_preload_libraries, restart, and run CREATE EXTENSION pg_stat_statements in this database",
            )
        schema, columns = found[0]
        try:
            return self._session.rows(_query(schema, columns), (self._limit,))
        except StatementFailed as error:
            if error.sqlstate != _NOT_LOADED:
                raise
            raise CapabilityMissing(
                "pg_stat_statements is installed but not loaded",
                hint="add pg_stat_statements to shared_preload_libraries and restart the server",
            ) from error


def _query(schema: str, columns: list[str]) -> Composable:
    suffix = "exec_time" if "total_exec_time" in columns else "time"
    return SQL(_ROWS).format(
        total=Identifier(f"total_{suffix}"), minimum=Identifier(f"min_{suffix}"), maximum=Identifier(f"max_{suffix}"),
        view=Identifier(schema, VIEW),
    )  # fmt: skip


def _event(row: tuple[Any, ...], database: str) -> QueryEvent:
    text, calls, total_ms, min_ms, max_ms, rows, user = row
    return QueryEvent(
        text, calls=int(calls), total_ms=float(total_ms), min_ms=float(min_ms), max_ms=float(max_ms), rows=int(rows), user=user,
        database=database, source=VIEW,
    )  # fmt: skip
