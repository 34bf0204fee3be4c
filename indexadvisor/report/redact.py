"""``--redact``: no literal of the captured workload reaches the report.

What is masked: query texts (constants become ``$n``, comments go), plan conditions, predicates and expressions in definitions
and DDL (constants become ``'?'``; such a statement is marked and must be filled in before it runs), and sentences. There are two kinds:

* ``prose``: a sentence that may quote a server or a log, which can set a value down bare (``Key (email)=(ann@example.org)``): quoted text,
  numbers and every word that is a value of the capture are replaced, be it a word of ours.
* ``composed``: a sentence that our own stages make of words of ours, names, figures and SQL. A value can only be in the SQL, which is
  known (``fragments``) and holds it as a literal: literals are replaced; our plain words, and figures outside the SQL, stay though a
  value reads the same. A value that is no plain word is replaced wherever it stands, in case a stage sets one down bare.

Names of tables, columns, indexes made without literals, and files stay.
A query that does not parse is not shown at all, because nobody can say which of its words are values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from indexadvisor.catalog.model import Catalog
from indexadvisor.findings import Skipped
from indexadvisor.lexer import Token, tokens
from indexadvisor.report.sqltext import literals, mask_literals
from indexadvisor.usage.model import UsageGraph
from indexadvisor.workload.model import Workload

NOT_SHOWN = "(not shown)"
HIDDEN = "…"
"""What stands in place of a value in a sentence."""
_APOSTROPHE = re.compile(r"(?<=\w)'(?=(?:s|t|re|ve|ll)\b)")
_WORD = re.compile(r"\w+")
_PLAIN = re.compile(r"[a-z]+")
"""A value that can as well be a word of ours."""
_OWN_WORDS = frozenset({"candidates", "selection"})
"""Stages whose reasons hold no message of a server or a parser."""
_SHORTEST_KNOWN = 3
"""Values shorter than this are masked where they are quoted, but not as bare words of a sentence."""


@dataclass(frozen=True)
class Redactor:
    """How text is shown. ``values``: what the capture's literals and parameters hold, by their rarest word; ``names``: identifiers that
    may stay quoted; ``query_ids`` stay although they hold digits. ``fragments``: SQL that sentences of ours may hold, like ``values``. With
    ``enabled`` False every method returns its text untouched.
    """

    enabled: bool = False
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    query_ids: frozenset[str] = frozenset()
    fragments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

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
        for value in sorted(_held(self.values, text), key=_longest):
            text = _bare(value).sub(HIDDEN, text)
        return "".join(self._word(token) for token in tokens(_APOSTROPHE.sub("’", text)))

    def composed(self, text: str) -> str:
        """Return a sentence of our own stages without the literals of the SQL in it."""
        if not self.enabled:
            return text
        text = _APOSTROPHE.sub("’", text)
        for value in sorted(_held(self.values, text), key=_longest):
            text = text if _PLAIN.fullmatch(value) else _bare(value).sub(HIDDEN, text)
        spans = [match.span() for fragment in _held(self.fragments, text) for match in _bare(fragment).finditer(text)]
        return "".join(token.text if self._ours(token, spans) else self._word(token) for token in tokens(text))

    def subject(self, text: str) -> str:
        """Return what a skipped thing is called: ``file:line`` stays, everything else is a sentence."""
        place = re.fullmatch(r"([^'\"=<>()]+):(\d+)", text)
        return text if place else self.prose(text)

    def skipped(self, item: Skipped) -> Skipped:
        """Return what was left out: stages that quote no one else's words make their sentences of ours."""
        if item.stage not in _OWN_WORDS:
            return replace(item, subject=self.subject(item.subject), reason=self.prose(item.reason))
        return replace(item, subject=self.composed(item.subject), reason=self.composed(item.reason))

    def _ours(self, token: Token, spans: Iterable[tuple[int, int]]) -> bool:
        """Return whether a number is a figure of ours: one outside all SQL."""
        return token.kind == "number" and not any(start <= token.start < end for start, end in spans)

    def _word(self, token: Token) -> str:
        if token.kind == "quoted":
            return token.text if token.text.strip('"') in self.names else f'"{HIDDEN}"'
        if token.kind == "number":
            return token.text if token.text in self.query_ids else HIDDEN
        return HIDDEN if token.kind in ("comment", "string") else token.text


def redactor(workload: Workload, catalog: Catalog, *, enabled: bool, usage: UsageGraph | None = None) -> Redactor:
    """Return the redactor for one report; without ``enabled`` it changes nothing. ``usage``: whose SQL our sentences may hold."""
    if not enabled:
        return Redactor()
    names = {table.name.name for table in catalog.tables} | {index.name for index in catalog.indexes}
    names |= {column.name for table in catalog.tables for column in table.columns}
    known = {value for value in _values(workload) if len(value) >= _SHORTEST_KNOWN} - names
    ids = frozenset(group.query_id for group in workload.groups)
    return Redactor(True, _by_rarest_word(known), frozenset(names), ids, _by_rarest_word(_fragments(catalog, usage)))


def _fragments(catalog: Catalog, usage: UsageGraph | None) -> frozenset[str]:
    """Return the SQL with literals that sentences of ours may hold: conditions and expressions of queries and of existing indexes."""
    uses = [use for relation in usage.relations for use in relation.uses] if usage is not None else []
    texts = {text for use in uses for text in (use.expression, use.predicate) if text is not None}
    for index in catalog.indexes:
        parts = (index.definition.predicate, *(key.expression for key in index.definition.keys))
        texts |= {text for text in parts if text is not None}
    return frozenset(text for text in texts if literals(text))


def _held(texts: Mapping[str, tuple[str, ...]], sentence: str) -> list[str]:
    """Return those of the texts, known by their rarest words, that a sentence holds."""
    return [text for word in set(_WORD.findall(sentence)) for text in texts.get(word, ()) if text in sentence]


def _bare(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")


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
