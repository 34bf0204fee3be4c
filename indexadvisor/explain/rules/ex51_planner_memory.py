"""EX51: a plan that took much memory to make."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule


@rule
class PlannerMemory(PlanRule):
    """Planning the statement took much memory.

    What it means:
        EXPLAIN (MEMORY), from version 17, shows what the planner used. It grows with the number of partitions and of joins, and every
        session that plans the statement takes as much.

    Example plan:
        Planning:
          Memory: used=8881kB  allocated=16416kB

    What to do:
        Have fewer partitions, or compare on the partition key so that they are pruned before they are planned. Look for views that join
        more than is used.

    When it is fine:
        One session that plans once. A prepared statement keeps its generic plan, not the planner's memory.

    Where the threshold comes from:
        8 MB, twice the default work_mem: a hundred sessions then need 800 MB for planning alone.
    """

    code, name, severity = "EX51", "planner-memory", "info"
    needs = ("memory",)
    thresholds = ("min_mb",)
    min_mb: float = 8.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield one finding for the statement."""
        planning = analysis.plan.planning
        used = None if planning is None else planning.memory_used_bytes
        if planning is None or used is None or used < self.min_mb * 1024 * 1024:
            return
        relations = sum(1 for node in analysis.plan.walk() if node.relation is not None)
        yield self.finding(
            f"The planner used {used / 1024 / 1024:,.0f} MB.",
            evidence=(
                Evidence("memory used", used, "bytes"),
                Evidence("memory allocated", planning.memory_allocated_bytes or 0, "bytes"),
                Evidence("relations in the plan", relations),
            ),
            advice=(Advice("schema", "Have fewer partitions, or compare on the partition key so that they are pruned before planning."),),
            confidence=0.6,
            because="what else the planner had to weigh is not said",
        )
