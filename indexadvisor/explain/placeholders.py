"""Small, lexically safe edits of ``$n`` placeholders that let PostgreSQL accept a captured text as a parameterised statement.

Normalisation by pg_stat_statements and logs without parameter types leave texts that no server accepts: ``interval $1`` (a typed
literal needs a constant), ``= ANY (ARRAY[$1, $2])`` (an array of unknown elements becomes ``text[]``), ``$2 IS NULL`` (nothing
says the type). Nothing else of the text is touched: strings, comments, dollar quotes and quoted names are skipped by the
rules of the PostgreSQL documentation, section "Lexical Structure" (standard_conforming_strings on).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*)
      | (?P<comment>/\*)
      | (?P<string>[eE]'[^'\\]*(?:(?:''|\\.)[^'\\]*)*(?:'|\Z)|'[^']*(?:''[^']*)*(?:'|\Z)|"[^"]*(?:""[^"]*)*(?:"|\Z))
      | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
      | (?P<parameter>\$\d+)
      | (?P<word>[^\W\d][\w$]*)
      | (?P<number>\d[\w.]*)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")

_TYPES = frozenset({
    "bigint", "bit", "bool", "boolean", "box", "bpchar", "bytea", "char", "character", "cidr", "circle", "date", "daterange",
    "decimal", "float", "float4", "float8", "inet", "int", "int2", "int4", "int4range", "int8", "int8range", "integer",
    "interval", "json", "jsonb", "jsonpath", "line", "lseg", "macaddr", "macaddr8", "money", "name", "nchar", "numeric",
    "numrange", "oid", "path", "pg_lsn", "point", "polygon", "precision", "real", "regclass", "regtype", "smallint", "text",
    "time", "timestamp", "timestamptz", "timetz", "tsquery", "tsrange", "tstzrange", "tsvector", "uuid", "varbit", "varchar",
    "varying", "xml",
})  # fmt: skip
_LEADING = {"precision": "double", "varying": "character|char|bit|nchar"}


class Token(NamedTuple):
    """A piece of SQL text that means something: no space, no comment. ``kind`` is the group's name in the scanner's pattern."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The position just behind it."""
        return self.start + len(self.text)

    @property
    def number(self) -> int:
        """The n of ``$n``."""
        return int(self.text[1:])


@lru_cache(maxsize=1024)
def scan(text: str) -> tuple[Token, ...]:
    """Return the tokens of an SQL text, without space and comments.

    >>> [token.text for token in scan("a = $1 /* $2 /* $3 */ */ AND b = 'it''s $4' -- $5")]
    ['a', '=', '$1', 'AND', 'b', '=', "'it''s $4'"]
    """
    found, position = [], 0
    while match := _TOKEN.match(text, position):
        kind, start = match.lastgroup or "other", position
        position = match.end()
        if kind == "comment":
            position = _after_comment(text, position)
        elif kind == "dollar":
            close = text.find(match.group(), position)
            position = len(text) if close < 0 else close + len(match.group())
        if kind not in ("space", "comment"):
            found.append(Token("string" if kind == "dollar" else kind, text[start:position], start))
    return tuple(found)


def _after_comment(text: str, position: int) -> int:
    """Return the position behind a block comment whose opening was read; PostgreSQL's block comments nest."""
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(text, position)):
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return len(text) if depth else position


@lru_cache(maxsize=1024)
def numbers(text: str) -> tuple[int, ...]:
    """Return the placeholder numbers a text uses, ascending.

    >>> numbers("SELECT '$9' WHERE a = $2 OR b = $10 OR c = $2")
    (2, 10)
    """
    if "$" not in text:
        return ()
    return tuple(sorted({token.number for token in scan(text) if token.kind == "parameter"}))


def names(text: str) -> frozenset[str]:
    """Return every word and quoted name of a text as the server would read it as an identifier, keywords included.

    >>> sorted(names('SELECT * FROM "My View" v, Orders -- old'))
    ['My View', 'from', 'orders', 'select', 'v']
    """
    words = {token.text.lower() for token in scan(text) if token.kind == "word"}
    return frozenset(words | {token.text[1:-1].replace('""', '"') for token in scan(text) if token.text.startswith('"')})


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
    tokens = scan(text)
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
    tokens = scan(text)
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
    operator, length = tokens[position].text, 1
    if operator == "<" and tokens[position + 1].text == ">":
        operator, length = "<>", 2
    words = [token.text.upper() for token in tokens[position + length : position + length + 4]]
    if operator == "=" and tokens[position - 1].text not in ("<", ">", "!", "=") and words == ["ANY", "(", "ARRAY", "["]:
        return position + length + 3, "IN"
    if operator == "<>" and words == ["ALL", "(", "ARRAY", "["]:
        return position + length + 3, "NOT IN"
    return None


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
    tokens = scan(text)
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
    used = numbers(text)
    if used == tuple(range(1, len(parameters) + 1)):
        return text, tuple(parameters)
    place = {number: position for position, number in enumerate(used, 1)}
    edits = [(token.start, token.end, f"${place[token.number]}") for token in scan(text) if token.kind == "parameter"]
    return _edited(text, edits), tuple(parameters[number - 1] for number in used)


def _occurrences(text: str, number: int) -> list[Token]:
    return [token for token in scan(text) if token.kind == "parameter" and token.number == number]


def _edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """Replace stretches of a text, given in ascending order."""
    for start, end, replacement in reversed(edits):
        text = text[:start] + replacement + text[end:]
    return text
