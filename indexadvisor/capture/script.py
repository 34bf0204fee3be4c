"""Scripts into statements, cut where psql cuts them, and the statement within another (``PREPARE ... AS``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from indexadvisor.lexer import BRACKETS, SILENT, significant, tokens


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a script without its semicolon. ``start`` is where its first meaningful token stands, ``lead`` where
    the blank space and comments before it begin; ``complete`` is False when a string, comment or bracket stays open.
    """

    lead: int
    start: int
    end: int
    complete: bool = True


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
        if token.kind in SILENT and token.closed:
            continue
        if token.text == ";" and brackets == 0 and bodies == 0:
            return (None if first < 0 else Piece(start, first, last)), token.end
        first, last = (token.start if first < 0 else first), token.end
        if not token.closed:
            return Piece(start, first, last, complete=False), len(text)
        if token.kind == "punctuation":
            brackets = max(brackets + BRACKETS.get(token.text, 0), 0)
        elif token.kind == "word":
            word = token.text.lower()
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


def inner_statement(text: str, keyword: str) -> str | None:
    """Return what stands behind a keyword outside brackets, the first two words passed over; None where it does not occur.

    >>> inner_statement("declare c cursor for select 1", "for")
    'select 1'
    """
    depth = 0
    for index, token in enumerate(significant(text)):
        depth += BRACKETS.get(token.text, 0)
        # the second word is the cursor's or statement's name, which may be "for" or "as" only in quotes
        if index > 1 and depth == 0 and token.kind == "word" and token.text.lower() == keyword:
            return text[token.end :].strip()
    return None
