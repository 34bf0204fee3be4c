"""Tokens of PostgreSQL's SQL: enough to skip strings and comments, find ``$n`` and split scripts; no grammar.

Follows src/backend/parser/scan.l with ``standard_conforming_strings = on`` (PostgreSQL documentation, 4.1 Lexical Structure). The
text comes from logs and plans and need not be valid SQL: every character belongs to exactly one token, and a string or
comment without its end runs to the end of the text, so that nothing after it can be taken for something harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<space>\s++)
    | (?P<comment>--[^\n\r]*+|/\*)
    | (?P<string>[eE]'[^'\\]*+(?:(?:''|\\.)[^'\\]*+)*+(?:'|\Z) | (?:[bBxXnN]|[uU]&)?'[^']*+(?:''[^']*+)*+(?:'|\Z))
    | (?P<quoted>(?:[uU]&)?"[^"]*+(?:""[^"]*+)*+(?:"|\Z))
    | (?P<dollar>\$(?:[^\W\d]\w*+)?\$)
    | (?P<parameter>\$\d++)
    | (?P<word>[^\W\d][\w$]*+)
    | (?P<number>(?:0[xXoObB]\w++ | \d[\d_]*+(?:\.(?!\.)[\d_]*+)? | (?<!\.)\.\d[\d_]*+)(?:[eE][+-]?\d++)?\w*+)
    | (?P<operator>(?:(?!--|/\*)[-+*/<>=~!@\#%^&|`?])++)
    | (?P<punctuation>::|:=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_SILENT = frozenset({"space", "comment"})
_MAX_PLACEHOLDER = 65_535  # the protocol counts parameters in 16 bits


class Token(NamedTuple):
    """A piece of the text. ``kind`` is space, comment, string (dollar-quoted ones too), quoted, parameter, word, number, operator or
    punctuation. ``closed`` is False for a string, quoted name or block comment that the text ends in.
    """

    kind: str
    text: str
    start: int
    closed: bool = True

    @property
    def end(self) -> int:
        """The position just behind it."""
        return self.start + len(self.text)

    @property
    def number(self) -> int:
        """The n of a ``$n``."""
        return int(self.text[1:])


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the tokens of a text; joined, they are the text again.

    >>> [(token.kind, token.text) for token in tokens("a=-$1 -- it's")][:4]
    [('word', 'a'), ('operator', '='), ('operator', '-'), ('parameter', '$1')]
    """
    position = start
    while (match := _TOKEN.match(text, position)) is not None:
        kind, closed, begin = match.lastgroup or "punctuation", True, position
        position = match.end()
        if kind == "dollar":
            close = text.find(match.group(), position)
            closed, kind = close >= 0, "string"
            position = close + len(match.group()) if closed else len(text)
        elif kind == "comment" and match.group() == "/*":
            position, closed = _comment_end(text, position)
        elif kind == "operator":
            position = begin + len(_operator(match.group()))
        elif kind in ("string", "quoted") and position == len(text):
            closed = _is_closed(match.group())
        yield Token(kind, text[begin:position], begin, closed)


def significant(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the tokens that are neither white space nor comments.

    >>> [token.text for token in significant("a /* x /* y */ */ ->>'k' = $1,$2 -- end")]
    ['a', '->>', "'k'", '=', '$1', ',', '$2']
    """
    return (token for token in tokens(text, start) if token.kind not in _SILENT)


def placeholders(text: str) -> tuple[int, ...]:
    """Return the numbers of the ``$n`` in a text, ascending; those in strings and comments do not count.

    >>> placeholders("SELECT '$9' WHERE a = $2 OR b = $10 OR c = $2 -- $7")
    (2, 10)
    """
    if "$" not in text:
        return ()
    found = {token.number for token in tokens(text) if token.kind == "parameter" and len(token.text) <= 6}
    return tuple(sorted(number for number in found if 0 < number <= _MAX_PLACEHOLDER))


def _operator(run: str) -> str:
    """Cut a run of operator characters before a trailing sign, as scan.l does: ``=-`` is two operators, ``@-`` is one."""
    while len(run) > 1 and run[-1] in "+-" and not any(character in "~!@#%^&|`?" for character in run):
        run = run[:-1]
    return run


def _is_closed(quoted: str) -> bool:
    quote = '"' if quoted[0] == '"' or quoted[:3].upper() == 'U&"' else "'"
    body = quoted[quoted.index(quote) + 1 :]
    if quoted[0] in "eE" and quote == "'":
        body = re.sub(r"\\.", "", body, flags=re.DOTALL)
    return body.replace(quote * 2, "").endswith(quote)


def _comment_end(text: str, position: int) -> tuple[int, bool]:
    """Return where a block comment ends (they nest), and whether it ends at all."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(text, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end(), True
    return len(text), False
