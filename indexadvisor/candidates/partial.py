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

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from indexadvisor.candidates.btree import btree
from indexadvisor.candidates.covering import covering
from indexadvisor.candidates.expression import expression
from indexadvisor.candidates.gin import gin
from indexadvisor.candidates.immutable import refusal
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence, Role
from indexadvisor.candidates.pattern import pattern
from indexadvisor.candidates.sort import sort
from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import IndexDef, IndexKey, Table
from indexadvisor.findings import Skipped
from indexadvisor.lexer import names, significant
from indexadvisor.usage.model import ColumnUse, UseKind

KEPT_AT_MOST = 0.9
"""A predicate that statistics say keeps more than this share of the rows makes the index hardly smaller."""
PREDICATES_TRIED = 3
"""Recurring conditions of one occurrence that are tried one by one; all of them together come first."""
PER_BASE = 3
"""Indexes of each kind that get a partial version per predicate."""
RECURRING_CALLS = 3
"""Calls from which a value that never changed is taken for a constant."""
FEW_VALUES = 100
"""A column with more distinct values than this is no status: an index for one of them would be an index for an accident."""
SPARSE_NULLS = 0.3
"""Share of NULLs from which an index without them is worth trying."""
_STRUCTURAL = frozenset({UseKind.NULL_TEST, UseKind.BOOLEAN})
_VALUES = frozenset({UseKind.EQUALITY, UseKind.IN_LIST, UseKind.INEQUALITY, UseKind.RANGE, UseKind.JSONB_PATH})
BASES = (sort, btree, covering, expression, pattern, gin)


def partial(occurrence: Occurrence) -> Iterator[Candidate | Skipped]:
    """Yield partial versions of the occurrence's indexes, and a Skipped for each predicate that cannot be one."""
    usable: dict[str, list[ColumnUse]] = {}
    for use in occurrence.relation.uses:
        if use.predicate is None or use.branch != () or not _recurs(use, occurrence):
            continue
        reason = _moving(use, occurrence.table) or _too_varied(use, occurrence.table) or refusal(use.predicate, occurrence.table)
        kept = kept_share(use, occurrence.table)
        if reason is not None and use.origin == "query":
            yield Skipped("candidates", f"{occurrence.table.name} WHERE {use.predicate}", reason)
        elif reason is None and (kept is None or kept <= KEPT_AT_MOST):
            usable.setdefault(use.predicate, []).append(use)
    yield from _without_nulls(occurrence)
    for predicates in _choices(sorted(usable)):
        uses = tuple(use for predicate in predicates for use in usable[predicate])
        yield from _versions(predicates, uses, occurrence)


def _without_nulls(occurrence: Occurrence) -> Iterator[Candidate]:
    """Yield ``WHERE column IS NOT NULL`` for a sparse column: a comparison with it proves the predicate, in generic plans too."""
    for term in occurrence.top.of(Role.EQUALITY, Role.LIST, Role.JOIN, Role.RANGE):
        column = occurrence.table.column(term.use.column)
        if column is None or column.statistics is None or not term.plain or term.use.kind is UseKind.NULL_TEST:
            continue
        nulls = column.statistics.null_fraction
        if nulls >= SPARSE_NULLS:
            said = f"leaves out the {nulls:.0%} of rows where {column.name} is NULL, which no such comparison finds"
            leading = (item for item in chain(sort(occurrence), btree(occurrence)) if column.name in item.index.columns)
            for each in islice(leading, PER_BASE):
                index = replace(each.index, predicate=f"{quote_identifier(column.name)} IS NOT NULL")
                yield replace(each, index=index, kind="partial", reasons=(*each.reasons, said))


def kept_share(use: ColumnUse, table: Table) -> float | None:
    """Return the share of rows that a use's predicate keeps by the column's statistics, None where they cannot tell.

    >>> from indexadvisor.candidates.example import ORDERS, use
    >>> kept_share(use(UseKind.NULL_TEST, "total", operator="is null", predicate="total IS NULL"), ORDERS)
    0.0
    """
    column = table.column(use.column)
    statistics = column.statistics if column is not None and use.expression is None else None
    if statistics is None:
        return None
    if use.kind is UseKind.NULL_TEST:
        return statistics.null_fraction if use.operator.lower() == "is null" else 1.0 - statistics.null_fraction
    value = _constant(use)
    return dict(zip(statistics.common_values, statistics.common_frequencies, strict=False)).get(value) if value is not None else None


def _recurs(use: ColumnUse, occurrence: Occurrence) -> bool:
    """Whether a predicate is more than an accident of few calls: a null or boolean test always, a value after several calls."""
    often = occurrence.calls is None or occurrence.calls >= RECURRING_CALLS
    return use.kind in _STRUCTURAL or (use.kind in _VALUES and often)


def _too_varied(use: ColumnUse, table: Table) -> str | None:
    """Return why one value is no basis for a partial index: the column has many, and the capture may have seen one by accident."""
    if use.kind not in (UseKind.EQUALITY, UseKind.IN_LIST):
        return None
    if use.expression is not None:
        return f"nothing is known of how many values {use.expression} has; an index on the expression serves every value"
    column = table.column(use.column)
    if column is None or column.statistics is None or table.rows is None:
        return None
    distinct = column.statistics.distinct_values(table.rows)
    if distinct <= FEW_VALUES:
        return None
    return f"{use.column} has {distinct:,.0f} distinct values; an index on it serves every value, not only the captured one"


def _moving(use: ColumnUse, table: Table) -> str | None:
    """Return why a range predicate over time cannot last: the bound moves on with the clock, whatever the capture shows."""
    column = table.column(use.column)
    if use.kind is not UseKind.RANGE or column is None or column.category != "D":
        return None
    return f"{use.column} is compared with the same time in every captured call; the bound will move on, and the index would not match it"


def _constant(use: ColumnUse) -> str | None:
    """Return the value, in its text form, that an equality or boolean predicate compares with."""
    if use.kind is UseKind.BOOLEAN:
        return {"true": "t", "is true": "t", "false": "f", "is false": "f"}.get(use.operator.lower())
    return _compared(use.predicate or "") if use.kind is UseKind.EQUALITY else None


def _compared(predicate: str) -> str | None:
    """Return the value of a predicate ``expression = constant``, None for any other.

    >>> [_compared(text) for text in ("status = 'it''s'::character varying(9)", '"a=b" = -1.5', "a = 'x' || b", "a = lower('x')")]
    ["it's", '-1.5', None, None]
    """
    found = list(significant(predicate))
    place = next((index for index, token in enumerate(found) if token.text == "="), len(found))
    sign = "".join(token.text for token in found[place + 1 : place + 2] if token.text == "-")
    rest = found[place + 1 + len(sign) :]
    if not rest or (rest[1:] and rest[1].text != "::") or any(token.kind == "operator" for token in rest):
        return None
    value = rest[0]
    if value.kind == "number":
        return sign + value.text
    return value.text[1:-1].replace("''", "'") if value.text[0] == "'" and value.closed and not sign else None


def _choices(predicates: list[str]) -> Iterator[tuple[str, ...]]:
    if len(predicates) > 1:
        yield tuple(predicates)
    yield from ((predicate,) for predicate in predicates[:PREDICATES_TRIED])


def _versions(predicates: tuple[str, ...], uses: tuple[ColumnUse, ...], occurrence: Occurrence) -> Iterator[Candidate]:
    rest = occurrence.without(frozenset(predicates))
    condition = " AND ".join(f"({text})" if "or" in names(text) else text for text in predicates)
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
