"""The SQL texts of ``db/sql`` by name, each in the variant for the server's version.

A file is ``<name>.sql``; ``<name>.ge14.sql`` replaces it from PostgreSQL 14 on, the highest that fits wins. Its first line is a comment
that says what it returns; ``describe()`` gives that line, and it is not sent to the server.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString

_FILE = re.compile(r"(?P<name>[a-z_]+)(?:\.ge(?P<major>\d+))?\.sql")


@cache
def _variants() -> dict[str, dict[int, str]]:
    """Return file names by statement and lowest major version (0 for the plain file)."""
    found: dict[str, dict[int, str]] = {}
    for entry in files("indexadvisor.db").joinpath("sql").iterdir():
        match = _FILE.fullmatch(entry.name)
        if match:
            found.setdefault(match["name"], {})[int(match["major"] or 0)] = entry.name
    return found


def names() -> tuple[str, ...]:
    """Return the names of all statements, sorted."""
    return tuple(sorted(_variants()))


@cache
def _read(name: str, version_num: int) -> tuple[str, str]:
    variants = _variants().get(name, {})
    fitting = [major for major in variants if major <= version_num // 10000]
    if not fitting:
        raise LookupError(f"no statement {name!r} for PostgreSQL {version_num // 10000}")
    text = files("indexadvisor.db").joinpath("sql", variants[max(fitting)]).read_text(encoding="utf-8")
    first, _, statement = text.partition("\n")
    return first.removeprefix("--").strip(), statement.strip().removesuffix(";")


def get(name: str, version_num: int) -> LiteralString:
    """Return a statement for a server version as in ``Session.version_num``; LookupError when there is none.

    >>> "pg_catalog.pg_class" in get("relations", 180000)
    True
    """
    # the text comes from a file of this package, so it is as literal as one written here
    return _read(name, version_num)[1]


def describe(name: str, version_num: int) -> str:
    """Return the sentence at the top of a statement's file."""
    return _read(name, version_num)[0]
