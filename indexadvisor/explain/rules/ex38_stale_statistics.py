"""EX38: a table changed much since it was last analyzed, or never was."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.model import Table
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.estimates import SCANS, analyze_sql
from indexadvisor.explain.rules.indexing import table_name


@rule
class StaleStatistics(PlanRule):
    """The statistics of a table in this plan are out of date, or there are none.

    What it means:
        The planner's row estimates come from the last ANALYZE. Since then a large part of the table changed, or it was never analyzed: the
        numbers of distinct values, the commonest values and the bounds it uses are not those of today.

    Example plan:
        Seq Scan on fresh f  (cost=0.00..677.50 rows=163 width=0) (actual time=0.016..23.021 rows=39999.00 loops=1)
          Filter: (kind = 3)
          Rows Removed by Filter: 10001

    What to do:
        ANALYZE the table. After large loads run it at once, do not wait for autovacuum. For large tables lower
        ``autovacuum_analyze_scale_factor`` (ALTER TABLE ... SET), so that autovacuum comes sooner. Temporary tables and partitioned
        tables as a whole are never analyzed by autovacuum.

    When it is fine:
        The plan was run, and its estimates for the table were good: the rule is silent. Small tables are left out.

    Where the threshold comes from:
        A fifth of the rows changed: autovacuum itself comes at a tenth (``autovacuum_analyze_scale_factor`` 0.1), so that it is late or
        off. 1,000 rows, below which no choice matters. An estimate within a factor of two counts as good.
    """

    code, name, severity = "EX38", "stale-statistics", "warning"
    needs = ("catalog",)
    thresholds = ("changed_share", "min_rows", "good_factor")
    changed_share: float = 0.2
    min_rows: float = 1_000.0
    good_factor: float = 2.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield each table with old statistics, at the scan of it whose estimate is worst."""
        scans: dict[str, list[PlanNode]] = {}
        for node in analysis.plan.walk():
            table = analysis.table(node) if node.node_type in SCANS else None
            if table is not None and node.executed is not False:
                scans.setdefault(str(table.name), []).append(node)
        for nodes in scans.values():
            worst = max(nodes, key=lambda node: (self._factor(analysis, node) or 0.0, -node.number))
            table = analysis.table(worst)
            factor = self._factor(analysis, worst)
            if table is None or (analysis.plan.analyzed and (factor is None or factor < self.good_factor)):
                continue
            found = self._stale(table)
            if found is not None:
                yield self._found(analysis, worst, found, factor)

    def _found(self, analysis: Analysis, node: PlanNode, found: tuple[str, tuple[Evidence, ...]], factor: float | None) -> Finding:
        why, evidence = found
        off = () if factor is None else (Evidence("factor of the estimate", factor),)
        return self.finding(
            f"{table_name(node)} {why}.",
            node,
            evidence=evidence + off,
            advice=(Advice("analyze", f"ANALYZE {table_name(node)}.", sql=analyze_sql(analysis, node)),),
            confidence=0.8 if (factor or 0.0) >= 10.0 else 0.5 if factor is not None else 0.4,
            because="the estimate of this scan is off"
            if factor is not None
            else "the plan was not run: whether the estimate is off is not known",
            severity="warning" if factor is not None else "info",
        )

    def _factor(self, analysis: Analysis, node: PlanNode) -> float | None:
        count = analysis.rows.get(node.number)
        return None if count is None or count.excuse is not None else count.factor

    def _stale(self, table: Table) -> tuple[str, tuple[Evidence, ...]] | None:
        """Return what is wrong with a table's statistics, with the numbers; None where they are good, or nothing is known of them."""
        activity = table.activity
        if activity is None:
            return None
        rows = max(float(activity.live_rows), table.rows or 0.0)
        if rows < self.min_rows:
            return None
        never = activity.last_analyzed is None and all(column.statistics is None for column in table.columns)
        if never:
            return "was never analyzed", (Evidence("rows", rows, "rows"), Evidence("columns with statistics", 0))
        share = activity.modified_since_analyze / rows
        if share < self.changed_share:
            return None
        changed = activity.modified_since_analyze
        numbers = (Evidence("rows", rows, "rows"), Evidence("changed since ANALYZE", changed, "rows"), Evidence("share changed", share))
        return f"changed by {share:.0%} since it was analyzed", numbers
