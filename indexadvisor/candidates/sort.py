"""B-trees that deliver rows in the order of ORDER BY, so that no sort is needed and LIMIT stops early.

Equality columns come first, then the sort columns. An order that descends throughout is served by the plain index scanned
backwards; directions are spelled out only where they are mixed or NULLS differs from the default.

>>> from indexadvisor.candidates.example import ORDERS, occurrence, show, use
>>> from indexadvisor.usage.model import UseKind
>>> newest = use(UseKind.ORDER, "placed_at", descending=True, nulls_first=True)
>>> mine = use(UseKind.EQUALITY, "customer_id", operator="=")
>>> show(sort(occurrence(ORDERS, mine, newest, ordered_alone=True, limited=True)))
orders btree (customer_id, placed_at)
orders btree (placed_at)
>>> show(sort(occurrence(ORDERS, newest, use(UseKind.ORDER, "id", position=1), ordered_alone=True)))
orders btree (placed_at DESC, id)
"""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.candidates.compositions import candidates, sorted_lists
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence
from indexadvisor.usage.model import UseKind


def sort(occurrence: Occurrence) -> Iterator[Candidate]:
    """Yield sort-matching B-trees over bare columns where the order is this occurrence's own."""
    if not occurrence.relation.ordered_alone:
        return
    plain = occurrence.top.restricted(lambda term: term.plain)
    lists = (terms for terms in sorted_lists(occurrence, (UseKind.ORDER,), plain) if all(term.plain for term in terms))
    yield from candidates("sort", lists, occurrence)
