"""What a server offers and lacks for index advice, each point as a sentence with the command that mends it.

Nothing here fails for want of a right: what this role may not see is said to be unknown. The session only reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from indexadvisor.db import queries
from indexadvisor.db.compose import SQL, Identifier
from indexadvisor.db.connection import Session
from indexadvisor.db.log_settings import log_capabilities
from indexadvisor.errors import StatementFailed

Status = Literal["ok", "missing", "limited"]

_PURPOSES = {
    "pg_trgm": "trigram indexes for LIKE '%word%' and similarity searches",
    "btree_gin": "GIN indexes that join scalar columns with arrays or jsonb",
    "btree_gist": "GiST indexes that join scalar columns with ranges",
}
_NAMED = 5
"""Tables named in one sentence; the rest are counted."""


@dataclass(frozen=True)
class Capability:
    """One point of an examination. ``sentence`` says what is; ``remedy`` the command that mends it, None where nothing needs mending."""

    name: str
    status: Status
    sentence: str
    remedy: str | None = None


@dataclass(frozen=True)
class Capabilities:
    """All points in the order to show them, and the settings they rest on, as far as this role may see those."""

    items: tuple[Capability, ...]
    settings: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> Capability:
        """Return one point by name (``hypopg``, ``pg_stat_statements``, ``log``, ...); KeyError for an unknown name."""
        return next((item for item in self.items if item.name == name), None) or self._unknown(name)

    def ok(self, name: str) -> bool:
        """Return whether a point needs no mending."""
        return self.get(name).status == "ok"

    def _unknown(self, name: str) -> Capability:
        raise KeyError(f"no capability {name!r}; there are {', '.join(item.name for item in self.items)}")


@dataclass(frozen=True)
class _Facts:
    """What was read for the checks. ``extensions``: (available version, installed version, schema) by name."""

    session: Session
    extensions: Mapping[str, tuple[str | None, str | None, str | None]]
    superuser: bool
    roles: frozenset[str]
    tables: int
    readable: int
    read_only: bool
    standby: bool
    settings: Mapping[str, str]
    unanalyzed: tuple[tuple[str, str], ...]
    statements_error: str | None

    @property
    def major(self) -> int:
        return self.session.version_num // 10000

    def installed(self, name: str) -> str | None:
        return self.extensions.get(name, (None, None, None))[1]


def examine(session: Session) -> Capabilities:
    """Return what the server offers and lacks; raises StatementFailed only when the connection is lost."""
    facts = _read(session)
    checks = (_connection, _read_only, _hypopg, _generic_plan, _statistics, _analyzed, _statements, _other_extensions)
    items = tuple(item for check in checks for item in check(facts))
    logged = (Capability(*each) for each in log_capabilities(facts.settings, session.version_num))
    return Capabilities((*items, *logged), facts.settings)


def _read(session: Session) -> _Facts:
    names = ("offered_extensions", "role_rights", "log_settings", "never_analyzed")
    with session.snapshot():
        offered, rights, settings, unanalyzed = session.batch(*((queries.get(name, session.version_num), ()) for name in names))
        extensions = {name: (available, installed, schema) for name, available, installed, schema in offered}
    superuser, roles, tables, readable, read_only, standby = rights[0]
    return _Facts(
        session, extensions, superuser, frozenset(roles), tables, readable, read_only, standby, dict(settings),
        tuple((schema, name) for schema, name, _ in unanalyzed), _statements_error(session, extensions.get("pg_stat_statements")),
    )  # fmt: skip


def _statements_error(session: Session, extension: tuple[str | None, str | None, str | None] | None) -> str | None:
    """Return why the view cannot be read, in the server's words, or None when it can or is not installed."""
    if extension is None or extension[1] is None or extension[2] is None:
        return None
    try:
        session.rows(SQL("SELECT 1 FROM {}.pg_stat_statements LIMIT 1").format(Identifier(extension[2])))
    except StatementFailed as error:
        if error.sqlstate is None:
            raise
        return str(error)
    return None


def _connection(facts: _Facts) -> Iterator[Capability]:
    session = facts.session
    where = "standby" if facts.standby else "server"
    version = f"PostgreSQL {session.version_num // 10000}.{session.version_num % 10000}"
    if session.version_num < 120000:
        yield Capability("connection", "limited", f"{version} is older than 12, the oldest version supported", "upgrade the server")
    elif session.pooled:
        yield Capability("connection", "limited", f"database {session.database} on {version} is reached through a connection pooler, where "
                         "hypothetical indexes do not stay with us", "name the server's own host and port in --dsn")  # fmt: skip
    else:
        yield Capability("connection", "ok", f"connected to database {session.database} as {session.user}, {where} {version}")


def _read_only(facts: _Facts) -> Iterator[Capability]:
    if facts.read_only:
        yield Capability("read-only", "ok", "the server refuses every write of this session")
    else:
        yield Capability("read-only", "limited", "this session may write", "connect read-only")


def _hypopg(facts: _Facts) -> Iterator[Capability]:
    available, installed, _ = facts.extensions.get("hypopg", (None, None, None))
    database = facts.session.database
    if installed is not None:
        old = tuple(int(part) for part in installed.split(".") if part.isdigit()) < (1, 3)
        remedy = f"as a superuser, after upgrading {_package(facts, 'hypopg')}: ALTER EXTENSION hypopg UPDATE;" if old else None
        yield Capability("hypopg", "limited" if old else "ok", f"HypoPG {installed} is installed in database {database}"
                         + (", older than 1.3" if old else ""), remedy)  # fmt: skip
    elif available is not None:
        yield Capability("hypopg", "missing", f"HypoPG is not installed in database {database}", "as a superuser: CREATE EXTENSION hypopg;")
    else:
        yield Capability("hypopg", "missing", "HypoPG is not on the server's machine",
                         f"apt-get install {_package(facts, 'hypopg')}, then as a superuser: CREATE EXTENSION hypopg;")  # fmt: skip


def _generic_plan(facts: _Facts) -> Iterator[Capability]:
    if facts.major >= 16:
        yield Capability("generic-plan", "ok", "EXPLAIN (GENERIC_PLAN) plans statements whose parameters were not captured")
    else:
        yield Capability("generic-plan", "limited", f"PostgreSQL {facts.major} has no EXPLAIN (GENERIC_PLAN); statements without captured "
                         "parameters are planned through PREPARE, where their types can be inferred",
                         "log parameters, so that real values are planned with")  # fmt: skip


def _statistics(facts: _Facts) -> Iterator[Capability]:
    who = f"role {facts.session.user}"
    if facts.readable >= facts.tables:
        yield Capability("statistics", "ok", f"{who} can read the statistics of all {facts.tables} tables")
    else:
        right = "pg_read_all_data" if facts.major >= 14 else "SELECT ON ALL TABLES IN SCHEMA public"
        yield Capability("statistics", "limited", f"{who} can read the statistics of {facts.readable} of {facts.tables} tables; "
                         "those under row security stay hidden from all but their owner and roles with BYPASSRLS",
                         f"as a superuser: GRANT {right} TO {_quoted(facts.session.user)};")  # fmt: skip


def _analyzed(facts: _Facts) -> Iterator[Capability]:
    if not facts.unanalyzed:
        yield Capability("analyzed", "ok", "every table has been analyzed")
        return
    names = [f"{_quoted(schema)}.{_quoted(name)}" for schema, name in facts.unanalyzed]
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    sentence = f"never analyzed: {', '.join(names[:_NAMED])}{rest}; the planner guesses their size and contents"
    yield Capability("analyzed", "limited", sentence, "ANALYZE;" if rest else f"ANALYZE {', '.join(names)};")


def _statements(facts: _Facts) -> Iterator[Capability]:
    name, database = "pg_stat_statements", facts.session.database
    available, installed, _ = facts.extensions.get(name, (None, None, None))
    create = "as a superuser: CREATE EXTENSION pg_stat_statements;"
    if installed is None:
        where = f"not installed in database {database}" if available else "not on the server's machine"
        remedy = create if available else f"apt-get install {_package(facts, name)}, then {create}"
        yield Capability(name, "missing", f"{name} is {where}", _preload(facts) + remedy)
    elif facts.statements_error is not None:
        yield Capability(name, "missing", f"{name} {installed} is installed but cannot be read: {facts.statements_error}",
                         _preload(facts) or "restart the server after setting shared_preload_libraries")  # fmt: skip
    elif facts.settings.get("compute_query_id") == "off":
        yield Capability(name, "limited", f"{name} {installed} counts nothing while compute_query_id is off",
                         "as a superuser: ALTER SYSTEM SET compute_query_id = auto; SELECT pg_reload_conf();")  # fmt: skip
    elif not facts.superuser and "pg_read_all_stats" not in facts.roles:
        yield Capability(name, "limited", f"{name} {installed} hides the statements of other roles from role {facts.session.user}",
                         f"as a superuser: GRANT pg_read_all_stats TO {_quoted(facts.session.user)};")  # fmt: skip
    else:
        yield Capability(name, "ok", f"{name} {installed} is installed in database {database} and readable")


def _preload(facts: _Facts) -> str:
    """Return what loads pg_stat_statements at the server's start, or nothing when it is loaded."""
    if any(name.startswith("pg_stat_statements.") for name in facts.settings):
        return ""
    loaded = facts.settings.get("shared_preload_libraries")
    if loaded is None:
        return "add pg_stat_statements to shared_preload_libraries and restart, if it is not there; "
    libraries = [part.strip() for part in loaded.split(",") if part.strip()] + ["pg_stat_statements"]
    # each name is a list element of its own: one quoted string holding a comma would name one library
    return f"as a superuser: ALTER SYSTEM SET shared_preload_libraries = {', '.join(libraries)}; restart the server; "


def _other_extensions(facts: _Facts) -> Iterator[Capability]:
    for name, purpose in _PURPOSES.items():
        available, installed, _ = facts.extensions.get(name, (None, None, None))
        create = f"as the database's owner: CREATE EXTENSION {name};"
        if installed is not None:
            yield Capability(name, "ok", f"{name} {installed} is installed: {purpose}")
        elif available is not None:
            yield Capability(name, "missing", f"{name} is not installed: no {purpose}", create)
        else:
            yield Capability(name, "missing", f"{name} is not on the server's machine: no {purpose}",
                             f"apt-get install {_package(facts, name)}, then {create}")  # fmt: skip


def _package(facts: _Facts, extension: str) -> str:
    """Return the Debian package of an extension; contrib modules come with the server's own since version 10."""
    return f"postgresql-{facts.major}-{extension}" if extension == "hypopg" else f"postgresql-{facts.major}"


def _quoted(name: str) -> str:
    return name if name.isidentifier() and name == name.lower() and name.isascii() else '"' + name.replace('"', '""') + '"'
