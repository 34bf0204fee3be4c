"""What was left out, as a value: every stage hands these on, and the report shows them all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Skipped:
    """One thing that was left out, where, and why.

    ``subject`` names it the way a person would find it again (``app.log:120``, ``query 7f3a``, ``orders (status)``);
    ``stage`` is the package that left it out; ``reason`` is one sentence without a full stop.
    """

    stage: str
    subject: str
    reason: str
