"""EX62: a plan, or a large part of it, that did nothing."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule


@rule
class NothingExecuted(PlanRule):
    """A condition was false from the start, so that nothing below it was executed.

    What it means:
        The planner proved the condition false (contradicting comparisons, a check or NOT NULL constraint), or it turned out false before
        the first row (a one-time filter over a parameter or an InitPlan). Times and rows of this run say nothing about other values.

    Example plan:
        Result  (cost=0.00..0.00 rows=0 width=0) (actual time=0.001..0.001 rows=0.00 loops=1)
          One-Time Filter: false

    What to do:
        Measure the statement with values that find rows. If the condition was meant to hold, look for the contradiction.

    When it is fine:
        The application asks for nothing (an empty filter, a permission that is missing), and gets it at no cost.

    Where the threshold comes from:
        None: a filter that is false by itself, or one below which every node was never executed. It is reported however little time it
        took, since it makes the rest of the plan meaningless.
    """

    code, name, severity = "EX62", "nothing-executed", "info"
    wrong_per_se = True

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield nodes with a one-time filter that let nothing pass."""
        for node in analysis.plan.walk():
            condition = node.text("One-Time Filter")
            if condition is None or node.executed is False:
                continue
            proven = condition.strip("()").lower() == "false"
            below = [inner for child in node.inputs() for inner in child.walk()]
            if not proven and not (below and all(inner.executed is False for inner in below)):
                continue
            yield self.finding(
                "The condition is false by itself: nothing is executed." if proven else self._message(condition, below),
                node,
                evidence=(Evidence("one-time filter", condition), Evidence("nodes never executed", len(below))),
                advice=(Advice("none", "Measure with values that find rows: this run tells nothing about them."),),
                confidence=1.0,
                because="the plan says so",
            )

    def _message(self, condition: str, below: list[PlanNode]) -> str:
        return f"{condition} was false: {len(below):,} {'node was' if len(below) == 1 else 'nodes were'} never executed."
