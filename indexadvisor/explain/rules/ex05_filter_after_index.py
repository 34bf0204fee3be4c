"""EX05: an index finds many rows that the filter then throws away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import IndexKey
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import Keys, index_sql, keys, listed, other_advice, serving, table_name, usable
from indexadvisor.explain.rules.scans import INDEX_SCANS, Discard, bitmap_indexes, discard, relation
from indexadvisor.explain.rules.terms import Term, terms_of


@rule
class FilterAfterIndex(PlanRule):
    """An index finds rows, and the filter throws most of them away.

    What it means:
        The index answers only part of the condition. Each row it finds is fetched from the table before the filter can look at it; those
        removed were fetched for nothing.

    Example plan:
        Index Scan using events_at_idx on events  (cost=0.42..7335.20 rows=17 width=53) (actual time=0.029..103.331 rows=173 loops=1)
          Index Cond: (at < '2024-03-01 00:00:00'::timestamp without time zone)
          Filter: (payload @> '{"k": 5}'::jsonb)
          Rows Removed by Filter: 172626

    What to do:
        Put the filter's column into the index as well, columns compared by equality in front; or, where the filter always has the same
        constant, make the index partial (WHERE that condition). A filter that no B-tree serves (arrays, jsonb, LIKE) needs an index of
        its own kind.

    When it is fine:
        The condition of the index is already selective and only a handful of rows is removed. The filter holds a function or another
        column of the row that no index can answer.

    Where the threshold comes from:
        Half of the fetched rows removed is where a better index halves the work at best; 1,000 rows are about a millisecond of look-ups
        in memory. A search that finds fewer than two rows is as narrow as it gets; one that finds fewer than ten is granted less
        confidence, since its rows are often on one page. Where nothing can be advised, nine in ten rows (``share_without_advice``) and a
        tenth of the statement (``min_share_without_advice``) must be at stake.
    """

    code, name, severity = "EX05", "filter-after-index", "warning"
    needs = ("analyze",)
    thresholds = ("discarded_share", "min_removed_rows", "min_rows_per_loop", "many_rows_per_loop", "share_without_advice",
                  "min_share_without_advice")  # fmt: skip
    discarded_share: float = 0.5
    min_removed_rows: float = 1_000.0
    min_rows_per_loop: float = 2.0
    many_rows_per_loop: float = 10.0
    share_without_advice: float = 0.9
    min_share_without_advice: float = 0.1

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield scans with an index condition whose filter removes most rows."""
        for node in analysis.plan.walk():
            found = discard(analysis, node) if is_conditional(node) else None
            if found is None or found.share < self.discarded_share or found.removed < self.min_removed_rows:
                continue
            if found.read / found.loops < self.min_rows_per_loop:
                continue
            advice, own = self._advice(analysis, node), analysis.own_time(node)
            if advice is None and not self._worth_saying(analysis, found, own):
                continue
            confidence, because = 0.2, "the filter cannot be part of an index as it is written, or such an index exists"
            indexable = advice is not None and advice.kind == "index"
            if indexable:
                narrow = found.read / found.loops < self.many_rows_per_loop
                confidence = 0.4 if narrow else 0.8 if found.share >= 0.9 else 0.5
                because = f"{found.share:.0%} of the rows found are removed" + (", though each search finds few" if narrow else "")
            pattern = advice is not None and _pattern(node, terms_of(node)) == advice
            if pattern:
                confidence, because = 0.3, "whether the planner takes trigrams depends on the pattern"
            index = node.index or ", ".join(child.index or "?" for child in bitmap_indexes(node))
            yield self.finding(
                f"The index finds {found.read:,.0f} rows of {relation(node)}, and the filter keeps {found.kept:,.0f}.",
                node,
                evidence=(*found.evidence(), Evidence("index", index)),
                advice=() if advice is None else (advice,),
                saving_ms=None if own is None else Interval(0.0, own.high * found.share),
                confidence=confidence,
                because=because,
                severity=self.severity if indexable and not pattern else "info",
            )

    def _worth_saying(self, analysis: Analysis, found: Discard, own: Interval | None) -> bool:
        """Whether a scan that nothing can be advised for removes so much, in so much of the statement, that it is named."""
        whole = analysis.statement_ms
        large = own is None or not whole or own.high >= self.min_share_without_advice * whole
        return large and found.share >= self.share_without_advice

    def _advice(self, analysis: Analysis, node: PlanNode) -> Advice | None:
        """Return an index that answers condition and filter: equality, the range of the condition, then what is tested inside it."""
        table, filters = analysis.table(node), terms_of(node)
        both = (*terms_of(node, "Index Cond"), *terms_of(node, "Recheck Cond"), *filters)
        equal = keys(both, table).equal
        ranges = dict.fromkeys(term.column for term in usable(both, table) if term.range and term.column not in equal)
        wanted = Keys(equal, tuple(column for column in ranges if column is not None))
        if not {term.column for term in usable(filters, table)} & set(wanted.columns):
            return other_advice(analysis, node, filters) or _pattern(node, filters)
        existing = serving(analysis, node, wanted)
        if existing is not None:
            return Advice("none", f"The index {existing.name} on {listed(wanted.columns)} exists and was not taken: look at the estimates.")
        text = f"A B-tree index on {table_name(node)} {listed(wanted.columns)} answers condition and filter before a row is fetched."
        return Advice("index", text, sql=index_sql(analysis, node, [IndexKey(name) for name in wanted.columns]), columns=wanted.columns)


def _pattern(node: PlanNode, terms: Iterable[Term]) -> Advice | None:
    """Return the advice for a search within a text; a prefix is other_advice's."""
    found = next((term for term in terms if term.fixed and term.column is not None and term.operator in {"~~", "~~*", "~", "~*"}), None)
    if found is None or found.column is None:
        return None
    text = f"A GIN index on {table_name(node)} ({quote_identifier(found.column)} gin_trgm_ops) finds the pieces of a pattern, see EX20."
    return Advice("index", text, columns=(found.column,))


def is_conditional(node: PlanNode) -> bool:
    """Return whether a node finds rows by an index condition and filters them afterwards."""
    if node.text("Filter") is None:
        return False
    return (node.node_type in INDEX_SCANS and node.text("Index Cond") is not None) or node.node_type == "Bitmap Heap Scan"
