"""A snapshot of a database for the lab: schema, statistics and catalog as of one moment, without its rows.

It is taken in one repeatable-read, read-only transaction whose snapshot pg_dump shares. It needs nothing but to read: what the role
may not see is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from indexadvisor.catalog.load import load as load_catalog
from indexadvisor.catalog.model import Catalog
from indexadvisor.catalog.snapshot_bare import bare_definitions
from indexadvisor.catalog.snapshot_dump import Dump, check_program
from indexadvisor.catalog.snapshot_extended import ExtendedStatistics, read_extended
from indexadvisor.catalog.snapshot_script import split
from indexadvisor.catalog.snapshot_select import Wanted, select
from indexadvisor.catalog.snapshot_values import read_quantities
from indexadvisor.db.connection import Session
from indexadvisor.errors import SnapshotError, StatementFailed
from indexadvisor.findings import Skipped
from indexadvisor.settings import Progress, silent

LOWEST_SERVER = 120_000
"""The oldest server whose catalog we read."""
_OUTPUT = """
SELECT pg_catalog.set_config(s.name, s.value, true)
FROM (VALUES ('idle_in_transaction_session_timeout', '0'), ('DateStyle', 'ISO'), ('IntervalStyle', 'postgres'),
             ('extra_float_digits', '3'), ('bytea_output', 'hex')) AS s (name, value)
"""


@dataclass(frozen=True)
class Snapshot:
    """One database at one moment. ``schema_sql`` and ``statistics_sql`` are plain SQL scripts, one statement after another, for a private
    server of version 18 or later; run them nowhere else. ``with_values``: whether sampled values of text-like columns are in it.
    ``skipped`` names what was left out beside ``catalog.skipped``; ``extended`` is the data of extended statistics.
    """

    schema_sql: str
    statistics_sql: str
    catalog: Catalog
    server_version_num: int
    taken_at: datetime
    with_values: bool
    skipped: tuple[Skipped, ...] = ()
    extended: tuple[ExtendedStatistics, ...] = ()


def take(
    session: Session, pg_dump: Path, *, schemas: Sequence[str] = (), tables: Sequence[str] = (), exclude: Sequence[str] = (),
    values: bool = True, progress: Progress = silent,
) -> Snapshot:  # fmt: skip
    """Return a snapshot of the session's database, read by this pg_dump (version 18 or later) and by ourselves at the same time.

    ``schemas``, ``tables`` and ``exclude`` are shell patterns as in ``Wanted``. Raises SnapshotError when pg_dump fails or nothing is
    left to take, ConnectionFailed or StatementFailed when the server refuses.
    """
    check_program(pg_dump)
    if session.version_num < LOWEST_SERVER:
        raise SnapshotError(f"the server is PostgreSQL {session.version_num // 10_000}; snapshots are taken of 12 and later")
    wanted = Wanted(tuple(schemas), tuple(tables), tuple(exclude))
    with session.snapshot():
        exported, now = _export(session)
        selection = select(session, wanted)
        progress("schema, statistics, catalog", 0, 3)
        with Dump(session, pg_dump, exported, {*selection.left_out, *selection.unreadable}) as dump:
            tables_sql, links_sql, counts = bare_definitions(session, selection.unreadable.values())
            catalog = selection.applied(load_catalog(session))
            extended, unread = read_extended(session, catalog, selection.unreadable)
            # the catalog names those whose state is hidden, too: once is enough, and here the consequence is said
            said = {each.subject for each in unread}
            catalog = replace(catalog, skipped=tuple(each for each in catalog.skipped if each.subject not in said))
            edited = None
            if not values:
                quantities = read_quantities(session)
                catalog, edited = quantities.without_values(catalog), quantities.edited
                extended = tuple(each.without_values(quantities.by_name) for each in extended)
            progress("schema, statistics, catalog", 1, 3)
            script = dump.script()
    progress("cutting the script", 2, 3)
    schema_sql, statistics_sql = split(script, edited, tables_sql, links_sql)
    progress("cutting the script", 3, 3)
    skipped = (*selection.skipped, *unread)
    return Snapshot(schema_sql, statistics_sql + counts, catalog, session.version_num, now, values, skipped, extended)


def _export(session: Session) -> tuple[str, datetime]:
    """Return the name of the transaction's snapshot and the server's time; the transaction may then be idle as long as pg_dump needs.

    Values are written as pg_dump writes them, whatever the role's settings.
    """
    try:
        session.rows(_OUTPUT)
        exported, now = session.rows("SELECT pg_catalog.pg_export_snapshot(), pg_catalog.now()")[0]
    except StatementFailed as error:
        hint = "connect to the server itself, not through a pooler"
        raise SnapshotError(f"the server does not share a snapshot: {error}", hint=hint) from None
    assert isinstance(now, datetime)
    return str(exported), now
