"""Tables as frozen values: their columns, their figures, and what was done with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from indexadvisor.catalog.statistics import ColumnStatistics
from indexadvisor.catalog.table_name import TableName

_BLOCK_BYTES = 8192


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

    @property
    def empty(self) -> bool:
        """Whether it has no block of rows for all that is known: its pages are 0 also before the first ANALYZE, then its size tells."""
        # the index of an empty TOAST table has one block
        return self.pages == 0 and self.size_bytes is not None and self.size_bytes <= _BLOCK_BYTES

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column | None:
        """Return a column by its exact name, or None."""
        return self.by_name.get(name)
