"""Comparisons: equality, inequality, ranges, row-wise comparisons, joins, and the boolean forms PostgreSQL folds them into."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from indexadvisor.usage.analysis import Analysis, stripped
from indexadvisor.usage.literal import truth_of
from indexadvisor.usage.model import UseKind
from indexadvisor.usage.operand import Operand, operands
from indexadvisor.usage.operators import COMMUTATORS, DISTANCES
from indexadvisor.usage.record import Place, record, recurring, reference, structural, types
from indexadvisor.usage.scope import Scope

_SIMILARITIES = frozenset({"similarity", "word_similarity", "strict_word_similarity"})
_RANGES = frozenset({"<", "<=", ">", ">="})


def compare(left: exp.Expression, operator: str, right: exp.Expression, scope: Scope, analysis: Analysis, place: Place) -> None:
    """Record the uses of ``left operator right`` for one of ``= <> < <= > >=``."""
    left_row, right_row = row(left), row(right)
    if left_row and right_row and len(left_row) == len(right_row):
        _rows(left_row, operator, right_row, scope, analysis, place)
        return
    for one in operands(left, scope, analysis):
        for other in operands(right, scope, analysis):
            pair(one, operator, other, scope, place)


def pair(left: Operand, operator: str, right: Operand, scope: Scope, place: Place) -> None:
    """Record one comparison of two operands."""
    if left.relation is not None and left.relation is right.relation:
        both = replace(left, columns=tuple(dict.fromkeys(left.columns + right.columns)), column=None, text=None)
        record(both, UseKind.OTHER, operator, place)
    elif left.relation is not None and right.relation is not None:
        kind = UseKind.JOIN if operator == "=" else UseKind.RANGE if operator in _RANGES else UseKind.INEQUALITY
        record(left, kind, operator, place, partner=reference(right))
        record(right, kind, COMMUTATORS[operator], place, partner=reference(left))
    else:
        _against_value(left, operator, right, scope, place)
        _against_value(right, COMMUTATORS[operator], left, scope, place)


def _against_value(operand: Operand, operator: str, other: Operand, scope: Scope, place: Place) -> None:
    if operand.relation is None:
        return
    name = str(operand.node.this).lower() if isinstance(operand.node, exp.Anonymous) else ""
    if name in _SIMILARITIES:
        record(replace(operand, text=None), UseKind.OTHER, name, place) if operand.outer else _similarity(operand, name, place)
    elif isinstance(operand.node, exp.Operator) and str(operand.node.args["operator"]) in DISTANCES:
        record(replace(operand, text=None), UseKind.OTHER, str(operand.node.args["operator"]), place)
    elif not other.value:
        record(operand, UseKind.OTHER, operator, place)
    elif other.external:
        record(operand, UseKind.JOIN if operator == "=" else _kind(operator), operator, place)
    elif not _as_boolean(operand, operator, other, place):
        record(operand, _kind(operator), operator, place, **recurring(operand, operator, other.node, other.scope))


def _kind(operator: str) -> UseKind:
    return UseKind.EQUALITY if operator == "=" else UseKind.INEQUALITY if operator == "<>" else UseKind.RANGE


def _similarity(operand: Operand, name: str, place: Place) -> None:
    plain = replace(operand, column=operand.relation.table.column(operand.columns[0]) if operand.relation else None)
    record(plain, UseKind.SIMILARITY, name, place)


def _as_boolean(operand: Operand, operator: str, other: Operand, place: Place) -> bool:
    """``is_read = false`` is ``NOT is_read`` to the planner: only that form is matched by a partial index."""
    if types(operand)[1] not in {"bool", "boolean"} or operator not in {"=", "<>"}:
        return False
    truth = truth_of(other.node, other.scope)
    if truth is None:
        return False
    parameter = isinstance(stripped(other.node), exp.Parameter)
    boolean(operand, truth == (operator == "="), place, from_parameter=parameter)
    return True


def boolean(operand: Operand, truth: bool, place: Place, *, from_parameter: bool = False) -> None:
    """Record a boolean column, or its negation, as a condition."""
    text = "{}" if truth else "NOT {}" if operand.column is not None else "NOT ({})"
    predicate = structural(operand, text)
    if predicate and from_parameter:
        predicate["from_parameter"] = True
    is_boolean = types(operand)[1] in {"bool", "boolean"}
    record(
        operand, UseKind.BOOLEAN if is_boolean else UseKind.OTHER, "true" if truth else "false", place, **(predicate if is_boolean else {})
    )


def between(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, *, negated: bool) -> None:
    """BETWEEN is two range conditions; its negation is an OR of two."""
    for operand in operands(node.this, scope, analysis):
        for operator, bound in ((">=", node.args["low"]), ("<=", node.args["high"])):
            for other in operands(bound, scope, analysis):
                if negated or node.args.get("symmetric"):
                    record(operand, UseKind.OTHER, "not between" if negated else "between symmetric", place)
                else:
                    pair(operand, operator, other, scope, place)


def null_safe(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    """IS [NOT] DISTINCT FROM: no index serves it in PostgreSQL."""
    same = isinstance(node, exp.NullSafeEQ) != negated
    for side in (node.this, node.expression):
        for operand in operands(side, scope, analysis):
            record(operand, UseKind.OTHER, "is not distinct from" if same else "is distinct from", place)


def row(node: exp.Expression) -> list[exp.Expression] | None:
    """Return the members of ``(a, b)`` or ``ROW(a, b)``, None for anything else."""
    node = stripped(node)
    if isinstance(node, exp.Tuple) or (isinstance(node, exp.Anonymous) and str(node.this).lower() == "row"):
        return list(node.expressions)
    return None


def _rows(
    left: list[exp.Expression], operator: str, right: list[exp.Expression], scope: Scope, analysis: Analysis, place: Place
) -> None:  # fmt: skip
    """Row-wise comparison: equality member by member; an ordering (keyset paging) as one numbered range over all members."""
    if operator == "=":
        for one, other in zip(left, right, strict=True):
            compare(one, "=", other, scope, analysis, place)
        return
    number = analysis.new_row_comparison()
    for position, (one, other) in enumerate(zip(left, right, strict=True)):
        for operand in operands(one, scope, analysis):
            for bound in operands(other, scope, analysis):
                _row_member(operand, operator, bound, place, position, number)
                _row_member(bound, COMMUTATORS[operator], operand, place, position, number)


def _row_member(operand: Operand, operator: str, other: Operand, place: Place, position: int, number: int) -> None:
    if operator in _RANGES and other.value:
        record(operand, UseKind.RANGE, operator, place, position=position, row_comparison=number)
    else:
        record(operand, UseKind.OTHER, operator, place)
