"""ORDER BY, GROUP BY, DISTINCT, min() and max(), and what is only read: the part of a SELECT after its rows are found."""

from __future__ import annotations

from sqlglot import exp

from indexadvisor.usage.analysis import Analysis, stripped
from indexadvisor.usage.model import UseKind
from indexadvisor.usage.operand import Operand, operands
from indexadvisor.usage.operators import DISTANCES
from indexadvisor.usage.record import Place, record
from indexadvisor.usage.scope import Relation, Scope, folded

_SIMILARITIES = frozenset({"similarity", "word_similarity", "strict_word_similarity"})
_GROUPINGS = (exp.Rollup, exp.Cube, exp.GroupingSets)


def arrange(select: exp.Select, scope: Scope, analysis: Analysis, *, result: bool) -> None:
    """Record the uses of everything but FROM and WHERE; outputs are read only where somebody asks for them (``result``)."""
    grouped = _group(select, scope, analysis)
    distinct = _distinct(select, scope, analysis)
    having = select.args.get("having")
    analysis.read(having, scope)
    for window in select.args.get("windows") or []:
        _read_window(window, scope, analysis)
    order = select.args.get("order")
    if order is not None:
        _order(order.expressions, select, scope, analysis)
    elif not grouped:
        _window_order(select, scope, analysis)
    for projection in select.expressions:
        _projection(projection, scope, analysis, grouped=grouped, wanted=result or distinct)


def _projection(projection: exp.Expression, scope: Scope, analysis: Analysis, *, grouped: bool, wanted: bool) -> None:
    node = projection.this if isinstance(projection, exp.Alias) else projection
    if isinstance(node, exp.Star):
        if wanted:
            analysis.read_star("", scope)
    elif not grouped and isinstance(stripped(node), (exp.Min, exp.Max, exp.Coalesce)) and _min_max(stripped(node), scope, analysis):
        return
    elif wanted or node.find(exp.AggFunc) is not None:
        analysis.read(node, scope)


def _min_max(node: exp.Expression, scope: Scope, analysis: Analysis) -> bool:
    """``min(x)`` or ``max(x)``, also within coalesce(.., constant): one index entry answers it."""
    if isinstance(node, exp.Coalesce):
        rest = [each for each in node.expressions if each.find(exp.Column) is not None]
        inner = stripped(node.this)
        return not rest and isinstance(inner, (exp.Min, exp.Max)) and _min_max(inner, scope, analysis)
    found = operands(node.this, scope, analysis)
    if not found or any(operand.relation is None for operand in found):
        return False
    greatest = isinstance(node, exp.Max)
    for operand in found:
        record(operand, UseKind.MIN_MAX, "max" if greatest else "min", Place(), descending=greatest)
    return True


def windows_of(select: exp.Select) -> list[exp.Window]:
    """Return the window functions and named windows of a SELECT, those of its subqueries left out."""
    found: list[exp.Window] = []
    pending: list[exp.Expression] = [*select.expressions, *(select.args.get("windows") or [])]
    while pending:
        each = pending.pop(0)
        if isinstance(each, exp.Window):
            found.append(each)
        if not isinstance(each, exp.Query):
            pending.extend(each.iter_expressions())
    return found


def _read_window(window: exp.Window, scope: Scope, analysis: Analysis) -> None:
    for each in window.args.get("partition_by") or []:
        analysis.read(each, scope)
    analysis.read(window.args.get("order"), scope)


def _window_order(select: exp.Select, scope: Scope, analysis: Analysis) -> None:
    """The order that the only window of a SELECT needs its rows in: partition, then order (an index saves the sort)."""
    windows = windows_of(select)
    if len({window.sql(dialect="postgres").partition(" OVER ")[2] for window in windows}) != 1:
        return
    order = windows[0].args.get("order")
    keys = [exp.Ordered(this=each, nulls_first=False) for each in windows[0].args.get("partition_by") or []]
    _order([*keys, *(order.expressions if order is not None else [])], select, scope, analysis, operator="window")


def _item(node: exp.Expression, select: exp.Select, scope: Scope, *, output_first: bool) -> exp.Expression:
    """Resolve an ordinal or an output alias: ORDER BY looks at output names first, GROUP BY at input columns."""
    node = stripped(node)
    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit():
        position = int(str(node.this)) - 1
        if 0 <= position < len(select.expressions):
            chosen: exp.Expression = select.expressions[position]
            return chosen.this if isinstance(chosen, exp.Alias) else chosen
        return node
    if isinstance(node, exp.Column) and node.args.get("table") is None and not isinstance(node.this, exp.Star):
        name = folded(node.this)
        if name in scope.outputs and (output_first or scope.bind(name, None) is None):
            return scope.outputs[name]
    return node


def _group(select: exp.Select, scope: Scope, analysis: Analysis) -> bool:
    group = select.args.get("group")
    if group is None:
        return False
    position = 0
    for each in group.expressions:
        if isinstance(each, _GROUPINGS):
            analysis.read(each, scope)
            continue
        position += _positions(_item(each, select, scope, output_first=False), UseKind.GROUP, "", position, scope, analysis)
    for name in ("grouping_sets", "cube", "rollup"):
        for each in group.args.get(name) or []:
            analysis.read(each, scope)
    return True


def _positions(node: exp.Expression, kind: UseKind, operator: str, position: int, scope: Scope, analysis: Analysis) -> int:
    """Record one member of GROUP BY or DISTINCT; return how many positions it takes."""
    if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
        analysis.read(node if isinstance(node, exp.Column) else None, scope)
        return 1
    if node.find(exp.AggFunc) is not None:
        return 1
    for operand in operands(node, scope, analysis):
        record(operand, kind, operator, Place(), position=position)
    return 1


def _distinct(select: exp.Select, scope: Scope, analysis: Analysis) -> bool:
    """Record DISTINCT or DISTINCT ON; return whether every output is needed to tell rows apart."""
    distinct = select.args.get("distinct")
    if distinct is None:
        return False
    on = distinct.args.get("on")
    items = list(on.expressions if isinstance(on, exp.Tuple) else [on]) if on is not None else list(select.expressions)
    for position, each in enumerate(items):
        node = each.this if isinstance(each, exp.Alias) else each
        _positions(
            _item(node, select, scope, output_first=True), UseKind.DISTINCT, "on" if on is not None else "", position, scope, analysis
        )
    return on is None


def _order(items: list[exp.Expression], select: exp.Select, scope: Scope, analysis: Analysis, operator: str = "") -> None:
    alone: set[Relation | None] = set()
    for position, item in enumerate(items):
        ordered = item if isinstance(item, exp.Ordered) else exp.Ordered(this=item)
        node = stripped(_item(ordered.this, select, scope, output_first=True))
        if node.find(exp.AggFunc) is not None:
            analysis.read(node, scope)
            alone.add(None)
            continue
        for operand in operands(node, scope, analysis):
            if operand.relation is None and operand.value and not operand.external:
                continue  # a constant orders nothing
            alone.add(_sort_key(operand, ordered, position, operator))
    if len(alone) == 1 and None not in alone:
        for relation in alone:
            if relation is not None:
                relation.ordered_alone = True


def _sort_key(operand: Operand, ordered: exp.Ordered, position: int, operator: str) -> Relation | None:
    """Record one key; return the relation whose index could supply it, None when none could."""
    if operand.relation is None or operand.outer or operand.closed:
        record(operand, UseKind.ORDER, operator, Place())
        return None
    descending = bool(ordered.args.get("desc"))
    nulls_first = bool(ordered.args.get("nulls_first"))
    node = operand.node
    if isinstance(node, exp.Operator) and str(node.args["operator"]).rpartition(".")[2] in DISTANCES:
        return _distance(operand, node, position, descending=descending)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in _SIMILARITIES:
        column = operand.relation.table.column(operand.columns[0])
        plain = Operand(node, operand.scope, operand.relation, operand.columns[:1], column, operand.text)
        record(plain, UseKind.SIMILARITY, str(node.this).lower(), Place(), position=position, descending=descending)
        return None
    if operand.column is None and operand.text is None:
        record(operand, UseKind.OTHER, "", Place())
        return None
    record(operand, UseKind.ORDER, operator, Place(), position=position, descending=descending, nulls_first=nulls_first)
    return operand.relation


def _distance(operand: Operand, node: exp.Operator, position: int, *, descending: bool) -> Relation | None:
    """Nearest neighbour: the indexed side is a plain column or an expression, the other a value."""
    column = operand.relation.table.column(operand.columns[0]) if operand.relation is not None else None
    plain = len(operand.columns) == 1 and any(isinstance(stripped(side), exp.Column) for side in (node.this, node.expression))
    side = Operand(node, operand.scope, operand.relation, operand.columns, column if plain else None, operand.text)
    record(
        side, UseKind.DISTANCE if plain else UseKind.OTHER, str(node.args["operator"]), Place(), position=position, descending=descending
    )
    return None if descending or not plain else operand.relation
