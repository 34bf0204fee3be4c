"""EX39: an estimate is a constant of the planner, not a number from statistics."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.estimate_cures import function_rows
from indexadvisor.explain.rules.estimates import difference, inputs, off, reads_tables
from indexadvisor.explain.rules.indexing import table_name
from indexadvisor.explain.rules.loops import JOINS
from indexadvisor.explain.rules.scans import relation

_FUNCTION_ROWS = frozenset({100.0, 1000.0})  # procedure rows: 1000 unless said otherwise, 100 of built-in functions (pg_proc.dat)
_GROUPS = 200.0  # src/include/utils/selfuncs.h, DEFAULT_NUM_DISTINCT
_EMPTY_PAGES, _PAGE_BYTES, _TUPLE_BYTES = 10, 8168, 28  # src/backend/access/table/tableam.c, table_block_relation_estimate_size
_COST_SETTINGS = frozenset({"seq_page_cost", "cpu_tuple_cost"})


@rule
class DefaultEstimate(PlanRule):
    """The planner had nothing to go by, and used a constant for the number of rows.

    What it means:
        A function in FROM counts as the rows it was declared with (ROWS; 1,000 by default, 100 for some built-in ones), whatever it
        returns; grouping by something without statistics counts as 200 groups; a table that was never analyzed and has no pages counts as
        ten pages full. The rest of the plan rests on it.

    Example plan:
        Nested Loop  (cost=0.54..1424.25 rows=1000 width=0) (actual time=1.911..211.778 rows=50000.00 loops=1)
          ->  Function Scan on give g  (cost=0.25..10.25 rows=1000 width=4) (actual time=1.890..3.477 rows=50000.00 loops=1)
          ->  Index Only Scan using orders_pkey on orders o  (cost=0.29..1.41 rows=1) (actual time=0.004..0.004 rows=1.00 loops=50000)
                Index Cond: (id = g.g)

    What to do:
        For a function: ``ALTER FUNCTION ... ROWS n`` with its usual number of rows, or a support function; or store its result in a
        temporary table and ANALYZE that. For a temporary or just created table: ANALYZE after filling it. For groups over what a
        function or a subquery returns: a temporary table as well.

    When it is fine:
        The constant happens to be near the truth: a plan with ANALYZE shows it, and the rule is silent then. Without ANALYZE it speaks only
        where a join depends on the number.

    Where the threshold comes from:
        The constants are PostgreSQL's own; a factor of ten and 100 rows apart from what came, as for EX35.
    """

    code, name, severity = "EX39", "default-estimate", "info"
    thresholds = ("factor", "min_rows")
    explained_by = ("EX38",)
    factor: float = 10.0
    min_rows: float = 100.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether the cause is about this very table."""
        return cause.node == finding.node

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield nodes whose estimate is one of the planner's constants, and wrong or not known to be right."""
        for node in analysis.plan.walk():
            found = self._default(analysis, node)
            if found is None or node.executed is False:
                continue
            measured = analysis.plan.analyzed
            count = off(analysis, node, self.factor)
            if measured and (count is None or difference(node, count) < self.min_rows):
                continue
            if not measured and not any(above.node_type in JOINS for above in analysis.plan.ancestors(node)):
                continue
            what, advice = found
            came = f", {count.actual:,.0f} came" if count is not None and count.actual is not None else ""
            evidence = [Evidence("rows expected", node.rows or 0.0, "rows")]
            evidence += (
                [Evidence("rows", count.actual or 0.0, "rows"), Evidence("factor", count.factor or 0.0)] if count is not None else []
            )
            yield self.finding(
                f"The {node.rows:,.0f} rows expected of {what} are a constant{came}.",
                node,
                evidence=tuple(evidence),
                advice=(advice,),
                confidence=0.8 if measured else 0.3,
                because="the constant is far from what came" if measured else "the plan was not run: the constant may be near the truth",
            )

    def _default(self, analysis: Analysis, node: PlanNode) -> tuple[str, Advice] | None:
        """Return what got a constant for an estimate, with the advice; None for nodes with an estimate of their own."""
        if node.node_type in {"Function Scan", "ProjectSet"} and node.rows in _FUNCTION_ROWS and node.text("Filter") is None:
            if node.node_type == "ProjectSet" and any((below.rows or 0.0) > 1 for below in node.inputs()):
                return None
            return relation(node) if node.node_type == "Function Scan" else "a function in SELECT", function_rows(node)
        if node.node_type == "Aggregate" and node.rows == _GROUPS and node.texts("Group Key"):
            # tables have statistics of their own: 200 of their values may be a count
            if reads_tables(node) or any(off(analysis, below, self.factor) for below in inputs(analysis.plan, node)):
                return None
            keys = ", ".join(node.texts("Group Key"))
            text = "There are no statistics on what a function or a subquery returns: store it in a temporary table and ANALYZE that."
            return f"the groups by {keys}", Advice("statistics", text)
        if self._looks_empty(analysis, node):
            return f"{relation(node)}, as if it had ten pages,", Advice("analyze", f"ANALYZE {table_name(node)} once it is filled.")
        return None

    def _looks_empty(self, analysis: Analysis, node: PlanNode) -> bool:
        """Whether a scan of the whole table was costed as ten pages, filled by rows of the width shown."""
        if node.node_type != "Seq Scan" or node.text("Filter") is not None or node.rows is None or node.width_bytes is None:
            return False
        if node.total_cost is None or _COST_SETTINGS & analysis.plan.settings.keys():
            return False
        per_page = _PAGE_BYTES // (node.width_bytes + _TUPLE_BYTES)
        return node.rows == _EMPTY_PAGES * per_page and abs(node.total_cost - (_EMPTY_PAGES + 0.01 * node.rows)) < 0.01
