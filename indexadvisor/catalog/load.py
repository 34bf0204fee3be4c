"""Reads the catalog of one database in one snapshot: a handful of round trips, nothing that needs a right or waits for a lock.

What a role may not see is None and named in ``Catalog.skipped``: pg_stats hides columns that it cannot read (PostgreSQL documentation,
section "pg_stats"), and tables whose row security applies to it. A table under an ACCESS EXCLUSIVE lock is left out, since even
printing its indexes would wait for that lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from indexadvisor.catalog.load_extended import read_statistics
from indexadvisor.catalog.load_indexes import read_indexes
from indexadvisor.catalog.load_tables import Seen, read_columns, read_relation, whole_trees
from indexadvisor.catalog.model import Catalog, ColumnStatistics, ForeignKey, OperatorClass, Policy, Role, ServerInfo, TableName, View
from indexadvisor.db import queries
from indexadvisor.db.connection import Rows, Session
from indexadvisor.findings import Skipped

_LOCKED_PARAMETERS = {"relations": 1, "indexes": 2, "policies": 1, "views": 2, "extended_statistics": 1}
"""How many times each statement takes the list of locked relations."""

_STATEMENTS = (
    "server", "planner_settings", "extensions", "relations", "columns", "statistics", "indexes", "nulls_not_distinct", "foreign_keys",
    "policies", "roles", "views", "operator_classes", "extended_statistics",
)  # fmt: skip


def load(session: Session) -> Catalog:
    """Return everything the advisor knows about the session's database; raises StatementFailed when the server refuses."""
    with session.snapshot():
        locked = session.rows(queries.get("exclusively_locked", session.version_num))
        found = _ask(session, [row[0] for row in locked])
    version, block_size, collation, bytewise, reset_at, oldest, now, path = found["server"][0]
    statistics = _statistics(found["statistics"])
    columns = read_columns(found["columns"])
    seen = [read_relation(row, columns, statistics, reset_at, session.version_num) for row in found["relations"]]
    names = {each.oid: each.table.name for each in seen}
    by_oid = {each.oid: each.table for each in seen}
    unique_nulls = {row[0] for row in found["nulls_not_distinct"]}
    indexes, unread = read_indexes(found["indexes"], by_oid, unique_nulls, statistics)
    together, unknown = read_statistics(found["extended_statistics"], by_oid, session.user)
    return Catalog(
        server=ServerInfo(session.version_num, version, session.database, block_size, collation, bool(bytewise), oldest),
        tables=whole_trees(seen, indexes),
        indexes=indexes,
        foreign_keys=tuple(_foreign_keys(found["foreign_keys"], names)),
        policies=tuple(_policies(found["policies"], names)),
        roles=tuple(Role(name, exempt, tuple(above)) for name, exempt, above in found["roles"]),
        views=tuple(
            View(TableName(schema, name), text.strip().removesuffix(";"), tuple(column.name for column, _ in columns.get(oid, ())))
            for oid, schema, name, text in found["views"] if text is not None
        ),
        operator_classes=tuple(_operator_class(*row) for row in found["operator_classes"]),
        settings=dict(found["planner_settings"]),
        extensions=dict(found["extensions"]),
        search_path=tuple(name for name in path if name != "pg_catalog"),
        read_at=now,
        skipped=tuple(sorted({*_locked(locked, found["views"]), *unread, *_hidden(seen, session.user), *unknown})),
        statistics=together,
    )  # fmt: skip


def _ask(session: Session, locked: list[int]) -> dict[str, Rows]:
    version = session.version_num
    asked = [(queries.get(name, version), [locked] * _LOCKED_PARAMETERS.get(name, 0)) for name in _STATEMENTS]
    return dict(zip(_STATEMENTS, session.batch(*asked), strict=True))


def _statistics(rows: Rows) -> dict[tuple[str, str], dict[str, list[tuple[bool, ColumnStatistics]]]]:
    """Return statistics by table or index and column, each with whether it covers inheritance children, own ones first."""
    found: dict[tuple[str, str], dict[str, list[tuple[bool, ColumnStatistics]]]] = {}
    for schema, relation, column, inherited, nulls, width, distinct, correlation, common, frequencies, bounds, *elements in rows:
        value = ColumnStatistics(
            nulls, width, distinct, correlation, tuple(common or ()), tuple(frequencies or ()), tuple(bounds or ()), *_elements(*elements)
        )
        found.setdefault((schema, relation), {}).setdefault(column, []).append((inherited, value))
    return found


def _elements(
    values: list[str] | None, frequencies: list[float] | None, counts: list[float] | None
) -> tuple[tuple[str, ...], tuple[float, ...], float | None]:
    """Return the common elements, their frequencies and the mean count; pg_stats appends two or three numbers of another meaning."""
    known = tuple(values or ())
    return known, tuple(frequencies or ())[: len(known)], counts[-1] if counts else None


def _foreign_keys(rows: Rows, names: Mapping[int, TableName]) -> Iterator[ForeignKey]:
    for name, table, columns, referenced, referenced_columns in rows:
        if table in names and referenced in names:
            yield ForeignKey(name, names[table], tuple(columns), names[referenced], tuple(referenced_columns))


def _policies(rows: Rows, names: Mapping[int, TableName]) -> Iterator[Policy]:
    for name, table, command, permissive, roles, using, check in rows:
        if table in names:
            yield Policy(name, names[table], command, permissive, tuple(roles), using, check)


def _operator_class(method: str, name: str, type_name: str, default: bool, schema: str, spelled: str) -> OperatorClass:
    return OperatorClass(method, name, type_name, default, schema, spelled)


def _locked(locked: Rows, views: Rows) -> Iterator[Skipped]:
    reason = "another session holds or awaits an ACCESS EXCLUSIVE lock on it; run again when that has ended"
    for _, schema, name, kind in locked:
        if kind in ("r", "p", "m", "f") and not schema.startswith("pg_"):
            yield Skipped("catalog", str(TableName(schema, name)), reason)
    for _, schema, name, text in views:
        if text is None:
            yield Skipped("catalog", f"view {TableName(schema, name)}", "it or a table under it is locked by another session")


def _hidden(seen: list[Seen], user: str) -> Iterator[Skipped]:
    """Name the tables with rows whose statistics this role cannot see, and why."""
    for each in seen:
        columns = each.table.columns
        missing = sum(column.statistics is None for column in columns)
        if not missing or each.table.kind == "p" or not each.table.rows:
            continue
        whole = missing == len(columns)
        what = "its statistics are hidden" if whole else f"the statistics of {missing} of its {len(columns)} columns are hidden"
        if each.rows_hidden and whole:
            yield Skipped("catalog", str(each.table.name), f"{what} from role {user}, to which its row security applies")
        elif not each.readable:
            yield Skipped("catalog", str(each.table.name), f"{what} from role {user}, which may not SELECT them")
