"""Where a statement's time went: self time, wall time and share per node, as intervals that carry the rounding of what was printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Plan


@dataclass(frozen=True)
class NodeTime:
    """One node's time in milliseconds of wall clock, all loops. ``processes``: how many ran it side by side (1 outside of Gather).

    ``inclusive``: with everything below and everything evaluated in its expressions. ``own``: without. ``share``: own by statement.
    """

    number: int
    processes: float
    inclusive: Interval
    own: Interval
    share: Interval


@dataclass(frozen=True)
class Conservation:
    """The check that nothing was lost: own times of all nodes, triggers, JIT and what remains of the execution, against the statement's time."""

    own_total: Interval
    statement_ms: float
    outside_ms: Interval
    holds: bool


@dataclass(frozen=True)
class Timings:
    """Every executed node's time by its number. ``statement_ms``: Execution Time, or the root's where that was not printed."""

    nodes: Mapping[int, NodeTime]
    statement_ms: float
    conservation: Conservation


def timings(plan: Plan) -> Timings | None:
    """Return where the time went, or None for a plan without times."""
    raise NotImplementedError
