"""EX31: a CTE is computed whole, and then nearly all of it is thrown away."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.ctes import ctes, must_be_kept
from indexadvisor.explain.rules.loops import up_to
from indexadvisor.explain.rules.scans import removed_by_filter


@rule
class CteFence(PlanRule):
    """A CTE that is read once is computed on its own, and the filter outside throws most of it away.

    What it means:
        The WITH query was not merged into the statement: it says MATERIALIZED, calls a volatile function, or the server is older than 12,
        where every CTE is a fence. The filter on it cannot reach the tables inside, so no index can serve it.

    Example plan:
        CTE Scan on o  (cost=2031.00..4281.00 rows=1 width=96) (actual time=0.023..93.379 rows=1.00 loops=1)
          Filter: (id = 77)
          Rows Removed by Filter: 99999
          CTE o
            ->  Seq Scan on orders  (cost=0.00..2031.00 rows=100000 width=48) (actual time=0.012..20.944 rows=100000.00 loops=1)

    What to do:
        From version 12 on, leave MATERIALIZED away or write NOT MATERIALIZED; before, write it as a subquery in FROM. Where a volatile
        function (``random()``) is the reason, move the filter into the CTE by hand.

    When it is fine:
        The CTE changes data, recurses or locks rows (FOR UPDATE): it must be computed apart, and the rule is silent. So it is where most
        of the rows are needed, and where the fence keeps the planner from a worse plan on purpose.

    Where the threshold comes from:
        10,000 rows thrown away, nine in ten of all: below, computing it whole costs little more than the part. Without ANALYZE, a CTE of
        cost 2,000 of which a tenth is expected to pass.
    """

    code, name, severity = "EX31", "cte-fence", "info"
    thresholds = ("min_removed_rows", "removed_share", "min_cost")
    min_removed_rows: float = 10_000.0
    removed_share: float = 0.9
    min_cost: float = 2_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield CTEs with one scan that keeps little of them."""
        for name, top, scans in ctes(analysis.plan):
            if len(scans) != 1 or scans[0].text("Filter") is None or must_be_kept(top):
                continue
            scan = scans[0]
            numbers = self._numbers(analysis, top, scan)
            if numbers is None:
                continue
            computed, kept = numbers
            yield self.finding(
                f"CTE {name} is computed whole, {computed:,.0f} rows, and its filter keeps {kept:,.0f}.",
                scan,
                evidence=(Evidence("rows computed", computed, "rows"), Evidence("rows kept", kept, "rows")),
                advice=(
                    Advice("rewrite", f"Write {name} AS NOT MATERIALIZED (from 12), or as a subquery, so that the filter reaches inside."),
                ),
                saving_ms=up_to(analysis.time_below(scan)),
                confidence=0.5 if analysis.plan.analyzed else 0.4,
                because="the filter could reach the tables; a volatile function inside would forbid it",
            )

    def _numbers(self, analysis: Analysis, top: PlanNode, scan: PlanNode) -> tuple[float, float] | None:
        """Return the rows computed and kept, None where too few are lost."""
        if analysis.plan.analyzed:
            removed, kept = removed_by_filter(scan), analysis.returned(scan) or 0.0
            lost = removed >= max(self.min_removed_rows, self.removed_share * (removed + kept))
            return (removed + kept, kept) if lost else None
        if top.rows is None or scan.rows is None or (top.total_cost or 0.0) < self.min_cost:
            return None
        return (top.rows, scan.rows) if scan.rows <= (1.0 - self.removed_share) * top.rows else None
