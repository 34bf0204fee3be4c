"""A database as frozen values: tables, columns, keys, policies, views, settings; and all of it together, the ``Catalog``.

Names, statistics and indexes are in files of their own, and can be imported from here, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from indexadvisor.catalog.index import Index, IndexDef, IndexKey
from indexadvisor.catalog.statistics import ColumnStatistics, StatisticsObject
from indexadvisor.catalog.table_name import TableName
from indexadvisor.findings import Skipped

__all__ = [
    "Activity", "Catalog", "Column", "ColumnStatistics", "ForeignKey", "Index", "IndexDef", "IndexKey", "OperatorClass", "Policy", "Role",
    "ServerInfo", "StatisticsObject", "Table", "TableName", "View",
]  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column. ``type_name`` is format_type() without schema where it is on the path (``character varying(40)``);
    ``base_type`` the plain name in pg_type behind domains (``varchar``, ``_text`` for ``text[]``); ``category`` is
    pg_type.typcategory (``A`` array, ``N`` number, ``S`` string, ``D`` date/time, ``R`` range, ...). ``collation`` is None for
    the type's own, else the name as DDL spells it (``"C"``, ``shop.german``). ``statistics`` is None where never analyzed or hidden.
    """

    name: str
    number: int
    type_name: str
    base_type: str
    category: str
    not_null: bool = False
    generated: bool = False
    collation: str | None = None
    statistics: ColumnStatistics | None = None


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
class Activity:
    """Counters of pg_stat_user_tables since ``since`` (pg_stat_database.stats_reset, None when never reset or unknown)."""

    inserted: int
    updated: int
    deleted: int
    hot_updated: int
    sequential_scans: int
    index_scans: int
    live_rows: int
    modified_since_analyze: int
    last_analyzed: datetime | None
    since: datetime | None


@dataclass(frozen=True)
class Table:
    """A table, partitioned table, materialized view or foreign table.

    ``kind`` is pg_class.relkind ('r', 'p', 'm', 'f'). ``rows`` is pg_class.reltuples (None where never analyzed: -1).
    ``pages`` and ``all_visible_pages`` count blocks of 8 kB. ``size_bytes`` includes TOAST, not the indexes. ``partition_of`` is the
    direct parent of a partition, ``inherits`` the parents by plain inheritance. A partitioned table stores nothing itself: its pages,
    size and activity are the sums over its partitions, its rows too unless it was analyzed as a whole. ``owner`` is a role's name.
    """

    name: TableName
    kind: str
    columns: tuple[Column, ...]
    rows: float | None = None
    pages: int = 0
    all_visible_pages: int = 0
    size_bytes: int | None = None
    fillfactor: int = 100
    partition_of: TableName | None = None
    partition_key: str | None = None
    row_security: bool = False
    force_row_security: bool = False
    activity: Activity | None = None
    inherits: tuple[TableName, ...] = ()
    owner: str | None = None

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column | None:
        """Return a column by its exact name, or None."""
        return self.by_name.get(name)


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
    text column serves ``LIKE 'prefix%'``; otherwise ``text_pattern_ops`` is needed.
    """

    version_num: int
    version: str
    database: str
    block_size_bytes: int = 8192
    collation: str | None = None
    bytewise: bool = False

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
        found = self.table(name)
        if found is None or found.kind != "p":
            return (name,)
        return tuple(leaf for part in self.partitions_of(name) if part.kind != "f" for leaf in self.leaves(part.name))

    @cached_property
    def _partitions(self) -> Mapping[TableName, tuple[Table, ...]]:
        found: dict[TableName, list[Table]] = {}
        for table in self.tables:
            if table.partition_of is not None:
                found.setdefault(table.partition_of, []).append(table)
        return {name: tuple(sorted(tables, key=lambda table: table.name)) for name, tables in found.items()}
