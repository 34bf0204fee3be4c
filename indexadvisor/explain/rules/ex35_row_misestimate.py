"""EX35: the planner expected another number of rows, and this is where that begins."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Evidence, Finding, Severity
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rows import RowCount
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.estimate_cures import cure
from indexadvisor.explain.rules.estimates import difference, inputs, mattered, off
from indexadvisor.explain.rules.scans import relation

_PASSING = frozenset(
    {
        "Gather", "Gather Merge", "Sort", "Incremental Sort", "Hash", "Materialize", "Memoize", "Limit", "LockRows", "WindowAgg",
        "Append", "Merge Append", "Recursive Union", "Result",
    }
)  # fmt: skip
_FILTERED_ONLY = frozenset({"Subquery Scan", "CTE Scan"})
_GROUPS = frozenset({"Aggregate", "Group", "Unique", "SetOp"})


@rule
class RowMisestimate(PlanRule):
    """The planner expected far more, or far fewer, rows than came: the cause of most bad plans begins here.

    What it means:
        Every choice of the planner rests on how many rows it expects. This node is the deepest one where the expectation is off: what
        feeds it was estimated well. Nodes above inherit the mistake and are not reported again; findings that follow from it (a nested
        loop over many rows, a sort on disk) are folded into this one.

    Example plan:
        Nested Loop  (cost=0.42..4100.50 rows=1000 width=0) (actual time=0.025..198.220 rows=50000.00 loops=1)
          ->  Seq Scan on orders o  (cost=0.00..2531.00 rows=500 width=4) (actual time=0.019..42.170 rows=25000.00 loops=1)
                Filter: (lower(status) = 'open'::text)
                Rows Removed by Filter: 75000
          ->  Index Only Scan using lines_order on lines l  (cost=0.42..3.12 rows=2) (actual time=0.004..0.004 rows=2.00 loops=25000)
                Index Cond: (order_id = o.id)

    What to do:
        The advice depends on what the node does. Old statistics: ANALYZE. One column with many different values: a higher statistics
        target. Several columns that go together: CREATE STATISTICS (EX37). A function or expression on a column: statistics on the
        expression (from 14), or an index on it. A function in FROM: ROWS (EX39). GROUP BY of several columns: CREATE STATISTICS
        (ndistinct). Where the catalog shows that such statistics exist, the advice is to ANALYZE them while they are empty, and to raise
        their target (ALTER STATISTICS ... SET STATISTICS) where they hold data. Then look at the plan again before anything else is
        changed.

    When it is fine:
        No decision rests on it: it is then reported as ``info``, and not at all for groups read in order, which are the result. Counters
        that do not say how many rows the node would have given are not compared at all (EX36): LIMIT, semi joins, merge joins that end
        early, nodes that never ran, bitmaps.

    Where the threshold comes from:
        A factor of 10 per loop, where join methods change places; 100 and 1,000 for more (the steps of most plan viewers). 100 rows in
        absolute numbers: between 1 and 99 rows no plan goes wrong. Below Gather all processes together are compared. Where an input brings
        the larger part of the factor along, though less than 10, the input is named.
    """

    code, name, severity = "EX35", "row-misestimate", "warning"
    needs = ("analyze",)
    thresholds = ("factor", "warning_factor", "error_factor", "min_rows")
    explained_by = ("EX40", "EX39", "EX38", "EX31", "EX32", "EX19")
    factor: float = 10.0
    warning_factor: float = 100.0
    error_factor: float = 1_000.0
    min_rows: float = 100.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether the cause is about this very node."""
        return cause.node == finding.node

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield the deepest nodes whose estimates are off; of the members of one Append (partitions), the worst alone."""
        found: dict[int, list[tuple[PlanNode, RowCount]]] = {}
        for node in analysis.plan.walk():
            count = off(analysis, node, self.factor)
            if count is None or difference(node, count) < self.min_rows or self._passes_on(node):
                continue
            if not any(off(analysis, below, self.factor) for below in inputs(analysis.plan, node)):
                above = analysis.plan.parents.get(node.number)
                member = above is not None and node.relationship == "Member"
                found.setdefault(above.number if member and above is not None else -1 - node.number, []).append((node, count))
        named: set[int] = set()
        for group in found.values():
            node, count = self._origin(analysis, *max(group, key=lambda each: (difference(*each), -each[0].number)))
            idle = node.node_type in _GROUPS and not mattered(analysis, node, bool(count.under))
            if node.number not in named and not idle:
                named.add(node.number)
                yield self._found(analysis, node, count, len(group))

    def _origin(self, analysis: Analysis, node: PlanNode, count: RowCount) -> tuple[PlanNode, RowCount]:
        """Return where the larger part of a factor begins: an input that brings more of it along than the node adds is named instead."""
        while True:
            brought = [
                (below, found)
                for below in inputs(analysis.plan, node)
                if (found := off(analysis, below, 1.0)) is not None and found.under is count.under
                and (found.factor or 1.0) ** 2 > (count.factor or 1.0) and difference(below, found) >= self.min_rows
            ]  # fmt: skip
            if not brought:
                return node, count
            node, count = max(brought, key=lambda each: (each[1].factor or 1.0, -each[0].number))

    def _found(self, analysis: Analysis, node: PlanNode, count: RowCount, members: int) -> Finding:
        under, factor = bool(count.under), count.factor or 1.0
        known, matters = cure(analysis, node, under), mattered(analysis, node, under)
        what = relation(node) if node.relation or node.node_type in _FILTERED_ONLY | {"Function Scan"} else node.node_type
        loops = node.actual.loops if node.actual is not None else 1
        per_loop = f" in each of {loops:,} loops" if loops > 1 and count.estimated == node.rows else ""
        return self.finding(
            f"{count.estimated:,.0f} rows were expected of {what}, {count.actual:,.0f} came{per_loop}: "
            f"{factor:,.0f} times too {'few' if under else 'many'} expected.",
            node,
            evidence=(
                Evidence("rows expected", count.estimated or 0.0, "rows"),
                Evidence("rows", count.actual or 0.0, "rows"),
                Evidence("factor", factor),
                Evidence("loops", loops),
                *((Evidence("partitions like it", members),) if members > 1 else ()),
            ),
            advice=known.advice,
            confidence=known.confidence if matters else known.confidence / 2,
            because=known.because if matters else f"{known.because}; nothing above depends on it",
            severity=self._severity(factor) if matters else "info",
        )

    def _severity(self, factor: float) -> Severity:
        return "error" if factor >= self.error_factor else "warning" if factor >= self.warning_factor else "info"

    def _passes_on(self, node: PlanNode) -> bool:
        """Whether a node only hands on what it gets, so that it cannot be where a mistake begins; EX33 is about recursion."""
        if node.node_type in _FILTERED_ONLY:
            return node.text("Filter") is None
        return node.node_type in _PASSING and node.text("Filter") is None
