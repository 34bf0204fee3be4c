"""The lab's one database: its locale, its roles, and the settings of a session that plans in it."""

from __future__ import annotations

from collections.abc import Collection

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import Catalog, TableName
from indexadvisor.db.connection import Session
from indexadvisor.db.script import Client
from indexadvisor.errors import StatementFailed
from indexadvisor.findings import Skipped
from indexadvisor.lab.roles import ADMIN, OWNER

DATABASE = "lab"
_NOT_OURS = frozenset({
    "max_worker_processes", "server_encoding", "max_parallel_apply_workers_per_subscription", "jit_debugging_support", "jit_dump_bitcode",
    "jit_profiling_support", "jit_provider",
})  # fmt: skip
"""Read for the report; no session can set them, and planning does not read them."""
_SETTABLE = "SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.pg_settings WHERE context = 'user'"
_EXTENDED = """
SELECT n.nspname, s.stxname FROM pg_catalog.pg_statistic_ext AS s JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_statistic_ext_data AS d WHERE d.stxoid = s.oid) ORDER BY 1, 2
"""


def create(superuser: Client, catalog: Catalog) -> tuple[Skipped, ...]:
    """Create the lab's own roles and the database, with a default collation that compares as the source's does; say where it cannot.

    Where the source sorts by bytes a plain B-tree serves ``LIKE 'a%'``, elsewhere it does not: that much is always kept.
    """
    superuser.run_script(f"CREATE ROLE {OWNER} LOGIN; CREATE ROLE {ADMIN} SUPERUSER LOGIN")
    server = catalog.server
    start = f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' "
    if server.bytewise:
        superuser.simple(start + "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'")
        return ()
    wanted = (server.collation or "").replace("'", "''")
    attempts = [start + f"LOCALE_PROVIDER libc LOCALE '{wanted}'", start + f"LOCALE_PROVIDER icu ICU_LOCALE '{wanted}' LOCALE 'C'"]
    # not sorted by bytes as far as the planner knows, though it is
    attempts.append(start + "LOCALE_PROVIDER libc LOCALE 'C.UTF-8'")
    for place, attempt in enumerate(attempts):
        try:
            superuser.simple(attempt)
        except StatementFailed as error:
            if error.sqlstate is None or place == len(attempts) - 1:
                raise
            continue
        break
    if place < len(attempts) - 1:
        return ()
    reason = "not on this machine: text is compared by bytes in the lab, so that ranges over text are estimated a little differently"
    return (Skipped("lab", f"collation {server.collation}", reason),)


def without_data(session: Session, known: Collection[Skipped]) -> tuple[Skipped, ...]:
    """Name the extended statistics that have no data, unless they are named already: never analyzed, hidden, or of an old snapshot."""
    named = {skipped.subject for skipped in known}
    rows = [row for row in session.rows(_EXTENDED) if f"extended statistics {TableName(*row)}" not in named]
    reason = "they have no data (never analyzed, or hidden from this role): columns that depend on each other are taken as independent"
    return tuple(Skipped("lab", f"extended statistics {TableName(schema, name)}", reason) for schema, name in rows)


def search_path(catalog: Catalog) -> str:
    """Return the source's search path as the setting spells it."""
    return ", ".join(quote_identifier(name) for name in catalog.search_path)


def plan_alike(session: Session, catalog: Catalog) -> tuple[Skipped, ...]:
    """Set the source's planner settings and search path for a session; name the settings that the lab's version does not take."""
    session.rows("SELECT pg_catalog.set_config('search_path', %s, false)", [search_path(catalog)])
    known: dict[str, str] = dict(session.rows(_SETTABLE))
    wanted = {name: value for name, value in catalog.settings.items() if known.get(name) != value and name not in _NOT_OURS}
    skipped = []
    for name, value in wanted.items():
        reason = "the lab's version has no such setting for a session"
        if name in known:
            try:
                session.rows("SELECT pg_catalog.set_config(%s, %s, false)", [name, value])
                continue
            except StatementFailed as error:
                if error.sqlstate is None:
                    raise
                reason = str(error)
        skipped.append(Skipped("lab", f"setting {name} = {value}", reason))
    return tuple(skipped)
