"""B-trees that carry in INCLUDE what else a query needs of the table, for an index-only scan.

Only where every needed column is known (no ``SELECT *``) and the rest is few and narrow columns.

>>> from indexadvisor.candidates.example import ORDERS, occurrence, show, use
>>> from indexadvisor.usage.model import UseKind
>>> show(covering(occurrence(ORDERS, use(UseKind.EQUALITY, "customer_id"), use(UseKind.OUTPUT, "total"))))
orders btree (customer_id) INCLUDE (total)
>>> show(covering(occurrence(ORDERS, use(UseKind.EQUALITY, "customer_id"), use(UseKind.OUTPUT, "details"))))
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from indexadvisor.candidates.btree import btree
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence
from indexadvisor.candidates.sort import sort

INCLUDED_COLUMNS = 6
"""Most columns an INCLUDE list may have."""
INCLUDED_BYTES = 160
"""Greatest average width of the INCLUDE list per row; beyond it the index approaches the table itself."""
HEAVY_BYTES = 48
"""Average width of the INCLUDE list per row from which its weight is said."""
KEY_LISTS = 10
"""Key lists per occurrence that a covering version is made of, the most complete first."""


def covering(occurrence: Occurrence) -> Iterator[Candidate]:
    """Yield the covering versions of the occurrence's plain B-trees."""
    needed = occurrence.needed_columns
    if needed is None or not occurrence.limits.covering:
        return
    for base in islice(chain(sort(occurrence), btree(occurrence)), KEY_LISTS):
        rest = _by_number(needed - set(base.index.columns), occurrence)
        width = included_bytes(rest, occurrence)
        if 0 < len(rest) <= INCLUDED_COLUMNS and (width is None or width <= INCLUDED_BYTES):
            weight = f", which adds about {width} bytes to each entry" if width is not None and width >= HEAVY_BYTES else ""
            reason = f"covers {', '.join(rest)}: index-only scan{weight}"
            yield replace(base, index=replace(base.index, include=rest), kind="covering", reasons=(*base.reasons, reason))


def included_bytes(columns: tuple[str, ...], occurrence: Occurrence) -> int | None:
    """Return the average width of columns together, None where one is not known."""
    widths = [occurrence.width_bytes(column) for column in columns]
    return None if any(width is None for width in widths) else sum(width for width in widths if width is not None)


def _by_number(names: frozenset[str], occurrence: Occurrence) -> tuple[str, ...]:
    """Return column names in the order of the table."""
    return tuple(column.name for column in occurrence.table.columns if column.name in names)
