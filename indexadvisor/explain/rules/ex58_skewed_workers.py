"""EX58: parallel workers of which one did most of the work."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.shape import label


@rule
class SkewedWorkers(PlanRule):
    """One parallel worker was busy much longer than the others.

    What it means:
        Gather waits for the slowest process. Work is shared by blocks or by partitions; when one share is much more expensive, the others
        wait for it.

    Example plan:
        Partial Aggregate  (cost=289.00..289.01 rows=1 width=8) (actual time=256.924..256.926 rows=1.00 loops=2)
          Worker 0:  actual time=484.689..484.690 rows=1.00 loops=1
          Worker 1:  actual time=29.159..29.161 rows=1.00 loops=1

    What to do:
        Look at what the slow worker read: one large partition among small ones, expensive values that lie together. Split the partition,
        or let the expensive function run on fewer rows.

    When it is fine:
        The statement is short: workers start one after the other, and the first ones may have read everything.

    Where the threshold comes from:
        The slowest worker took 1.8 times the mean of all, and 50 ms more than it: starting a worker takes some milliseconds.
    """

    code, name, severity = "EX58", "skewed-workers", "info"
    needs = ("timing", "verbose")
    thresholds = ("times_the_mean", "min_ms")
    # of two workers, one that does everything takes twice the mean: just below
    times_the_mean: float = 1.8
    min_ms: float = 50.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield the topmost nodes whose workers' times differ."""
        found: set[int] = set()
        for node in analysis.plan.walk():
            if any(above.number in found for above in analysis.plan.ancestors(node)):
                continue
            times = self._times(node)
            mean = sum(times) / len(times) if times else 0.0
            if len(times) < 2 or max(times) < self.times_the_mean * mean or max(times) - mean < self.min_ms:
                continue
            found.add(node.number)
            rows = [worker.actual.rows * worker.actual.loops for worker in node.workers if worker.actual is not None]
            yield self.finding(
                f"The slowest worker at {label(node)} took {max(times):,.0f} ms, the mean is {mean:,.0f} ms.",
                node,
                evidence=(
                    Evidence("slowest worker", max(times), "ms"),
                    Evidence("mean of the workers", mean, "ms"),
                    Evidence("workers", len(times)),
                    Evidence("most rows in a worker", max(rows), "rows"),
                ),
                advice=(Advice("schema", "Look for one large partition, or expensive values that lie together, and spread them."),),
                saving_ms=Interval(0.0, max(times) - mean),
                confidence=0.3,
                because="why the shares differ is not said",
            )

    def _times(self, node: PlanNode) -> list[float]:
        workers = [worker.actual for worker in node.workers if worker.actual is not None and worker.actual.total_ms is not None]
        return [(each.total_ms or 0.0) * each.loops for each in workers]
