"""How many rows each node really handled, and how far the planner's estimate was off, with the cases where the difference means nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Plan


@dataclass(frozen=True)
class RowCount:
    """Rows over all loops and processes, as intervals since averages are printed. ``removed``: thrown away by filters, join filters and rechecks of the node.

    ``factor``: how far off the estimate per loop was, 1 or more; ``under``: the planner expected too few. Both None where ``excuse`` says why the
    comparison means nothing (never executed, stopped early under LIMIT, inner side of a merge join, bitmap node, returns no rows, ...).
    """

    number: int
    returned: Interval
    removed: Interval
    factor: float | None = None
    under: bool | None = None
    excuse: str | None = None


def row_counts(plan: Plan) -> Mapping[int, RowCount]:
    """Return the rows of every node by its number; empty without ANALYZE."""
    raise NotImplementedError
