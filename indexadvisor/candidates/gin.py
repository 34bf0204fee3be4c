"""GIN indexes for what stands inside a value: array elements, jsonb, words of full text, trigrams of a text.

>>> from indexadvisor.candidates.example import ORDERS, USERS, occurrence, show, use
>>> from indexadvisor.usage.model import UseKind
>>> show(gin(occurrence(ORDERS, use(UseKind.ARRAY, "tags", operator="@>"))))
orders gin (tags)
>>> show(gin(occurrence(ORDERS, use(UseKind.JSONB_CONTAINMENT, "details", operator="@>"))))
orders gin (details jsonb_path_ops)
>>> show(gin(occurrence(ORDERS, use(UseKind.ARRAY, "tags", operator="= any"))))
-- x = ANY(tags) cannot use a GIN index: write tags @> ARRAY[x], then an index USING gin (tags) serves it
>>> show(gin(occurrence(USERS, use(UseKind.LIKE_INFIX, "email", operator="~~*"))))
-- needs extension pg_trgm: CREATE EXTENSION pg_trgm, then USING gin (email gin_trgm_ops) serves infix LIKE
"""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.candidates.immutable import NotImmutable, refusal, type_of
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence, bare_key
from indexadvisor.candidates.operators import TRIGRAM_TYPES, special, stored_type
from indexadvisor.findings import Skipped
from indexadvisor.usage.model import ColumnUse, UseKind

_SIMILARITY_FUNCTIONS = frozenset({"similarity", "word_similarity", "strict_word_similarity"})
_ARRAY_OPERATORS = frozenset({"@>", "<@", "&&", "="})
_TRIGRAM_WORDS = {
    UseKind.LIKE_INFIX: "infix LIKE",
    UseKind.LIKE_PREFIX: "case-insensitive LIKE",
    UseKind.REGEX: "regular expressions",
    UseKind.SIMILARITY: "similarity search",
}


def gin(occurrence: Occurrence) -> Iterator[Candidate | Skipped]:
    """Yield GIN indexes over one column or expression each, with the operator class that the operators used require."""
    for use in occurrence.relation.uses:
        reason = refusal(use.expression, occurrence.table) if use.expression is not None and use.kind in _KINDS else None
        if reason is not None:
            yield Skipped("candidates", f"{occurrence.table.name} gin (({use.expression}))", reason)
        elif use.kind in _KINDS:
            yield from _KINDS[use.kind](use, occurrence)


def _array(use: ColumnUse, occurrence: Occurrence) -> Iterator[Candidate | Skipped]:
    name = bare_key(use).text
    if use.operator in _ARRAY_OPERATORS:
        if (stored_type(use, occurrence) or "_").startswith("_"):
            yield special("gin", use, occurrence, None, f"array operator {use.operator} on {name}")
    elif "any" in use.operator.lower():
        advice = f"x = ANY({name}) cannot use a GIN index: write {name} @> ARRAY[x], then an index USING gin ({name}) serves it"
        yield Skipped("candidates", f"{occurrence.table.name} gin ({name})", advice)


def _jsonb(use: ColumnUse, occurrence: Occurrence) -> Iterator[Candidate]:
    if stored_type(use, occurrence) not in ("jsonb", None) or use.operator == "<@":
        return
    name = bare_key(use).text
    if use.kind is not UseKind.JSONB_EXISTENCE:
        yield special("gin", use, occurrence, "jsonb_path_ops", f"jsonb {use.kind.value.removeprefix('jsonb-')} {use.operator} on {name}")
    else:
        yield special("gin", use, occurrence, None, f"jsonb key existence {use.operator} on {name}")


def _full_text(use: ColumnUse, occurrence: Occurrence) -> Iterator[Candidate | Skipped]:
    name = bare_key(use).text
    if stored_type(use, occurrence) in ("tsvector", None):
        yield special("gin", use, occurrence, None, f"full-text search on {name}")
    else:
        advice = f"{name} is not a tsvector: write to_tsvector('english', {name}) @@ .., then an index over that expression serves it"
        yield Skipped("candidates", f"{occurrence.table.name} gin ({name})", advice)


def _trigram(use: ColumnUse, occurrence: Occurrence) -> Iterator[Candidate | Skipped]:
    if use.kind is UseKind.LIKE_PREFIX and use.operator not in ("~~*", "~*"):
        return
    try:
        kind = type_of(use.expression, occurrence.table) if use.expression is not None else stored_type(use, occurrence)
    except NotImmutable:
        return
    if kind not in TRIGRAM_TYPES:
        return
    words = _TRIGRAM_WORDS[use.kind]
    if use.operator in _SIMILARITY_FUNCTIONS:
        name = bare_key(use).text
        advice = f"{use.operator}() cannot use an index: filter by {name} % 'text' first, which a trigram index serves"
        yield Skipped("candidates", f"{occurrence.table.name} gin ({name} gin_trgm_ops)", advice)
        return
    if "pg_trgm" in occurrence.catalog.extensions:
        yield special("gin", use, occurrence, "gin_trgm_ops", f"{words} on {bare_key(use).text}")
    else:
        text = bare_key(use).text
        advice = f"needs extension pg_trgm: CREATE EXTENSION pg_trgm, then USING gin ({text} gin_trgm_ops) serves {words}"
        yield Skipped("candidates", f"{occurrence.table.name} gin ({text} gin_trgm_ops)", advice)


_KINDS = {
    UseKind.ARRAY: _array,
    UseKind.JSONB_CONTAINMENT: _jsonb,
    UseKind.JSONB_EXISTENCE: _jsonb,
    UseKind.JSONB_PATH: _jsonb,
    UseKind.FULL_TEXT: _full_text,
    UseKind.LIKE_INFIX: _trigram,
    UseKind.LIKE_PREFIX: _trigram,
    UseKind.REGEX: _trigram,
    UseKind.SIMILARITY: _trigram,
}
