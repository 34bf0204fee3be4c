"""Which relations go into a snapshot: those asked for, less those that are locked; and which of them pg_dump cannot describe.

Source for the rights: pg_dump takes ACCESS SHARE locks on the tables it describes (src/bin/pg_dump/pg_dump.c, getTables), which needs
SELECT on each and USAGE on its schema; one refusal would end the whole dump, so such tables are described from the catalogs instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from indexadvisor.catalog.model import Catalog, TableName
from indexadvisor.db import queries
from indexadvisor.db.connection import Session
from indexadvisor.errors import SnapshotError
from indexadvisor.findings import Skipped

_RELATIONS = """
SELECT c.oid, n.nspname, c.relname, c.relkind,
       pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
       ARRAY(SELECT i.inhparent FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid ORDER BY i.inhparent), c.relispartition
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname
"""
_READ_BY_VIEWS = """
SELECT DISTINCT r.ev_class, d.refobjid
FROM pg_catalog.pg_rewrite AS r
JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class
"""
_LOCKED_KINDS = ("r", "p")
"""The kinds that pg_dump locks (pg_class.relkind); the others it describes without a right."""

_NO_STATISTICS = (
    "role {} may not SELECT it: its definition, rows and pages are known, its column statistics are not;"
    " GRANT SELECT on it and USAGE on its schema, or pg_read_all_data, to the role"
)
_LOCKED = "another session holds or awaits an ACCESS EXCLUSIVE lock on it; run again when that has ended"


@dataclass(frozen=True)
class Wanted:
    """What a person asked for: schema names or patterns; shell patterns over ``table`` or ``schema.table``; none means all."""

    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def includes(self, name: TableName) -> bool:
        """Return whether a table was asked for.

        >>> Wanted(schemas=("sales",)).includes(TableName("sales", "orders"))
        True
        >>> Wanted(tables=("orders*",)).includes(TableName("sales", "customers"))
        False
        """
        in_schema = not self.schemas or any(fnmatchcase(name.schema, pattern) for pattern in self.schemas)
        return in_schema and (not self.tables or _matches(name, self.tables))

    def leaves_out(self, name: TableName) -> bool:
        """Return whether a table, or a table it is a part of, was named in ``exclude``."""
        return _matches(name, self.exclude)


@dataclass(frozen=True)
class Selection:
    """The relations left out of a snapshot, the tables in it that this role may not SELECT (oids by name), and what is missing for which
    reason, other than as asked.
    """

    left_out: frozenset[TableName]
    unreadable: Mapping[TableName, int]
    skipped: tuple[Skipped, ...]

    def applied(self, catalog: Catalog) -> Catalog:
        """Return the catalog without what was left out; foreign keys stay where both their tables do."""
        gone = self.left_out
        said = {each.subject for each in self.skipped} | {str(name) for name in gone} | {f"view {name}" for name in gone}
        said |= {f"extended statistics {each.full_name}" for each in catalog.statistics if each.table in gone}
        return replace(
            catalog,
            tables=tuple(table for table in catalog.tables if table.name not in gone),
            indexes=tuple(index for index in catalog.indexes if index.definition.table not in gone),
            foreign_keys=tuple(key for key in catalog.foreign_keys if key.table not in gone and key.referenced_table not in gone),
            policies=tuple(policy for policy in catalog.policies if policy.table not in gone),
            views=tuple(view for view in catalog.views if view.name not in gone),
            statistics=tuple(each for each in catalog.statistics if each.table not in gone),
            skipped=tuple(each for each in catalog.skipped if each.subject not in said),
        )


@dataclass(frozen=True)
class _Relation:
    """One row of ``_RELATIONS``."""

    oid: int
    name: TableName
    kind: str
    readable: bool
    parents: tuple[int, ...]
    is_partition: bool


def select(session: Session, wanted: Wanted) -> Selection:
    """Return what must be left out of a snapshot of the session's database.

    A tree of partitions or inheritance is kept or left out as a whole: a part of it would be planned like something else. Views go
    with what they read. Raises SnapshotError when nothing is left.
    """
    locked = {row[0] for row in session.rows(queries.get("exclusively_locked", session.version_num))}
    rows = [_Relation(oid, TableName(schema, name), kind, readable, tuple(parents), is_partition)
            for oid, schema, name, kind, readable, parents, is_partition in session.rows(_RELATIONS)]  # fmt: skip
    tables = [row for row in rows if row.kind != "v"]
    reasons: dict[int, str | None] = {}
    for tree in _trees(tables):
        reasons |= _tree_reasons(tree, wanted, locked)
    for view in rows:
        if view.kind == "v" and (wanted.leaves_out(view.name) or not Wanted(wanted.schemas).includes(view.name)):
            reasons[view.oid] = None
        elif view.kind == "v" and view.oid in locked:
            reasons[view.oid] = _LOCKED
    _spread(reasons, rows, _read_by_views(session))
    if tables and all(table.oid in reasons for table in tables):
        raise _nothing_left(tables, reasons)
    unreadable = _unreadable(tables, reasons)
    by_oid = {row.oid: row for row in rows}
    skipped = [Skipped("catalog", _subject(by_oid[oid]), reason) for oid, reason in reasons.items() if reason is not None]
    skipped += [Skipped("catalog", str(name), _NO_STATISTICS.format(session.user)) for name in unreadable]
    return Selection(frozenset(by_oid[oid].name for oid in reasons), unreadable, tuple(sorted(skipped)))


def _unreadable(tables: list[_Relation], left_out: Collection[int]) -> dict[TableName, int]:
    """Return the tables that pg_dump may not lock; with a table also those that inherit from it, which pg_dump writes as its parts."""
    found = {table.oid for table in tables if not table.readable and table.kind in _LOCKED_KINDS and table.oid not in left_out}
    before = 0
    while len(found) > before:
        before = len(found)
        found |= {table.oid for table in tables if table.kind in _LOCKED_KINDS and not table.is_partition and found & set(table.parents)}
    return {table.name: table.oid for table in tables if table.oid in found}


def _subject(row: _Relation) -> str:
    return f"view {row.name}" if row.kind == "v" else str(row.name)


def _nothing_left(tables: list[_Relation], reasons: Mapping[int, str | None]) -> SnapshotError:
    words = next((reason for table in tables if (reason := reasons[table.oid]) is not None), None)
    if words is None:
        hint = "patterns are shell patterns: 'sales.*', 'orders_20*'"
        return SnapshotError("no table matches --schemas, --tables and --exclude", hint=hint)
    return SnapshotError(f"there is no table that can be taken; of the first: {words}")


def _matches(name: TableName, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns for text in (name.name, f"{name.schema}.{name.name}"))


def _trees(tables: list[_Relation]) -> list[list[_Relation]]:
    """Return the tables grouped into connected trees of partitions and inheritance."""
    known = {table.oid for table in tables}
    root = {table.oid: table.oid for table in tables}

    def find(oid: int) -> int:
        while root[oid] != oid:
            root[oid] = root[root[oid]]
            oid = root[oid]
        return oid

    for table in tables:
        for parent in table.parents:
            if parent in known:
                root[find(table.oid)] = find(parent)
    trees: dict[int, list[_Relation]] = {}
    for table in tables:
        trees.setdefault(find(table.oid), []).append(table)
    return list(trees.values())


def _tree_reasons(tree: list[_Relation], wanted: Wanted, locked: set[int]) -> dict[int, str | None]:
    """Return the members of a tree if it is left out, each with its reason, None where it was asked for."""
    tops = [table for table in tree if not table.parents]
    if not any(wanted.includes(table.name) for table in tree) or any(wanted.leaves_out(table.name) for table in tops):
        return {table.oid: None for table in tree}
    own: dict[int, str | None] = {}
    for table in tree:
        if table.oid in locked:
            own[table.oid] = _LOCKED
    if not own:
        return {}
    first = next(table for table in tree if table.oid in own)
    rest = f"it belongs to one tree of tables with {first.name}, which is left out"
    return {table.oid: own.get(table.oid, rest) for table in tree}


def _read_by_views(session: Session) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for view, relation in session.rows(_READ_BY_VIEWS):
        found.setdefault(relation, set()).add(view)
    return found


def _spread(reasons: dict[int, str | None], rows: list[_Relation], read_by: Mapping[int, set[int]]) -> None:
    """Leave out the views and materialized views over what is left out, and those over these."""
    by_oid = {row.oid: row for row in rows}
    waiting = list(reasons)
    while waiting:
        oid = waiting.pop()
        for view in sorted(read_by.get(oid, ())):
            if view in by_oid and view not in reasons:
                because = None if reasons[oid] is None else f"it reads {by_oid[oid].name}, which is left out"
                reasons[view] = because
                waiting.append(view)
