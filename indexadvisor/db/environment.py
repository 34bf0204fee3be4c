"""The environment in which a program of PostgreSQL connects where one of our sessions is connected.

Nothing of it stands on a command line, which every user of the machine can read. The values are those that libpq ended up with, so
a service file, PG* variables, ~/.pgpass and a list of hosts have been followed once and the program cannot end up elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import pq

from indexadvisor.db.connection import Session
from indexadvisor.db.conninfo import APPLICATION_NAME
from indexadvisor.errors import ConnectionFailed

_RESOLVED = {"PGSERVICE", "PGSERVICEFILE", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS"}
"""What chose the server: followed already."""


def child_environment(session: Session, environment: Mapping[str, str]) -> dict[str, str]:
    """Return ``environment`` with the variables that lead libpq to the session's server, database and role.

    Parameters that libpq reads from no variable (keep-alives, time-outs) are left to their defaults. Raises ConnectionFailed for a
    client key with a password, which has no variable either.
    """
    info = session._conn.info  # noqa: SLF001  the driver's connection is private to this package
    known = {each.keyword.decode(): each.envvar.decode() for each in pq.Conninfo.get_defaults() if each.envvar}
    given = info.get_parameters()
    if given.get("sslpassword"):
        raise ConnectionFailed(
            "the password of a client key (sslpassword) cannot be handed to another program unseen",
            hint="connect with a key that has no password, or with a role's password",
        )
    found = {known[name]: str(value) for name, value in given.items() if name in known}
    found |= {"PGHOST": info.host, "PGPORT": str(info.port), "PGDATABASE": info.dbname, "PGUSER": info.user}
    if given.get("hostaddr"):
        found["PGHOSTADDR"] = info.hostaddr
    if info.password:
        found["PGPASSWORD"] = info.password
    found["PGAPPNAME"] = APPLICATION_NAME
    ours = {*known.values(), *_RESOLVED}
    return {name: value for name, value in environment.items() if name not in ours} | {
        name: value for name, value in found.items() if name not in _RESOLVED
    }
