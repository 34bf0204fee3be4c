"""Partial indexes: conditions that every captured call repeats become the predicate, and need not be keys.

>>> from indexadvisor.candidates.example import ORDERS, occurrence, show, use
>>> from indexadvisor.usage.model import UseKind
>>> open_ = use(UseKind.EQUALITY, "status", operator="=", predicate="status = 'open'")
>>> show(partial(occurrence(ORDERS, open_, use(UseKind.EQUALITY, "customer_id", operator="="), outputs_all=True)))
orders btree (customer_id) WHERE status = 'open'
>>> show(partial(occurrence(ORDERS, open_, outputs_all=True)))
orders btree (status) WHERE status = 'open'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from indexadvisor.candidates.btree import btree
from indexadvisor.candidates.covering import covering
from indexadvisor.candidates.expression import expression
from indexadvisor.candidates.gin import gin
from indexadvisor.candidates.immutable import refusal
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence
from indexadvisor.candidates.pattern import pattern
from indexadvisor.candidates.sort import sort
from indexadvisor.catalog.model import IndexDef, IndexKey
from indexadvisor.findings import Skipped
from indexadvisor.usage.model import ColumnUse, UseKind

KEPT_AT_MOST = 0.9
"""A predicate that statistics say keeps more than this share of the rows makes the index hardly smaller."""
PREDICATES_TRIED = 3
"""Recurring conditions of one occurrence that are tried one by one; all of them together come first."""
PER_BASE = 3
"""Indexes of each kind that get a partial version per predicate."""
BASES = (sort, btree, covering, expression, pattern, gin)


def partial(occurrence: Occurrence) -> Iterator[Candidate | Skipped]:
    """Yield partial versions of the occurrence's indexes, and a Skipped for each predicate that cannot be one."""
    usable: dict[str, list[ColumnUse]] = {}
    for use in occurrence.relation.uses:
        if use.predicate is None or use.branch != ():
            continue
        reason = refusal(use.predicate, occurrence.table)
        kept = kept_share(use, occurrence)
        if reason is not None:
            yield Skipped("candidates", f"{occurrence.table.name} WHERE {use.predicate}", reason)
        elif kept is None or kept <= KEPT_AT_MOST:
            usable.setdefault(use.predicate, []).append(use)
    for predicates in _choices(sorted(usable)):
        uses = tuple(use for predicate in predicates for use in usable[predicate])
        yield from _versions(predicates, uses, occurrence)


def kept_share(use: ColumnUse, occurrence: Occurrence) -> float | None:
    """Return the share of rows that a predicate keeps by the column's statistics, None where they cannot tell.

    >>> from indexadvisor.candidates.example import ORDERS, occurrence, use as spelled
    >>> kept_share(spelled(UseKind.NULL_TEST, "total", operator="is null", predicate="total IS NULL"), occurrence(ORDERS))
    0.0
    """
    column = occurrence.table.column(use.column)
    statistics = column.statistics if column is not None and use.expression is None else None
    if statistics is None:
        return None
    if use.kind is UseKind.NULL_TEST:
        return statistics.null_fraction if use.operator.lower() == "is null" else 1.0 - statistics.null_fraction
    value = _constant(use)
    return dict(zip(statistics.common_values, statistics.common_frequencies, strict=False)).get(value) if value is not None else None


def _constant(use: ColumnUse) -> str | None:
    """Return the value, in its text form, that an equality or boolean predicate compares with."""
    text = use.predicate or ""
    if use.kind is UseKind.BOOLEAN:
        return "f" if re.match(r"\s*not\b", text, re.IGNORECASE) else "t"
    found = re.fullmatch(r"[^=]*=\s*(?:'((?:[^']|'')*)'|(-?[\d.]+))(?:::[\w\" ]+(?:\(\d+\))?)?\s*", text)
    if use.kind is not UseKind.EQUALITY or found is None:
        return None
    return found[1].replace("''", "'") if found[1] is not None else found[2]


def _choices(predicates: list[str]) -> Iterator[tuple[str, ...]]:
    if len(predicates) > 1:
        yield tuple(predicates)
    yield from ((predicate,) for predicate in predicates[:PREDICATES_TRIED])


def _versions(predicates: tuple[str, ...], uses: tuple[ColumnUse, ...], occurrence: Occurrence) -> Iterator[Candidate]:
    rest = occurrence.without(frozenset(predicates))
    condition = " AND ".join(f"({text})" if re.search(r"\bor\b", text, re.IGNORECASE) else text for text in predicates)
    assumed = tuple(
        f"{use.predicate} in every call: its value was a parameter, always the same in the capture; a generic plan cannot use this index"
        for use in uses
        if use.from_parameter
    )
    said = f"holds only the rows that every call asks for ({condition})"
    found = False
    for base in BASES:
        for each in islice((item for item in base(rest) if isinstance(item, Candidate)), PER_BASE):
            found = True
            index = replace(each.index, predicate=condition)
            yield replace(each, index=index, kind="partial", reasons=(*each.reasons, said), assumptions=(*each.assumptions, *assumed))
    if not found:
        index = IndexDef(occurrence.table.name, (IndexKey(uses[0].column),), predicate=condition)
        yield Candidate(index, "partial", (said,), (occurrence.relation.query_id,), assumed)
