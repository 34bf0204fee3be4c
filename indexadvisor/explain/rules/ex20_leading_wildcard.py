"""EX20: a pattern without a fixed beginning, which no B-tree can serve."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexadvisor.catalog.model import IndexKey
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, rule
from indexadvisor.explain.rules.indexing import index_sql, is_prefix, literal, table_name, usable
from indexadvisor.explain.rules.scans import relation
from indexadvisor.explain.rules.terms import Term, terms_of
from indexadvisor.explain.rules.wasteful import WastefulScanRule

_NAMES = {"~~": "LIKE", "~~*": "ILIKE", "~": "~", "~*": "~*"}
_TRIGRAM_LETTERS = 3


@rule
class LeadingWildcard(WastefulScanRule):
    """A search for a part of a text (LIKE '%...', ILIKE, a regular expression) reads the whole table.

    What it means:
        A B-tree sorts values by their beginning. A pattern that begins with a wildcard, ignores case or is a regular expression without
        ``^`` has no fixed beginning, so every row is tested.

    Example plan:
        Seq Scan on customers  (cost=0.00..1742.00 rows=5 width=157) (actual time=0.020..14.880 rows=11 loops=1)
          Filter: (email ~~ '%77@example%'::text)
          Rows Removed by Filter: 49989

    What to do:
        Create a GIN index with trigrams (extension pg_trgm): it finds the rows that hold all three-letter pieces of the pattern. For
        words in a language, full text search is better; for endings alone, an index on ``reverse(column)``.

    When it is fine:
        A small table, or a pattern with fewer than three letters in a row: trigrams cannot help, and nothing is advised. The index makes
        writes dearer: each row has as many entries as letters.

    Where the threshold comes from:
        19 in 20 rows removed and 10,000 in all: the rows found lie scattered, and at one in twenty nearly every page holds one. Three
        letters are what a trigram holds.
    """

    code, name, severity = "EX20", "leading-wildcard", "info"
    explained_by = ("EX01", "EX04")
    discarded_share: float = 0.95

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield scans filtered by a pattern without a fixed beginning."""
        for node, waste in self.wasteful(analysis):
            terms = terms_of(node)
            patterns = [term for term in terms if self._is_open(term)]
            if not patterns or any(term.equality for term in usable(terms, analysis.table(node))):
                continue
            term = max(patterns, key=self._letters)
            enough = self._letters(term) >= _TRIGRAM_LETTERS
            advice = (
                self._advice(analysis, node, term)
                if enough
                else Advice("none", "The pattern has fewer than three letters in a row: no index finds its rows.")
            )
            yield self.finding(
                f"The filter of {relation(node)} searches within {term.columns[0]}: {_NAMES[term.operator or '~']} {term.value}",
                node,
                evidence=(*waste.evidence, Evidence("pattern", literal(term.value) or "")),
                advice=(advice,),
                saving_ms=waste.saving_ms,
                confidence=waste.confidence * 0.8 if enough else 0.1,
                because=waste.because if enough else "the pattern holds no three letters in a row",
            )

    def _is_open(self, term: Term) -> bool:
        """Whether a term is a search for a known pattern that has no fixed beginning."""
        pattern = literal(term.value)
        if not term.fixed or pattern is None or len(term.columns) != 1 or term.operator not in _NAMES:
            return False
        if term.operator == "~~":
            return not is_prefix(pattern)
        return term.operator in {"~~*", "~*"} or not pattern.startswith(("^", "***"))

    def _letters(self, term: Term) -> int:
        """Return the longest run of letters and digits in a pattern; escapes and classes of a regular expression end a run."""
        pattern = re.sub(r"\[[^\]]*\]|\\.|\{[^}]*\}", " ", literal(term.value) or "")
        return max((len(run) for run in re.findall(r"[^\W_]+", pattern)), default=0)

    def _advice(self, analysis: Analysis, node: PlanNode, term: Term) -> Advice:
        expression = term.wrapped if term.wrapped is not None else None
        key = IndexKey(column=None if expression else term.columns[0], expression=expression, operator_class="gin_trgm_ops")
        known = [] if analysis.catalog is None else [found for found in analysis.catalog.operator_classes if found.name == "gin_trgm_ops"]
        shown = f"({expression})" if expression else term.columns[0]
        extension = "" if known else " after CREATE EXTENSION pg_trgm"
        sql = index_sql(analysis, node, [key], method="gin") if known and not expression else None
        return Advice(
            "index",
            f"A GIN index on {table_name(node)} ({shown} gin_trgm_ops){extension} finds the pattern's pieces.",
            sql=sql,
            columns=term.columns,
        )
