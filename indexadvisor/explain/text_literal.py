"""A property's value that goes on in the next lines, because a string in it holds line breaks.

EXPLAIN prints such a string as it is (simple_quote_literal in src/backend/utils/adt/ruleutils.c): what stands in its further lines may look
like properties, nodes or a whole plan, and is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from indexadvisor.explain.rejoin import Nesting, fits
from indexadvisor.explain.source import Line, indent_of

_MAX_LINES = 500
"""Lines of one string."""
_MAX_LOOKED_AT = 5000
"""Lines looked at for all strings of a plan: a text made of quotes must not be read again for each of its lines."""


class Literals:
    """Finds the rest of strings that hold line breaks, within the plan that begins on the line of an index."""

    def __init__(self, lines: Sequence[Line], start: int) -> None:
        self._lines = lines
        self._start = start
        self._budget = _MAX_LOOKED_AT
        self._widest = 0
        # psql begins each line with a blank, and marks one that goes on in the next
        self._in_psql = indent_of(lines[start].text) == 1

    def whole(self, at: int, value: str) -> tuple[str, int]:
        """Return the whole value of the property on the line of that index, and the index of its last line.

        A string whose end is nowhere, or that a mail program broke at its width, is left as it is.

        >>> lines = [Line("Seq Scan on t", 1), Line("  Filter: (a = 'x", 2), Line("->  y'::text)", 3), Line("  Buffers: shared hit=1", 4)]
        >>> Literals(lines, 0).whole(1, "(a = 'x")
        ("(a = 'x\\n->  y'::text)", 2)
        """
        if not _may_be_open(value) or not Nesting(value).quote:
            return value, at
        whole = self._lines[at].text.partition(": ")[2].lstrip()
        nesting = Nesting(whole)
        last = min(at + _MAX_LINES, len(self._lines) - 1, at + self._budget)
        for index in range(at + 1, last + 1):
            self._budget -= 1
            following = self._lines[index].text
            if not self._is_real_break(self._lines[index - 1].text, following):
                break
            whole = f"{self._unmarked(whole)}\n{following[1:] if self._in_psql and following[:1] == ' ' else following}"
            nesting.read(following)
            if not nesting.quote and nesting.depth <= 0:
                return (whole.rstrip(), index) if nesting.depth == 0 else (value, at)
        return value, at

    def _is_real_break(self, line: str, following: str) -> bool:
        """Return whether the string itself breaks the line, and no width did."""
        if not self._widest:
            self._widest = max(len(each.text) for each in self._lines[self._start : self._start + _MAX_LOOKED_AT])
        if self._in_psql and line.rstrip().endswith(" +"):
            return True
        return not following.strip() or fits(line, following, self._widest)

    def _unmarked(self, text: str) -> str:
        return text.removesuffix("+").rstrip(" ") if self._in_psql and text.endswith(" +") else text


def _may_be_open(value: str) -> bool:
    """Return whether it is worth looking closer; quotes in pairs, of one kind alone, close each other."""
    single, double = value.count("'"), value.count('"')
    return single % 2 == 1 or double % 2 == 1 or (single > 0 and double > 0)
