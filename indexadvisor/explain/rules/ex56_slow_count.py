"""EX56: counting rows one by one."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import part_of

_SAME_ROWS = frozenset({"Gather", "Gather Merge", "Append", "Merge Append", "Result", "Subquery Scan"})


@rule
class SlowCount(PlanRule):
    """Rows were read only to be counted.

    What it means:
        PostgreSQL keeps no exact count of a table's rows, since each transaction sees its own: count(*) reads them. The time is spent
        below the aggregate, in reading or joining what is counted.

    Example plan:
        Aggregate  (cost=13391.60..13391.61 rows=1 width=8) (actual time=1010.127..1010.131 rows=1.00 loops=1)
          ->  Hash Join  (cost=1396.00..12391.35 rows=400100 width=0) (actual time=29.317..957.204 rows=400100.00 loops=1)

    What to do:
        Ask whether the exact number is needed. For the number of pages, count no further than is shown (``SELECT count(*) FROM (SELECT 1
        ... LIMIT 1001)``); for "about how many", pg_class.reltuples or the planner's estimate; for a number that is shown often, keep it
        in a table. Leave out joins that only repeat rows. A narrow index that is all visible is read faster than the table.

    When it is fine:
        A report that needs the exact number. Other aggregates (sums, averages) keep the rule silent, and so does GROUP BY.

    Where the threshold comes from:
        100,000 rows counted: fewer take some ten milliseconds. The width of the counted rows is 0: nothing of them is used, which is how
        the rule tells count(*) from other aggregates.
    """

    code, name, severity = "EX56", "slow-count", "info"
    needs = ("analyze",)
    thresholds = ("min_rows",)
    explained_by = ("EX01", "EX05")
    min_rows: float = 100_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield aggregates without groups over many rows of which nothing is used."""
        for node in analysis.plan.walk():
            below = self._counted(node)
            rows = 0.0 if below is None else analysis.returned(below) or 0.0
            if below is None or below.width_bytes != 0 or rows < self.min_rows:
                continue
            yield self.finding(
                f"{rows:,.0f} rows were read to be counted.",
                node,
                evidence=(Evidence("rows counted", rows, "rows"),),
                advice=(Advice("rewrite", "Count no further than is shown, use an estimate, or keep the number in a table."),),
                saving_ms=part_of(analysis.time_below(node), 1.0),
                confidence=0.4,
                because="whether the exact number is needed is not known",
            )

    def _counted(self, node: PlanNode) -> PlanNode | None:
        """Return the node whose rows an ungrouped aggregate, partial or whole, counts."""
        plain = node.node_type == "Aggregate" and node.text("Strategy") == "Plain"
        if not plain or node.text("Partial Mode") == "Finalize" or not node.inputs():
            return None
        below = node.inputs()[0]
        while below.node_type in _SAME_ROWS and len(below.inputs()) == 1:
            below = below.inputs()[0]
        return below
