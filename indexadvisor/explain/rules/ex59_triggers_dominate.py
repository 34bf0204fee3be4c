"""EX59: triggers that take a large part of the time."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Trigger
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.foreign_keys import foreign_key, is_indexed, referencing_index


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
        For a constraint's trigger that takes a millisecond or more per call: an index on the referencing columns (a partial one does not
        serve; the catalog tells what there is). For your own triggers: a statement-level trigger with transition tables, or less work per
        row. auto_explain leaves triggers out unless log_triggers is on.

    When it is fine:
        The trigger does what it is for, at some microseconds per row.

    Where the threshold comes from:
        A tenth of the statement's time and 10 ms; one millisecond per call tells a search without an index from one with it, which takes
        some hundredths. Where a log shows no triggers, half of the statement must have passed outside of the plan (``share_unseen``).
    """

    code, name, severity = "EX59", "triggers-dominate", "warning"
    needs = ("timing",)
    thresholds = ("share", "min_ms", "slow_call_ms", "share_unseen")
    share: float = 0.1
    min_ms: float = 10.0
    slow_call_ms: float = 1.0
    share_unseen: float = 0.5

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield one finding for all triggers that took long, the longest first."""
        statement_ms = analysis.statement_ms or 0.0
        least_ms = max(self.min_ms, self.share * statement_ms)
        slow = sorted(((trigger.time_ms, trigger) for trigger in analysis.plan.triggers if trigger.time_ms and trigger.calls),
                      key=lambda pair: -pair[0])  # fmt: skip
        together_ms = sum(time_ms for time_ms, _ in slow)
        if together_ms < least_ms:
            yield from self._unseen(analysis, least_ms)
            return
        named = [(time_ms, trigger) for time_ms, trigger in slow if time_ms >= self.min_ms] or slow[:1]
        first_ms, first = named[0]
        searched = [trigger for _, trigger in named if self._searches(analysis, trigger)]
        others = f"; {len(named)} triggers took {together_ms:,.1f} ms together" if len(named) > 1 else ""
        yield self.finding(
            f"The {_name(first)} took {first_ms:,.1f} ms in {_calls(first)}{others}.",
            evidence=(
                *(Evidence(f"{_name(trigger)} ({_calls(trigger)})", time_ms, "ms") for time_ms, trigger in named),
                Evidence("per call of the first", self._per_call(first), "ms"),
                Evidence("statement", statement_ms, "ms"),
            ),
            advice=tuple(dict.fromkeys(self._advice(analysis, trigger) for _, trigger in named)),
            saving_ms=Interval(0.0, min(together_ms, statement_ms)),
            confidence=0.9 if searched else 0.4,
            because="one call takes as long as a scan" if searched else "no search without an index is seen: it is the work on the rows",
            severity="warning" if searched or together_ms >= 0.5 * statement_ms else "info",
        )

    def _unseen(self, analysis: Analysis, least_ms: float) -> Iterator[Finding]:
        """Yield a finding for changed rows whose triggers a log does not show."""
        plan, times = analysis.plan, analysis.times
        if times is None or plan.triggers or plan.query_text is None or plan.root.node_type != "ModifyTable":
            return
        outside_ms = times.conservation.outside_ms - times.conservation.jit_ms
        if outside_ms.low < max(least_ms, self.share_unseen * times.statement_ms):
            return
        yield self.finding(
            f"{outside_ms.low:,.1f} of {times.statement_ms:,.1f} ms passed outside of the plan: in triggers and foreign keys, most likely.",
            evidence=(Evidence("outside of the plan", outside_ms.low, "ms"), Evidence("statement", times.statement_ms, "ms")),
            advice=(Advice("setting", "Let auto_explain show what triggers take.", setting=("auto_explain.log_triggers", "on")),),
            saving_ms=Interval(0.0, outside_ms.high),
            confidence=0.4,
            because="the log does not show triggers (auto_explain.log_triggers)",
        )

    def _per_call(self, trigger: Trigger) -> float:
        return (trigger.time_ms or 0.0) / trigger.calls

    def _searches(self, analysis: Analysis, trigger: Trigger) -> bool:
        """Whether a constraint's calls take as long as a search without an index."""
        key = None if trigger.constraint is None else foreign_key(analysis, trigger.constraint)
        slow = trigger.constraint is not None and self._per_call(trigger) >= self.slow_call_ms
        return slow and not (key is not None and is_indexed(analysis, key))

    def _advice(self, analysis: Analysis, trigger: Trigger) -> Advice:
        if trigger.constraint is None:
            return Advice("rewrite", "Do less per row, or use a statement-level trigger with transition tables.")
        key = foreign_key(analysis, trigger.constraint)
        if self._searches(analysis, trigger):
            return referencing_index(trigger.constraint, key)
        known = "its columns are indexed" if key is not None and is_indexed(analysis, key) else "its checks are quick"
        return Advice("rewrite", f"Change fewer rows in one statement: {known}, so {trigger.constraint} takes the time of the rows.")


def _name(trigger: Trigger) -> str:
    return f"constraint {trigger.constraint}" if trigger.constraint else f"trigger {trigger.name}"


def _calls(trigger: Trigger) -> str:
    return f"{trigger.calls:,} {'call' if trigger.calls == 1 else 'calls'}"
