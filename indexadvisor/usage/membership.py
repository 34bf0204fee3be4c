"""IN lists, = ANY(array), ANY and IN over subqueries, and a value looked for inside an array column."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from indexadvisor.usage import comparison
from indexadvisor.usage.analysis import Analysis, stripped
from indexadvisor.usage.model import UseKind
from indexadvisor.usage.operand import Operand, of_binding, operands
from indexadvisor.usage.record import Place, record, recurring_list, types
from indexadvisor.usage.scope import Derived, Scope


def in_list(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    """``x IN (list or subquery)``; a list of columns is an OR of equalities."""
    members = comparison.row(node.this) or [node.this]
    query = node.args.get("query")
    if query is not None:
        in_query(members, query, scope, analysis, place, joined=not negated and not place.branch, negated=negated)
        return
    if all(isinstance(stripped(each), exp.Query) for each in node.expressions) and node.expressions:
        in_query(members, stripped(node.expressions[0]), scope, analysis, place, joined=not negated and not place.branch, negated=negated)
        return
    for position, member in enumerate(members):
        values = _column_of_list(node.expressions, position, len(members))
        for operand in operands(member, scope, analysis):
            if operand.relation is None:
                _columns_in_list(operand, values, scope, analysis, place, negated)
                continue
            for value in values:
                _ignore_values(value, scope, analysis)
            kind, operator = (UseKind.INEQUALITY, "NOT IN") if negated else (UseKind.IN_LIST, "IN")
            predicate = recurring_list(operand, operator, values, scope) if len(members) == 1 else {}
            record(operand, kind, "<> all" if negated else "= any", place, **predicate)


def _column_of_list(items: list[exp.Expression], position: int, width: int) -> list[exp.Expression]:
    if width == 1:
        return items
    rows = [comparison.row(item) for item in items]
    return [each[position] for each in rows if each is not None and len(each) == width]


def _columns_in_list(
    operand: Operand, values: list[exp.Expression], scope: Scope, analysis: Analysis, place: Place, negated: bool
) -> None:  # fmt: skip
    number = analysis.new_or()
    for arm, value in enumerate(values):
        where = place if negated else place.arm(number, arm)
        for other in operands(value, scope, analysis):
            comparison.pair(other, "<>" if negated else "=", operand, scope, where)


def _ignore_values(value: exp.Expression, scope: Scope, analysis: Analysis) -> None:
    """Columns among the values of a list are read, and their subqueries analysed."""
    if not isinstance(value, (exp.Literal, exp.Parameter)):
        analysis.read(value, scope)


def quantified(left: exp.Expression, operator: str, right: exp.Expression, scope: Scope, analysis: Analysis, place: Place) -> bool:
    """Record ``x op ANY(..)`` or ``x op ALL(..)``; False when the right side is neither."""
    word, inner = _quantifier(right)
    if inner is None:
        return False
    if isinstance(inner, exp.Query):
        joined = word == "any" and operator == "=" and not place.branch
        in_query(
            comparison.row(left) or [left], inner, scope, analysis, place, joined=joined, negated=not (word == "any" and operator == "=")
        )
        return True
    for operand in operands(left, scope, analysis):
        for array in operands(inner, scope, analysis):
            _against_array(operand, operator, word, array, inner, scope, place)
    return True


def quantified_pattern(node: exp.Expression) -> exp.Expression | None:
    """Return the array of ``LIKE ANY (array)``, None for a plain pattern."""
    return _quantifier(node)[1]


def _quantifier(node: exp.Expression) -> tuple[str, exp.Expression | None]:
    node = stripped(node)
    if isinstance(node, exp.Any):
        return "any", stripped(node.this)
    if isinstance(node, exp.All):
        return "all", stripped(node.this)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in {"some", "all", "any"} and len(node.expressions) == 1:
        return "all" if str(node.this).lower() == "all" else "any", stripped(node.expressions[0])
    return "", None


def _against_array(
    operand: Operand, operator: str, word: str, array: Operand, inner: exp.Expression, scope: Scope, place: Place
) -> None:  # fmt: skip
    if array.relation is not None and operand.relation is not array.relation:
        # GIN cannot serve `value = ANY(column)`, only `column @> ARRAY[value]`: the operator tells the two apart
        found = UseKind.ARRAY if types(array)[0] == "A" and operator == "=" and word == "any" else UseKind.OTHER
        record(array, found, f"{operator} {word}", place)
        record(operand, UseKind.OTHER, f"{operator} {word}", place)
    elif array.relation is not None:
        record(
            replace(array, columns=tuple(dict.fromkeys(array.columns + operand.columns)), column=None, text=None),
            UseKind.OTHER,
            operator,
            place,
        )
    elif operator == "=" and word == "any":
        values = list(inner.expressions) if isinstance(inner, exp.Array) else []
        predicate = recurring_list(operand, "IN", values, scope) if values else {}
        record(operand, UseKind.IN_LIST, "= any", place, **predicate)
    elif operator == "<>" and word == "all":
        record(operand, UseKind.INEQUALITY, "<> all", place)
    else:
        record(operand, UseKind.RANGE if operator in {"<", "<=", ">", ">="} else UseKind.OTHER, f"{operator} {word}", place)


def in_query(
    members: list[exp.Expression],
    query: exp.Expression,
    scope: Scope,
    analysis: Analysis,
    place: Place,
    *,
    joined: bool,
    negated: bool = False,
) -> None:
    """``x IN (SELECT y ..)`` is a join of x with y; under NOT or OR it is a filter, and both sides are only read."""
    derived = analysis.nested(query, scope, joined=joined)
    outputs = list(derived.columns.values()) if isinstance(derived, Derived) else []
    for position, member in enumerate(members):
        for operand in operands(member, scope, analysis):
            if not joined or position >= len(outputs):
                record(operand, UseKind.OTHER, "not in subquery" if negated else "in subquery", place)
                continue
            for inner in of_binding(outputs[position], member, scope, analysis):
                comparison.pair(operand, "=", replace(inner, outer=False), scope, place)
    if not joined:
        analysis.read_outputs(derived)
