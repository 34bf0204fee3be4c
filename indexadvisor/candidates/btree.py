"""Plain B-trees that find rows: equalities first, then one range; joins; and sorted access for grouping and minimum or maximum.

>>> from indexadvisor.candidates.example import ORDERS, occurrence, show, use
>>> from indexadvisor.usage.model import UseKind
>>> show(btree(occurrence(ORDERS, use(UseKind.RANGE, "placed_at", operator=">"), use(UseKind.EQUALITY, "customer_id", operator="="))))
orders btree (customer_id, placed_at)
orders btree (customer_id)
orders btree (placed_at)

The more distinct column leads, unless other queries share the other one:

>>> pair = use(UseKind.EQUALITY, "status"), use(UseKind.EQUALITY, "customer_id")
>>> show(btree(occurrence(ORDERS, *pair)))
orders btree (customer_id, status)
orders btree (status)
orders btree (customer_id)
"""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.candidates.compositions import all_lists, candidates
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence
from indexadvisor.usage.model import UseKind

SORTED_ACCESS = (UseKind.MIN_MAX, UseKind.DISTINCT, UseKind.GROUP)


def btree(occurrence: Occurrence) -> Iterator[Candidate]:
    """Yield single-column and composite B-trees over bare columns, the most complete first."""
    return candidates("btree", all_lists(occurrence, SORTED_ACCESS, plain=True), occurrence)
