"""Conditions (WHERE, ON, policies) taken apart into uses, each told apart by what kind of index would serve it.

AND at the top gives conditions that may share one index; OR opens a numbered branch for each arm; NOT is carried inwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from indexadvisor.usage import comparison, membership, pattern
from indexadvisor.usage.analysis import Analysis, stripped
from indexadvisor.usage.literal import truth_of
from indexadvisor.usage.model import UseKind
from indexadvisor.usage.operand import Operand, operands
from indexadvisor.usage.operators import COMMUTATORS, NEGATORS, kind_of
from indexadvisor.usage.record import Place, record, structural, types
from indexadvisor.usage.scope import Scope

Handler = Callable[[exp.Expression, Scope, Analysis, Place, bool], None]

_COMPARISONS: dict[type[exp.Expression], str] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}


def classify(
    condition: exp.Expression | None, scope: Scope, analysis: Analysis, place: Place | None = None, *, negated: bool = False
) -> None:
    """Record the uses of every part of a condition."""
    place = place or Place()
    pending = [] if condition is None else [(condition, negated)]
    while pending:  # a list, not recursion: generated conditions have thousands of terms
        node, turned = pending.pop()
        node = stripped(node)
        if isinstance(node, exp.Not):
            pending.append((node.this, not turned))
        elif isinstance(node, exp.Or if turned else exp.And):
            pending += [(node.expression, turned), (node.this, turned)]
        elif isinstance(node, exp.And if turned else exp.Or):
            number = analysis.new_or()
            for arm, each in enumerate(_arms(node, type(node))):
                classify(each, scope, analysis, place.arm(number, arm), negated=turned)
        else:
            _single(node, scope, analysis, place, turned)


def _arms(node: exp.Expression, kind: type[exp.Expression]) -> list[exp.Expression]:
    found: list[exp.Expression] = []
    pending = [node]
    while pending:
        each = stripped(pending.pop())
        if isinstance(each, kind):
            pending += [each.expression, each.this]
        else:
            found.append(each)
    return found


def _single(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    operator = _COMPARISONS.get(type(node))
    if operator is not None:
        _compare(node, NEGATORS[operator] if negated else operator, scope, analysis, place)
        return
    handler = _HANDLERS.get(type(node), _other)
    handler(node, scope, analysis, place, negated)


def _compare(node: exp.Expression, operator: str, scope: Scope, analysis: Analysis, place: Place) -> None:
    """A comparison, with ANY, ALL and row against subquery told apart first."""
    if membership.quantified(node.this, operator, node.expression, scope, analysis, place):
        return
    members, query = comparison.row(node.this), stripped(node.expression)
    if members and isinstance(query, exp.Query):
        membership.in_query(members, query, scope, analysis, place, joined=False)
    else:
        comparison.compare(node.this, operator, node.expression, scope, analysis, place)


def _null_or_truth_test(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    turned = bool(node.args.get("negate")) != negated
    tested = stripped(node.expression)
    if not isinstance(tested, (exp.Null, exp.Boolean)):
        _other(node, scope, analysis, place, negated)
        return
    word = "NULL" if isinstance(tested, exp.Null) else "TRUE" if tested.this else "FALSE"
    test = f"IS NOT {word}" if turned else f"IS {word}"
    for operand in operands(node.this, scope, analysis):
        kind = UseKind.NULL_TEST if word == "NULL" else UseKind.BOOLEAN
        if operand.relation is not None and _tests_a_missing_row(operand, test, place):
            record(operand, UseKind.OTHER, test.lower(), place)
        else:
            record(operand, kind, test.lower(), place, **structural(operand, f"{{}} {test}"))


def _tests_a_missing_row(operand: Operand, test: str, place: Place) -> bool:
    """Whether WHERE looks for rows that an outer join did not find: no index of the joined table helps that."""
    return (
        operand.relation is not None
        and operand.relation.nullable
        and place.filters is None
        and test in {"IS NULL", "IS NOT TRUE", "IS NOT FALSE"}
    )


def _bare(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    """A boolean column, or an expression cast to boolean, standing alone."""
    for operand in operands(node, scope, analysis):
        comparison.boolean(operand, not negated, place)


def _between(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    comparison.between(node, scope, analysis, place, negated=negated)


def _generic(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    """An operator such as ``@>`` or ``%``; the indexed side may be the right one if the operator has a commutator."""
    operator = "%" if isinstance(node, exp.Mod) else str(node.args["operator"]).rpartition(".")[2]
    if operator in set(_COMPARISONS.values()):
        _compare(node, NEGATORS[operator] if negated else operator, scope, analysis, place)
        return
    for left in operands(node.this, scope, analysis):
        for right in operands(node.expression, scope, analysis):
            if left.relation is not None and left.relation is right.relation:
                record(
                    replace(left, columns=tuple(dict.fromkeys(left.columns + right.columns)), column=None, text=None),
                    UseKind.OTHER,
                    operator,
                    place,
                )
                continue
            _generic_side(left, operator, right, place, negated)
            _generic_side(right, COMMUTATORS.get(operator, ""), left, place, negated)


def _generic_side(operand: Operand, operator: str, other: Operand, place: Place, negated: bool) -> None:
    category, base_type = types(operand)
    if not base_type and _is_array(other.node):
        category = "A"
    usable = operator and not negated and (other.value or other.relation is not None)
    kind = kind_of(operator, category, base_type) if usable else UseKind.OTHER
    record(operand, kind, f"not {operator}" if negated else operator, place)


def _is_array(node: exp.Expression) -> bool:
    node = stripped(node)
    if isinstance(node, exp.Cast):
        return node.to.sql(dialect="postgres").endswith("[]")
    return isinstance(node, exp.Array)


def _exists(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    analysis.nested(node.this, scope, joined=not place.branch)


def _constant(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    """TRUE, FALSE, NULL, a parameter: no column."""


def _starts_with(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    for operand in operands(node.this, scope, analysis):
        record(operand, UseKind.OTHER if negated else UseKind.LIKE_PREFIX, "^@", place)


def _cast(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    if truth_of(node.this, scope) is None:
        _bare(node, scope, analysis, place, negated)


def _other(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    """Anything else that is true or false: its columns are read, no known kind of index serves it."""
    for operand in operands(node, scope, analysis):
        record(operand, UseKind.OTHER, "not" if negated else "", place)


_HANDLERS: dict[type[exp.Expression], Handler] = {
    exp.Is: _null_or_truth_test,
    exp.Column: _bare,
    exp.Cast: _cast,
    exp.Between: _between,
    exp.In: membership.in_list,
    exp.Like: pattern.like,
    exp.ILike: pattern.like,
    exp.Escape: pattern.escaped,
    exp.SimilarTo: pattern.similar,
    exp.RegexpLike: pattern.regex,
    exp.RegexpILike: pattern.regex,
    exp.NullSafeEQ: comparison.null_safe,
    exp.NullSafeNEQ: comparison.null_safe,
    exp.Operator: _generic,
    exp.Mod: _generic,
    exp.Exists: _exists,
    exp.Boolean: _constant,
    exp.Null: _constant,
    exp.Parameter: _constant,
    exp.Literal: _constant,
    exp.StartsWith: _starts_with,
}
