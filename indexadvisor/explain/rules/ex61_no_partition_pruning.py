"""EX61: every partition is read though a filter keeps few rows."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import part_of
from indexadvisor.explain.rules.scans import removed_by_filter
from indexadvisor.explain.shape import APPENDS

_SCANS = frozenset({"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"})


@rule
class NoPartitionPruning(PlanRule):
    """Many partitions are read, each with the same filter, and none was pruned.

    What it means:
        The filter does not compare the partition key with a value that the planner or the executor could use, so that every partition may
        hold rows and all are visited.

    Example plan:
        Append  (cost=0.00..2773.00 rows=599 width=4) (actual time=2.182..41.344 rows=5177.00 loops=1)
          ->  Seq Scan on events_0 events_1  (cost=0.00..115.66 rows=25 width=4) (actual time=0.595..0.595 rows=0.00 loops=1)
                Filter: (date_trunc('month'::text, (at)::timestamp with time zone) = '2023-05-01 00:00:00+00'::timestamp with time zone)
                Rows Removed by Filter: 5009

    What to do:
        Add a condition on the partition key itself: a range of dates in place of date_trunc(at), the tenant that is known anyway. Where
        the filter is on another column by nature, an index on it in every partition, or partitioning by that column.

    When it is fine:
        The question is about all partitions. UNION ALL of different tables keeps the rule silent, and so do partitions that were pruned
        when the plan was made (they are not in it), at start-up (Subplans Removed) or while it ran (never executed).

    Where the threshold comes from:
        Eight partitions or more, all of them executed, that together remove nine in ten of the rows they read; without ANALYZE, the
        filter alone is no reason.
    """

    code, name, severity = "EX61", "no-partition-pruning", "warning"
    needs = ("analyze",)
    thresholds = ("min_partitions", "discarded_share")
    explained_by = ("EX19",)
    min_partitions: int = 8
    discarded_share: float = 0.9

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield Append nodes over partitions that were all read for few rows."""
        for node in analysis.plan.walk():
            scans = [scan for scan in (self._scan(child) for child in node.inputs()) if scan is not None]
            if node.node_type not in APPENDS or len(scans) < self.min_partitions or len(scans) < len(node.inputs()):
                continue
            if node.amount("Subplans Removed") or not all(scan.executed for scan in scans) or not self._alike(analysis, scans):
                continue
            removed = sum(removed_by_filter(scan) for scan in scans)
            returned = sum(analysis.returned(scan) or 0.0 for scan in scans)
            if not removed or removed < self.discarded_share * (removed + returned):
                continue
            empty = sum(1 for scan in scans if not analysis.returned(scan))
            yield self.finding(
                f"{len(scans)} partitions were read; {empty} of them gave no row.",
                node,
                evidence=(
                    Evidence("partitions read", len(scans)),
                    Evidence("partitions without a row", empty),
                    Evidence("rows removed by filter", removed, "rows"),
                    Evidence("rows returned", returned, "rows"),
                    Evidence("filter", scans[0].text("Filter") or ""),
                ),
                advice=(Advice("rewrite", "Compare the partition key itself with a value, a range or a parameter, beside the filter."),),
                saving_ms=part_of(analysis.time_below(node), removed / (removed + returned)),
                confidence=0.6 if empty else 0.3,
                because="some partitions gave no row" if empty else "every partition held rows that were wanted",
            )

    def _scan(self, node: PlanNode) -> PlanNode | None:
        return node if node.node_type in _SCANS and node.text("Filter") is not None else None

    def _alike(self, analysis: Analysis, scans: list[PlanNode]) -> bool:
        """Return whether the scans are of partitions of one table: by the catalog, else by their aliases' common beginning."""
        tables = [table for scan in scans if (table := analysis.table(scan)) is not None]
        if len(tables) == len(scans):
            parents = {table.partition_of for table in tables}
            return len(parents) == 1 and parents != {None}
        # the planner names partitions after the table's alias: events_1, events_2, ...
        stems = {(scan.alias or "").rpartition("_")[0] for scan in scans}
        return len(stems) == 1 and stems != {""}
