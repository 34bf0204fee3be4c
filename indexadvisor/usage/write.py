"""INSERT, UPDATE, DELETE and MERGE: which columns they write, and how they find their rows."""

from __future__ import annotations

from sqlglot import exp

from indexadvisor.catalog.model import TableName
from indexadvisor.usage.analysis import Analysis, stripped
from indexadvisor.usage.classify import classify
from indexadvisor.usage.members import add_item, add_relation
from indexadvisor.usage.model import ColumnUse, UseKind
from indexadvisor.usage.record import Place
from indexadvisor.usage.scope import Derived, Hidden, Opaque, Relation, Scope, Unknown, folded


def visit_write(node: exp.Expression, scope: Scope, analysis: Analysis) -> Derived | Opaque:
    """Analyse a data-changing statement; the result holds the columns of RETURNING."""
    if isinstance(node, exp.Insert):
        _insert(node, scope, analysis)
    elif isinstance(node, exp.Update):
        _update(node, scope, analysis)
    elif isinstance(node, exp.Delete):
        _delete(node, scope, analysis)
    elif isinstance(node, exp.Merge):
        _merge(node, scope, analysis)
    returning = node.args.get("returning")
    if returning is None:
        return Derived({})
    for each in returning.expressions:
        if isinstance(each, exp.Star):
            analysis.read_star("", scope)
        else:
            analysis.read(each, scope)
    return Opaque(None)


def _target(node: exp.Expression, scope: Scope, analysis: Analysis, commands: frozenset[str] | None) -> Relation | None:
    """Add the changed table to the scope; ``commands``: the policies its rows are found under, None for INSERT."""
    table = node.this if isinstance(node, exp.Schema) else node
    name, schema = folded(table.this), folded(table.args.get("db")) or None
    alias_node = table.args.get("alias")
    alias = folded(alias_node.this) if alias_node is not None else name
    found = analysis.catalog.resolve(name, schema)
    if found is not None and analysis.view(found) is not None:
        analysis.note(f"writes through view {found}, which is not followed")
    if found is None or analysis.view(found) is not None:
        if found is None:
            analysis.note(f"table {f'{schema}.' if schema else ''}{name} is not in the catalog")
        scope.members[alias] = Opaque(None)
        return None
    relation = add_relation(TableName(found.schema, found.name), alias, (), scope, analysis, commands or frozenset())
    relation.target = True
    relation.outputs_all = commands is not None  # the row itself is visited, so no index covers it
    scope.members[alias] = relation
    return relation


def _written(relation: Relation | None, name: str, how: str, analysis: Analysis) -> None:
    if relation is None:
        return
    if relation.visible.get(name) is None:
        analysis.note(f"column {name} does not exist in {relation.name}")
        return
    relation.add(ColumnUse(UseKind.WRITTEN, (relation.visible[name].name,), operator=how))


def _insert(node: exp.Insert, scope: Scope, analysis: Analysis) -> None:
    target = Scope(scope.source, scope.level, scope.constants, scope.parent, origin="insert", ctes=scope.ctes)
    relation = _target(node.this, target, analysis, None)
    named = [folded(each) for each in node.this.expressions] if isinstance(node.this, exp.Schema) else []
    body = node.args.get("expression")
    width = _width(body)
    if relation is not None:
        own = [column.name for column in relation.table.columns if not column.generated]
        names = named or ([] if node.args.get("default") else own[:width] if width else own)
        for name in names:
            _written(relation, name, "insert", analysis)
    if isinstance(body, exp.Expression) and isinstance(body, exp.Query):
        analysis.read_outputs(analysis.nested(body, scope))
    elif body is not None:
        analysis.read(body, scope)
    scope.members.update(target.members)
    _on_conflict(node.args.get("conflict"), relation, scope, analysis)


def _width(body: exp.Expression | None) -> int:
    first = body.expressions[0] if isinstance(body, exp.Values) and body.expressions else None
    return len(first.expressions) if isinstance(first, exp.Tuple) else 0


def _on_conflict(conflict: exp.Expression | None, relation: Relation | None, scope: Scope, analysis: Analysis) -> None:
    if conflict is None or relation is None:
        return
    for key in conflict.args.get("conflict_keys") or []:
        column = stripped(key.this if isinstance(key, exp.Ordered) else key)
        name = folded(column.this) if isinstance(column, exp.Column) else folded(column) if isinstance(column, exp.Identifier) else ""
        if name in relation.visible:
            relation.add(ColumnUse(UseKind.OTHER, (relation.visible[name].name,), operator="on conflict"))
    inner = Scope(scope.source, scope.level, scope.constants, scope.parent, origin=scope.origin, ctes=scope.ctes)
    inner.members = {**scope.members, "excluded": Opaque(frozenset())}
    inner.members["excluded"] = _excluded(relation)
    _assignments(conflict.expressions, relation, inner, analysis)
    where = conflict.args.get("where")
    analysis.read(where, inner)


def _excluded(relation: Relation) -> Derived:
    """The row that was to be inserted: its columns cost no read. Its names need their qualifier."""
    return Derived({f"{name}": Hidden(Unknown()) for name in relation.visible})


def _assignments(pairs: list[exp.Expression], relation: Relation | None, scope: Scope, analysis: Analysis) -> None:
    for each in pairs:
        if not isinstance(each, exp.EQ):
            analysis.read(each, scope)
            continue
        targets = each.this.expressions if isinstance(each.this, exp.Tuple) else [each.this]
        for target in targets:
            column = target.find(exp.Column, exp.Identifier)
            if column is not None:
                _written(relation, folded(column.this if isinstance(column, exp.Column) else column), "update", analysis)
        analysis.read(each.expression, scope)


def _update(node: exp.Update, scope: Scope, analysis: Analysis) -> None:
    relation = _target(node.this, scope, analysis, frozenset({"SELECT", "UPDATE"}))
    from_ = node.args.get("from_")
    for item in [from_.this, *(from_.args.get("joins") or [])] if from_ is not None else []:
        add_item(item.this if isinstance(item, exp.Join) else item, scope, analysis)
    where = node.args.get("where")
    classify(where.this if where is not None else None, scope, analysis)
    _assignments(node.expressions, relation, scope, analysis)


def _delete(node: exp.Delete, scope: Scope, analysis: Analysis) -> None:
    relation = _target(node.this, scope, analysis, frozenset({"SELECT", "DELETE"}))
    if relation is not None:
        relation.deletes = True
    for item in node.args.get("using") or []:
        add_item(item, scope, analysis)
    where = node.args.get("where")
    classify(where.this if where is not None else None, scope, analysis)


def _merge(node: exp.Merge, scope: Scope, analysis: Analysis) -> None:
    relation = _target(node.this, scope, analysis, frozenset({"SELECT", "UPDATE", "DELETE"}))
    add_item(node.args["using"], scope, analysis)
    whens = node.args["whens"].expressions
    keeps_all = any(not when.args.get("matched") for when in whens)
    filters = frozenset({id(relation)}) if keeps_all and relation is not None else None
    classify(node.args["on"], scope, analysis, Place(filters=filters))
    for when in whens:
        analysis.read(when.args.get("condition"), scope)
        then = when.args.get("then")
        if isinstance(then, exp.Update):
            _assignments(then.expressions, relation, scope, analysis)
        elif isinstance(then, exp.Insert):
            _merge_insert(then, relation, scope, analysis)
        elif relation is not None and str(then).strip().lower() == "delete":
            relation.deletes = True


def _merge_insert(then: exp.Insert, relation: Relation | None, scope: Scope, analysis: Analysis) -> None:
    named = then.this.expressions if isinstance(then.this, exp.Tuple) else []
    own = [column.name for column in relation.table.columns if not column.generated] if relation is not None else []
    for name in [folded(each.this if isinstance(each, exp.Column) else each) for each in named] or own:
        _written(relation, name, "insert", analysis)
    analysis.read(then.args.get("expression"), scope)
