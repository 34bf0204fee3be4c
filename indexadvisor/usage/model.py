"""How each query uses each column, as values; ``graph.py`` lays them out as one networkx graph.

The unit is the ``RelationUse``: one occurrence of one table in one query (a self-join has two). An index serves an
occurrence, so everything a candidate generator needs about it stands together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from indexadvisor.catalog.model import TableName
from indexadvisor.findings import Skipped


class UseKind(StrEnum):
    """The ways a query can use a column, told apart because different indexes serve them."""

    EQUALITY = "equality"
    IN_LIST = "in-list"
    RANGE = "range"
    INEQUALITY = "inequality"
    LIKE_PREFIX = "like-prefix"
    LIKE_INFIX = "like-infix"
    REGEX = "regex"
    NULL_TEST = "null-test"
    BOOLEAN = "boolean"
    JOIN = "join"
    ORDER = "order"
    GROUP = "group"
    DISTINCT = "distinct"
    MIN_MAX = "min-max"
    OUTPUT = "output"
    ARRAY = "array"
    JSONB_CONTAINMENT = "jsonb-containment"
    JSONB_EXISTENCE = "jsonb-existence"
    JSONB_PATH = "jsonb-path"
    FULL_TEXT = "full-text"
    SIMILARITY = "similarity"
    RANGE_OPERATOR = "range-operator"
    GEOMETRIC = "geometric"
    DISTANCE = "distance"
    WRITTEN = "written"
    OTHER = "other"


@dataclass(frozen=True)
class ColumnRef:
    """The other side of a join: which occurrence, table and column."""

    alias: str
    table: TableName
    column: str


@dataclass(frozen=True)
class ColumnUse:
    """One use of one column (or of one expression over columns) by one occurrence of its table.

    ``columns``: the columns it reads, the main one first. ``expression``: SQL over unqualified columns when the use is not of
    the bare column (``lower(email)``, ``metadata ->> 'kind'``). ``operator``: PostgreSQL's spelling (``=``, ``@>``, ``~~``,
    ``<->``, ``is null``). ``predicate``: the whole condition as SQL over unqualified columns, present only when it is the
    same in every captured call, so that a partial index may rest on it (``deleted_at IS NULL``, ``status = 'open'``, in the
    planner's canonical form: ``NOT is_read`` rather than ``is_read = false``). ``branch``: () for a condition ANDed at the top;
    (or_number, arm) for one inside an OR, so that only conditions with the same branch may share an index.
    ``position`` counts from 0 within ORDER BY, GROUP BY or DISTINCT. ``origin``: ``query``, ``policy NAME`` or
    ``foreign key NAME``. ``from_parameter`` marks a ``predicate`` or ``expression`` that holds a parameter's one captured value.
    ``row_comparison``: uses with the same number are one row-wise comparison, ``(created_at, id) < ($1, $2)``; ``position`` is then
    the place in the row, and only an index with these columns in this order serves it whole.
    """

    kind: UseKind
    columns: tuple[str, ...]
    expression: str | None = None
    operator: str = ""
    partner: ColumnRef | None = None
    descending: bool = False
    nulls_first: bool = False
    position: int = 0
    predicate: str | None = None
    from_parameter: bool = False
    branch: tuple[int, ...] = ()
    origin: str = "query"
    row_comparison: int | None = None

    @property
    def column(self) -> str:
        """The main column."""
        return self.columns[0]


@dataclass(frozen=True)
class RelationUse:
    """One occurrence of one table in one query.

    ``ordered_alone``: the query level's ORDER BY is made of this occurrence's columns only, so an index could supply the
    order. ``limited``: the level has a LIMIT. ``outputs_all``: it needs every column (``SELECT *``), so no index can cover it.
    ``target``: the occurrence is the table an INSERT, UPDATE, DELETE or MERGE changes; ``deletes``: by removing rows. WRITTEN uses carry
    ``insert`` or ``update`` as their operator. ``level`` numbers the SELECTs of the query.
    """

    query_id: str
    table: TableName
    alias: str
    uses: tuple[ColumnUse, ...]
    level: int = 0
    ordered_alone: bool = False
    limited: bool = False
    outputs_all: bool = False
    target: bool = False
    deletes: bool = False

    def of(self, *kinds: UseKind) -> tuple[ColumnUse, ...]:
        """Return the uses of the given kinds, in order."""
        return tuple(use for use in self.uses if use.kind in kinds)


@dataclass(frozen=True)
class UsageGraph:
    """All occurrences of all queries, and what could not be resolved. ``calls`` maps query ids to their calls."""

    relations: tuple[RelationUse, ...]
    calls: Mapping[str, int] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()

    @cached_property
    def _by_query(self) -> Mapping[str, tuple[RelationUse, ...]]:
        found: dict[str, list[RelationUse]] = {}
        for relation in self.relations:
            found.setdefault(relation.query_id, []).append(relation)
        return {query_id: tuple(relations) for query_id, relations in found.items()}

    @cached_property
    def _by_table(self) -> Mapping[TableName, tuple[RelationUse, ...]]:
        found: dict[TableName, list[RelationUse]] = {}
        for relation in self.relations:
            found.setdefault(relation.table, []).append(relation)
        return {table: tuple(relations) for table, relations in found.items()}

    def of_query(self, query_id: str) -> tuple[RelationUse, ...]:
        """Return the occurrences in one query."""
        return self._by_query.get(query_id, ())

    def of_table(self, table: TableName) -> tuple[RelationUse, ...]:
        """Return the occurrences of one table."""
        return self._by_table.get(table, ())

    def tables_of(self, query_id: str) -> frozenset[TableName]:
        """Return the tables one query touches."""
        return frozenset(relation.table for relation in self.of_query(query_id))
