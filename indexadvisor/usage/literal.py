"""Constants as SQL text, when they are the same in every captured call."""

from __future__ import annotations

import re

from sqlglot import exp

from indexadvisor.catalog.model import Column
from indexadvisor.usage.analysis import stripped
from indexadvisor.usage.scope import Scope
from indexadvisor.usage.span import span

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_TRUE, _FALSE = frozenset({"t", "true", "1", "on", "yes", "y"}), frozenset({"f", "false", "0", "off", "no", "n"})
_STRINGS = (exp.Literal, exp.ByteString, exp.RawString, exp.UnicodeString)


def recurring_text(node: exp.Expression, scope: Scope, column: Column | None) -> tuple[str, bool] | None:
    """Return a constant as SQL text and whether it was a parameter; None unless it is the same in every captured call."""
    node = stripped(node)
    if isinstance(node, exp.Neg):
        inner = recurring_text(node.this, scope, column)
        return None if inner is None or inner[1] or inner[0].startswith("-") else (f"-{inner[0]}", False)
    if isinstance(node, exp.Cast):
        return _cast_text(node, scope, column)
    if isinstance(node, exp.Parameter):
        number = str(node.this.this)
        value = scope.constants.recurring_value(int(number)) if number.isdigit() else None
        return None if value is None else (quoted_value(value, column), True)
    if isinstance(node, exp.Boolean):
        truth = truth_of(node, scope)
        return None if truth is None else (str(truth).lower(), False)
    if isinstance(node, exp.Null):
        return "NULL", False
    if isinstance(node, _STRINGS):
        where = span(node, scope.source)
        if where is not None and scope.constants.recurring_literal(where[0]):
            return scope.source.text[where[0] : where[1]], False
    return None


def _cast_text(node: exp.Cast, scope: Scope, column: Column | None) -> tuple[str, bool] | None:
    """A cast to text or to the column's own type adds nothing to a literal (views print it); other casts are kept."""
    inner = recurring_text(node.this, scope, column)
    where = span(node, scope.source)
    if inner is None:
        return None
    literal = span(stripped(node.this), scope.source)
    target = scope.source.text[literal[1] : where[1]].lstrip(": ").lower() if literal is not None and where is not None else ""
    same = target in {"text", "varchar"} or (column is not None and target in {column.base_type, column.type_name})
    if same or isinstance(stripped(node.this), exp.Parameter):
        return inner
    return None if where is None else (scope.source.text[where[0] : where[1]], False)


def truth_of(node: exp.Expression, scope: Scope) -> bool | None:
    """Return the truth value of a boolean constant that recurs in every call, or None."""
    node = stripped(node)
    if isinstance(node, exp.Boolean):
        places = _boolean_tokens(node, scope)
        return bool(node.this) if all(scope.constants.recurring_literal(place) for place in places) else None
    if isinstance(node, exp.Parameter) and str(node.this.this).isdigit():
        value = scope.constants.recurring_value(int(str(node.this.this)))
        return _truth(value)
    if isinstance(node, exp.Literal) and node.is_string:
        found = recurring_text(node, scope, None)
        return _truth(str(node.this)) if found is not None else None
    return None


def _truth(value: str | None) -> bool | None:
    lowered = (value or "").strip().lower()
    return True if lowered in _TRUE else False if lowered in _FALSE else None


def _boolean_tokens(node: exp.Expression, scope: Scope) -> list[int]:
    """Positions of the TRUE or FALSE that a node stands for: sqlglot keeps none, so all equal words after its operand count."""
    sibling = node.parent.this if node.parent is not None and node.parent.this is not node else None
    where = span(stripped(sibling), scope.source) if isinstance(sibling, exp.Expression) else None
    index = scope.source.ending.get(where[1]) if where is not None else None
    if index is None:
        return [token.start for token in scope.source.tokens if token.text.upper() in {"TRUE", "FALSE"}]
    following = [token for token in scope.source.tokens[index + 1 : index + 5] if token.text.upper() in {"TRUE", "FALSE"}]
    return [following[0].start] if following else []


def quoted_value(value: str | None, column: Column | None) -> str:
    """Return a captured parameter value as a literal: a bare number for numeric columns, a quoted string else.

    >>> quoted_value("it's", None), quoted_value(None, None)
    ("'it''s'", 'NULL')
    """
    if value is None:
        return "NULL"
    if column is not None and column.category == "N" and _NUMBER.fullmatch(value):
        return value
    if column is not None and column.category == "B" and _truth(value) is not None:
        return "true" if _truth(value) else "false"
    return "'" + value.replace("'", "''") + "'"
