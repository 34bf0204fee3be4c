"""Tokens of PostgreSQL's SQL: enough to skip strings and comments, find names and ``$n`` and split scripts; no grammar.

Follows src/backend/parser/scan.l with ``standard_conforming_strings = on`` (PostgreSQL documentation, 4.1 Lexical Structure). The
text comes from logs and plans and need not be valid SQL: every character belongs to exactly one token, and a string or
comment without its end runs to the end of the text, so that nothing after it can be taken for something harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# no possessive quantifiers: Python 3.11.0 to 3.11.4 match them wrongly around assertions
_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>--[^\n\r]*|/\*)
    | (?P<string>[eE]'[^'\\]*(?:(?:''|\\.)[^'\\]*)*(?:'|\Z) | (?:[bBxXnN]|[uU]&)?'[^']*(?:''[^']*)*(?:'|\Z))
    | (?P<quoted>(?:[uU]&)?"[^"]*(?:""[^"]*)*(?:"|\Z))
    | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?\$)
    | (?P<parameter>\$[0-9]+)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>(?:0[xXoObB]\w+ | \d[\d_]*(?:\.(?!\.)[\d_]*)? | (?<!\.)\.\d[\d_]*)(?:[eE][+-]?\d+)?\w*)
    | (?P<operator>(?:(?!--|/\*)[-+*/<>=~!@\#%^&|`?])+)
    | (?P<punctuation>::|:=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
SILENT = frozenset({"space", "comment"})
"""Kinds of token that carry no meaning."""
BRACKETS = {"(": 1, "[": 1, ")": -1, "]": -1}
"""By how much a token changes the depth."""
_PLAIN = frozenset({"space", "word", "punctuation", "parameter", "number"})  # always as the pattern cuts them
_MAX_PLACEHOLDER = 65_535  # the protocol counts parameters in 16 bits
_UNICODE_ESCAPE = re.compile(r"\\(?:\+([0-9A-Fa-f]{6})|([0-9A-Fa-f]{4})|(\\))")
_FOLDED = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


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
        """The n of a ``$n``, 0 where it is more than a server takes."""
        number = int(self.text[1:]) if len(self.text) <= 6 else 0
        return number if number <= _MAX_PLACEHOLDER else 0


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the tokens of a text; joined, they are the text again.

    >>> [(token.kind, token.text) for token in tokens("a=-$1 -- it's")][:4]
    [('word', 'a'), ('operator', '='), ('operator', '-'), ('parameter', '$1')]
    """
    position, scan, token = start, _TOKEN.match, Token
    while (match := scan(text, position)) is not None:
        kind, closed, begin = match.lastgroup or "punctuation", True, position
        position = match.end()
        if kind in _PLAIN:
            yield token(kind, match.group(), begin)
            continue
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
        yield token(kind, text[begin:position], begin, closed)


def significant(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the tokens that are neither white space nor comments.

    >>> [token.text for token in significant("a /* x /* y */ */ ->>'k' = $1,$2 -- end")]
    ['a', '->>', "'k'", '=', '$1', ',', '$2']
    """
    return (token for token in tokens(text, start) if token.kind not in SILENT)


def placeholders(text: str) -> tuple[int, ...]:
    """Return the numbers of the ``$n`` in a text, ascending; those in strings and comments do not count.

    >>> placeholders("SELECT '$9' WHERE a = $2 OR b = $10 OR c = $2 -- $7")
    (2, 10)
    """
    if "$" not in text:
        return ()
    return tuple(sorted({token.number for token in tokens(text) if token.kind == "parameter"} - {0}))


def names(text: str) -> frozenset[str]:
    """Return every word and quoted name of a text as the server would read it as an identifier, keywords included.

    >>> sorted(names('SELECT * FROM "My View" v, Orders -- old'))
    ['My View', 'from', 'orders', 'select', 'v']
    """
    return frozenset(_name(token) for token in tokens(text) if token.kind in ("word", "quoted"))


def _name(token: Token) -> str:
    """Return an identifier as the server folds it: in UTF-8, ASCII letters alone (src/backend/parser/scansup.c)."""
    if token.kind == "word":
        return token.text.translate(_FOLDED)
    name = token.text[token.text.index('"') + 1 :].removesuffix('"').replace('""', '"')
    return name if token.text[0] == '"' else _UNICODE_ESCAPE.sub(_unescaped, name)


def _unescaped(escape: re.Match[str]) -> str:
    number = int(escape[1] or escape[2] or "5c", 16)
    return chr(number) if number <= 0x10FFFF else escape[0]


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
