"""Indexes as frozen values, existing and proposed alike.

``IndexDef`` is one type for both, so that they can be compared. It has no name: two indexes are the same when they would store the same
entries in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from indexadvisor.catalog.statistics import ColumnStatistics
from indexadvisor.catalog.table_name import TableName


@dataclass(frozen=True)
class IndexKey:
    """One key of an index: a column or an expression (never both), with its order.

    ``expression`` is SQL text over unqualified column names, without outer parentheses. ``operator_class`` is None for the
    type's default class; it and ``collation`` (None for the column's own) are spelled as DDL spells them: ``text_pattern_ops``,
    ``extensions.gin_trgm_ops`` when its schema is not on the search path, ``"C"``. ``class_options`` are the parameters of the
    class (``siglen = 32``). ``nulls_first`` follows ``descending`` unless it was said otherwise, as in PostgreSQL; methods without
    an order (all but btree) keep the default.
    """

    column: str | None = None
    expression: str | None = None
    descending: bool = False
    nulls_first: bool | None = None
    operator_class: str | None = None
    collation: str | None = None
    class_options: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if (self.column is None) == (self.expression is None):
            raise ValueError("an index key is either a column or an expression")
        if self.nulls_first is None:
            object.__setattr__(self, "nulls_first", self.descending)

    @property
    def text(self) -> str:
        """The column name or the expression, for messages."""
        return self.column if self.column is not None else f"({self.expression})"


@dataclass(frozen=True)
class IndexDef:
    """What an index stores and in which order; ``include`` are the payload columns, ``predicate`` the partial condition.

    ``str()`` reads like DDL without a name: ``orders btree (customer_id, placed_at DESC) INCLUDE (total) WHERE ...``.
    """

    table: TableName
    keys: tuple[IndexKey, ...]
    method: str = "btree"
    include: tuple[str, ...] = ()
    predicate: str | None = None
    unique: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Plain key columns, in order; expressions are left out."""
        return tuple(key.column for key in self.keys if key.column is not None)

    def __str__(self) -> str:
        parts = []
        for key in self.keys:
            text = key.text
            if key.collation:
                text += f" COLLATE {key.collation}"
            if key.operator_class:
                text += f" {key.operator_class}"
            if key.class_options:
                text += " (" + ", ".join(f"{name}={value}" for name, value in key.class_options) + ")"
            if key.descending:
                text += " DESC"
            if key.nulls_first != key.descending:
                text += " NULLS FIRST" if key.nulls_first else " NULLS LAST"
            parts.append(text)
        out = f"{self.table} {self.method} ({', '.join(parts)})"
        if self.include:
            out += f" INCLUDE ({', '.join(self.include)})"
        if self.predicate:
            out += f" WHERE {self.predicate}"
        return out


@dataclass(frozen=True)
class Index:
    """An index that exists. ``constraint`` is 'p', 'u', 'x' or None (pg_constraint.contype of the constraint it backs).

    ``options`` are its storage parameters (``fillfactor=70``). ``parent`` names the partitioned index, in the schema of the parent
    table, that it is attached to. ``foreign_key_target``: a foreign key of another table rests on it. ``key_statistics`` has one entry
    per key, None for plain columns and for expressions never analyzed. An invalid index is not used by the planner. ``last_scan`` is when
    it was last scanned, known from PostgreSQL 16 on.
    """

    name: str
    definition: IndexDef
    ddl: str
    size_bytes: int | None = None
    rows: float | None = None
    valid: bool = True
    ready: bool = True
    constraint: str | None = None
    replica_identity: bool = False
    clustered: bool = False
    nulls_not_distinct: bool = False
    scans: int | None = None
    options: tuple[str, ...] = ()
    parent: str | None = None
    foreign_key_target: bool = False
    key_statistics: tuple[ColumnStatistics | None, ...] = ()
    last_scan: datetime | None = None

    @property
    def schema(self) -> str:
        """An index lives in the schema of its table."""
        return self.definition.table.schema
