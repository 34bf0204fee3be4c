"""Lines of the input as the readers get them: cleaned, yet knowing where in the input they stood."""

from __future__ import annotations

from typing import Any, NamedTuple

from indexadvisor.explain.plan import Unread


class Line(NamedTuple):
    """A line after cleaning; ``number`` and ``column`` (both from 1) say where its first character stood in the input.

    ``pieces``: of how many lines it was put together.
    """

    text: str
    number: int
    column: int = 1
    pieces: int = 1

    def unread(self, expected: str) -> Unread:
        """Return the line as a piece that was not understood; the column is that of its first letter."""
        lead = len(self.text) - len(self.text.lstrip())
        return Unread(self.number, self.column + lead, self.text.strip()[:1000], expected)


class Found(NamedTuple):
    """One statement's plan in the likeness of JSON: the object that holds ``Plan``, the line it began on, the index of the first behind it.

    ``truncated``: what is missing, None where nothing is.
    """

    document: dict[str, Any]
    source_format: str
    line: int
    end: int
    unread: tuple[Unread, ...] = ()
    truncated: str | None = None


def indent_of(text: str) -> int:
    """Return the column of a line's first letter, from 0; a tab goes on to the next multiple of eight.

    >>> indent_of("  a"), indent_of(" \\tb"), indent_of("c")
    (2, 8, 0)
    """
    indent = len(text) - len(text.lstrip())
    return indent if indent == 0 or "\t" not in text[:indent] else len(text[:indent].expandtabs(8))


def statement(value: dict[str, Any], source_format: str, line: int, end: int, unread: tuple[Unread, ...], truncated: str | None) -> Found:
    """Return a statement as found; a bare node is the rest of one whose beginning was cut off.

    >>> statement({"Node Type": "Result"}, "json", 3, 9, (), None).truncated
    'the beginning is missing: the node above line 3'
    """
    if "Plan" not in value:
        missing = f"the beginning is missing: the node above line {line}"
        value, truncated = {"Plan": value}, missing if truncated is None else f"{missing}; {truncated}"
    return Found(value, source_format, line, end, unread, truncated)
