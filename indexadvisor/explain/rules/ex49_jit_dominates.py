"""EX49: compilation that took longer than it saved."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.rule import Analysis, PlanRule, rule


@rule
class JitDominates(PlanRule):
    """Just-in-time compilation took a large part of the statement's time.

    What it means:
        PostgreSQL compiled expressions because the plan's estimated cost was above jit_above_cost. Compiling takes a fixed time per
        function, and here the rows processed were too few to win it back.

    Example plan:
        JIT:
          Functions: 7
          Options: Inlining true, Optimization true, Expressions true, Deforming true
          Timing: Generation 0.306 ms, Inlining 239.818 ms, Optimization 173.189 ms, Emission 107.488 ms, Total 520.800 ms
        Execution Time: 652.231 ms

    What to do:
        Where the cost was overestimated, mend the estimate (EX35). Else raise jit_above_cost (and jit_inline_above_cost,
        jit_optimize_above_cost) for the database, or turn jit off for this role or statement.

    When it is fine:
        A long analytical statement, where a second of compilation is lost among minutes.

    Where the threshold comes from:
        A quarter of the execution time and 10 ms: what other analysers report, too (25 to 30 %).
    """

    code, name, severity = "EX49", "jit-dominates", "warning"
    needs = ("timing",)
    thresholds = ("share", "min_ms")
    explained_by = ("EX35",)
    share: float = 0.25
    min_ms: float = 10.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield one finding for the statement."""
        jit, statement_ms = analysis.plan.jit, analysis.statement_ms
        if jit is None or jit.total_ms is None or not statement_ms or jit.total_ms < max(self.min_ms, self.share * statement_ms):
            return
        cost = analysis.plan.root.total_cost
        yield self.finding(
            f"JIT compilation took {jit.total_ms / statement_ms:.0%} of the execution time.",
            evidence=(
                Evidence("compilation", jit.total_ms, "ms"),
                Evidence("execution", statement_ms, "ms"),
                Evidence("functions compiled", jit.functions),
                Evidence("inlining", jit.inlining_ms or 0.0, "ms"),
                Evidence("optimization", jit.optimization_ms or 0.0, "ms"),
                *(() if cost is None else (Evidence("estimated cost", cost),)),
            ),
            advice=(
                Advice("setting", "Raise jit_above_cost above this statement's cost, or turn jit off for it.", setting=("jit", "off")),
            ),
            saving_ms=Interval(0.0, min(jit.total_ms, statement_ms)),
            confidence=0.8,
            because="without compilation the expressions run somewhat slower",
        )

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether an overestimate lifted the cost above the limit for compilation."""
        wrong = analysis.rows.get(cause.node) if cause.node is not None else None
        return wrong is not None and wrong.under is False
