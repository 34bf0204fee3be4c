"""EX59: triggers that take a large part of the time."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.rule import Analysis, PlanRule, rule


@rule
class TriggersDominate(PlanRule):
    """A trigger took a large part of the statement's time.

    What it means:
        Triggers run after the plan, once per row or statement. Those of foreign keys look the other table up: a delete of a referenced row
        searches the referencing table, which is a scan of it where the referencing columns have no index.

    Example plan:
        Delete on orders  (cost=0.42..8.72 rows=0 width=0) (actual time=0.052..0.052 rows=0.00 loops=1)
        Trigger for constraint lines_order_id_fkey: time=492.492 calls=15
        Execution Time: 492.614 ms

    What to do:
        For a constraint's trigger that takes a millisecond or more per call: an index on the referencing columns. For your own triggers:
        a statement-level trigger with transition tables, or less work per row.

    When it is fine:
        The trigger does what it is for, at some microseconds per row.

    Where the threshold comes from:
        A tenth of the statement's time and 10 ms; one millisecond per call tells a search without an index from one with it, which takes
        some hundredths.
    """

    code, name, severity = "EX59", "triggers-dominate", "warning"
    needs = ("timing",)
    thresholds = ("share", "min_ms", "slow_call_ms")
    share: float = 0.1
    min_ms: float = 10.0
    slow_call_ms: float = 1.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield one finding per trigger that took long."""
        statement_ms = analysis.statement_ms or 0.0
        for trigger in analysis.plan.triggers:
            if trigger.time_ms is None or not trigger.calls or trigger.time_ms < max(self.min_ms, self.share * statement_ms):
                continue
            per_call = trigger.time_ms / trigger.calls
            searched = trigger.constraint is not None and per_call >= self.slow_call_ms
            name = f"constraint {trigger.constraint}" if trigger.constraint else f"trigger {trigger.name}"
            yield self.finding(
                f"The {name} took {trigger.time_ms:,.1f} ms in {trigger.calls:,} calls.",
                evidence=(
                    Evidence("trigger", trigger.time_ms, "ms"),
                    Evidence("calls", trigger.calls),
                    Evidence("per call", per_call, "ms"),
                    Evidence("statement", statement_ms, "ms"),
                ),
                advice=(self._advice(name, searched=searched, constraint=trigger.constraint is not None),),
                saving_ms=Interval(0.0, min(trigger.time_ms, statement_ms)),
                confidence=0.9 if searched else 0.4,
                because="one call takes as long as a scan" if searched else "what the trigger does is not known",
                severity="warning" if searched or trigger.time_ms >= 0.5 * statement_ms else "info",
            )

    def _advice(self, name: str, *, searched: bool, constraint: bool) -> Advice:
        if searched:
            return Advice("index", f"An index on the referencing columns of the {name} spares a search of the whole referencing table.")
        if constraint:
            return Advice("rewrite", "The checks of the foreign key are quick: change fewer rows in one statement if they are too many.")
        return Advice("rewrite", "Do less per row, or use a statement-level trigger with transition tables.")
