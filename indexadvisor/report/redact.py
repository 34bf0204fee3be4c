"""``--redact``: no literal of the captured workload reaches the report.

What is masked: query texts (constants become ``$n``, comments go), plan conditions, predicates and expressions in definitions
and DDL (constants become ``'?'``; such a statement is marked and must be filled in before it runs), and every message or
reason, where quoted text, numbers and all values seen in the capture are replaced. Names of tables, columns, indexes made
without literals, and files stay.
A query that does not parse is not shown at all, because nobody can say which of its words are values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from indexadvisor.catalog.model import Catalog
from indexadvisor.lexer import Token, tokens
from indexadvisor.report.sqltext import literals, mask_literals
from indexadvisor.workload.model import Workload

NOT_SHOWN = "(not shown)"
HIDDEN = "…"
"""What stands in place of a value in a sentence."""
_APOSTROPHE = re.compile(r"(?<=\w)'(?=(?:s|t|re|ve|ll)\b)")
_WORD = re.compile(r"\w+")
_SHORTEST_KNOWN = 3
"""Values shorter than this are masked where they are quoted, but not as bare words of a sentence."""


@dataclass(frozen=True)
class Redactor:
    """How text is shown. ``values``: what the capture's literals and parameters hold, by their rarest word; ``names``: identifiers that
    may stay quoted; ``query_ids`` stay although they hold digits. With ``enabled`` False every method returns its text untouched.
    """

    enabled: bool = False
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    query_ids: frozenset[str] = frozenset()

    def query(self, text: str) -> str:
        """Return a statement without its literals and comments, or ``(not shown)`` when it does not parse."""
        return _normalized(text) if self.enabled else text

    def sql(self, text: str) -> str:
        """Return a condition, an expression or DDL without its literals."""
        return mask_literals(text) if self.enabled else text

    def prose(self, text: str) -> str:
        """Return a sentence without quoted text, numbers and values of the capture; known names and query ids stay."""
        if not self.enabled:
            return text
        known = sorted((value for word in set(_WORD.findall(text)) for value in self.values.get(word, ()) if value in text), key=_longest)
        for value in known:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text)
        return "".join(self._word(token) for token in tokens(_APOSTROPHE.sub("’", text)))

    def subject(self, text: str) -> str:
        """Return what a skipped thing is called: ``file:line`` stays, everything else is a sentence."""
        place = re.fullmatch(r"([^'\"=<>()]+):(\d+)", text)
        return text if place else self.prose(text)

    def _word(self, token: Token) -> str:
        if token.kind == "quoted":
            return token.text if token.text.strip('"') in self.names else f'"{HIDDEN}"'
        if token.kind == "number":
            return token.text if token.text in self.query_ids else HIDDEN
        return HIDDEN if token.kind in ("comment", "string") else token.text


def redactor(workload: Workload, catalog: Catalog, *, enabled: bool) -> Redactor:
    """Return the redactor for one report; without ``enabled`` it changes nothing."""
    if not enabled:
        return Redactor()
    names = {table.name.name for table in catalog.tables} | {index.name for index in catalog.indexes}
    names |= {column.name for table in catalog.tables for column in table.columns}
    known = {value for value in _values(workload) if len(value) >= _SHORTEST_KNOWN} - names
    return Redactor(True, _by_rarest_word(known), frozenset(names), frozenset(group.query_id for group in workload.groups))


def _longest(value: str) -> tuple[int, str]:
    """Order values so that none is masked only in part."""
    return -len(value), value


def _by_rarest_word(values: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return values by the word that fewest of them share, so that a sentence is compared with few of many thousands."""
    words = {value: sorted(set(_WORD.findall(value))) for value in values}
    shared = Counter(word for each in words.values() for word in each)
    found: dict[str, list[str]] = {}
    for value, each in words.items():
        if each:
            found.setdefault(min(each, key=lambda word: shared[word]), []).append(value)
    return {word: tuple(held) for word, held in found.items()}


def _values(workload: Workload) -> Iterable[str]:
    for group in workload.groups:
        for text in {group.text, *(sample.text for sample in group.samples)}:
            yield from literals(text)
        for sample in group.samples:
            yield from (value for value in sample.parameters or () if value is not None)


def _normalized(text: str) -> str:
    import pgparse

    # a NUL cannot be in PostgreSQL text and would cut the statement short in the C library
    if "\0" in text:
        return NOT_SHOWN
    try:
        normalized = pgparse.normalize(text)
    except pgparse.PGQueryError:
        return NOT_SHOWN
    # pg_query leaves comments and a few literals (UESCAPE) where they are
    return mask_literals(normalized).strip()
