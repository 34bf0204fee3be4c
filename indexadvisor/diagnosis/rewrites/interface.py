"""What a rewrite is, and how a recogniser says that it has none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rewrite:
    """A statement that answers the same, under ``condition`` (None where nothing has to be asked).

    ``title`` names it (``NOT EXISTS for NOT IN``). ``sql`` is the text for a person: everything of the captured text stands but for the
    spans that were replaced. ``planned`` is the text for EXPLAIN with its ``parameters``, where it differs by values that ``sql`` leaves
    open. ``proven``: whether the catalog shows that the condition holds.
    """

    title: str
    sql: str
    condition: str | None = None
    proven: bool = False
    planned: str | None = None
    parameters: tuple[str | None, ...] | None = None


class NoRewrite(Exception):
    """The statement has not the shape, or not exactly; ``str()`` is the reason, without a full stop."""
