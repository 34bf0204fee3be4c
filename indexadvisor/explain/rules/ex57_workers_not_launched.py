"""EX57: parallel workers that were planned and did not come."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import part_of


@rule
class WorkersNotLaunched(PlanRule):
    """Fewer parallel workers were launched than the plan counted on.

    What it means:
        All of max_parallel_workers (or max_worker_processes) were busy when the statement began. The plan was chosen for more processes
        than it got.

    Example plan:
        Gather  (cost=7438.86..7438.88 rows=4 width=8) (actual time=209.036..209.187 rows=2.00 loops=1)
          Workers Planned: 4
          Workers Launched: 1

    What to do:
        Look at what else runs in parallel at that time. Raise max_parallel_workers where the machine has idle cores, or lower
        max_parallel_workers_per_gather so that plans count on what they can get.

    When it is fine:
        A busy moment. For a Gather that ran several times, EXPLAIN shows only the last launch.

    Where the threshold comes from:
        Any missing worker is reported, as the server says so itself; the saving is the time below Gather by the share of processes that
        were missing, at most.
    """

    code, name, severity = "EX57", "workers-not-launched", "info"
    needs = ("analyze",)
    thresholds = ("missing_share",)
    missing_share: float = 0.25

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield Gather nodes that got fewer workers than planned."""
        for node in analysis.plan.walk():
            planned, launched = node.amount("Workers Planned"), node.amount("Workers Launched")
            if planned is None or planned <= 0 or launched is None or not node.executed:
                continue
            if planned - launched < self.missing_share * planned:
                continue
            loops = node.actual.loops if node.actual else 1
            yield self.finding(
                f"{launched:,.0f} of {planned:,.0f} planned workers were launched.",
                node,
                evidence=(Evidence("workers planned", planned), Evidence("workers launched", launched), Evidence("loops", loops)),
                advice=(
                    Advice("setting", "See what else runs in parallel; raise max_parallel_workers where cores are idle."),
                ),
                saving_ms=part_of(analysis.time_below(node), (planned - launched) / (planned + 1)),
                confidence=0.4 if loops > 1 else 0.6,
                because="only the last launch is shown" if loops > 1 else "the leader may have done the workers' part as fast",
                severity="warning" if launched == 0 else "info",
            )
