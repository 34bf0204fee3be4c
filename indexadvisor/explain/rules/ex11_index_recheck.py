"""EX11: the index finds candidates, and most of them turn out wrong when the row is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.scans import relation


@rule
class IndexRecheck(PlanRule):
    """An index that knows only approximate answers finds many rows that do not match.

    What it means:
        Trigram, GiST, bloom and some GIN indexes store less than the value: they name candidates, and each candidate's row is tested
        again. Here more candidates were wrong than right, although the bitmap itself had room enough.

    Example plan:
        Bitmap Heap Scan on docs  (cost=105.10..180.62 rows=6 width=99) (actual time=6.105..8.911 rows=2.00 loops=1)
          Recheck Cond: (body ~ 'abc.*cde.*def'::text)
          Rows Removed by Index Recheck: 1403
          Heap Blocks: exact=1102

    What to do:
        Ask for a longer or rarer term; three-letter pieces that are in every document find nothing. Choose an operator class that stores
        more: ``gist_trgm_ops(siglen = ...)``, ``jsonb_path_ops`` instead of ``jsonb_ops`` for containment, a bloom index with a longer
        signature. A condition on another column in the same index (btree_gin) narrows the candidates.

    When it is fine:
        The rows removed are few against the table, and no better index exists. Lossy pages (EX10) are another matter and keep this rule
        silent.

    Where the threshold comes from:
        More rows removed than returned means that most of the work was for nothing; 1,000 rows are about a millisecond of fetching.
    """

    code, name, severity = "EX11", "index-recheck", "info"
    needs = ("analyze",)
    thresholds = ("removed_per_row", "min_removed_rows")
    removed_per_row: float = 1.0
    min_removed_rows: float = 1_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield scans whose exact bitmap or index names many wrong rows."""
        for node in analysis.plan.walk():
            returned = analysis.returned(node)
            if returned is None or not node.executed or node.actual is None or (node.amount("Lossy Heap Blocks") or 0.0) > 0:
                continue
            removed = (node.amount("Rows Removed by Index Recheck") or 0.0) * node.actual.loops
            if removed < self.min_removed_rows or removed <= self.removed_per_row * returned:
                continue
            own, condition = analysis.own_time(node), node.text("Recheck Cond") or node.text("Index Cond") or ""
            yield self.finding(
                f"The index names {removed + returned:,.0f} rows of {relation(node)}, and {removed:,.0f} do not match.",
                node,
                evidence=(
                    Evidence("rows removed by recheck", removed, "rows"),
                    Evidence("rows returned", returned, "rows"),
                    Evidence("condition", condition),
                ),
                advice=(
                    Advice("rewrite", "Search for a longer or rarer term, or choose an operator class that stores more of the value."),
                ),
                saving_ms=None if own is None else Interval(0.0, own.high * removed / (removed + returned)),
                confidence=0.4,
                because="whether a more exact index or term exists depends on the data",
            )
