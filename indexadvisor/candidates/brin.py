"""BRIN: a tiny index for range conditions on a large table whose rows lie on disk in the column's order.

>>> from indexadvisor.candidates.example import ORDERS, occurrence, show, use
>>> from indexadvisor.usage.model import UseKind
>>> show(brin(occurrence(ORDERS, use(UseKind.RANGE, "placed_at", operator=">"))))
orders brin (placed_at)
>>> show(brin(occurrence(ORDERS, use(UseKind.RANGE, "total", operator=">"))))
"""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence, pages_of
from indexadvisor.candidates.operators import special
from indexadvisor.usage.model import UseKind

CORRELATION = 0.9
"""Least |correlation| (pg_stats) between the column's order and the rows' place on disk."""
PAGES = 1_000
"""Least size of the table in pages; below it a B-tree costs little more and finds rows exactly."""


def brin(occurrence: Occurrence) -> Iterator[Candidate]:
    """Yield a BRIN index per range-queried column that follows the table's physical order."""
    if pages_of(occurrence.table, occurrence.catalog) < PAGES:
        return
    for use in occurrence.relation.of(UseKind.RANGE):
        column = occurrence.table.column(use.column)
        statistics = column.statistics if column is not None and use.expression is None else None
        if statistics is not None and statistics.correlation is not None and abs(statistics.correlation) >= CORRELATION:
            reason = f"range on {use.column}, whose order the table follows on disk (correlation {statistics.correlation:.2f})"
            yield special("brin", use, occurrence, None, reason)
