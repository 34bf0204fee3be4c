"""EX40: a prepared statement runs a plan made for any value, and this value is not like the others."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.estimates import SCANS, difference, off
from indexadvisor.explain.rules.loops import conditions
from indexadvisor.explain.rules.scans import relation


@rule
class GenericPlan(PlanRule):
    """A prepared statement ran with a plan made without knowing its values, and this value has another number of rows.

    What it means:
        The plan shows ``$1`` where a value was given: after five runs PostgreSQL may keep one plan for all values (a generic plan), with
        estimates for an average value. For a value that is far from average (the commonest status, the largest customer) it is the wrong
        plan.

    Example plan:
        Index Scan using skew_kind on skew  (cost=0.29..8.56 rows=15 width=2) (actual time=0.016..16.244 rows=60000.00 loops=1)
          Index Cond: (kind = $1)

    What to do:
        ``SET plan_cache_mode = force_custom_plan`` for the statement's session or role: it is then planned anew each time, with its
        values. Or write the few common values as statements of their own.

    When it is fine:
        The generic plan's estimate fits the value: the rule is silent, as planning was saved. So it is without ANALYZE, since
        EXPLAIN (GENERIC_PLAN) shows such plans on request.

    Where the threshold comes from:
        A factor of ten and 100 rows, as for EX35.
    """

    code, name, severity = "EX40", "generic-plan", "warning"
    needs = ("analyze",)
    thresholds = ("factor", "min_rows")
    factor: float = 10.0
    min_rows: float = 100.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield scans by a parameter whose estimate is far off."""
        internal = _results(analysis.plan)
        for node in analysis.plan.walk():
            count = off(analysis, node, self.factor) if node.node_type in SCANS else None
            if count is None or difference(node, count) < self.min_rows:
                continue
            used = [name for condition in conditions(node) for name in condition.parameters if name not in internal]
            if not used:
                continue
            yield self.finding(
                f"The plan for {relation(node)} was made without the value of {', '.join(dict.fromkeys(used))}: "
                f"{count.estimated:,.0f} rows expected, {count.actual:,.0f} came.",
                node,
                evidence=(
                    Evidence("rows expected", count.estimated or 0.0, "rows"),
                    Evidence("rows", count.actual or 0.0, "rows"),
                    Evidence("factor", count.factor or 0.0),
                ),
                advice=(
                    Advice(
                        "setting",
                        "Plan this statement anew for its values: SET plan_cache_mode = force_custom_plan.",
                        setting=("plan_cache_mode", "force_custom_plan"),
                    ),
                ),
                confidence=0.7,
                because="with its value the planner can look into the statistics of the column",
            )


def _results(plan: Plan) -> frozenset[str]:
    """Return the ``$n`` that are results of InitPlans, SubPlans and CTEs (shown so to 16), not parameters of the statement."""
    return frozenset(name for node in plan.walk() for name in _returned(node))


def _returned(node: PlanNode) -> Iterator[str]:
    _, _, names = (node.subplan_name or "").partition("(returns ")
    yield from (name.strip() for name in names.removesuffix(")").split(",") if name)
