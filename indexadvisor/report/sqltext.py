"""A scanner for SQL-like text that never fails, and what rests on it: hidden characters shown, literals masked.

The text comes from logs, plans and messages and need not be valid SQL. Where a token is cut off (a quote without its end)
the token runs to the end of the text, so that nothing after it can be taken for something harmless.
Lexical rules: PostgreSQL documentation, section "Lexical Structure".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MASK = "'?'"
"""What stands in place of a masked literal: SQL that holds it still parses."""

_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
                     "\U000e0000-\U000e007f]")  # fmt: skip
_TOKEN = re.compile(
    r"""(?P<string>[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z) | (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|\Z)
                 | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z))
      | (?P<quoted>(?:[uU]&)?"(?:[^"]|"")*(?:"|\Z))
      | (?P<comment>--[^\r\n]*|/\*)
      | (?P<placeholder>\$\d+)
      | (?P<word>[^\W\d][\w$]*)
      | (?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?\w*)
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_CLOSED = re.compile(
    r"""[eE]'(?:[^'\\]|''|\\.)*' | (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*' | \$(?P<tag>\w*)\$.*\$(?P=tag)\$ | (?:[uU]&)?"(?:[^"]|"")*\"""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


class TokenKind(StrEnum):
    """What a piece of SQL text is."""

    STRING = "string"
    QUOTED = "quoted"
    COMMENT = "comment"
    PLACEHOLDER = "placeholder"
    WORD = "word"
    NUMBER = "number"
    SPACE = "space"
    OTHER = "other"


@dataclass(frozen=True)
class Token:
    """One piece of the text, as it stands there."""

    kind: TokenKind
    text: str


def tokens(text: str) -> Iterator[Token]:
    """Yield the pieces of a text; joined, they are the text again.

    >>> [token.text for token in tokens("a='it''s'") if token.kind is TokenKind.STRING]
    ["'it''s'"]
    """
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:  # the last alternative takes any character
            raise AssertionError(position)
        end = match.end()
        if match.group() == "/*":
            end = _comment_end(text, end)
        # a named group inside the string alternative can be the last one matched, so the kind is looked up by presence
        kind = next(kind for kind in TokenKind if match.group(kind.value) is not None)
        yield Token(kind, text[position:end])
        position = end


def _comment_end(text: str, position: int) -> int:
    """Return where a block comment ends; PostgreSQL nests them."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(text, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def visible(text: str) -> str:
    r"""Return a text whose control, direction and zero-width characters are spelled out; tabs and line ends stay.

    >>> visible("a\x1b[31m\u202eb")
    'a\\x1b[31m\\u202eb'
    """
    return _HIDDEN.sub(_spelled, text.replace("\r\n", "\n"))


def _spelled(match: re.Match[str]) -> str:
    number = ord(match.group())
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def one_line(text: str, width: int | None = None) -> str:
    """Return a text on one line, hidden characters spelled out, cut to ``width`` characters with an ellipsis."""
    flat = " ".join(visible(text).split())
    return flat if width is None or len(flat) <= width else flat[: width - 1].rstrip() + "…"


def visible_sql(text: str) -> str:
    r"""Return the same SQL with hidden characters inside quotes written as Unicode escapes, so that what is read is what runs.

    Source: PostgreSQL documentation, sections 4.1.1 and 4.1.2.3 (``U&"..."`` and ``U&'...'``).

    >>> visible_sql('CREATE INDEX "a\u202eb" ON t (x)')
    'CREATE INDEX U&"a\\202eb" ON t (x)'
    """
    return "".join(_escaped(token.text) if token.kind in {TokenKind.QUOTED, TokenKind.STRING} else token.text for token in tokens(text))


def _escaped(quoted: str) -> str:
    if quoted[0] not in "\"'" or not (_HIDDEN.search(quoted) or re.search(r"[\r\n\t]", quoted)):
        return quoted
    hidden = re.compile(f"{_HIDDEN.pattern}|[\r\n\t]")
    return "U&" + hidden.sub(_unicode_escape, quoted.replace("\\", "\\\\"))


def _unicode_escape(match: re.Match[str]) -> str:
    number = ord(match.group())
    return f"\\{number:04x}" if number < 0x10000 else f"\\+{number:06x}"


def literals(text: str) -> frozenset[str]:
    """Return the contents of all string and number literals of a text."""
    found = set()
    for token in tokens(text):
        if token.kind is TokenKind.NUMBER:
            found.add(token.text)
        elif token.kind is TokenKind.STRING:
            found.add(_contents(token.text))
    return frozenset(found)


def _contents(literal: str) -> str:
    if literal.startswith("$"):
        tag = literal[: literal.index("$", 1) + 1]
        return literal[len(tag) :].removesuffix(tag)
    body = literal[literal.index("'") + 1 :].removesuffix("'").replace("''", "'")
    return re.sub(r"\\(.)", r"\1", body) if literal[0] in "eE" else body


def mask_literals(text: str) -> str:
    r"""Replace every literal by ``'?'`` and drop comments; NULL, TRUE and FALSE stay.

    A plain string that holds a backslash before a quote may go on where standard_conforming_strings is off: the rest is masked
    too. Where the quotes do not balance nobody can say which side of one is the literal: the whole text is masked.

    >>> mask_literals("(status = 'open'::text) AND n > 5 -- note")
    "(status = '?'::text) AND n > '?' "
    """
    out = []
    for token in tokens(text):
        if token.kind in {TokenKind.STRING, TokenKind.QUOTED} and not _CLOSED.fullmatch(token.text):
            return MASK
        if token.kind in {TokenKind.STRING, TokenKind.NUMBER}:
            out.append(MASK)
            if token.kind is TokenKind.STRING and token.text[0] == "'" and "\\'" in token.text:
                break
        elif token.kind is not TokenKind.COMMENT:
            out.append(token.text)
    return "".join(out)
