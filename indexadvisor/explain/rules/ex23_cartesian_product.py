"""EX23: two sides of a nested loop are joined by no condition at all."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.connections import Connections
from indexadvisor.explain.rules.loops import aliases, bearing, outside, sides, up_to

_UNPRINTED = frozenset({"Function Scan", "Table Function Scan", "ProjectSet", "Result", "Values Scan", "Foreign Scan", "Custom Scan"})
_WITHOUT_MATCH = frozenset({"Semi", "Anti"})


@rule
class CartesianProduct(PlanRule):
    """Every row of one side is paired with every row of the other: there is no join condition.

    What it means:
        The nested loop has no Join Filter, its inner side looks nothing up by the outer side's columns, and no other condition of the
        plan ties the tables of both sides together. The result is the product of the two.

    Example plan:
        Nested Loop  (cost=0.00..5415.00 rows=400000 width=0) (actual time=0.411..240.084 rows=400000.00 loops=1)
          ->  Seq Scan on products p  (cost=0.00..16.00 rows=1000 width=0) (actual time=0.017..0.153 rows=1000.00 loops=1)
          ->  Materialize  (cost=0.00..400.00 rows=400 width=0) (actual time=0.000..0.029 rows=400.00 loops=1000)
                ->  Seq Scan on customers c  (cost=0.00..398.00 rows=400 width=0) (actual time=0.111..0.849 rows=400.00 loops=1)

    What to do:
        Look for the join condition that is missing: a table in FROM that WHERE does not mention, a condition on the wrong alias. DISTINCT
        above such a join hides it and makes it dearer.

    When it is fine:
        CROSS JOIN on purpose, as with a calendar. One side has a single row, or both sides are bound to the same value (``a.id = 5 AND
        b.id = 5`` is how PostgreSQL runs ``a.id = b.id AND a.id = 5``), or a join above ties both to a third table (a star join): the
        rule is silent. So it is for functions in FROM whose arguments the plan does not show (VERBOSE does).

    Where the threshold comes from:
        10,000 pairs: below, a product costs next to nothing, whatever it means. From 1,000,000 on it is reported as an error.
    """

    code, name, severity = "EX23", "cartesian-product", "warning"
    thresholds = ("min_pairs", "error_pairs")
    min_pairs: float = 10_000.0
    error_pairs: float = 1_000_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield nested loops whose sides nothing ties together."""
        connections: Connections | None = None
        for node in analysis.plan.walk():
            found = sides(node)
            if node.node_type != "Nested Loop" or found is None or node.text("Join Filter") or node.text("Join Type") in _WITHOUT_MATCH:
                continue
            counts = self._counts(analysis, *found)
            if counts is None or min(counts) <= 1 or counts[0] * counts[1] < self.min_pairs or not self._is_independent(*found):
                continue
            connections = connections or Connections(analysis.plan)
            if connections.together(*found):
                continue
            yield self._found(analysis, node, found, counts)

    def _found(self, analysis: Analysis, node: PlanNode, found: tuple[PlanNode, PlanNode], counts: tuple[float, float]) -> Finding:
        pairs, names = counts[0] * counts[1], [" and ".join(sorted(aliases(side))[:4]) or side.node_type for side in found]
        expected = "" if analysis.plan.analyzed else "an expected "
        return self.finding(
            f"No condition joins {names[0]} to {names[1]}: {expected}{pairs:,.0f} pairs of rows.",
            node,
            evidence=(
                Evidence("outer rows", counts[0], "rows"),
                Evidence("inner rows per loop", counts[1], "rows"),
                Evidence("pairs", pairs, "rows"),
            ),
            advice=(Advice("rewrite", f"Join {names[0]} to {names[1]} by a condition, unless the product is meant (CROSS JOIN)."),),
            saving_ms=up_to(analysis.time_below(node)),
            confidence=0.7,
            because="no condition anywhere in the plan ties the two sides together; it may be meant",
            severity="error" if pairs >= self.error_pairs else "warning",
        )

    def _counts(self, analysis: Analysis, outer: PlanNode, inner: PlanNode) -> tuple[float, float] | None:
        """Return the rows of the outer side and those of the inner side for each of them, measured or expected."""
        if not analysis.plan.analyzed:
            return None if outer.rows is None or inner.rows is None else (outer.rows, inner.rows)
        if not outer.executed or not inner.executed or inner.actual is None:
            return None
        return analysis.returned(outer) or 0.0, inner.actual.rows

    def _is_independent(self, outer: PlanNode, inner: PlanNode) -> bool:
        """Whether the inner side is the same for every outer row. A Materialize keeps only what does not depend on the outer side."""
        if inner.node_type == "Materialize":
            return True
        if inner.node_type == "Memoize" or outside(inner):
            return False
        return not any(node.node_type in _UNPRINTED and not node.text("Function Call") for node in bearing(inner).walk())
