"""EX21: a nested loop was chosen for a few rows and got many."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.loops import bearing, loops, outside, sides, too_few_expected, up_to
from indexadvisor.explain.rules.scans import relation
from indexadvisor.explain.rules.terms import terms_of

_OTHERS = ("enable_hashjoin", "enable_mergejoin")


@rule
class NestedLoopManyRows(PlanRule):
    """A nested loop looks rows up one by one, for many more rows than the planner expected.

    What it means:
        A nested loop runs its inner side once for each row of the outer side. For a few rows nothing is faster; for many, one pass over
        the inner table (a hash join) is. The planner expected few rows and got many, or was forbidden to use the other joins.

    Example plan:
        Nested Loop  (cost=0.42..4100.50 rows=1000 width=0) (actual time=0.101..305.525 rows=50000.00 loops=1)
          ->  Seq Scan on orders o  (cost=0.00..2531.00 rows=500 width=4) (actual time=0.073..184.871 rows=25000.00 loops=1)
                Filter: (lower(status) = 'open'::text)
                Rows Removed by Filter: 75000
          ->  Index Only Scan using lines_order on lines l  (cost=0.42..3.12 rows=2) (actual time=0.004..0.004 rows=2.00 loops=25000)
                Index Cond: (order_id = o.id)

    What to do:
        Mend the estimate of the outer side: EX35 says where it starts and how. To see what another join would take, run the statement
        once more with ``SET LOCAL enable_nestloop = off``; this is a test, not a cure. Where the settings forbid hash and merge joins,
        allow them again.

    When it is fine:
        The planner knew how many rows would come and chose the loop all the same: the rule is silent. So it is when a Memoize answers
        most look-ups, when the inner side is kept in a Materialize (EX30) or read by a sequential scan (EX22), and when the condition
        is no equality, so that nothing but a loop can join.

    Where the threshold comes from:
        10,000 look-ups take some ten milliseconds in memory, seconds on a disk. The outer side must be ten times what was expected: up
        to there the costs of a loop and a hash join are of one order, and the choice is not worth a word.
    """

    code, name, severity = "EX21", "nested-loop-many-rows", "warning"
    needs = ("analyze",)
    thresholds = ("min_lookups", "factor")
    explained_by = ("EX35", "EX40", "EX39", "EX38")
    min_lookups: float = 10_000.0
    factor: float = 10.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether the cause made the outer side look smaller than it was."""
        found = None if finding.node is None else sides(analysis.plan.nodes[finding.node])
        return found is not None and too_few_expected(analysis, cause, found[0])

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield nested loops over index look-ups whose outer side was far larger than expected."""
        for node in analysis.plan.walk():
            found = sides(node)
            if node.node_type != "Nested Loop" or found is None or found[1].node_type == "Materialize":
                continue
            outer, inner = found
            lookups = loops(bearing(inner))
            if lookups < self.min_lookups or not self._could_hash(inner):
                continue
            count = analysis.rows.get(outer.number)
            under = count is not None and bool(count.under) and (count.factor or 0.0) >= self.factor
            forbidden = all(analysis.plan.settings.get(name) == "off" for name in _OTHERS)
            if not under and not forbidden:
                continue
            expected = None if count is None else count.estimated
            was = f", {expected:,.0f} rows were expected" if under and expected is not None else ""
            evidence = [Evidence("look-ups", lookups, "loops"), Evidence("outer rows", analysis.returned(outer) or 0.0, "rows")]
            evidence += [] if expected is None else [Evidence("outer rows expected", expected, "rows")]
            yield self.finding(
                f"{relation(bearing(inner))} is looked up {lookups:,} times, once per row{was}.",
                node,
                evidence=tuple(evidence),
                advice=(self._forbidden() if forbidden else self._advice(outer),),
                saving_ms=up_to(analysis.time_below(inner)),
                confidence=0.7 if under else 0.5,
                because="the estimate that the choice rests on was far too low" if under else "the other joins were forbidden",
            )

    def _could_hash(self, inner: PlanNode) -> bool:
        """Whether the inner side is found by an index and an equality with the outer side."""
        asked = set(outside(inner))
        return any(
            term.equality and any(column in term.value for column in asked)
            for node in inner.walk() if "Scan" in node.node_type
            for term in terms_of(node, "Index Cond")
        )  # fmt: skip

    def _advice(self, outer: PlanNode) -> Advice:
        where = relation(outer) if outer.relation else f"the {outer.node_type}"
        text = f"Mend the row estimate of {where}; with SET LOCAL enable_nestloop = off the other plan can be measured."
        return Advice("statistics", text)

    def _forbidden(self) -> Advice:
        return Advice("setting", "Allow hash and merge joins again.", setting=("enable_hashjoin", "on"))
