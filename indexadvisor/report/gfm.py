"""Text from outside as GitHub Markdown that shows it as it is: in code spans, in fenced blocks, or as entities.

Sources: GitHub Flavored Markdown Spec, sections "Code spans", "Tables (extension)" and "Entity and numeric character references".
"""

from __future__ import annotations

import html
import re

from indexadvisor.report.sqltext import one_line, visible

MAX_BLOCK = 4_000
"""Characters of one code block; a pull request comment holds 65,536 in all."""

_SPECIAL = re.compile(r"[&<>|`*_\[\]#@~\\$!]|(?<=:)//")


def text(value: str) -> str:
    """Return a text that Markdown shows as it is.

    >>> text("a|b <i> *c*")
    'a&#124;b &#60;i&#62; &#42;c&#42;'
    """
    return _SPECIAL.sub(lambda match: "".join(f"&#{ord(character)};" for character in match.group()), one_line(value))


def code(value: str, width: int | None = None) -> str:
    """Return a text as a code span that neither its backticks nor a table's pipes can end.

    >>> code("a`b|c")
    '`` a`b\\\\|c ``'
    """
    flat = one_line(value, width)
    if not flat:
        return ""
    ticks = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    space = " " if "`" in flat else ""
    escaped = flat.replace("|", "\\|")
    return f"{ticks}{space}{escaped}{space}{ticks}"


def block(value: str, language: str = "") -> list[str]:
    """Return a text as a fenced block, its fence longer than any in it; very long ones are cut and say so."""
    shown = visible(value)
    if len(shown) > MAX_BLOCK:
        shown = f"{shown[:MAX_BLOCK]}\n… ({len(shown) - MAX_BLOCK:,} characters left out)"
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return [f"{fence}{language}", shown, fence]


def summary_tag(value: str) -> str:
    """Return the head of a folded part; ``value`` is HTML already."""
    return f"<summary>{value}</summary>"


def escaped(value: str, width: int | None = None) -> str:
    """Return a text as HTML."""
    return html.escape(one_line(value, width))
