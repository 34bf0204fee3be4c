"""The base of rules about a filter that no index serves: which sequential scans waste enough to speak of it, measured or estimated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from indexadvisor.explain.finding import Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule
from indexadvisor.explain.rules.scans import discard, index_saving


@dataclass(frozen=True)
class Waste:
    """What a sequential scan wastes: the numbers, the share of rows kept (an upper bound in a plan without ANALYZE), what an index could
    save. ``found_share``: the rows that an index on a part of the filter finds, by statistics; ``doubt``: how much less sure it is that an
    index helps, where it serves a part of the filter and nothing tells how many rows it finds.
    """

    evidence: tuple[Evidence, ...]
    kept_share: float
    kept: str
    measured: bool
    saving_ms: Interval | None = None
    found_share: float | None = None
    doubt: float = 1.0

    @property
    def confidence(self) -> float:
        """How sure an index helps, by the rows kept; less by half where they are estimates."""
        share = self.kept_share if self.found_share is None else self.found_share
        by_rows = 0.9 if share <= 0.01 else 0.6 if share <= 0.05 else 0.4
        return self.doubt * (by_rows if self.measured else by_rows / 2)

    @property
    def possible_ms(self) -> Interval | None:
        """The saving where it is not known how many rows an index would find: nothing is sure."""
        return None if self.saving_ms is None else Interval(0.0, self.saving_ms.high)

    @property
    def because(self) -> str:
        """The confidence's reason."""
        kept = f"{self.kept_share:.2%} of the rows read are kept"
        if self.found_share is not None:
            kept += f", {self.found_share:.2%} are found by statistics"
        return kept if self.measured else f"by the planner's estimate at most {kept}"


def has_index(finding: Finding) -> bool:
    """Return whether a finding advises an index."""
    return any(advice.kind == "index" for advice in finding.advice)


class WastefulScanRule(PlanRule):
    """A rule about the filter of a sequential scan that removes nearly all it reads.

    ``discarded_share``: part of the rows read that is removed. ``min_removed_rows``: over all loops. ``min_scan_cost``: without ANALYZE,
    the scan's cost.
    """

    thresholds: ClassVar[tuple[str, ...]] = ("discarded_share", "min_removed_rows", "min_scan_cost")
    discarded_share: float = 0.9
    min_removed_rows: float = 10_000.0
    min_scan_cost: float = 2_000.0
    min_rows_read_per_loop: float = 1_000.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether the cause's index is the answer to this finding as well; one without an index to offer is no answer."""
        return has_index(cause)

    def wasteful(self, analysis: Analysis) -> Iterator[tuple[PlanNode, Waste]]:
        """Yield each sequential scan whose filter removes nearly all, with the numbers."""
        for node in analysis.plan.walk():
            if node.node_type == "Seq Scan" and node.text("Filter") is not None:
                found = self._measured(analysis, node) if analysis.plan.analyzed else self._estimated(analysis, node)
                if found is not None:
                    yield node, found

    def _measured(self, analysis: Analysis, node: PlanNode) -> Waste | None:
        found = discard(analysis, node)
        if found is None or found.share < self.discarded_share or found.removed < self.min_removed_rows:
            return None
        if found.read / found.loops < self.min_rows_read_per_loop:
            return None
        # a scan that shares its work reads each row once; any other reads the table in every loop, or in every process
        again = "" if found.loops == 1 or node.details.get("Parallel Aware") is True else f" in {found.loops:,} loops"
        kept = f"{found.kept:,.0f} of {found.read:,.0f} rows{again}"
        return Waste(found.evidence(), 1.0 - found.share, kept, True, index_saving(analysis, node, found))

    def _estimated(self, analysis: Analysis, node: PlanNode) -> Waste | None:
        """Compare the estimated rows with the table's, or with its blocks: a scan costs at least one unit per block, and a block holds a
        row or more.
        """
        if node.total_cost is None or node.rows is None or node.total_cost < self.min_scan_cost:
            return None
        table = analysis.table(node)
        read = table.rows if table is not None and table.rows else node.total_cost
        kept = node.rows / read
        if kept > 1.0 - self.discarded_share:
            return None
        evidence = (Evidence("scan cost", node.total_cost), Evidence("rows estimated", node.rows, "rows"))
        return Waste(evidence, kept, f"an expected {node.rows:,.0f} rows", False)
