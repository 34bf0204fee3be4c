"""EX25: an OR over columns of several tables can only be tested once they are joined."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.expression import Expression
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.loops import loops, sides, up_to


@rule
class OrAcrossTables(PlanRule):
    """A condition joins tests of different tables by OR, so that it can only be tested after the join.

    What it means:
        ``a.x = 1 OR b.y = 2`` rules out no row of ``a`` and none of ``b`` alone: all pairs are formed first, and no index on either column
        can be used. Where OR stands between two join conditions, not even a hash join is possible.

    Example plan:
        Hash Join  (cost=598.00..2891.50 rows=2098 width=0) (actual time=2.350..276.931 rows=2100.00 loops=1)
          Hash Cond: (o.customer_id = c.id)
          Join Filter: ((c.country = 'c7'::text) OR (o.amount = '3'::numeric))
          Rows Removed by Join Filter: 97900
          ->  Seq Scan on orders o  (cost=0.00..2031.00 rows=100000 width=10) (actual time=0.009..4.246 rows=100000.00 loops=1)
          ->  Hash  (cost=348.00..348.00 rows=20000 width=7) (actual time=2.308..2.310 rows=20000.00 loops=1)
                ->  Seq Scan on customers c  (cost=0.00..348.00 rows=20000 width=7) (actual time=0.005..0.992 rows=20000.00 loops=1)

    What to do:
        Write it as a UNION of two statements, one per arm, each with an index to use. UNION removes duplicates: select the primary keys of
        both tables as well, or add ``AND NOT`` the first arm to the second statement and use UNION ALL (mind NULLs).

    When it is fine:
        Most pairs pass, or few are formed: the rule is silent. Where each arm tests the same tables (``(a.x = 1 AND b.y = 2) OR (a.x = 3
        AND b.y = 4)``) PostgreSQL takes single-table conditions out of it by itself. An outer join cannot simply be split; the rule is less
        sure there.

    Where the threshold comes from:
        10,000 pairs removed, nine in ten of all: below, two statements cost as much as one. Without ANALYZE, inputs of 10,000 rows in all
        of which a tenth is expected to pass.
    """

    code, name, severity = "EX25", "or-across-tables", "info"
    thresholds = ("min_removed_pairs", "removed_share", "min_input_rows")
    min_removed_pairs: float = 10_000.0
    removed_share: float = 0.9
    min_input_rows: float = 10_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield joins that filter by an OR over several tables."""
        for node in analysis.plan.walk():
            found = sides(node)
            condition = None if found is None else self._condition(node)
            if found is None or condition is None or node.executed is False:
                continue
            numbers = self._numbers(analysis, node, found)
            if numbers is None:
                continue
            inner = node.text("Join Type") in {None, "Inner"}
            yield self.finding(
                f"The OR over several tables is tested after the join: {condition}",
                node,
                evidence=numbers,
                advice=(
                    Advice("rewrite", "Write one statement per arm of the OR and join them by UNION, with the primary keys in the result."),
                ),
                saving_ms=up_to(analysis.time_below(node)),
                confidence=0.5 if inner else 0.25,
                because="each arm alone could use an index" if inner else "an outer join cannot be split by arms without care",
            )

    def _numbers(self, analysis: Analysis, node: PlanNode, found: tuple[PlanNode, PlanNode]) -> tuple[Evidence, ...] | None:
        """Return the numbers that show the OR is worth a rewrite, None where they do not."""
        if analysis.plan.analyzed:
            names = ("Rows Removed by Join Filter", "Rows Removed by Filter")
            removed, returned = sum(node.amount(name) or 0.0 for name in names) * loops(node), analysis.returned(node) or 0.0
            if removed < self.min_removed_pairs or removed < self.removed_share * (removed + returned):
                return None
            return (Evidence("pairs removed", removed, "rows"), Evidence("rows kept", returned, "rows"))
        inputs = max(side.rows or 0.0 for side in found)
        if node.rows is None or inputs < self.min_input_rows or node.rows > (1.0 - self.removed_share) * inputs:
            return None
        return (Evidence("rows expected of the larger side", inputs, "rows"), Evidence("rows expected", node.rows, "rows"))

    def _condition(self, node: PlanNode) -> str | None:
        """Return the OR whose arms test different tables, or whose arms are each a join of their own where nothing else joins."""
        for name in ("Join Filter", "Filter"):
            condition = parse_condition(node.text(name) or "")
            for arm in condition.arms:
                if arm.kind != "or":
                    continue
                tables = [_tables(part) for part in arm.arguments]
                together = frozenset().union(*tables)
                # an arm that tests all tables still narrows them down together with others that do
                if len(together) > 1 and any(each != together for each in tables):
                    return condition.text
                if len(together) > 1 and node.node_type == "Nested Loop" and len(condition.arms) == 1 and all(map(_joins, arm.arguments)):
                    return condition.text
        return None


def _tables(part: Expression) -> frozenset[str]:
    return frozenset(each.column.alias or "" for each in part.walk() if each.column is not None)


def _joins(part: Expression) -> bool:
    """Whether a part is, or holds among its ANDed parts, an equality between two tables."""
    parts = part.arguments if part.kind == "and" else (part,)
    return any(each.kind == "operator" and each.name == "=" and len(_tables(each)) > 1 for each in parts)
