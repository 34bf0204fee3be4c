"""What a name can stand for inside one SELECT, and the lookup along the nesting of SELECTs.

A binding says what a column reference is made of once views, subqueries and CTEs are looked through: a base column, an
expression of an inner SELECT, several of them (the arms of a UNION), or something no index of ours can reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from indexadvisor.catalog.model import Column, Table, TableName
from indexadvisor.usage.constants import FIXED, Constants
from indexadvisor.usage.model import ColumnUse, RelationUse, UseKind
from indexadvisor.usage.parse import Source

SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})


@dataclass(eq=False)
class Level:
    """One SELECT as the planner sees it: simple subqueries and views are pulled up into the level around them."""

    number: int
    limited: bool = False


@dataclass(eq=False)
class Relation:
    """One occurrence of a table while its uses are collected. ``visible`` maps the names the query sees to columns.

    ``nullable``: on the side of an outer join that may be filled with NULLs.
    """

    table: Table
    name: TableName
    alias: str
    level: Level
    visible: Mapping[str, Column]
    uses: dict[ColumnUse, None] = field(default_factory=dict)
    ordered_alone: bool = False
    outputs_all: bool = False
    target: bool = False
    nullable: bool = False
    deletes: bool = False

    def add(self, use: ColumnUse) -> None:
        """Record a use once."""
        self.uses.setdefault(use)

    def output(self, column: str, origin: str) -> None:
        """Record that the query needs the column's value."""
        self.add(ColumnUse(UseKind.OUTPUT, (column,), origin=origin))

    def frozen(self, query_id: str) -> RelationUse:
        """Return the occurrence as a value."""
        uses = tuple(use for use in self.uses if not (self.outputs_all and use.kind is UseKind.OUTPUT))
        return RelationUse(
            query_id, self.name, self.alias, uses, self.level.number, self.ordered_alone, self.level.limited,
            self.outputs_all, self.target, self.deletes,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Base:
    """A column of a table; ``crossed``: found in an outer SELECT that is not joined with this one, so its value is given."""

    relation: Relation
    column: Column
    crossed: bool = False


@dataclass(frozen=True, eq=False)
class Computed:
    """An expression of an inner SELECT (a view, a subquery, a CTE that is planned in place)."""

    node: exp.Expression
    scope: Scope


@dataclass(frozen=True, eq=False)
class Several:
    """The same output column of every arm of a set operation."""

    bindings: tuple[Binding, ...]


@dataclass(frozen=True, eq=False)
class Hidden:
    """An output that conditions cannot be pushed through (LIMIT, window, materialized CTE); its columns are still read."""

    binding: Binding


@dataclass(frozen=True, eq=False)
class Closed:
    """An output of a subquery that is planned by itself (GROUP BY, UNION): conditions with constants reach it, joins do not."""

    binding: Binding


@dataclass(frozen=True, eq=False)
class Whole:
    """The whole row (``relation`` None: of something that is no table) or a system column of it."""

    relation: Relation | None


@dataclass(frozen=True, eq=False)
class Unknown:
    """A column of a function, VALUES list, system catalog or relation the catalog does not hold."""


Binding = Base | Computed | Several | Hidden | Closed | Whole | Unknown
UNKNOWN = Unknown()


@dataclass(frozen=True, eq=False)
class Derived:
    """A subquery, view or CTE in FROM: its output columns in order.

    ``relations``: those planned together with the query around it. ``open``: it may have more columns than are known.
    """

    columns: Mapping[str, Binding]
    relations: tuple[Relation, ...] = ()
    open: bool = False


@dataclass(frozen=True, eq=False)
class Opaque:
    """A function, VALUES list, system catalog or unknown relation; ``columns`` None means that any name may be one of its."""

    columns: frozenset[str] | None = None


Member = Relation | Derived | Opaque


@dataclass(eq=False)
class Cte:
    """A WITH query: planned in place when referenced once and not told otherwise, else once and for all."""

    node: exp.Expression
    columns: tuple[str, ...]
    scope: Scope
    inline: bool
    recursive: bool
    derived: Derived | Opaque | None = None


@dataclass(eq=False)
class Scope:
    """The names one SELECT sees. ``joined``: its relations are joined with those of ``parent`` (EXISTS, IN at the top of WHERE)."""

    source: Source
    level: Level
    constants: Constants = FIXED
    parent: Scope | None = None
    joined: bool = False
    origin: str = "query"
    ctes: dict[str, Cte] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    merged: dict[str, Binding] = field(default_factory=dict)
    outputs: dict[str, exp.Expression] = field(default_factory=dict)

    def bind(self, name: str, qualifier: str | None) -> Binding | None:
        """Return what a column reference stands for, looking outwards; None when nothing has that name."""
        scope: Scope | None = self
        crossed = False
        while scope is not None:
            found = scope.here(name, qualifier)
            if found is not None:
                return Base(found.relation, found.column, True) if crossed and isinstance(found, Base) else found
            crossed = crossed or not scope.joined
            scope = scope.parent
        return None

    def here(self, name: str, qualifier: str | None) -> Binding | None:
        """Return what a name stands for among this SELECT's own members."""
        if qualifier is not None:
            member = self.members.get(qualifier)
            return None if member is None else column_of(member, name)
        if name in self.merged:
            return self.merged[name]
        loose = False
        for member in self.members.values():
            found = column_of(member, name, strict=True)
            if found is not None:
                return found
            loose = loose or (isinstance(member, Opaque) and member.columns is None) or (isinstance(member, Derived) and member.open)
        if name in self.members:
            member = self.members[name]
            return Whole(member) if isinstance(member, Relation) else UNKNOWN
        return UNKNOWN if loose else None


def column_of(member: Member, name: str, *, strict: bool = False) -> Binding | None:
    """Return a member's column; ``strict``: an opaque member of unknown columns has none and system columns need a qualifier-free match."""
    if isinstance(member, Relation):
        column = member.visible.get(name)
        if column is not None:
            return Base(member, column)
        return Whole(member) if name in SYSTEM_COLUMNS else None
    if isinstance(member, Derived):
        found = member.columns.get(name)
        return UNKNOWN if found is None and member.open and not strict else found
    if member.columns is None:
        return None if strict else UNKNOWN
    return UNKNOWN if name in member.columns else None


def folded(identifier: exp.Expression | str | None) -> str:
    """Return a name as PostgreSQL stores it: lower case unless quoted."""
    if identifier is None:
        return ""
    if isinstance(identifier, str):
        return identifier
    name = str(identifier.this)
    return name if identifier.args.get("quoted") else name.lower()
