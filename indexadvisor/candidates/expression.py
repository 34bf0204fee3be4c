"""B-trees over expressions that queries compare or sort by, alone and beside plain columns; immutable ones only.

>>> from indexadvisor.candidates.example import USERS, occurrence, show, use
>>> from indexadvisor.usage.model import UseKind
>>> show(expression(occurrence(USERS, use(UseKind.EQUALITY, "email", expression="lower(email)", operator="="))))
users btree ((lower(email)))
>>> show(expression(occurrence(USERS, use(UseKind.EQUALITY, "created_at", expression="created_at::date", operator="="))))
-- the cast from timestamptz to date depends on settings of the session; compare created_at with a range instead
"""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.candidates.compositions import TermList, all_lists, candidates
from indexadvisor.candidates.immutable import refusal
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence
from indexadvisor.findings import Skipped
from indexadvisor.usage.model import UseKind

_SORTS = (UseKind.MIN_MAX, UseKind.DISTINCT, UseKind.GROUP)


def expression(occurrence: Occurrence) -> Iterator[Candidate | Skipped]:
    """Yield expression indexes, and a Skipped for each expression that PostgreSQL would refuse to index."""
    kinds = (UseKind.ORDER, *_SORTS) if occurrence.relation.ordered_alone else _SORTS
    refused: dict[str, str | None] = {}
    lists = []
    for terms in all_lists(occurrence, kinds, plain=False):
        expressions = _expressions(terms)
        for text in expressions:
            if text not in refused:
                refused[text] = refusal(text, occurrence.table)
        if expressions and not any(refused[text] for text in expressions) and _default_classes(terms):
            lists.append(terms)
    yield from candidates("expression", iter(lists), occurrence)
    for text, reason in refused.items():
        if reason is not None:
            yield Skipped("candidates", f"{occurrence.table.name} (({text}))", reason + _advice(text, occurrence))


def _expressions(terms: TermList) -> list[str]:
    return [key.expression for term in terms for key in term.keys if key.expression is not None]


def _default_classes(terms: TermList) -> bool:
    return all(key.operator_class is None for term in terms for key in term.keys)


def _advice(text: str, occurrence: Occurrence) -> str:
    """Return the rewrite that lets a plain index serve a refused expression over a timestamp."""
    for column in occurrence.table.columns:
        if column.base_type == "timestamptz" and column.name in text:
            return f"; compare {column.name} with a range instead"
    return ""
