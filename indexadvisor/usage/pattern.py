"""LIKE, ILIKE, SIMILAR TO and regular expressions: which part of the pattern is fixed decides which index can help.

A pattern that comes as a parameter is judged by the captured values; with none captured it counts as infix, which a trigram
index serves whatever the value. ``~~*`` (ILIKE) marks uses that no B-tree serves, prefix or not.
"""

from __future__ import annotations

import re

from sqlglot import exp

from indexadvisor.usage.analysis import Analysis, stripped
from indexadvisor.usage.membership import quantified_pattern
from indexadvisor.usage.model import UseKind
from indexadvisor.usage.operand import operands
from indexadvisor.usage.operators import NEGATORS
from indexadvisor.usage.record import Place, record
from indexadvisor.usage.scope import Scope
from indexadvisor.usage.span import span

_FIXED_START = re.compile(r"[^%_]")


def like(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    """LIKE and ILIKE, by operator or keyword."""
    operator = "~~*" if isinstance(node, exp.ILike) else "~~"
    turned = bool(node.args.get("negate")) != negated
    pattern = node.expression
    inner = quantified_pattern(pattern)
    for other in operands(inner if inner is not None else pattern, scope, analysis):
        for operand in operands(node.this, scope, analysis):
            if turned or not other.value:
                record(operand, UseKind.OTHER, NEGATORS[operator] if turned else operator, place)
            else:
                kind = UseKind.LIKE_INFIX if inner is not None or not starts_fixed(pattern, scope) else UseKind.LIKE_PREFIX
                record(operand, kind, operator, place)
        record(other, UseKind.OTHER, operator, place)


def escaped(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    """LIKE .. ESCAPE: the same condition."""
    like(node.this, scope, analysis, place, negated)


def similar(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    """SIMILAR TO, which PostgreSQL turns into a regular expression."""
    _match(node, "similar to", "not similar to", scope, analysis, place, negated)


def regex(node: exp.Expression, scope: Scope, analysis: Analysis, place: Place, negated: bool) -> None:
    """``~`` and ``~*``."""
    operator = "~*" if isinstance(node, exp.RegexpILike) else "~"
    _match(node, operator, NEGATORS[operator], scope, analysis, place, negated)


def _match(
    node: exp.Expression, operator: str, negator: str, scope: Scope, analysis: Analysis, place: Place, negated: bool
) -> None:  # fmt: skip
    for operand in operands(node.this, scope, analysis):
        record(operand, UseKind.OTHER if negated else UseKind.REGEX, negator if negated else operator, place)
    for other in operands(node.expression, scope, analysis):
        record(other, UseKind.OTHER, operator, place)


def starts_fixed(pattern: exp.Expression, scope: Scope) -> bool:
    """Whether every known value of a pattern starts with a fixed character."""
    pattern = stripped(pattern)
    while isinstance(pattern, (exp.DPipe, exp.Cast)):
        first = stripped(pattern.this)
        if isinstance(pattern, exp.DPipe) and isinstance(first, exp.Parameter):
            return all(_fixed(value) for value in _values(first, scope))  # `$1 || '%'` without values: meant as a prefix
        pattern = first
    values = _values(pattern, scope)
    return bool(values) and all(_fixed(value) for value in values)


def _fixed(value: str | None) -> bool:
    return value is None or bool(_FIXED_START.match(value))


def _values(node: exp.Expression, scope: Scope) -> list[str | None]:
    if isinstance(node, exp.Parameter) and str(node.this.this).isdigit():
        return list(scope.constants.values(int(str(node.this.this))))
    if isinstance(node, exp.Literal) and node.is_string:
        where = span(node, scope.source)
        texts = scope.constants.literals(where[0]) if where is not None else ()
        return [text.lstrip("eE").removeprefix("'") for text in texts if text] or [str(node.this)]
    return []
