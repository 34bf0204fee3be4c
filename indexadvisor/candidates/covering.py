"""B-trees that carry in INCLUDE what else a query needs of the table, for an index-only scan; in further keys where INCLUDE is off.

Only where every needed column is known (no ``SELECT *``) and the rest is few and narrow columns. An INSERT fails when its B-tree
entry would exceed a third of a page: jsonb, arrays and the like stay out whatever their values today, text unless its values are short.

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
from indexadvisor.candidates.entry_size import declared_bytes, is_document, known_short
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence
from indexadvisor.candidates.sort import sort
from indexadvisor.catalog.model import Column, IndexKey

INCLUDED_COLUMNS = 6
"""Most columns an INCLUDE list may have."""
INCLUDED_BYTES = 160
"""Greatest average width of the INCLUDE list per row; beyond it the index approaches the table itself."""
HEAVY_BYTES = 48
"""Average width of the INCLUDE list per row from which its weight is said."""
SHORT_BYTES = 40
"""Average width up to which a column of unlimited length (text, varchar) may be included; documents (jsonb, arrays, ..) never are."""
DECLARED_BYTES = 1_024
"""Greatest size by declaration of a column that is included whatever its values: varchar(255) in UTF-8."""
KEY_LISTS = 12
"""Key lists per occurrence that a covering version is made of, the most complete first."""


def covering(occurrence: Occurrence) -> Iterator[Candidate]:
    """Yield the covering versions of the occurrence's plain B-trees."""
    needed = occurrence.needed_columns
    if needed is None:
        return
    for base in islice(chain(sort(occurrence), btree(occurrence)), KEY_LISTS):
        rest = _by_number(needed - set(base.index.columns), occurrence)
        width = included_bytes(rest, occurrence)
        fits = width is None or width <= INCLUDED_BYTES
        if 0 < len(rest) <= INCLUDED_COLUMNS and fits and all(may_be_included(occurrence.table.by_name[name], occurrence) for name in rest):
            weight = f", which adds about {width} bytes to each entry" if width is not None and width >= HEAVY_BYTES else ""
            reason = f"covers {', '.join(rest)}: index-only scan{weight}"
            index = replace(base.index, include=rest)
            if not occurrence.limits.covering:
                index = replace(base.index, keys=(*base.index.keys, *map(IndexKey, rest)))
            if len(index.keys) <= occurrence.limits.max_key_columns:
                yield replace(base, index=index, kind="covering", reasons=(*base.reasons, reason))


def may_be_included(column: Column, occurrence: Occurrence) -> bool:
    """Return whether a column's values stay far below an entry's limit: no documents, declared lengths, else short by statistics.

    >>> from indexadvisor.candidates.example import ORDERS, occurrence
    >>> [column.name for column in ORDERS.columns if not may_be_included(column, occurrence(ORDERS))]
    ['tags', 'details', 'token']
    """
    if is_document(column.base_type, column.category):
        return False
    declared = declared_bytes(column, occurrence.catalog.settings.get("server_encoding"))
    return (declared is not None and declared <= DECLARED_BYTES) or known_short(column, occurrence.table, SHORT_BYTES)


def included_bytes(columns: tuple[str, ...], occurrence: Occurrence) -> int | None:
    """Return the average width of columns together, None where one is not known."""
    widths = [occurrence.width_bytes(column) for column in columns]
    return None if any(width is None for width in widths) else sum(width for width in widths if width is not None)


def _by_number(names: frozenset[str], occurrence: Occurrence) -> tuple[str, ...]:
    """Return column names in the order of the table."""
    return tuple(column.name for column in occurrence.table.columns if column.name in names)
