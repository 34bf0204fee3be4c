"""A database as frozen values: keys, policies, views, settings; and all of it together, the ``Catalog``.

Names, tables, statistics and indexes are in files of their own, and can be imported from here, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from indexadvisor.catalog.index import Index, IndexDef, IndexKey
from indexadvisor.catalog.statistics import ColumnStatistics, StatisticsObject
from indexadvisor.catalog.table import Activity, Column, Table
from indexadvisor.catalog.table_name import TableName
from indexadvisor.findings import Skipped

__all__ = [
    "Activity", "Catalog", "Column", "ColumnStatistics", "ForeignKey", "Index", "IndexDef", "IndexKey", "OperatorClass", "Policy", "Role",
    "ServerInfo", "StatisticsObject", "Table", "TableName", "View",
]  # fmt: skip


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key: ``columns`` of ``table`` refer to ``referenced_columns`` of ``referenced_table``."""

    name: str
    table: TableName
    columns: tuple[str, ...]
    referenced_table: TableName
    referenced_columns: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """A row-security policy (pg_policy); ``command`` is one of ALL, SELECT, INSERT, UPDATE, DELETE."""

    name: str
    table: TableName
    command: str
    permissive: bool
    roles: tuple[str, ...]
    using: str | None
    check: str | None


@dataclass(frozen=True)
class Role:
    """What decides which policies a role meets: ``exempt`` from all of them (superuser, BYPASSRLS), or the rights of table owners and
    of roles that policies name. Known only where a table has row security.
    """

    name: str
    exempt: bool
    has_rights_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """A view with the SELECT that pg_get_viewdef() prints."""

    name: TableName
    definition: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class OperatorClass:
    """One row of pg_opclass: which type an access method can index, and whether the class is that type's default.

    ``type_name`` is pg_type.typname (``text``, ``jsonb``, ``anyarray``), comparable with ``Column.base_type``. ``sql_name`` is how DDL must
    spell it: qualified when its schema is not on the search path.
    """

    method: str
    name: str
    type_name: str
    default: bool
    schema: str = "pg_catalog"
    sql_name: str = ""

    def __post_init__(self) -> None:
        if not self.sql_name:
            object.__setattr__(self, "sql_name", self.name)


@dataclass(frozen=True)
class ServerInfo:
    """The server a catalog was read from; ``version_num`` as in ``SHOW server_version_num`` (150020).

    ``collation`` is the database's default (``C``, ``en_US.UTF-8``); ``bytewise`` whether it sorts by bytes, so that a plain btree on a
    text column serves ``LIKE 'prefix%'``; otherwise ``text_pattern_ops`` is needed. ``oldest_counters``: no activity counter is older than
    this, whether or not the database's own were ever reset (pg_stat_bgwriter, pg_stat_archiver: they are reset by hand or when the server
    starts anew); None where unknown.
    """

    version_num: int
    version: str
    database: str
    block_size_bytes: int = 8192
    collation: str | None = None
    bytewise: bool = False
    oldest_counters: datetime | None = None

    @property
    def major(self) -> int:
        """The major version, 15 for 15.20."""
        return self.version_num // 10000


@dataclass(frozen=True)
class Catalog:
    """Everything the advisor knows about one database, read in one snapshot."""

    server: ServerInfo
    tables: tuple[Table, ...] = ()
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    policies: tuple[Policy, ...] = ()
    roles: tuple[Role, ...] = ()
    views: tuple[View, ...] = ()
    operator_classes: tuple[OperatorClass, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, str] = field(default_factory=dict)
    search_path: tuple[str, ...] = ("public",)
    read_at: datetime | None = None
    skipped: tuple[Skipped, ...] = ()
    statistics: tuple[StatisticsObject, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[TableName, Table]:
        """Tables by name."""
        return {table.name: table for table in self.tables}

    @cached_property
    def _indexes_by_table(self) -> Mapping[TableName, tuple[Index, ...]]:
        found: dict[TableName, list[Index]] = {}
        for index in self.indexes:
            found.setdefault(index.definition.table, []).append(index)
        return {name: tuple(indexes) for name, indexes in found.items()}

    @cached_property
    def _statistics_by_table(self) -> Mapping[TableName, tuple[StatisticsObject, ...]]:
        found: dict[TableName, list[StatisticsObject]] = {}
        for each in sorted(self.statistics, key=lambda each: each.full_name):
            found.setdefault(each.table, []).append(each)
        return {name: tuple(objects) for name, objects in found.items()}

    def table(self, name: TableName) -> Table | None:
        """Return a table by its exact name, or None."""
        return self.by_name.get(name)

    def resolve(self, name: str, schema: str | None = None) -> TableName | None:
        """Return the table or view that an unquoted-or-unfolded name means along the search path, or None."""
        names = {view.name for view in self.views}
        for candidate in (schema,) if schema is not None else self.search_path:
            full = TableName(candidate, name)
            if full in self.by_name or full in names:
                return full
        return None

    def root(self, name: TableName) -> TableName:
        """Return the topmost partitioned table above a partition, or the table itself."""
        table = self.table(name)
        while table is not None and table.partition_of is not None:
            name = table.partition_of
            table = self.table(name)
        return name

    def indexes_of(self, name: TableName) -> tuple[Index, ...]:
        """Return the existing indexes of a table."""
        return self._indexes_by_table.get(name, ())

    def statistics_of(self, name: TableName) -> tuple[StatisticsObject, ...]:
        """Return the extended statistics of a table, by name; those of a partition are its own, not those of the whole."""
        return self._statistics_by_table.get(name, ())

    def partitions_of(self, name: TableName) -> tuple[Table, ...]:
        """Return the direct partitions of a table, by name."""
        return self._partitions.get(name, ())

    def leaves(self, name: TableName) -> tuple[TableName, ...]:
        """Return the partitions that can hold an index below a partitioned table, at any depth; the table itself when it is not one."""
        return self._leaves.get(name, (name,))

    def unlike_leaves(self, name: TableName) -> tuple[TableName, ...]:
        """Return the leaves that the planner estimates by statistics on different things: of those alike in that only the first.

        Empty ones, of which ANALYZE keeps nothing, are left out where others hold rows.
        """
        return self._unlike_leaves.get(name, (name,))

    @cached_property
    def _leaves(self) -> Mapping[TableName, tuple[TableName, ...]]:
        found: dict[TableName, tuple[TableName, ...]] = {}

        def below(table: Table) -> tuple[TableName, ...]:
            if table.kind != "p":
                return () if table.kind == "f" else (table.name,)
            if table.name not in found:
                found[table.name] = tuple(leaf for part in self.partitions_of(table.name) for leaf in below(part))
            return found[table.name]

        return {table.name: below(table) for table in self.tables if table.kind == "p"}

    @cached_property
    def _unlike_leaves(self) -> Mapping[TableName, tuple[TableName, ...]]:
        found = {}
        for name, leaves in self._leaves.items():
            first: dict[frozenset[object], TableName] = {}
            for leaf in [each for each in leaves if not self.by_name[each].empty] or leaves:
                first.setdefault(self._known_of(self.by_name[leaf]), leaf)
            found[name] = tuple(first.values())
        return found

    def _known_of(self, table: Table) -> frozenset[object]:
        """Return what there are statistics on: columns, expressions of indexes, extended statistics; not what these say."""
        columns = (column.name for column in table.columns if column.statistics is not None)
        objects = ((each.columns, each.expressions, each.kinds, each.analyzed) for each in self.statistics_of(table.name))
        own = ((index.definition, index.valid, tuple(map(bool, index.key_statistics))) for index in self.indexes_of(table.name))
        indexes = ((definition.keys, definition.predicate, *state) for definition, *state in own)
        return frozenset((*columns, *objects, *indexes))

    @cached_property
    def _partitions(self) -> Mapping[TableName, tuple[Table, ...]]:
        found: dict[TableName, list[Table]] = {}
        for table in self.tables:
            if table.partition_of is not None:
                found.setdefault(table.partition_of, []).append(table)
        return {name: tuple(sorted(tables, key=lambda table: table.name)) for name, tables in found.items()}
