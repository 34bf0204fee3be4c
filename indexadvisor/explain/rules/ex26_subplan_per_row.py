"""EX26: a subquery is run again for every row."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import index_advice
from indexadvisor.explain.rules.loops import loops, outside, rows_read, subplans, up_to
from indexadvisor.explain.rules.scans import discard, index_saving, relation
from indexadvisor.explain.rules.terms import terms_of


@rule
class SubPlanPerRow(PlanRule):
    """A correlated subquery is run once for every row of the query around it.

    What it means:
        The subquery uses columns of the query around it, so PostgreSQL evaluates it for each row: it cannot be joined, hashed or run
        ahead. Its cost is that of one run times the rows.

    Example plan:
        Index Only Scan using orders_pkey on orders o  (actual time=2.011..16819.233 rows=1499.00 loops=1)
          Index Cond: (id < 1500)
          SubPlan 1
            ->  Aggregate  (cost=1075.00..1075.01 rows=1 width=32) (actual time=11.211..11.211 rows=1.00 loops=1499)
                  ->  Seq Scan on payments y  (cost=0.00..1075.00 rows=1 width=4) (actual time=7.499..11.146 rows=0.61 loops=1499)
                        Filter: (order_id = o.id)
                        Rows Removed by Filter: 59999

    What to do:
        First, index the columns that the subquery is looked up by: the advice names them. Then, where most rows of the table are asked
        for anyway, write it as a join: ``LEFT JOIN (SELECT order_id, max(paid) FROM payments GROUP BY order_id)`` computes all at once;
        EXISTS and IN that cannot be flattened (below OR) can become a UNION or a LEFT JOIN.

    When it is fine:
        Few rows, or a run of microseconds: the rule asks for 1,000 runs. A hashed subplan is read once, an InitPlan run once: both are
        not meant. Only the rows on a page (LIMIT) are computed.

    Where the threshold comes from:
        1,000 runs: with an index each takes some microseconds, without one milliseconds, which makes seconds. Fewer runs count
        from 10 on where together they read 1,000,000 rows.
    """

    code, name, severity = "EX26", "subplan-per-row", "warning"
    needs = ("analyze",)
    thresholds = ("min_loops", "min_rows_read", "min_loops_reading")
    explained_by = ("EX27",)
    min_loops: float = 1_000.0
    min_rows_read: float = 1_000_000.0
    min_loops_reading: float = 10.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether NOT IN is why the subquery is run again."""
        return cause.node == finding.node

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield subplans that ran very often, with the scan inside that an index would replace."""
        for holder, top, name in subplans(analysis.plan):
            runs = loops(top)
            if runs < self.min_loops_reading:
                continue
            scans = [node for node in top.walk() if "Scan" in node.node_type and node.executed]
            worst = max(scans, key=lambda node: rows_read(analysis, node), default=None)
            read = 0.0 if worst is None else rows_read(analysis, worst)
            if runs < self.min_loops and read < self.min_rows_read:
                continue
            columns = outside(top)
            advice, node, confidence, because = self._advice(analysis, top, worst, columns)
            asked = f", anew for each row's {', '.join(columns)}" if columns else ""
            yield self.finding(
                f"{name} of {relation(holder)} is run {runs:,} times{asked}.",
                node,
                evidence=(
                    Evidence("runs", runs, "loops"),
                    Evidence("rows read in all", read, "rows"),
                    Evidence("columns from outside", ", ".join(columns) or "none"),
                ),
                advice=advice,
                saving_ms=self._saving(analysis, top, node),
                confidence=confidence,
                because=because,
            )

    def _saving(self, analysis: Analysis, top: PlanNode, node: PlanNode) -> Interval | None:
        """Return at most the time of all runs; at least what an index saves on the scan inside, where one is advised."""
        most = up_to(analysis.time_below(top))
        found = discard(analysis, node) if node.node_type == "Seq Scan" else None
        least = None if found is None else index_saving(analysis, node, found)
        return most if most is None or least is None else Interval(min(least.low, most.high), most.high)

    def _advice(
        self, analysis: Analysis, top: PlanNode, worst: PlanNode | None, columns: tuple[str, ...]
    ) -> tuple[tuple[Advice, ...], PlanNode, float, str]:
        """Return the advice, and the node it is about: the scan inside where an index helps it, else the subplan's top."""
        if not columns:
            text = (
                "The subquery is the same for every row: write it as a join; where it is compared by IN, more work_mem lets it be hashed."
            )
            return (Advice("rewrite", text),), top, 0.6, "it does not depend on the row, and is read again all the same"
        rewrite = Advice("rewrite", "Write it as a join to a grouped subquery (or LATERAL with LIMIT), so that it is computed in one pass.")
        if worst is not None and worst.node_type == "Seq Scan":
            wanted = index_advice(analysis, worst, terms_of(worst))
            if wanted is not None and wanted.kind == "index":
                return (wanted, rewrite), worst, 0.9, "an index turns each run's scan into a look-up"
        return (rewrite,), top, 0.4, "each run is a look-up already; one pass pays when most rows are asked for"
