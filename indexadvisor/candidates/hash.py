"""Hash: equality alone on a wide value, where a B-tree would store the value itself.

>>> from indexadvisor.candidates.example import ORDERS, occurrence, show, use
>>> from indexadvisor.usage.model import UseKind
>>> show(hash_index(occurrence(ORDERS, use(UseKind.EQUALITY, "token", operator="="))))
orders hash (token)
>>> show(hash_index(occurrence(ORDERS, use(UseKind.EQUALITY, "customer_id", operator="="))))
"""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence
from indexadvisor.candidates.operators import special
from indexadvisor.usage.model import UseKind

WIDE_BYTES = 32
"""Least average width of a value; a hash entry always takes 16 bytes with its line pointer."""


def hash_index(occurrence: Occurrence) -> Iterator[Candidate]:
    """Yield a hash index per wide column compared by equality (a list of values included)."""
    for use in occurrence.relation.of(UseKind.EQUALITY, UseKind.IN_LIST):
        width = occurrence.width_bytes(use.column)
        if use.expression is None and width is not None and width >= WIDE_BYTES:
            yield special("hash", use, occurrence, None, f"equality on {use.column}, {width} bytes wide: the index holds its hash only")
