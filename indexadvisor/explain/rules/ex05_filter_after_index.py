"""EX05: an index finds many rows that the filter then throws away."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import btree_advice, keys, other_advice
from indexadvisor.explain.rules.scans import INDEX_SCANS, bitmap_indexes, discard, relation
from indexadvisor.explain.rules.terms import terms_of


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
        in memory.
    """

    code, name, severity = "EX05", "filter-after-index", "warning"
    needs = ("analyze",)
    thresholds = ("discarded_share", "min_removed_rows")
    discarded_share: float = 0.5
    min_removed_rows: float = 1_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield scans with an index condition whose filter removes most rows."""
        for node in analysis.plan.walk():
            found = discard(analysis, node) if is_conditional(node) else None
            if found is None or found.share < self.discarded_share or found.removed < self.min_removed_rows:
                continue
            table, filters = analysis.table(node), terms_of(node)
            conditions = terms_of(node, "Index Cond") + terms_of(node, "Recheck Cond")
            advice = (
                btree_advice(analysis, node, conditions + filters)
                if keys(filters, table).columns
                else other_advice(analysis, node, filters)
            )
            own = analysis.own_time(node)
            indexable = advice is not None and advice.kind == "index"
            yield self.finding(
                f"The index finds {found.read:,.0f} rows of {relation(node)}, and the filter keeps {found.kept:,.0f}.",
                node,
                evidence=(
                    *found.evidence(),
                    Evidence("index", node.index or ", ".join(child.index or "?" for child in bitmap_indexes(node))),
                ),
                advice=() if advice is None else (advice,),
                saving_ms=None if own is None else Interval(0.0, own.high * found.share),
                confidence=(0.8 if found.share >= 0.9 else 0.5) if indexable else 0.2,
                because=f"{found.share:.0%} of the rows found are removed"
                if indexable
                else "the filter cannot be part of an index as it is written",
            )


def is_conditional(node: PlanNode) -> bool:
    """Return whether a node finds rows by an index condition and filters them afterwards."""
    if node.text("Filter") is None:
        return False
    return (node.node_type in INDEX_SCANS and node.text("Index Cond") is not None) or node.node_type == "Bitmap Heap Scan"
