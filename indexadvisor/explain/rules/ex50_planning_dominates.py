"""EX50: planning that takes longer than running."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.rule import Analysis, PlanRule, rule


@rule
class PlanningDominates(PlanRule):
    """Planning the statement took longer than running it.

    What it means:
        The planner weighed many joins, partitions or indexes for a result that came quickly. For a statement that runs often, that is most
        of its cost.

    Example plan:
        Planning Time: 49.135 ms
        Execution Time: 0.484 ms

    What to do:
        Prepare the statement and let its plan be kept (prepared statements of the driver; plan_cache_mode). Compare on the partition key,
        so that fewer partitions are planned. Look for views that join more than is used.

    When it is fine:
        The first statement of a session reads the catalog into its caches; the evidence shows the blocks read while planning. EXPLAIN it
        twice in one session before acting.

    Where the threshold comes from:
        Longer than the execution, and 20 ms: shorter planning is seldom felt.
    """

    code, name, severity = "EX50", "planning-dominates", "info"
    needs = ("timing",)
    thresholds = ("min_ms", "ratio")
    min_ms: float = 20.0
    ratio: float = 1.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield one finding for the statement."""
        planning, execution = analysis.plan.planning, analysis.plan.execution_ms
        if planning is None or planning.time_ms is None or execution is None:
            return
        if planning.time_ms < self.min_ms or planning.time_ms < self.ratio * execution:
            return
        read = 0 if planning.buffers is None else planning.buffers.shared_read
        relations = sum(1 for node in analysis.plan.walk() if node.relation is not None)
        yield self.finding(
            f"Planning took {planning.time_ms:,.1f} ms, running {execution:,.1f} ms.",
            evidence=(
                Evidence("planning", planning.time_ms, "ms"),
                Evidence("execution", execution, "ms"),
                Evidence("relations in the plan", relations),
                Evidence("blocks read while planning", read, "blocks"),
            ),
            advice=(Advice("rewrite", "Prepare the statement once and run it often; compare on the partition key where there is one."),),
            # planning is no part of the execution time that savings are measured against
            saving_ms=Interval(0.0, 0.0),
            confidence=0.4 if read else 0.7,
            because="the catalog was read for the first time" if read else "the catalog was in the cache",
        )
