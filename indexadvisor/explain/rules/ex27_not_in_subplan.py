"""EX27: NOT IN over a subquery that does not fit into a hash table."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.expression import Expression
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.loops import is_hashed, loops, mention, outside, subplans, up_to
from indexadvisor.explain.rules.scans import relation

_TEXTS = ("Filter", "Join Filter")


@rule
class NotInSubPlan(PlanRule):
    """NOT IN compares each row with a subquery's whole result, since that was too large to hash.

    What it means:
        PostgreSQL cannot turn NOT IN into an anti join, because NULL makes it answer neither yes nor no. It hashes the subquery's result
        if that is expected to fit into work_mem; else it reads the result again for every row, stopping only where it finds the value. The
        time grows with the product of both tables.

    Example plan:
        Seq Scan on products p  (cost=0.00..537018.50 rows=500 width=0) (actual time=269.487..269.489 rows=0.00 loops=1)
          Filter: (NOT (ANY (id = (SubPlan 1).col1)))
          Rows Removed by Filter: 1000
          SubPlan 1
            ->  Materialize  (cost=0.00..974.00 rows=40000 width=4) (actual time=0.000..0.096 rows=519.50 loops=1000)
                  ->  Seq Scan on ships  (cost=0.00..617.00 rows=40000 width=4) (actual time=0.006..1.017 rows=20000.00 loops=1)
                        Filter: (order_id IS NOT NULL)

    What to do:
        Write NOT EXISTS with the comparison inside: it becomes an anti join, hashed in batches however large it is. The two differ where
        the subquery returns a NULL: NOT IN then returns no row at all, which is seldom meant. Where the text cannot be changed, raise
        work_mem (or hash_mem_multiplier) until the plan says ``hashed SubPlan``.

    When it is fine:
        The plan says ``hashed SubPlan``: one pass over each table, the rule is silent. So it is for lists of constants, for few rows, and
        for NOT EXISTS.

    Where the threshold comes from:
        100,000 comparisons, counted as rows times rows read of the subquery (half of its result where only estimated, as the planner
        itself assumes): some ten milliseconds.
    """

    code, name, severity = "EX27", "not-in-subplan", "warning"
    thresholds = ("min_comparisons",)
    min_comparisons: float = 100_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield subplans of NOT IN that are not hashed."""
        for holder, top, name in subplans(analysis.plan):
            if is_hashed(holder, name) or top.executed is False or outside(top) or not self._is_not_in(holder, name):
                continue
            compared = self._comparisons(analysis, holder, top)
            if compared is None or compared < self.min_comparisons:
                continue
            measured = analysis.plan.analyzed
            yield self.finding(
                f"NOT IN compares each row of {relation(holder)} with the result of {name}, about {compared:,.0f} comparisons.",
                top,
                evidence=(Evidence("comparisons", compared), Evidence("rows of the subquery", top.rows or 0.0, "rows")),
                advice=self._advice(holder, name),
                saving_ms=up_to(analysis.time_below(top)),
                confidence=0.9 if measured else 0.8,
                because="an anti join reads each table once" if measured else "the sizes are the planner's estimates",
            )

    def _comparisons(self, analysis: Analysis, holder: PlanNode, top: PlanNode) -> float | None:
        if analysis.plan.analyzed:
            return None if top.actual is None else top.actual.rows * loops(top)
        tested = next((node.rows for node in holder.inputs() if node.rows is not None), None)
        table = analysis.table(holder)
        # what a scan tests is not printed: at least twice what passes, as half is expected to
        rows = tested or (table.rows if table is not None else None) or 2.0 * (holder.rows or 0.0)
        return None if top.rows is None else rows * top.rows / 2.0

    def _advice(self, holder: PlanNode, name: str) -> tuple[Advice, ...]:
        rewrite = Advice("rewrite", "Write NOT EXISTS with the comparison inside; the two differ only where a NULL is compared.")
        found = mention(holder, name)
        if found is not None and found[1] is not None and found[1].name == "ALL":  # <> ALL is never hashed
            return (rewrite,)
        return (rewrite, Advice("setting", "With enough work_mem for the subquery's result it would be hashed."))

    def _is_not_in(self, holder: PlanNode, name: str) -> bool:
        """Whether the holder's condition negates the subplan. An uncorrelated EXISTS would be an InitPlan, so this is NOT IN."""
        roots = [parse_condition(holder.text(key) or "").root for key in _TEXTS]
        return any(_negates(part, name) for root in roots for part in root.walk())


def _negates(part: Expression, name: str) -> bool:
    """Whether a part is ``NOT (SubPlan 1)``, ``NOT (ANY (a = (SubPlan 1).col1))`` or ``ALL (a <> (SubPlan 1).col1)`` (from 17)."""
    if part.kind == "not":
        inner = part.arguments[0]
        if inner.kind == "operator" and inner.name == "ANY":
            return _holds(inner, name)
        return inner.kind == "subplan" and inner.name == name
    return part.kind == "operator" and part.name == "ALL" and "<>" in {each.name for each in part.walk()} and _holds(part, name)


def _holds(part: Expression, name: str) -> bool:
    return any(each.kind == "subplan" and each.name == name for each in part.walk())
