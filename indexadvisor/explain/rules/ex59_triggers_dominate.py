"""EX59: triggers that take a large part of the time."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.ddl import create_index, index_name, quote_identifier
from indexadvisor.catalog.model import ForeignKey, IndexDef, IndexKey
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Trigger
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import listed


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
        """Yield one finding for all triggers that took long, the longest first."""
        statement_ms = analysis.statement_ms or 0.0
        least_ms = max(self.min_ms, self.share * statement_ms)
        slow = sorted(((trigger.time_ms, trigger) for trigger in analysis.plan.triggers if trigger.time_ms and trigger.calls),
                      key=lambda pair: -pair[0])  # fmt: skip
        together_ms = sum(time_ms for time_ms, _ in slow)
        if together_ms < least_ms:
            return
        named = [(time_ms, trigger) for time_ms, trigger in slow if time_ms >= self.min_ms] or slow[:1]
        first_ms, first = named[0]
        searched = [trigger for time_ms, trigger in named if trigger.constraint is not None and self._per_call(trigger) >= self.slow_call_ms]
        others = f"; {len(named)} took {together_ms:,.1f} ms together" if len(named) > 1 else ""
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
            because="one call takes as long as a scan" if searched else "what the trigger does is not known",
            severity="warning" if searched or together_ms >= 0.5 * statement_ms else "info",
        )

    def _per_call(self, trigger: Trigger) -> float:
        return (trigger.time_ms or 0.0) / trigger.calls

    def _advice(self, analysis: Analysis, trigger: Trigger) -> Advice:
        if trigger.constraint is None:
            return Advice("rewrite", "Do less per row, or use a statement-level trigger with transition tables.")
        key = _foreign_key(analysis, trigger)
        if self._per_call(trigger) < self.slow_call_ms or (key is not None and _served(analysis, key)):
            return Advice("rewrite", "The checks of the foreign key are quick: change fewer rows in one statement if they are too many.")
        if key is None:
            of = f"the referencing columns of the constraint {trigger.constraint}"
            return Advice("index", f"An index on {of} spares a search of the whole referencing table.")
        definition = IndexDef(key.table, tuple(IndexKey(column) for column in key.columns))
        text = f"An index on {quote_identifier(key.table.name)} {listed(key.columns)} spares a search of all of it for {trigger.constraint}."
        return Advice("index", text, sql=create_index(definition, index_name(definition)), columns=key.columns)


def _name(trigger: Trigger) -> str:
    return f"constraint {trigger.constraint}" if trigger.constraint else f"trigger {trigger.name}"


def _calls(trigger: Trigger) -> str:
    return f"{trigger.calls:,} {'call' if trigger.calls == 1 else 'calls'}"


def _foreign_key(analysis: Analysis, trigger: Trigger) -> ForeignKey | None:
    """Return the foreign key whose constraint the trigger keeps, where the catalog has exactly one of that name."""
    keys = () if analysis.catalog is None else analysis.catalog.foreign_keys
    named = [key for key in keys if key.name == trigger.constraint]
    return named[0] if len(named) == 1 else None


def _served(analysis: Analysis, key: ForeignKey) -> bool:
    """Whether an index finds the referencing rows: all of them, by the columns of the key, whatever their order."""
    indexes = () if analysis.catalog is None else analysis.catalog.indexes_of(key.table)
    wanted = set(key.columns)
    return any(
        index.valid and index.definition.method == "btree" and index.definition.predicate is None
        and {found.column for found in index.definition.keys[: len(wanted)]} == wanted
        for index in indexes
    )  # fmt: skip
