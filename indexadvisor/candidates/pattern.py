"""B-trees for LIKE 'x%': text_pattern_ops where the column's collation does not sort character by character.

>>> from indexadvisor.candidates.example import ORDERS, USERS, occurrence, show, use
>>> from indexadvisor.usage.model import UseKind
>>> show(pattern(occurrence(USERS, use(UseKind.LIKE_PREFIX, "email", operator="~~"))))
users btree (email text_pattern_ops)
>>> both = use(UseKind.EQUALITY, "customer_id", operator="="), use(UseKind.LIKE_PREFIX, "token", operator="~~")
>>> show(pattern(occurrence(ORDERS, *both)))
orders btree (customer_id, token text_pattern_ops)
orders btree (token text_pattern_ops)
"""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.candidates.compositions import all_lists, candidates
from indexadvisor.candidates.immutable import refusal
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence


def pattern(occurrence: Occurrence) -> Iterator[Candidate]:
    """Yield B-trees whose last key compares by character; expressions under LIKE only where immutable."""
    lists = []
    for terms in all_lists(occurrence, (), plain=False):
        keys = [key for term in terms for key in term.keys]
        wanted = any(key.operator_class is not None for key in keys)
        if wanted and not any(key.expression and refusal(key.expression, occurrence.table) for key in keys):
            lists.append(terms)
    return candidates("pattern", iter(lists), occurrence)
