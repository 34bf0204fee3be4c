"""Roles of the lab: those that ran captured statements, so that row security applies to them as it did on the server.

PostgreSQL passes over a table's policies for superusers, roles with BYPASSRLS and, unless row security is forced, for whoever has the
rights of the table's owner (check_enable_rls() in src/backend/utils/misc/rls.c); a policy holds for every role that has the rights of one
it names (check_role_for_policy() in src/backend/rewrite/rowsecurity.c). Where the catalog knows a role, it is made so in the lab. Of any
other role nothing is known but whether a policy names it: then it is planned as the likeliest, and that is said.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from indexadvisor.catalog.ddl import quote_identifier, quote_table
from indexadvisor.catalog.model import Catalog, TableName
from indexadvisor.db.script import Client
from indexadvisor.errors import StatementFailed
from indexadvisor.findings import Skipped

OWNER = "indexadvisor_lab"
"""Owns everything that is loaded, and plans: a role without rights of its own."""
ADMIN = "indexadvisor_lab_admin"
"""The lab's superuser, so that the name postgres is free for the role that ran a statement."""
_FIRST = "indexadvisor_lab_first"
_NOT_ROLES = frozenset({"public", "none", "current_user", "session_user", "current_role", OWNER, ADMIN, _FIRST})
_CLASSES = "pg_read_all_data, pg_write_all_data"
_UNKNOWN = "it is not known whether row security applied to this role: "
_EXEMPT = _UNKNOWN + "no policy names it or PUBLIC, so it is planned as one to which policies do not apply"
_NOT_EXEMPT = _UNKNOWN + "it is planned under the policies for it and for PUBLIC"


@dataclass(frozen=True)
class Rights:
    """What decides whether policies apply to a role: ``exempt`` from all (superuser, BYPASSRLS), or the rights of other roles."""

    exempt: bool = False
    has_rights_of: tuple[str, ...] = ()


class Roles:
    """The roles of one lab server, which all its labs share; safe to use from several threads.

    ``known`` are the rights of roles as far as they are known, ``owners`` the owners of tables with row security.
    """

    def __init__(self, catalog: Catalog, known: Mapping[str, Rights], owners: Mapping[TableName, str]) -> None:
        self._known = known
        self._owners = owners
        self._named = {role for policy in catalog.policies for role in policy.roles}
        self._made: set[str] = set(_NOT_ROLES)
        self._failed: set[str] = set()
        self._told: set[str] = {*_NOT_ROLES, *known}
        self._client: Client | None = None
        self._lock = threading.Lock()
        self.skipped: list[Skipped] = []

    def connect(self, dsn: str) -> None:
        """Connect to the server, where ``ADMIN`` and ``OWNER`` are, and make the roles that the policies name."""
        self._client = Client(dsn, application_name="indexadvisor-lab")
        self._client.simple(f"ALTER ROLE postgres RENAME TO {_FIRST}")
        for name in sorted(self._named):
            self._make(self._client, name)

    def own_tables(self, superuser: Client) -> None:
        """Give tables with row security to their owners, whose rights the planning role has; ``superuser`` is in their database."""
        for table, owner in sorted(self._owners.items(), key=str):
            if self._make(superuser, owner) and owner not in _NOT_ROLES:
                quoted = quote_identifier(owner)
                # a table that was not loaded is named already
                with suppress(StatementFailed):
                    superuser.run_script(f"ALTER TABLE {quote_table(table)} OWNER TO {quoted}; GRANT {quoted} TO {OWNER} WITH INHERIT TRUE")

    def know(self, name: str) -> None:
        """Make the role that ran a statement, so that the planning role can take it on; say where its rights had to be guessed."""
        if not name or "\0" in name:
            return
        with self._lock:
            exempt = name not in self._known and not self._named & {"public", name}
            if self._client is not None and self._make(self._client, name, exempt=exempt) and name not in self._told:
                self._told.add(name)
                self.skipped.append(Skipped("lab", f"role {name}", _EXEMPT if exempt else _NOT_EXEMPT))

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            self._client.close()

    def _make(self, client: Client, name: str, *, exempt: bool = False) -> bool:
        """Make a role where it is not there yet; return whether it is."""
        if name in self._made or name in self._failed:
            return name in self._made
        rights = self._known.get(name, Rights(exempt))
        above = [other for other in rights.has_rights_of if other != name and self._make(client, other)]
        quoted = quote_identifier(name)
        # the planning role may become it, and has none of its rights until then
        statements = [f"CREATE ROLE {quoted}{' BYPASSRLS' if rights.exempt else ''}", f"GRANT {_CLASSES} TO {quoted}"]
        statements += [f"GRANT {quote_identifier(other)} TO {quoted} WITH INHERIT TRUE" for other in above]
        statements.append(f"GRANT {quoted} TO {OWNER} WITH INHERIT FALSE")
        try:
            client.run_script(";".join(statements))
        except StatementFailed as error:
            if error.sqlstate is None:
                raise
            # such as pg_monitor: a role of PostgreSQL's own, whose rights a captured statement shall not have; who plans says so
            self._failed.add(name)
            return False
        self._made.add(name)
        return True
