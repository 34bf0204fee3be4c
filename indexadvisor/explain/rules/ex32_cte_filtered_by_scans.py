"""EX32: every scan of a CTE throws most of it away."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.ctes import ctes, must_be_kept
from indexadvisor.explain.rules.loops import up_to
from indexadvisor.explain.rules.scans import removed_by_filter


@rule
class CteFilteredByScans(PlanRule):
    """A CTE is read several times, and each scan throws most of it away.

    What it means:
        A CTE that is used more than once is computed once and kept. It has no index: each use passes over all of it, and here none of
        them needs more than a small part.

    Example plan:
        Hash Join  (cost=4281.06..6535.79 rows=1 width=192) (actual time=112.828..112.834 rows=0.00 loops=1)
          Hash Cond: ((b.id + 1) = a.id)
          CTE o
            ->  Seq Scan on orders  (cost=0.00..2031.00 rows=100000 width=48) (actual time=0.011..26.005 rows=100000.00 loops=1)
          ->  CTE Scan on o b  (cost=0.00..2250.00 rows=943 width=96) (actual time=0.022..33.786 rows=995.00 loops=1)
                Filter: (customer_id < 200)
                Rows Removed by Filter: 99005
          ->  Hash  (cost=2250.00..2250.00 rows=5 width=96) (actual time=78.919..78.921 rows=5.00 loops=1)
                ->  CTE Scan on o a  (cost=0.00..2250.00 rows=5 width=96) (actual time=0.377..78.900 rows=5.00 loops=1)
                      Filter: (customer_id = 77)
                      Rows Removed by Filter: 99995

    What to do:
        Move what the filters have in common into the CTE (``customer_id < 200``). Where each part can be found by an index, write NOT
        MATERIALIZED (from 12): the query inside is then planned for each use, with its filter. Where it is costly to compute and used
        often, a temporary table with an index and ANALYZE serves.

    When it is fine:
        One of the scans needs all of it, or computing it (an aggregate over everything) is the dear part and the scans are not: the
        rule's saving then shows how little there is.

    Where the threshold comes from:
        10,000 rows thrown away by all scans together, nine in ten of all they read.
    """

    code, name, severity = "EX32", "cte-filtered-by-scans", "info"
    needs = ("analyze",)
    thresholds = ("min_removed_rows", "removed_share")
    min_removed_rows: float = 10_000.0
    removed_share: float = 0.9

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield CTEs with several scans that all filter."""
        for name, top, scans in ctes(analysis.plan):
            ran = [scan for scan in scans if scan.executed]
            if len(ran) < 2 or any(scan.text("Filter") is None for scan in ran) or must_be_kept(top):
                continue
            removed, kept = sum(map(removed_by_filter, ran)), sum(analysis.returned(scan) or 0.0 for scan in ran)
            if removed < max(self.min_removed_rows, self.removed_share * (removed + kept)):
                continue
            worst = max(ran, key=lambda scan: (removed_by_filter(scan), -scan.number))
            # what computes groups or limits needs all rows inside: a filter moved in may not reach the tables
            reaches = not any(node.node_type in {"Aggregate", "Limit", "WindowAgg", "Unique"} for node in top.walk())
            yield self.finding(
                f"CTE {name} is read by {len(ran)} scans, which together keep {kept:,.0f} of {removed + kept:,.0f} rows.",
                worst,
                evidence=(
                    Evidence("scans", len(ran)),
                    Evidence("rows removed", removed, "rows"),
                    Evidence("rows kept", kept, "rows"),
                ),
                advice=(Advice("rewrite", f"Move the common part of the filters into {name}, or write NOT MATERIALIZED (from 12)."),),
                saving_ms=up_to(*(analysis.own_time(scan) for scan in ran), analysis.time_below(top)),
                confidence=0.5 if reaches else 0.3,
                because="each filter could reach the tables inside"
                if reaches
                else "the CTE groups or limits: not every filter can be moved in",
            )
