"""How SQL-like text of logs, plans and messages is shown: hidden characters spelled out, literals masked. It need not be valid SQL."""

from __future__ import annotations

import re

from indexadvisor.lexer import tokens

MASK = "'?'"
"""What stands in place of a masked literal: SQL that holds it still parses."""

_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
                     "\U000e0000-\U000e007f]")  # fmt: skip
_QUOTES = frozenset({"string", "quoted"})
_LITERALS = frozenset({"string", "number"})


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
    return "".join(_escaped(token.text) if token.kind in _QUOTES else token.text for token in tokens(text))


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
        if token.kind == "number":
            found.add(token.text)
        elif token.kind == "string":
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
        if token.kind in _QUOTES and not token.closed:
            return MASK
        if token.kind in _LITERALS:
            out.append(MASK)
            if token.kind == "string" and token.text[0] == "'" and "\\'" in token.text:
                break
        elif token.kind != "comment":
            out.append(token.text)
    return "".join(out)
