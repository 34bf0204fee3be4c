"""Columns, operators and values of a condition that no tree could be made of."""

from __future__ import annotations

from indexadvisor.explain.condition_words import KEYWORDS
from indexadvisor.explain.expression import ColumnName, Expression, Kind
from indexadvisor.lexer import Token, significant

MAX_TOKENS = 200_000


def searched(text: str) -> Expression:
    """Return the columns, operators and values that stand in a text, side by side, without a tree."""
    parts = []
    tokens = list(significant(text))[:MAX_TOKENS]
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        before = tokens[index - 1].text if index else ""
        if token.kind in ("word", "quoted") and following not in ("(", ".") and before != "::" and token.text.upper() not in KEYWORDS:
            alias = name_of(tokens[index - 2]) if before == "." and index > 1 else None
            parts.append(_part("column", token, column=ColumnName(alias, name_of(token))))
        elif token.kind in ("string", "number"):
            parts.append(_part("constant", token, token.text))
        elif token.kind == "parameter":
            parts.append(_part("parameter", token, token.text))
        elif token.kind == "operator":
            parts.append(_part("operator", token, token.text))
    return Expression("other", arguments=tuple(parts), start=0, end=len(text))


def _part(kind: Kind, token: Token, name: str = "", column: ColumnName | None = None) -> Expression:
    return Expression(kind, name, column=column, start=token.start, end=token.end)


def name_of(token: Token) -> str:
    """Return an identifier without quotes; EXPLAIN prints words as they are stored."""
    return token.text[1:].removesuffix('"').replace('""', '"') if token.kind == "quoted" and token.text[0] == '"' else token.text
