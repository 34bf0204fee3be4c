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
        Nested Loop  (cost=0.71..3347.14 rows=59000 width=0) (actual time=0.041..42.628 rows=66000.00 loops=1)
          ->  Seq Scan on products p  (cost=0.00..16.00 rows=1000 width=0) (actual time=0.010..0.087 rows=1000.00 loops=1)
          ->  Materialize  (cost=0.71..2593.79 rows=59 width=0) (actual time=0.000..0.015 rows=66.00 loops=1000)
                ->  Nested Loop  (cost=0.71..2593.49 rows=59 width=0) (actual time=0.027..0.320 rows=66.00 loops=1)
                      ->  Index Only Scan using orders_pkey on orders o  (actual time=0.008..0.021 rows=299.00 loops=1)
                            Index Cond: (id < 300)
                      ->  Index Scan using lines_order on lines l  (cost=0.42..9.49 rows=1) (actual time=0.001..0.001 rows=0.22 loops=299)
                            Index Cond: (order_id = o.id)
                            Filter: (qty = 3)
                            Rows Removed by Filter: 2

    What to do:
        Look for the join condition that is missing: a table in FROM that WHERE does not mention, a condition on the wrong alias. DISTINCT
        above such a join hides it and makes it dearer.

    When it is fine:
        CROSS JOIN on purpose; where one side is made by a function or VALUES, as a calendar is, this is likely and only noted. One side
        has a single row, or both sides are bound to the same value (``a.id = 5 AND b.id = 5`` is how PostgreSQL runs ``a.id = b.id AND
        a.id = 5``), or a join above ties both to a third table (a star join): the rule is silent. So it is for functions in FROM whose
        arguments the plan does not show (VERBOSE does).

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
        meant = any(_is_generated(side) for side in found)
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
            confidence=0.2 if meant else 0.7,
            because="a side is made by a function or a list, as for a calendar: the product may well be meant"
            if meant
            else "no condition anywhere in the plan ties the two sides together; it may be meant",
            severity="info" if meant else "error" if pairs >= self.error_pairs else "warning",
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


def _is_generated(side: PlanNode) -> bool:
    """Whether a side reads no table: rows of a function, of VALUES, of a row count."""
    return all(node.relation is None and node.node_type not in {"CTE Scan", "Foreign Scan", "WorkTable Scan"} for node in side.walk())
