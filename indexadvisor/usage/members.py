"""FROM: tables, views, subqueries, CTEs, functions and joins put into a scope, and the conditions of the joins."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from indexadvisor.catalog.model import TableName
from indexadvisor.usage import policies
from indexadvisor.usage.analysis import Analysis
from indexadvisor.usage.classify import classify
from indexadvisor.usage.comparison import pair
from indexadvisor.usage.operand import of_binding
from indexadvisor.usage.parse import Refused
from indexadvisor.usage.record import Place
from indexadvisor.usage.scope import (
    UNKNOWN,
    Binding,
    Cte,
    Derived,
    Hidden,
    Member,
    Opaque,
    Relation,
    Scope,
    column_of,
    folded,
)

_READ = frozenset({"SELECT"})
_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "pg_toast"})


@dataclass(frozen=True, eq=False)
class _Side:
    """The members one item of FROM brought in, by alias."""

    members: dict[str, Member]

    @property
    def relations(self) -> list[Relation]:
        """The tables among them."""
        return [member for member in self.members.values() if isinstance(member, Relation)]


def add_item(item: exp.Expression, scope: Scope, analysis: Analysis) -> dict[str, Member]:
    """Add one item of FROM with the joins that hang on it; return its members."""
    if isinstance(item, exp.Subquery) and not isinstance(item.this, exp.Query):  # (a JOIN b ON ..)
        added = add_item(item.this, scope, analysis)
    else:
        alias, member = _member(item, scope, analysis)
        scope.members[alias] = member
        added = {alias: member}
    added = dict(added)
    add_joins(item.args.get("joins") or [], scope, analysis, added)
    return added


def add_joins(joins: list[exp.Join], scope: Scope, analysis: Analysis, left: dict[str, Member]) -> None:
    """Add joins one by one to the members on their left."""
    for join in joins:
        before = dict(left)
        right = add_item(join.this, scope, analysis)
        left.update(right)
        _join_condition(join, _Side(before), _Side(right), scope, analysis)


def _join_condition(join: exp.Join, left: _Side, right: _Side, scope: Scope, analysis: Analysis) -> None:
    side = str(join.args.get("side") or "").upper()
    filters: set[int] | None = None
    if side in {"LEFT", "FULL"}:
        _make_nullable(right)
        filters = _ids(right) if side == "LEFT" else set()
    if side in {"RIGHT", "FULL"}:
        _make_nullable(left)
        filters = _ids(left) if side == "RIGHT" else set()
    place = Place(filters=None if filters is None else frozenset(filters))
    names = [folded(name) for name in join.args.get("using") or []]
    if str(join.args.get("method") or "").upper() == "NATURAL":
        names = _shared_names(left, right)
    for name in names:
        one, other = _merged(name, scope, left), _find(name, right)
        if one is None or other is None:
            analysis.note(f"column {name} of USING does not exist on both sides of the join")
            continue
        for first in of_binding(one, join, scope, analysis):
            for second in of_binding(other, join, scope, analysis):
                pair(first, "=", second, scope, place)
        scope.merged[name] = other if side == "RIGHT" else one
    classify(join.args.get("on"), scope, analysis, place)


def _ids(side: _Side) -> set[int]:
    """Relations reached through the side, also inside its pulled-up subqueries."""
    return {id(relation) for relation in _all_relations(side)}


def _all_relations(side: _Side) -> list[Relation]:
    found = side.relations
    for member in side.members.values():
        if isinstance(member, Derived):
            found += member.relations
    return found


def _make_nullable(side: _Side) -> None:
    for relation in _all_relations(side):
        relation.nullable = True


def _merged(name: str, scope: Scope, left: _Side) -> Binding | None:
    return scope.merged.get(name) or _find(name, left)


def _find(name: str, side: _Side) -> Binding | None:
    for member in side.members.values():
        found = column_of(member, name, strict=True)
        if found is not None:
            return found
    return UNKNOWN if any(isinstance(member, Opaque) for member in side.members.values()) else None


def _shared_names(left: _Side, right: _Side) -> list[str]:
    def names(side: _Side) -> list[str]:
        found: list[str] = []
        for member in side.members.values():
            found += list(member.visible if isinstance(member, Relation) else member.columns or ())
        return found

    others = set(names(right))
    return [name for name in dict.fromkeys(names(left)) if name in others]


def _member(item: exp.Expression, scope: Scope, analysis: Analysis) -> tuple[str, Member]:
    alias_node = item.args.get("alias")
    alias = folded(alias_node.this) if alias_node is not None and alias_node.this is not None else ""
    columns = (
        tuple(folded(each.this if isinstance(each, exp.ColumnDef) else each) for each in alias_node.columns)
        if alias_node is not None
        else ()
    )
    if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
        name = folded(item.this)
        schema = folded(item.args.get("db")) or None
        if schema is None and name in scope.ctes:
            return alias or name, renamed(_of_cte(scope.ctes[name], scope, analysis), columns)
        return alias or name, table_member(name, schema, alias or name, columns, scope, analysis)
    if isinstance(item, exp.Lateral) and isinstance(item.this, exp.Subquery):
        return alias or _unnamed(scope), renamed(analysis.subselect(item.this, scope, lateral=True), columns)
    if isinstance(item, exp.Subquery):
        return alias or _unnamed(scope), renamed(analysis.subselect(item, scope, lateral=False), columns)
    analysis.read(_arguments(item), scope)
    return alias or _function_name(item) or _unnamed(scope), Opaque(None)


def _unnamed(scope: Scope) -> str:
    """A key no identifier of a query can have."""
    return f"\0{len(scope.members)}"


def _function_name(item: exp.Expression) -> str:
    function = item.this if isinstance(item, (exp.Table, exp.Lateral)) else item
    return str(function.this).lower() if isinstance(function, exp.Anonymous) else ""


def _arguments(item: exp.Expression) -> exp.Expression:
    """A function in FROM without its alias, whose column definitions are no column references."""
    return (
        exp.Tuple(expressions=[child for child in item.iter_expressions() if not isinstance(child, (exp.TableAlias, exp.Join))])
        if (item.args.get("joins"))
        else item
    )


def table_member(name: str, schema: str | None, alias: str, columns: tuple[str, ...], scope: Scope, analysis: Analysis) -> Member:
    """Return what a table or view name in FROM stands for."""
    found = analysis.catalog.resolve(name, schema)
    if found is None:
        if schema in _SYSTEM_SCHEMAS or (schema is None and name.startswith("pg_")):
            analysis.reads_system = True
        else:
            analysis.note(f"table {f'{schema}.' if schema else ''}{name} is not in the catalog")
        return Opaque(None)
    view = analysis.view(found)
    if view is None:
        return add_relation(found, alias, columns, scope, analysis)
    try:
        tree, source = analysis.definitions.parsed(view.definition)
    except Refused as refused:
        analysis.note(f"view {found} is {refused}")
        return Opaque(None)
    inner = Scope(source, scope.level, origin=scope.origin)
    derived = analysis.subselect(tree, inner, lateral=False)
    return renamed(renamed(derived, view.columns), columns)


def add_relation(
    name: TableName, alias: str, columns: tuple[str, ...], scope: Scope, analysis: Analysis, commands: frozenset[str] = _READ
) -> Relation:  # fmt: skip
    """Return a new occurrence of a table (a partition counts as its root), with the row-security policies of ``commands`` applied."""
    root = analysis.catalog.root(name)
    table = analysis.catalog.table(root) or analysis.catalog.by_name[name]
    names = [*columns, *(column.name for column in table.columns[len(columns) :])]
    relation = Relation(table, root, alias, scope.level, dict(zip(names, table.columns, strict=False)))
    analysis.relations.append(relation)
    policies.apply(relation, commands, scope, analysis)
    return relation


def renamed(member: Derived | Opaque, columns: tuple[str, ...]) -> Derived | Opaque:
    """Return a member with the column names of its alias, ``s(a, b)``."""
    if isinstance(member, Opaque) or not columns:
        return member
    names = [*columns, *list(member.columns)[len(columns) :]]
    return Derived(dict(zip(names, member.columns.values(), strict=False)), member.relations, member.open)


def _of_cte(cte: Cte, scope: Scope, analysis: Analysis) -> Derived | Opaque:
    if cte.derived is not None:
        return cte.derived
    if cte.inline:
        inner = Scope(cte.scope.source, scope.level, cte.scope.constants, cte.scope.parent, origin=scope.origin, ctes=cte.scope.ctes)
        found = analysis.subselect(cte.node, inner, lateral=False)
        return renamed(found, cte.columns)
    cte.derived = Opaque(None)  # what a recursive CTE sees of itself
    found = renamed(analysis.visit(cte.node, cte.scope, analysis, False), cte.columns)
    if isinstance(found, Derived):
        found = Derived({name: Hidden(binding) for name, binding in found.columns.items()})
        if cte.recursive:
            analysis.read_outputs(found)
    cte.derived = found
    return found
