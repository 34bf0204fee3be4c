"""One SELECT, set operation or data-changing statement: its scope built, its clauses classified, its outputs described."""

from __future__ import annotations

from sqlglot import exp

from indexadvisor.usage import write
from indexadvisor.usage.analysis import Analysis, aggregates
from indexadvisor.usage.classify import classify
from indexadvisor.usage.members import add_item, add_joins
from indexadvisor.usage.scope import (
    Base,
    Binding,
    Closed,
    Computed,
    Cte,
    Derived,
    Hidden,
    Level,
    Opaque,
    Relation,
    Scope,
    Several,
    folded,
)
from indexadvisor.usage.sorting import arrange, windows_of

_SHAPING = ("group", "having", "distinct", "limit", "offset", "order", "windows", "locks", "with_")


def visit_nested(node: exp.Expression, outer: Scope, analysis: Analysis, joined: bool) -> Derived | Opaque:
    """Analyse a query inside an expression: it sees the names of the query around it."""
    return _visit(node, outer, outer, analysis, joined=joined, level=None)


def visit_in_from(node: exp.Expression, outer: Scope, analysis: Analysis, lateral: bool) -> Derived | Opaque:
    """Analyse a subquery, view or CTE in FROM; a simple one is planned as part of the level around it."""
    inner = node.this if isinstance(node, exp.Subquery) else node
    joined = isinstance(inner, exp.Select) and _simple(inner)
    found = _visit(node, outer, outer if lateral else outer.parent, analysis, joined=joined, level=outer.level)
    if joined or isinstance(found, Opaque) or _appended(inner):
        return found
    return Derived({name: Closed(binding) for name, binding in found.columns.items()}, found.relations, found.open)


def _appended(node: exp.Expression) -> bool:
    """Whether a subquery is UNION ALL of simple SELECTs, whose arms PostgreSQL plans like partitions (flatten_simple_union_all)."""
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, exp.Subquery):
            each = each.this
        if isinstance(each, exp.Union) and not each.args.get("distinct") and not any(each.args.get(name) for name in _SHAPING[3:]):
            pending += [each.this, each.expression]
        elif not (isinstance(each, exp.Select) and _simple(each)):
            return False
    return True


def visit_statement(tree: exp.Expression, scope: Scope, analysis: Analysis) -> None:
    """Analyse a whole statement: all its outputs are read."""
    analysis.cte_counts = _references(tree)
    derived = _visit(tree, scope, None, analysis, joined=False, level=scope.level, result=True)
    if not isinstance(tree, exp.Select):
        analysis.read_outputs(derived)


def _visit(
    node: exp.Expression, outer: Scope, parent: Scope | None, analysis: Analysis, *, joined: bool, level: Level | None, result: bool = False
) -> Derived | Opaque:  # fmt: skip
    scope = Scope(outer.source, outer.level, outer.constants, parent, joined, outer.origin, dict(outer.ctes))
    if isinstance(node, exp.Subquery):
        return _wrapped(node, scope, parent, analysis, joined=joined, level=level, result=result)
    _add_ctes(node, scope, analysis)
    if isinstance(node, exp.SetOperation):
        return _set_operation(node, scope, analysis)
    if isinstance(node, exp.Select):
        pulled = level is not None and (result or _simple(node))
        scope.level = level if pulled and level is not None else analysis.new_level()
        scope.level.limited = scope.level.limited or _limited(node)
        return _select(node, scope, analysis, result=result)
    if isinstance(node, (exp.Insert, exp.Update, exp.Delete, exp.Merge)):
        scope.level = level if result and level is not None else analysis.new_level()
        return write.visit_write(node, scope, analysis)
    analysis.read(exp.Tuple(expressions=list(node.iter_expressions())), scope)
    return Opaque(None)


def _wrapped(
    node: exp.Subquery, scope: Scope, parent: Scope | None, analysis: Analysis, *, joined: bool, level: Level | None, result: bool
) -> Derived | Opaque:  # fmt: skip
    """A query in parentheses, which may carry a LIMIT of its own."""
    _add_ctes(node, scope, analysis)
    cut = bool(node.args.get("limit") or node.args.get("offset"))
    found = _visit(node.this, scope, parent, analysis, joined=joined, level=None if cut else level, result=result and not cut)
    if result and (cut or not isinstance(node.this, exp.Select)):
        analysis.read_outputs(found)
    return _hidden(found) if cut else found


def _hidden(found: Derived | Opaque) -> Derived | Opaque:
    if isinstance(found, Opaque):
        return found
    return Derived({name: Hidden(binding) for name, binding in found.columns.items()}, open=found.open)


def _references(tree: exp.Expression) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and table.args.get("db") is None:
            name = folded(table.this)
            counts[name] = counts.get(name, 0) + 1
    return counts


def _add_ctes(node: exp.Expression, scope: Scope, analysis: Analysis) -> None:
    with_ = node.args.get("with_")
    if with_ is None:
        return
    for each in with_.expressions:
        alias = each.args["alias"]
        name = folded(alias.this)
        own = _references(each.this).get(name, 0) if with_.args.get("recursive") else 0
        writes = isinstance(each.this, (exp.Insert, exp.Update, exp.Delete, exp.Merge))
        told = each.args.get("materialized")
        inline = not writes and not own and told is not True and (told is False or analysis.cte_counts.get(name, 0) <= 1)
        seen = Scope(scope.source, scope.level, scope.constants, scope.parent, origin=scope.origin, ctes=dict(scope.ctes))
        cte = Cte(each.this, tuple(folded(column) for column in alias.columns), seen, inline, bool(own))
        scope.ctes[name] = cte
        if own:
            seen.ctes[name] = cte
        if writes:  # runs whether it is referenced or not
            cte.derived = _hidden(visit_nested(each.this, seen, analysis, False))


def _set_operation(node: exp.SetOperation, scope: Scope, analysis: Analysis) -> Derived | Opaque:
    arms = [_visit(arm, scope, scope.parent, analysis, joined=False, level=None) for arm in (node.this, node.expression)]
    all_rows = isinstance(node, exp.Union) and not node.args.get("distinct")
    for arm in arms:
        if not all_rows:  # rows are compared as a whole
            analysis.read_outputs(arm)
    if any(isinstance(arm, Opaque) for arm in arms):
        return Opaque(None)
    first, second = (arm for arm in arms if isinstance(arm, Derived))
    others = list(second.columns.values())
    columns: dict[str, Binding] = {
        name: Several((binding, others[position])) if position < len(others) else binding
        for position, (name, binding) in enumerate(first.columns.items())
    }
    found = Derived(columns, open=first.open or second.open)
    return _hidden(found) if node.args.get("limit") or node.args.get("offset") else found


def _simple(select: exp.Select) -> bool:
    """Whether PostgreSQL pulls the subquery up (is_simple_subquery in prepjointree.c): nothing but FROM, WHERE and outputs."""
    return not any(select.args.get(name) for name in _SHAPING) and not any(aggregates(each) for each in select.expressions)


def _limited(select: exp.Select) -> bool:
    return bool(select.args.get("limit"))


def _select(select: exp.Select, scope: Scope, analysis: Analysis, *, result: bool) -> Derived:
    from_ = select.args.get("from_")
    if from_ is not None:
        added = add_item(from_.this, scope, analysis)
        add_joins(select.args.get("joins") or [], scope, analysis, added)
    for lateral in select.args.get("laterals") or []:
        add_item(lateral, scope, analysis)
    where = select.args.get("where")
    classify(where.this if where is not None else None, scope, analysis)
    _lock(select, scope)
    derived = _outputs(select, scope)
    arrange(select, scope, analysis, result=result)
    reached = _reached(select, scope)
    if reached is None:
        return derived
    columns = {name: binding if _key(binding) in reached else Hidden(binding) for name, binding in derived.columns.items()}
    return Derived(columns, open=derived.open)


def _reached(select: exp.Select, scope: Scope) -> set[tuple[int, str]] | None:
    """Return the base columns that conditions outside still reach, None for all (subquery_is_pushdown_safe in allpaths.c).

    Through window functions only the columns that all of them partition by, through DISTINCT ON only its own.
    """
    if any(select.args.get(name) for name in ("limit", "offset")):
        return set()
    groups: list[list[exp.Expression]] = []
    distinct = select.args.get("distinct")
    on = distinct.args.get("on") if distinct is not None else None
    if on is not None:
        groups.append(on.expressions if isinstance(on, exp.Tuple) else [on])
    windows = windows_of(select)
    groups += [list(window.args.get("partition_by") or []) for window in windows]
    if not groups:
        aggregated = any(aggregates(each) for each in select.expressions)
        return set() if aggregated and not select.args.get("group") else None
    keys = [{_key(_binding(each, scope)) for each in group} for group in groups]
    return set.intersection(*keys) - {_NO_KEY}


_NO_KEY = (0, "")


def _key(binding: Binding) -> tuple[int, str]:
    return (id(binding.relation), binding.column.name) if isinstance(binding, Base) else _NO_KEY


def _lock(select: exp.Select, scope: Scope) -> None:
    """FOR UPDATE visits the row itself, so no index can cover the table."""
    for lock in select.args.get("locks") or []:
        names = {folded(table.this) for table in lock.expressions or []}
        for alias, member in scope.members.items():
            if isinstance(member, Relation) and (not names or alias in names):
                member.outputs_all = True


def _outputs(select: exp.Select, scope: Scope) -> Derived:
    columns: dict[str, Binding] = {}
    is_open = False
    for number, projection in enumerate(select.expressions):
        star = isinstance(projection, exp.Star) or (isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star))
        if star:
            qualifier = folded(projection.args.get("table")) if isinstance(projection, exp.Column) else ""
            found, more = _star(qualifier, scope)
            columns.update({name: binding for name, binding in found.items() if name not in columns})
            is_open = is_open or more
            continue
        inner = projection.this if isinstance(projection, exp.Alias) else projection
        name = folded(projection.args["alias"]) if isinstance(projection, exp.Alias) else _name(inner)
        if isinstance(projection, exp.Alias):
            scope.outputs[name] = inner
        columns.setdefault(name or f"?column?{number}", _binding(inner, scope))
    return Derived(columns, _pulled(scope), is_open)


def _binding(node: exp.Expression, scope: Scope) -> Binding:
    """A plain column of this SELECT stands for itself; unknown names are noted when they are read."""
    if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
        found = scope.bind(folded(node.this), folded(node.args.get("table")) or None)
        if found is not None:
            return found
    return Computed(node, scope)


def _name(node: exp.Expression) -> str:
    if isinstance(node, exp.Column):
        return folded(node.this)
    if isinstance(node, exp.Cast):
        return _name(node.this)
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    return node.sql_name().lower() if isinstance(node, exp.Func) and not isinstance(node, exp.Binary) else ""


def _star(qualifier: str, scope: Scope) -> tuple[dict[str, Binding], bool]:
    found: dict[str, Binding] = {}
    is_open = False
    for alias, member in scope.members.items():
        if qualifier and alias != qualifier:
            continue
        if isinstance(member, Relation):
            columns: dict[str, Binding] = {name: Base(member, column) for name, column in member.visible.items()}
        else:
            columns = dict(member.columns) if isinstance(member, Derived) else {}
            is_open = is_open or not isinstance(member, Derived) or member.open
        found |= {name: binding for name, binding in columns.items() if name not in found}
    return found, is_open


def _pulled(scope: Scope) -> tuple[Relation, ...]:
    found: list[Relation] = []
    for member in scope.members.values():
        if isinstance(member, Relation):
            found.append(member)
        elif isinstance(member, Derived):
            found += member.relations
    return tuple(found)
