"""What a snapshot holds, in plain words: the README inside it, and what ``indexadvisor snapshot --show`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from indexadvisor.catalog.model import Table

if TYPE_CHECKING:
    from indexadvisor.catalog.snapshot import Snapshot

_WITH = """\
It holds sampled values: most common values and histogram bounds of every analyzed column this role may read, as in pg_stats.
Treat it as an extract of the data: it is readable by its owner alone."""
_WITHOUT = """\
Sampled values were left out (--no-values), except those of numbers, dates, times, booleans, enums and ranges of these.
Names, definitions and the constants in them (defaults, checks, predicates, views, functions) are in it all the same."""


def note(snapshot: Snapshot) -> str:
    """Return the note: server, time, contents, tables with rows and sizes, what was left out; one fact per line."""
    catalog = snapshot.catalog
    server = catalog.server
    counts = f"{len(catalog.tables):,} tables, {len(catalog.indexes):,} indexes, {len(catalog.views):,} views"
    lines = [
        f"Snapshot of database {_shown(server.database)} on PostgreSQL {_shown(server.version)}",
        f"taken at {snapshot.taken_at.isoformat(timespec='seconds')}",
        f"{counts}; schema {_size(len(snapshot.schema_sql))}, statistics {_size(len(snapshot.statistics_sql))}; no rows",
        "",
        *(_WITH if snapshot.with_values else _WITHOUT).splitlines(),
        "Its SQL is meant for the private server that indexadvisor starts; take snapshots only from people you trust.",
        "",
        *_tables(catalog.tables),
    ]
    skipped = sorted({*catalog.skipped, *snapshot.skipped})
    if skipped:
        lines += ["", "Left out:", *(f"  {_shown(each.subject)}: {_shown(each.reason)}" for each in skipped)]
    return "\n".join(lines) + "\n"


def _tables(tables: tuple[Table, ...]) -> Iterator[str]:
    """Yield one line per table, the largest first."""
    rows = [("table", "rows", "size"), *((_shown(str(table.name)), _rows(table), _size(table.size_bytes)) for table in sorted(
        tables, key=lambda each: (-(each.size_bytes or 0), each.name)))]  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, count, size in rows:
        yield f"{name:<{widths[0]}}  {count:>{widths[1]}}  {size:>{widths[2]}}"


def _rows(table: Table) -> str:
    return "unknown" if table.rows is None else f"{table.rows:,.0f}"


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return "unknown"
    size, units = float(size_bytes), iter(("B", "kB", "MB", "GB"))
    for unit in units:
        if size < 1024:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1024
    return f"{size:,.1f} TB"


def _shown(text: str) -> str:
    """Return a name on one line, with nothing in it that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)
