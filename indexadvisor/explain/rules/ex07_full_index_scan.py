"""EX07: an index is read from end to end though nothing needs its order."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.scans import catalog_index, relation

_KEEPS_ORDER = frozenset({"Nested Loop", "Subquery Scan", "Result", "Materialize", "Memoize", "Gather Merge", "LockRows", "ProjectSet"})
_ORDER_LOST = frozenset({"Hash", "Sort", "Hash Join", "Gather"})


@rule
class FullIndexScan(PlanRule):
    """An index is read from end to end, row by row, though nothing above needs its order.

    What it means:
        An Index Scan without an Index Cond visits every entry and fetches every row, in the order of the index instead of that of the
        table. That is slower than reading the table unless something above uses the order, or the index is partial and holds only the
        rows that are wanted.

    Example plan:
        HashAggregate  (actual time=1301.402..1301.405 rows=4 loops=1)
          Group Key: kind
          ->  Index Scan using events_account_idx on events  (actual time=0.022..1190.105 rows=400000 loops=1)
        Settings: enable_seqscan = 'off'

    What to do:
        Look why the planner avoids the sequential scan: ``enable_seqscan = off``, or a ``random_page_cost`` far below the truth.

    When it is fine:
        A merge join, a sorted aggregate, DISTINCT, a window or ORDER BY above uses the order: the rule is silent. So it is for partial
        indexes, and where it cannot know (no catalog, and no setting printed that explains the choice).

    Where the threshold comes from:
        10,000 rows: below that the difference is a few milliseconds at most.
    """

    code, name, severity = "EX07", "full-index-scan", "info"
    thresholds = ("min_rows",)
    min_rows: float = 10_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield index scans without a condition below a node that does not keep order."""
        for node in analysis.plan.walk():
            if node.node_type != "Index Scan" or any(node.text(name) for name in ("Index Cond", "Order By")) or node.executed is False:
                continue
            rows = analysis.returned(node) if analysis.plan.analyzed else node.rows
            if rows is None or rows < self.min_rows or not self._order_is_lost(analysis, node) or not self._is_whole(analysis, node):
                continue
            yield self.finding(
                f"All of {relation(node)} is fetched through {node.index}, and nothing needs its order.",
                node,
                evidence=(Evidence("rows", rows, "rows"), Evidence("index", node.index or "")),
                advice=(
                    Advice(
                        "setting",
                        "Check enable_seqscan and random_page_cost: reading the table in its own order is cheaper.",
                        setting=("enable_seqscan", "on"),
                    ),
                ),
                confidence=0.6 if analysis.plan.settings.get("enable_seqscan") == "off" else 0.4,
                because="enable_seqscan is off"
                if analysis.plan.settings.get("enable_seqscan") == "off"
                else "the index is not partial, and no setting explains it",
            )

    def _order_is_lost(self, analysis: Analysis, node: PlanNode) -> bool:
        for ancestor in analysis.plan.ancestors(node):
            if ancestor.node_type in _ORDER_LOST or (ancestor.node_type == "Aggregate" and ancestor.text("Strategy") == "Hashed"):
                return True
            if ancestor.node_type not in _KEEPS_ORDER:
                return False
        return False

    def _is_whole(self, analysis: Analysis, node: PlanNode) -> bool:
        """Whether the index is known to hold every row, or a setting made the planner avoid the table."""
        index = catalog_index(analysis, node)
        return index.definition.predicate is None if index is not None else analysis.plan.settings.get("enable_seqscan") == "off"
