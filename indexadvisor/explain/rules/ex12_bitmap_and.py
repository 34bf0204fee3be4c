"""EX12: two indexes are combined where one over both columns would do."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.model import IndexKey
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import Keys, index_sql, keys, listed, serving, usable
from indexadvisor.explain.rules.scans import bitmap_indexes, relation
from indexadvisor.explain.rules.terms import Term, terms_of


@rule
class BitmapAnd(PlanRule):
    """Two indexes of a table are read and intersected where one index over both columns would do.

    What it means:
        Each index finds all rows for its own column, many of which the other one rules out. One composite index reads only the entries
        that match both.

    Example plan:
        BitmapAnd  (cost=319.47..319.47 rows=219 width=0) (actual time=2.031..2.032 rows=0 loops=1)
          ->  Bitmap Index Scan on events_size_idx  (cost=0.00..87.11 rows=7869 width=0) (actual time=0.702..0.702 rows=8037 loops=1)
                Index Cond: ((size >= 100) AND (size <= 300))
          ->  Bitmap Index Scan on events_account_idx  (cost=0.00..232.00 rows=10938 width=0) (actual time=0.961..0.961 rows=11200 loops=1)
                Index Cond: ((account_id >= 5) AND (account_id <= 60))

    What to do:
        Create one index over the columns of both conditions, equality first. It may replace one of the two.

    When it is fine:
        The columns are filtered in every combination, so that single indexes serve more queries than any composite one. The parts are of
        kinds that one B-tree cannot hold (arrays, full text): the rule is silent then.

    Where the threshold comes from:
        1,000 entries read, or estimated, in all: below, the intersection takes microseconds.
    """

    code, name, severity = "EX12", "bitmap-and", "info"
    thresholds = ("min_entries",)
    min_entries: float = 1_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield each BitmapAnd over indexes of comparable columns."""
        for node in analysis.plan.walk():
            parts = list(bitmap_indexes(node)) if node.node_type == "BitmapAnd" and node.executed is not False else []
            heap = (
                next((above for above in analysis.plan.ancestors(node) if above.node_type == "Bitmap Heap Scan"), None) if parts else None
            )
            if heap is None or any(child.node_type == "BitmapOr" for child in node.children):
                continue
            parts.sort(key=lambda part: _entries(analysis, part))  # of two ranges, the narrower one leads
            entries = sum(_entries(analysis, part) for part in parts)
            wanted = self._columns(analysis, heap, parts)
            if entries < self.min_entries or len(wanted.columns) < 2 or serving(analysis, heap, wanted) is not None:
                continue
            used, time = ", ".join(part.index or "?" for part in parts), analysis.time_below(node)
            text = f"One B-tree index on {listed(wanted.columns)} of {relation(heap)} reads only what matches all conditions."
            yield self.finding(
                f"{len(parts)} indexes of {relation(heap)} are intersected: {used}.",
                node,
                evidence=(Evidence("index entries read", entries, "entries"), Evidence("indexes", used)),
                advice=(
                    Advice(
                        "index", text, sql=index_sql(analysis, heap, [IndexKey(name) for name in wanted.columns]), columns=wanted.columns
                    ),
                ),
                saving_ms=None if time is None else Interval(0.0, time.high),
                confidence=0.6,
                because="one index saves reading and intersecting; the rows fetched stay the same",
            )

    def _columns(self, analysis: Analysis, heap: PlanNode, parts: list[PlanNode]) -> Keys:
        """Return the columns of all parts, equality first; none unless a B-tree serves every part."""
        table = analysis.table(heap)
        each: list[tuple[Term, ...]] = [terms_of(part, "Index Cond") for part in parts]
        if not all(usable(terms, table) for terms in each):
            return Keys(())
        together = tuple(term for terms in each for term in terms)
        found = keys(together, table)
        bounded = dict.fromkeys(term.column for term in usable(together, table) if term.range and term.column not in found.equal)
        return Keys(found.equal, tuple(name for name in bounded if name is not None))


def _entries(analysis: Analysis, part: PlanNode) -> float:
    """Return the index entries a part read, or was expected to read."""
    return (analysis.returned(part) or 0.0) if analysis.plan.analyzed else (part.rows or 0.0)
