"""One occurrence of a table as the generators see it: which index keys its conditions and sort orders ask for.

A ``Term`` is what one column use asks of a B-tree: its keys and the part they play. A ``Conjunction`` holds the terms that
one index scan can use together: the conditions ANDed at the top, or those plus one arm of an OR.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from indexadvisor.catalog.model import Catalog, IndexKey, Table
from indexadvisor.settings import Limits
from indexadvisor.usage.model import ColumnUse, RelationUse, UseKind

C_COLLATIONS = frozenset({'"C"', '"POSIX"', "ucs_basic", "C", "POSIX"})
"""Collations, as DDL and as settings spell them, under which a plain B-tree serves LIKE 'x%'."""
COMMON_NULLS = 0.2
"""Share of NULLs above which ``IS NULL`` is no reason for a key; it may still be a partial index's predicate."""
_RANGES = ("<", "<=", ">", ">=", "between")


class Role(StrEnum):
    """The part a key plays in a B-tree scan; a LIST narrows like an equality but does not keep the order of later keys."""

    EQUALITY = "equality"
    LIST = "list"
    JOIN = "join"
    RANGE = "range"
    SORT = "sort"


@dataclass(frozen=True)
class Term:
    """The index keys that one use asks for (several for a row comparison), and the part they play."""

    keys: tuple[IndexKey, ...]
    role: Role
    use: ColumnUse

    @property
    def plain(self) -> bool:
        """Whether all keys are bare columns of their type's default operator class."""
        return all(key.column is not None and key.operator_class is None for key in self.keys)


@dataclass(frozen=True)
class Conjunction:
    """Conditions that one index scan can use together. ``top``: none of them stands inside an OR."""

    terms: tuple[Term, ...]
    top: bool = True

    def of(self, *roles: Role) -> tuple[Term, ...]:
        """Return the terms of the given roles, in order."""
        return tuple(term for term in self.terms if term.role in roles)

    def restricted(self, wanted: Callable[[Term], bool]) -> Conjunction:
        """Return the conjunction of the wanted terms only."""
        return replace(self, terms=tuple(term for term in self.terms if wanted(term)))

    @property
    def join_groups(self) -> tuple[tuple[Term, ...], ...]:
        """Join terms by the occurrence they join to, in order: one nested loop probes one group at once."""
        groups: dict[str, list[Term]] = {}
        for term in self.of(Role.JOIN):
            groups.setdefault(term.use.partner.alias if term.use.partner else term.use.origin, []).append(term)
        return tuple(_distinct(terms) for terms in groups.values())


@dataclass(frozen=True)
class Occurrence:
    """One RelationUse with what is known about its table.

    ``shared``: per column, the calls of all queries that filter or join it by equality. ``calls``: this query's, None where unknown.
    """

    relation: RelationUse
    table: Table
    catalog: Catalog
    limits: Limits
    shared: Mapping[str, int] = field(default_factory=dict, compare=False)
    calls: int | None = None

    @cached_property
    def conjunctions(self) -> tuple[Conjunction, ...]:
        """The top-level conditions first, then those joined with each arm of each OR."""
        found: dict[tuple[int, ...], list[Term]] = {(): []}
        for use in _rows_joined(self.relation.uses):
            term = self._term(use)
            if term is not None:
                found.setdefault(use.branch, []).append(term)
        top = found.pop(())
        arms = [Conjunction(_distinct([*terms, *top]), top=False) for _, terms in sorted(found.items())]
        return (Conjunction(_distinct(top)), *arms)

    @property
    def top(self) -> Conjunction:
        """The conditions ANDed at the top."""
        return self.conjunctions[0]

    def tail(self, kind: UseKind) -> tuple[Term, ...]:
        """Return the ORDER BY, GROUP BY or DISTINCT keys in their order, without columns held constant by an equality.

        A list that descends throughout needs no DESC: the plain index is scanned backwards.
        """
        fixed = {term.keys for term in self.top.of(Role.EQUALITY)}
        uses = sorted(self.relation.of(kind), key=lambda use: use.position)
        backwards = all(_steps(use) == (True, True) for use in uses)
        terms = []
        for use in uses:
            descending, nulls_first = (False, False) if backwards else _steps(use)
            if (bare_key(use),) not in fixed:
                key = replace(bare_key(use), descending=descending, nulls_first=nulls_first)
                terms.append(Term((key,), Role.SORT, use))
        return _distinct(terms)

    @cached_property
    def needed_columns(self) -> frozenset[str] | None:
        """Every column a scan must return or test; None where that is the whole row or not known."""
        if self.relation.outputs_all or self.relation.target:
            return None
        needed = frozenset(name for use in self.relation.uses for name in use.columns)
        return needed if needed <= self.table.by_name.keys() else None

    def distinct_values(self, column: str) -> float | None:
        """Return the estimated number of distinct values, None without statistics."""
        found = self.table.column(column)
        if found is None or found.statistics is None:
            return None
        return found.statistics.distinct_values(self.table.rows or 0.0)

    def width_bytes(self, column: str) -> int | None:
        """Return the average width of a column, None without statistics."""
        found = self.table.column(column)
        return found.statistics.average_width_bytes if found is not None and found.statistics is not None else None

    def without(self, predicates: frozenset[str]) -> Occurrence:
        """Return the occurrence as a partial index over these predicates sees it: their conditions are already met."""
        uses = tuple(use for use in self.relation.uses if use.predicate not in predicates or use.branch != ())
        return replace(self, relation=replace(self.relation, uses=uses))

    def _term(self, use: ColumnUse) -> Term | None:
        role = role_of(use)
        if role is None or (use.kind is UseKind.NULL_TEST and self._mostly_null(use.column)):
            return None
        if use.kind is UseKind.LIKE_PREFIX:
            return Term((replace(bare_key(use), operator_class=self._pattern_class(use)),), role, use)
        if use.kind is UseKind.RANGE and use.expression is None:
            return Term(tuple(IndexKey(column) for column in use.columns), role, use)
        return Term((bare_key(use),), role, use)

    def _mostly_null(self, name: str) -> bool:
        """Whether NULL is so common in a column that looking for it by index finds too many rows."""
        column = self.table.column(name)
        return column is not None and column.statistics is not None and column.statistics.null_fraction > COMMON_NULLS

    def _pattern_class(self, use: ColumnUse) -> str | None:
        """Return the operator class that compares character by character; None where the collation does so already."""
        column = self.table.column(use.column)
        collation = column.collation if column is not None and column.collation is not None else self.catalog.settings.get("lc_collate")
        if collation in C_COLLATIONS or (self.catalog.server.bytewise and (column is None or column.collation is None)):
            return None
        bare = column is not None and use.expression is None
        kind = column.base_type if bare and column is not None else "text"
        return {"varchar": "varchar_pattern_ops", "bpchar": "bpchar_pattern_ops"}.get(kind, "text_pattern_ops")


def pages_of(table: Table, catalog: Catalog) -> int:
    """Return the pages of a table, of all its partitions together for a partitioned one; 0 where unknown."""
    if table.kind != "p":
        return table.pages
    return sum(
        each.pages for each in catalog.tables if each.kind != "p" and each.name != table.name and catalog.root(each.name) == table.name
    )


def bare_key(use: ColumnUse) -> IndexKey:
    """Return the ascending key of a use's column or expression."""
    return IndexKey(expression=use.expression) if use.expression is not None else IndexKey(use.column)


def role_of(use: ColumnUse) -> Role | None:
    """Return the part a use can play in a B-tree scan, None for none."""
    operator = use.operator.lower()
    if use.kind is UseKind.BOOLEAN and operator.startswith("is not"):
        return None  # the planner matches a boolean key with IS TRUE and IS FALSE only
    if use.kind is UseKind.LIKE_PREFIX:
        return None if operator in ("~~*", "~*") else Role.RANGE
    if use.kind is UseKind.NULL_TEST:
        return Role.LIST if operator == "is null" else None
    if use.kind is UseKind.JOIN and operator not in ("=", ""):
        return Role.RANGE if operator in _RANGES else None
    return {
        UseKind.EQUALITY: Role.EQUALITY,
        UseKind.BOOLEAN: Role.EQUALITY,
        UseKind.IN_LIST: Role.LIST,
        UseKind.JOIN: Role.JOIN,
        UseKind.RANGE: Role.RANGE,
    }.get(use.kind)


def _rows_joined(uses: tuple[ColumnUse, ...]) -> list[ColumnUse]:
    """Return uses with the members of each row comparison as one range over their columns in order."""
    rows: dict[tuple[int, tuple[int, ...]], list[ColumnUse]] = {}
    for use in uses:
        if use.row_comparison is not None:
            rows.setdefault((use.row_comparison, use.branch), []).append(use)
    found = [use for use in uses if use.row_comparison is None]
    for members in rows.values():
        members.sort(key=lambda use: use.position)
        bare = all(use.expression is None for use in members)
        columns = tuple(dict.fromkeys(use.column for use in members))
        # only the first member of a row with expressions narrows the scan for certain
        found.append(replace(members[0], columns=columns if bare else members[0].columns, row_comparison=None))
    return found


def _steps(use: ColumnUse) -> tuple[bool, bool]:
    """Return (descending, nulls first); only ORDER BY has a direction."""
    return (use.descending, use.nulls_first) if use.kind is UseKind.ORDER else (False, False)


def _distinct(terms: list[Term]) -> tuple[Term, ...]:
    """Return terms without those whose keys an earlier term has, equalities before joins before the rest."""
    ranked = sorted(terms, key=lambda term: list(Role).index(term.role)) if any(t.role is not Role.SORT for t in terms) else terms
    seen: dict[tuple[IndexKey, ...], Term] = {}
    for term in ranked:
        seen.setdefault(term.keys, term)
    return tuple(seen.values())
