"""Tokens of PostgreSQL's SQL, enough to split scripts, find ``$n`` and skip strings and comments; no grammar.

Follows src/backend/parser/scan.l with ``standard_conforming_strings = on`` (PostgreSQL documentation, 4.1 Lexical Structure).
Every character belongs to exactly one token, whatever the input: an unterminated string or comment runs to the end and is
marked as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<space>\s++)
    | (?P<comment>--[^\n\r]*+)
    | (?P<block>/\*)
    | (?P<string>[eE]'(?:[^'\\]|\\.|'')*+' | (?:[bBxXnN]|[uU]&)?'[^']*+(?:''[^']*+)*+')
    | (?P<dollar>\$(?P<tag>[A-Za-z_\x80-\U0010ffff][\w]*+)?\$)
    | (?P<parameter>\$\d++)
    | (?P<quoted>(?:[uU]&)?"[^"]*+(?:""[^"]*+)*+")
    | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*+)
    | (?P<number>\d[\w.]*+|\.\d[\w]*+)
    | (?P<open>[(\[]) | (?P<close>[)\]]) | (?P<semicolon>;)
    | (?P<unterminated>(?:[eEbBxXnN]|[uU]&)?['"].*+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")
SILENT = frozenset({"space", "comment", "block"})
"""Kinds of token that carry no meaning."""


class Token(NamedTuple):
    """A piece of the text, ``text[start:end]``. ``kind`` is a group name of the pattern above."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a script without its semicolon. ``start`` is where its first meaningful token stands, ``lead`` where
    the blank space and comments before it begin; ``complete`` is False when a string, comment or bracket stays open.
    """

    lead: int
    start: int
    end: int
    complete: bool = True


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the tokens of a text; the concatenation of all is the text.

    >>> [token.kind for token in tokens("a=$1 -- it's")]
    ['word', 'other', 'parameter', 'space', 'comment']
    """
    position, end = start, len(text)
    while position < end:
        match = _TOKEN.match(text, position)
        assert match is not None
        kind, stop = match.lastgroup or "other", match.end()
        if kind == "block":
            stop, closed = _block_end(text, stop)
            kind = kind if closed else "unterminated"
        elif kind == "dollar":
            close = text.find(match.group("dollar"), stop)
            kind, stop = ("string", close + len(match.group("dollar"))) if close >= 0 else ("unterminated", end)
        yield Token(kind, position, stop)
        position = stop


def meaningful(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the tokens that are neither white space nor comments."""
    return (token for token in tokens(text, start) if token.kind not in SILENT)


def placeholders(text: str) -> int:
    """Return the highest ``n`` of the ``$n`` in a text, 0 when there is none; strings and comments do not count.

    >>> placeholders("select '$9' from t where a = $2 -- $7")
    2
    """
    if "$" not in text:
        return 0
    # a number of more than five digits is no placeholder that any server would take (65,535 at most)
    numbers = (text[token.start + 1 : token.end] for token in tokens(text) if token.kind == "parameter")
    return max((int(number) for number in numbers if len(number) <= 5), default=0)


def split(text: str) -> Iterator[Piece]:
    """Yield the statements of a script, split where psql would: not inside strings, brackets or BEGIN ATOMIC bodies.

    >>> script = "select ';'; -- one\\nselect 2"
    >>> [script[piece.start:piece.end] for piece in split(script)]
    ["select ';'", 'select 2']
    """
    position = 0
    while position < len(text):
        piece, position = next_statement(text, position)
        if piece is not None:
            yield piece


def next_statement(text: str, start: int) -> tuple[Piece | None, int]:
    """Return the first statement at or after ``start`` (None when only blanks are left) and where to go on."""
    first = last = -1
    brackets = bodies = 0
    words: list[str] = []
    for token in tokens(text, start):
        if token.kind in SILENT:
            continue
        if token.kind == "semicolon" and brackets == 0 and bodies == 0:
            return (None if first < 0 else Piece(start, first, last)), token.end
        first, last = (token.start if first < 0 else first), token.end
        if token.kind == "unterminated":
            return Piece(start, first, last, complete=False), len(text)
        brackets = max(brackets + (token.kind == "open") - (token.kind == "close"), 0)
        if token.kind == "word":
            word = text[token.start : token.end].lower()
            bodies += _body_step(words, word)
            words = [*words[:4], word]
    piece = None if first < 0 else Piece(start, first, last, complete=brackets == 0 and bodies == 0)
    return piece, len(text)


def _body_step(words: list[str], word: str) -> int:
    """Return the change of depth inside CREATE FUNCTION ... BEGIN ATOMIC ... END, as psql counts it (psqlscan.l)."""
    if word not in ("begin", "atomic", "case", "end") or not words or words[0] != "create":
        return 0
    if not {"function", "procedure"} & set(words[1:4]):
        return 0
    if word == "atomic":
        return int(words[-1] == "begin")
    return {"begin": 0, "case": 1, "end": -1}[word]


def _block_end(text: str, position: int) -> tuple[int, bool]:
    """Return where a block comment ends (they nest), and whether it ends at all."""
    depth = 1
    for edge in _BLOCK_EDGE.finditer(text, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end(), True
    return len(text), False
