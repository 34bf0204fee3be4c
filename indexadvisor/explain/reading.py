"""Any text that holds plans into plans: the one entry of the readers."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from indexadvisor.errors import CaptureError
from indexadvisor.explain.build import build
from indexadvisor.explain.extract import extract
from indexadvisor.explain.plan import Plan, Unread

LIMIT_BYTES = 64 * 1024 * 1024
"""A text is held as a whole, and its plans after it, in about seven times its size; a log is longer, and ``capture`` reads it by entry."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_EXPECTED = "a plan as EXPLAIN prints it (TEXT, JSON, XML or YAML)"


@dataclass(frozen=True)
class Reading:
    """The plans of one input in their order, and the pieces of it that were not understood (those within a plan are the plan's as well)."""

    plans: tuple[Plan, ...]
    unread: tuple[Unread, ...] = ()


class NoPlan(CaptureError):
    """The input holds no plan. ``line`` and ``column`` (from 1) say where one was looked for, ``expected`` what."""

    def __init__(self, name: str, line: int, column: int, expected: str) -> None:
        super().__init__(
            f"{name}:{line}:{column}: no plan found, expected {expected}",
            hint="Give the output of EXPLAIN, in any of its formats, or a log of auto_explain.",
        )
        self.line = line
        self.column = column
        self.expected = expected


class TooLong(CaptureError):
    """The input is more than is read as a whole."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(
            f"{name} holds {size / (1 << 20):,.0f} MB, and at most {LIMIT_BYTES >> 20} MB are read as plans",
            hint="A log is read entry by entry, at any length, by 'indexadvisor explain log --log FILE'.",
        )


def read(text: str | bytes, name: str = "<input>") -> Reading:
    """Read every plan of a text in any format of PostgreSQL 9.6 to 18, whatever stands around it.

    Bad content never raises: what was not understood is told and kept. Raises NoPlan, a CaptureError, when there is no plan at all,
    and TooLong, another, for more than LIMIT_BYTES.

    >>> read("Seq Scan on t  (cost=0.00..35.50 rows=2550 width=4)").plans[0].root.relation
    't'
    """
    if len(text) > LIMIT_BYTES:
        raise TooLong(name, len(text))
    text = _decoded(text) if isinstance(text, bytes) else text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    plans: list[Plan] = []
    unread: list[Unread] = []
    near: Unread | None = None
    for extracted in extract(text):
        near = near or extracted.near
        unread.extend(extracted.unread)
        for found in extracted.found:
            plan = build(found.document, source_format=found.source_format, line=found.line, truncated=found.truncated, unread=found.unread)
            if plan is None:
                unread.extend((*found.unread, Unread(found.line, 1, "", "a plan node with a Node Type")))
            else:
                plans.append(plan)
                unread.extend(plan.unread)
    if not plans:
        raise _refusal(text, name, near, unread)
    return Reading(tuple(plans), tuple(unread))


def _decoded(data: bytes) -> str:
    """Decode by the byte order mark, else as UTF-8; bytes that are none become U+FFFD."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    return data.decode("utf-8", "replace")


def _refusal(text: str, name: str, near: Unread | None, unread: list[Unread]) -> NoPlan:
    nearest = near or min(unread, key=_position, default=None)
    if nearest is not None:
        return NoPlan(name, nearest.line, nearest.column, nearest.expected)
    lead = len(text) - len(text.lstrip())
    line = text.count("\n", 0, lead) + 1 if lead < len(text) else 1
    column = lead - text.rfind("\n", 0, lead) if lead < len(text) else 1
    return NoPlan(name, line, column, _EXPECTED)


def _position(unread: Unread) -> tuple[int, int]:
    return unread.line, unread.column
