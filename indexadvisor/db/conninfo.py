"""Opens connections as libpq does: a DSN or URI, PG* variables, service files, ~/.pgpass; and reports failure without secrets."""

from __future__ import annotations

import os
import re
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from indexadvisor.errors import ConnectionFailed

APPLICATION_NAME = "indexadvisor"
_KEEPALIVES = {"keepalives_idle": 60, "keepalives_interval": 10, "keepalives_count": 6}
"""Seconds, seconds, probes: a connection that a firewall dropped is noticed within two minutes instead of hours."""


def open_connection(dsn: str, connect_s: int) -> psycopg.Connection[tuple[Any, ...]]:
    """Return a connection in autocommit mode; raises ConnectionFailed with a sentence that holds no part of a password."""
    try:
        given = conninfo_to_dict(dsn)
    except (psycopg.Error, UnicodeError):
        # libpq quotes the part it cannot read, which may be half a password
        raise ConnectionFailed(
            "the connection string cannot be read",
            hint="write host=... dbname=... user=... or postgresql://user@host/database; percent-encode special characters of a password",
        ) from None
    try:
        conn = psycopg.connect(make_conninfo("", **{**_defaults(given, connect_s), **given}), autocommit=True)
    except (psycopg.Error, UnicodeError) as error:
        raise ConnectionFailed(
            f"cannot connect to PostgreSQL: {_without_secrets(first_line(error), dsn, given)}",
            hint="check --dsn or the PGHOST, PGPORT, PGUSER, PGDATABASE variables, ~/.pgpass and pg_hba.conf",
        ) from None
    # a prepared statement would outlive its transaction, on a server connection that a pooler hands to others
    conn.prepare_threshold = None
    return conn


def _defaults(given: dict[str, Any], connect_s: int) -> dict[str, Any]:
    """Return connection parameters that hold unless the DSN, the environment or a service file says otherwise."""
    defaults: dict[str, Any] = {"fallback_application_name": APPLICATION_NAME, "client_encoding": "UTF8"}
    # what stands in a connection string overrides a service file, so with a service we leave these to it
    if "service" not in given and "PGSERVICE" not in os.environ:
        defaults |= _KEEPALIVES
        if "PGCONNECT_TIMEOUT" not in os.environ:
            defaults["connect_timeout"] = connect_s
    return defaults


def _without_secrets(message: str, dsn: str, given: dict[str, Any]) -> str:
    """Return libpq's message without any part of a password.

    A special character in a URI, or a forgotten space, makes libpq take a piece of the password for a host or a port and quote it.
    """
    scheme, separator, rest = dsn.partition("://")
    if separator and scheme in ("postgres", "postgresql"):
        userinfo, at, _ = rest.rpartition("@")
        if at and any(mark in userinfo for mark in "@/?#["):
            return "the URI has a special character before its last @; percent-encode it (%40 for @, %2F for /)"
    unread = re.search(r"\binvalid\b.*\b(value|port)\b", message) is not None

    def shown(quoted: re.Match[str]) -> str:
        return quoted[0] if quoted[2] in given or not (unread or set("=@") & set(quoted[2])) else '"***"'

    message = re.sub(r"""(["'])(.*?)\1""", shown, message)
    for name in ("password", "sslpassword"):
        if len(str(given.get(name) or "")) > 3:
            message = message.replace(str(given[name]), "***")
    return message


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, without the driver's decoration."""
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
