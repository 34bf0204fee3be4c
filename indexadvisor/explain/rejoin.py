"""Lines of a TEXT plan that a mail program or a chat broke at its width, put together again; and strings that hold a real line break.

Used only where a plan could not be read as it stands: a plan whose lines are whole never comes here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexadvisor.explain.source import Line
from indexadvisor.explain.text_node import is_node, measures, target
from indexadvisor.explain.unwrap import is_noise

_PROPERTY = re.compile(r"(?:Worker \d+|[A-Z][A-Za-z/ -]{1,40}):(?: |$)")
_HEADING = re.compile(r"(?:InitPlan|SubPlan) \d|CTE \S")
_MEASURES = ("(cost=", "(actual ", "(never executed)")
_SIGNS = re.compile(r"['\"()]")
_NARROW = 40
"""Columns: nobody breaks lines at less."""


def rejoined(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines with each broken one whole again; the number is that of its first piece. Empty where none is broken.

    Where the break may have been at blanks or wherever a width fell, both readings are returned, the likelier one first.

    >>> whole, = rejoined([Line("Seq Scan on t  (cost=0.00..1.00", 1), Line("rows=1 width=4)", 2), Line("  Filter: a", 3)])
    >>> [line.text for line in whole]
    ['Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)', '  Filter: a']
    """
    widest = max((len(line.text) for line in lines), default=0)
    groups: list[list[Line]] = []
    state = Nesting()
    for line in lines:
        stripped = line.text.strip()
        if groups and stripped and not is_noise(stripped) and _goes_on(groups[-1], state, stripped, widest):
            groups[-1].append(line)
            state.read(stripped)
        else:
            groups.append([line])
            state = Nesting(stripped)
    if len(groups) == len(lines):
        return []
    widths = [len(piece.text) for group in groups for piece in group[:-1]]
    soft = [group[0] if len(group) == 1 else _whole(group, widest) for group in groups]
    if len(set(widths)) > 1 or widths[0] < _NARROW:
        return [soft]
    hard = [group[0]._replace(text="".join(piece.text for piece in group), pieces=len(group)) for group in groups]
    return [hard, soft] if len(widths) > 1 else [soft, hard]


def _whole(pieces: list[Line], widest: int) -> Line:
    """Put the pieces of a line together with blanks, or with a line break that a string really holds."""
    text, state = pieces[0].text.rstrip(), Nesting(pieces[0].text)
    last = text
    for piece in pieces[1:]:
        stripped = piece.text.strip()
        real = state.quote == "'" and fits(last, stripped, widest)
        text += f"\n{piece.text}" if real else f" {stripped}"
        state.read(stripped)
        last = piece.text.rstrip()
    return pieces[0]._replace(text=text, pieces=len(pieces))


def fits(line: str, following: str, widest: int) -> bool:
    """Return whether the next word would have had room: then no width broke the line."""
    return len(line.rstrip()) + 1 + len(following.split(maxsplit=1)[0]) <= widest


class Nesting:
    """Whether a logical line is inside of parentheses or of quotes. ``quote``: the sign that opened it, empty outside."""

    __slots__ = ("depth", "quote")

    def __init__(self, text: str = "") -> None:
        self.depth = 0
        self.quote = ""
        self.read(text)

    def read(self, text: str) -> None:
        """Go on with more of the line."""
        for match in _SIGNS.finditer(text):
            sign = match.group()
            if self.quote:
                self.quote = "" if sign == self.quote else self.quote
            elif sign in "'\"":
                self.quote = sign
            else:
                self.depth += 1 if sign == "(" else -1


def _goes_on(pieces: list[Line], state: Nesting, following: str, widest: int) -> bool:
    """Return whether the next line is the rest of the current one."""
    current = pieces[0].text.lstrip()
    if not current or following.startswith("->") or is_noise(current):
        return False
    if state.quote or state.depth > 0 or following.startswith(_MEASURES):
        return True
    if _PROPERTY.match(following) or _HEADING.match(following) or following.startswith(("Trigger ", "JIT:", "Planning:")):
        return False
    if fits(pieces[-1].text, following, widest) or is_node(following) or target(following) is not None:
        return False
    return measures(following) is None or (current.startswith("->") and measures(current) is None)
