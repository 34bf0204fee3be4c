"""The sets of indexes that are compared: read from files, built, and judged as a DBA would."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pgparse

from indexadvisor.db.script import Client
from indexadvisor.demo.location import workload_dir
from indexadvisor.errors import StatementFailed

REWRITTEN = {
    ("users", "last_login_at"), ("users", "login_count"), ("users", "version"),
    ("conversations", "messages"), ("conversations", "last_message_at"), ("conversations", "version"),
    ("projects", "version"), ("projects", "updated_at"), ("agent_configurations", "version"), ("agent_configurations", "updated_at"),
    ("memories", "updated_at"),
}  # fmt: skip
"""Columns that the application rewrites all the time; an index on one ends HOT updates of its table."""

_INDEXES = """
    SELECT c.relname, t.relname, am.amname, i.indisvalid::text, i.indisunique::text, pg_relation_size(c.oid)::text,
           i.indclass::text, i.indoption::text, i.indcollation::text, coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
           (SELECT string_agg(pg_get_indexdef(c.oid, n, true), E'\\x01' ORDER BY n) FROM generate_series(1, i.indnkeyatts) AS n),
           (SELECT coalesce(string_agg(pg_get_indexdef(c.oid, n, true), E'\\x01' ORDER BY n), '')
            FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS n),
           (SELECT coalesce(string_agg(DISTINCT a.attname, ','), '')
            FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refobjid = i.indrelid AND d.refobjsubid > 0)
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_class AS t ON t.oid = i.indrelid
    JOIN pg_am AS am ON am.oid = c.relam
    WHERE t.relnamespace = 'public'::regnamespace
    ORDER BY 2, 1
"""


@dataclass(frozen=True)
class Built:
    """One index as the server has it; ``keys`` pair each key's text with its operator class, direction and collation.

    ``touches``: every column it depends on, predicate and expressions included.
    """

    name: str
    table: str
    method: str
    valid: bool
    unique: bool
    size_bytes: int
    keys: tuple[tuple[str, ...], ...]
    included: tuple[str, ...]
    predicate: str
    touches: tuple[str, ...]


def expert_sections(path: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Return the statements of each ``-- section:`` of expert.sql."""
    parts = (path or workload_dir() / "expert.sql").read_text(encoding="utf-8").split("-- section: ")[1:]
    return {part.split(maxsplit=1)[0]: statements_of(part.split("\n", 1)[1]) for part in parts}


def statements_of(script: str) -> tuple[str, ...]:
    """Return the statements of a script without comments around them; psql's backslash commands are left out."""
    kept = "\n".join(line for line in script.splitlines() if not line.lstrip().startswith(("\\", "--"))).encode()
    spans = [(each.get("stmt_location", 0), each.get("stmt_len", len(kept))) for each in pgparse.parse(kept.decode())]
    return tuple(kept[start : start + length].decode().strip() for start, length in spans)


def build(dsn: str, statements: tuple[str, ...]) -> list[str]:
    """Run CREATE INDEX statements one by one, CONCURRENTLY as it stands; return what the server refused."""
    refused = []
    with Client(dsn, application_name="build") as client:
        for statement in statements:
            try:
                client.simple(statement)
            except StatementFailed as error:
                refused.append(f"{error}: {statement}")
        client.simple("VACUUM (ANALYZE)")
    return refused


def built(dsn: str) -> tuple[Built, ...]:
    """Return all indexes of the schema public, primary keys included."""
    with Client(dsn, application_name="build") as client:
        return tuple(_built(row) for row in client.rows(_INDEXES))


def faults(indexes: tuple[Built, ...], ours: frozenset[str]) -> list[str]:
    """Return what is wrong with the indexes named in ``ours``: invalid, duplicate or prefix of another, on a rewritten column."""
    found = []
    for index in indexes:
        if index.name not in ours:
            continue
        if not index.valid:
            found.append(f"{index.name} is invalid")
        found.extend(f"{index.name} is on {index.table}.{column}, which is rewritten all the time" for column in index.touches
                     if (index.table, column) in REWRITTEN)  # fmt: skip
        found.extend(f"{index.name} is {_served(index, other)} {other.name}" for other in indexes if _served(index, other))
    return found


def _served(index: Built, other: Built) -> str:
    """Return how ``other`` makes ``index`` redundant, '' where it does not; of two equal ones the later name is redundant."""
    same_kind = (index.table, index.method, index.predicate) == (other.table, other.method, other.predicate)
    if index is other or not same_kind or (index.unique and not other.unique):
        return ""
    if index.keys == other.keys and set(index.included) <= set(other.included):
        later = set(index.included) < set(other.included) or (other.unique and not index.unique) or other.name < index.name
        return "a duplicate of" if later else ""
    leading = index.method == "btree" and other.keys[: len(index.keys)] == index.keys and not index.unique
    columns = {key[0] for key in other.keys} | set(other.included)
    return "a prefix of" if leading and len(index.keys) < len(other.keys) and set(index.included) <= columns else ""


def _built(row: tuple[str | None, ...]) -> Built:
    values = [value or "" for value in row]
    name, table, method, valid, unique, size, classes, options, collations, predicate, keys, included, touches = values
    # the vectors of pg_index hold included columns too, after the keys
    parts = zip(keys.split("\x01"), classes.split(), options.split(), collations.split(), strict=False)
    return Built(
        name, table, method, valid == "true", unique == "true", int(size), tuple(parts), tuple(included.split("\x01")) if included else (),
        predicate, tuple(touches.split(",")) if touches else (),
    )  # fmt: skip
