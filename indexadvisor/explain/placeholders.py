"""Small, lexically safe edits of ``$n`` placeholders that let PostgreSQL accept a captured text as a parameterised statement.

Normalisation by pg_stat_statements and logs without parameter types leave texts that no server accepts: ``interval $1`` (a typed
literal needs a constant), ``= ANY (ARRAY[$1, $2])`` (an array of unknown elements becomes ``text[]``), ``$2 IS NULL`` (nothing
says the type). Nothing else of the text is touched: strings, comments, dollar quotes and quoted names are skipped by the
rules of the PostgreSQL documentation, section "Lexical Structure" (standard_conforming_strings on).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from indexadvisor.lexer import Token, placeholders, significant

_TYPES = frozenset({
    "bigint", "bit", "bool", "boolean", "box", "bpchar", "bytea", "char", "character", "cidr", "circle", "date", "daterange",
    "decimal", "float", "float4", "float8", "inet", "int", "int2", "int4", "int4range", "int8", "int8range", "integer",
    "interval", "json", "jsonb", "jsonpath", "line", "lseg", "macaddr", "macaddr8", "money", "name", "nchar", "numeric",
    "numrange", "oid", "path", "pg_lsn", "point", "polygon", "precision", "real", "regclass", "regtype", "smallint", "text",
    "time", "timestamp", "timestamptz", "timetz", "tsquery", "tsrange", "tstzrange", "tsvector", "uuid", "varbit", "varchar",
    "varying", "xml",
})  # fmt: skip
_LISTS: dict[tuple[str, ...], str] = {
    ("=", "ANY", "(", "ARRAY", "["): "IN",
    ("<>", "ALL", "(", "ARRAY", "["): "NOT IN",
    ("!=", "ALL", "(", "ARRAY", "["): "NOT IN",
}
_LEADING = {"precision": "double", "varying": "character|char|bit|nchar"}


@lru_cache(maxsize=1024)
def _scan(text: str) -> tuple[Token, ...]:
    """Return the tokens that matter, kept because one text is edited in several steps."""
    return tuple(significant(text))


@lru_cache(maxsize=1024)
def typed_literals(text: str) -> str:
    """Turn typed literals with a placeholder into casts, as PostgreSQL accepts only constants in the first form.

    >>> typed_literals("at > now() - interval $1 AND d < timestamp(3) with time zone $2")
    'at > now() - $1::interval AND d < $2::timestamp(3) with time zone'
    >>> typed_literals("x AT TIME ZONE $1 LIMIT $2")
    'x AT TIME ZONE $1 LIMIT $2'
    """
    if "$" not in text:
        return text
    tokens = _scan(text)
    edits = []
    for position, token in enumerate(tokens):
        first = _type_before(tokens, position) if token.kind == "parameter" else None
        if first is not None:
            type_text = text[tokens[first].start : tokens[position - 1].end]
            edits.append((tokens[first].start, token.end, f"{token.text}::{type_text}"))
    return _edited(text, edits)


def _type_before(tokens: Sequence[Token], position: int) -> int | None:
    """Return where the type name that ends just before a token starts, or None when no type name stands there."""

    def word(index: int) -> str:
        return tokens[index].text.lower() if index >= 0 and tokens[index].kind == "word" else ""

    last = position - 1
    zoned = word(last) == "zone" and word(last - 1) == "time" and word(last - 2) in ("with", "without")
    if zoned:
        last -= 3
    if last >= 0 and tokens[last].text == ")":
        while last >= 0 and tokens[last].text != "(":
            last -= 1
        last -= 1
    name = word(last)
    if name not in _TYPES or (zoned and name not in ("time", "timestamp")):
        return None
    if name in _LEADING:
        return last - 1 if word(last - 1) in _LEADING[name].split("|") else None
    return last - 2 if last >= 2 and tokens[last - 1].text == "." else last


def lists_for_arrays(text: str) -> str:
    """Turn ``= ANY (ARRAY[...])`` into ``IN (...)`` and ``<> ALL (ARRAY[...])`` into ``NOT IN (...)``.

    In a list each element takes its type from the left side; in an array of bare placeholders none has one.

    >>> lists_for_arrays("id = ANY (ARRAY[$1, $2]) AND t <> ALL(ARRAY[$3])")
    'id IN ($1, $2) AND t NOT IN ($3)'
    """
    tokens = _scan(text)
    edits = []
    for position in range(len(tokens) - 4):
        opening = _array_opening(tokens, position)
        if opening is None:
            continue
        bracket, spelling = opening
        close = next((i for i in range(bracket + 1, len(tokens) - 1) if tokens[i].text in ("[", "]")), None)
        if close is not None and tokens[close].text == "]" and tokens[close + 1].text == ")" and close > bracket + 1:
            inner = text[tokens[bracket].end : tokens[close].start]
            edits.append((tokens[position].start, tokens[close + 1].end, f"{spelling} ({inner})"))
    return _edited(text, edits)


def _array_opening(tokens: Sequence[Token], position: int) -> tuple[int, str] | None:
    """Return the position of the ``[`` and the spelling as a list, when ``= ANY (ARRAY[`` or ``<> ALL (ARRAY[`` starts here."""
    words = tuple(token.text.upper() for token in tokens[position : position + 5])
    spelling = _LISTS.get(words)
    return None if spelling is None else (position + 4, spelling)


def cast(text: str, number: int, type_name: str = "text") -> str:
    """Give every occurrence of one placeholder a type.

    >>> cast("SELECT $1, '$1', $10", 1)
    "SELECT $1::text, '$1', $10"
    """
    return _edited(text, [(token.end, token.end, f"::{type_name}") for token in _occurrences(text, number)])


def null_tests_answered(text: str, number: int, is_null: bool) -> str:
    """Replace one placeholder by a literal wherever ``IS [NOT] NULL`` follows: there only its being null matters.

    >>> null_tests_answered("$1 IS NULL OR id = $1", 1, is_null=False)
    "'' IS NULL OR id = $1"
    """
    tokens = _scan(text)
    tested = [
        token for token, following in pairwise(tokens)
        if token.text == f"${number}" and token.kind == "parameter" and following.text.upper() in ("IS", "ISNULL", "NOTNULL")
    ]  # fmt: skip
    return _edited(text, [(token.start, token.end, "NULL" if is_null else "''") for token in tested])


def dense(text: str, parameters: Sequence[str | None]) -> tuple[str, tuple[str | None, ...]]:
    """Renumber placeholders from 1 without gaps and drop the values that the text does not use.

    PostgreSQL cannot tell the type of a parameter that stands nowhere, and refuses the whole statement.

    >>> dense("a = $3 AND b = $1", ["x", "unused", "z"])
    ('a = $2 AND b = $1', ('x', 'z'))
    """
    used = placeholders(text)
    if used == tuple(range(1, len(parameters) + 1)):
        return text, tuple(parameters)
    place = {number: position for position, number in enumerate(used, 1)}
    edits = [(token.start, token.end, f"${place[token.number]}") for token in _scan(text) if token.kind == "parameter" and token.number]
    return _edited(text, edits), tuple(parameters[number - 1] for number in used)


def _occurrences(text: str, number: int) -> list[Token]:
    return [token for token in _scan(text) if token.kind == "parameter" and token.number == number]


def _edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """Replace stretches of a text, given in ascending order."""
    for start, end, replacement in reversed(edits):
        text = text[:start] + replacement + text[end:]
    return text
