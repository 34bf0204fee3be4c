"""EX24: a join forms pairs of rows and throws nearly all of them away."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.loops import JOINS, loops, misjudged, sides, up_to
from indexadvisor.explain.rules.pairs import pair_index


@rule
class JoinFilterDiscards(PlanRule):
    """A join forms many pairs of rows, and its filter throws nearly all of them away.

    What it means:
        The Join Filter is tested on every pair that the join could not rule out beforehand. In a nested loop without a look-up these are
        all pairs there are; in a hash or merge join, all pairs with equal keys.

    Example plan:
        Nested Loop  (cost=0.00..1050943.50 rows=6666667 width=0) (actual time=0.016..7473.514 rows=9999.00 loops=1)
          Join Filter: ((s.id >= p.valid_from) AND (s.id <= p.valid_to))
          Rows Removed by Join Filter: 59990001
          ->  Seq Scan on logs s  (cost=0.00..925.00 rows=60000 width=4) (actual time=0.006..11.698 rows=60000.00 loops=1)
          ->  Materialize  (cost=0.00..21.00 rows=1000 width=8) (actual time=0.000..0.055 rows=1000.00 loops=60000)
                ->  Seq Scan on products p  (cost=0.00..16.00 rows=1000 width=8) (actual time=0.005..0.056 rows=1000.00 loops=1)

    What to do:
        Index the inner table's columns of the filter, so that partners are looked up. Where a part of the filter can be made an equality
        (same day, same region), a hash join can do the rest. For ranges, a GiST index on a range type finds overlaps.

    When it is fine:
        The pairs are few, or most of them pass. A filter behind the keys of a hash join that removes a part is ordinary.

    Where the threshold comes from:
        100,000 pairs thrown away are about ten milliseconds; ten times more thrown away than kept is where testing pairs, not producing
        rows, is the work.
    """

    code, name, severity = "EX24", "join-filter-discards", "warning"
    needs = ("analyze",)
    thresholds = ("min_removed_pairs", "removed_per_row")
    explained_by = ("EX25", "EX22", "EX35", "EX38", "EX39")
    min_removed_pairs: float = 100_000.0
    removed_per_row: float = 10.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether the cause is about this very join, or a misestimate that let an equality be tested pair by pair."""
        node = None if finding.node is None else analysis.plan.nodes[finding.node]
        if node is None:
            return False
        if cause.code == "EX25":
            return cause.node == finding.node
        if cause.code == "EX22":
            return cause.node in {child.number for child in node.inputs()}
        below = cause.node != finding.node and misjudged(analysis, cause)
        return below and self._has_equality(node) and node.node_type == "Nested Loop"

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield joins that throw most pairs away."""
        for node in analysis.plan.walk():
            found = sides(node)
            if node.node_type not in JOINS or found is None or not node.executed:
                continue
            removed = (node.amount("Rows Removed by Join Filter") or 0.0) * loops(node)
            returned = analysis.returned(node) or 0.0
            if removed < self.min_removed_pairs or removed < self.removed_per_row * returned:
                continue
            advice, confidence, because = self._advice(analysis, node)
            yield self.finding(
                f"{removed:,.0f} pairs of rows are formed and thrown away for {returned:,.0f} kept.",
                node,
                evidence=(
                    Evidence("pairs removed", removed, "rows"),
                    Evidence("rows kept", returned, "rows"),
                    Evidence("join filter", node.text("Join Filter") or ""),
                ),
                advice=advice,
                saving_ms=self._saving(analysis, node, found[1]),
                confidence=confidence,
                because=because,
            )

    def _saving(self, analysis: Analysis, node: PlanNode, inner: PlanNode) -> Interval | None:
        """Return the join's own time, and in a nested loop that of reading the inner side again and again."""
        times = (analysis.own_time(node), analysis.time_below(inner)) if node.node_type == "Nested Loop" else (analysis.own_time(node),)
        return up_to(*times)

    def _advice(self, analysis: Analysis, node: PlanNode) -> tuple[tuple[Advice, ...], float, str]:
        if node.node_type != "Nested Loop":
            text = "Make a part of the filter an equality of two columns, so that it becomes a key of the join."
            return (Advice("rewrite", text),), 0.3, "whether the condition can be written as an equality, the plan does not tell"
        index = pair_index(analysis, node)
        found = () if index is None else (index[0],)
        if self._has_equality(node):
            if analysis.plan.settings.get("enable_hashjoin") == "off":
                allow = Advice("setting", "Allow hash joins again.", setting=("enable_hashjoin", "on"))
                return (allow, *found), 0.8, "the condition holds an equality, which a hash join answers at once; they were forbidden"
            text = "An equality needs no test of pairs: see why no hash join was chosen (row estimates, types without hashing)."
            return (*found, Advice("rewrite", text)), 0.6, "the condition holds an equality, which a hash join answers at once"
        if index is not None:
            return found, index[1], "how far an index narrows the pairs down, only a test shows"
        text = "Add an equality that holds for the same rows (a day, a region, a bucket), so that a hash join can rule pairs out."
        return (Advice("rewrite", text),), 0.3, "no index serves the condition as it stands"

    def _has_equality(self, node: PlanNode) -> bool:
        """Whether the filter compares columns of two tables for equality, each side holding one table's columns alone."""
        for arm in parse_condition(node.text("Join Filter") or "").arms:
            if arm.kind == "operator" and arm.name == "=" and len(arm.arguments) == 2 and not arm.quantifier:
                left, right = ({part.column.alias for part in side.walk() if part.column is not None} for side in arm.arguments)
                if len(left) == 1 and len(right) == 1 and left != right:
                    return True
        return False
