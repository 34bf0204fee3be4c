"""EX52: a result that is expensive to send."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.rule import Analysis, PlanRule, rule


@rule
class SerializationDominates(PlanRule):
    """Turning the result into what the client receives took a large part of the time.

    What it means:
        EXPLAIN (SERIALIZE), from version 17, converts every value as if it were sent. Values stored out of line (TOAST) are fetched and
        decompressed only then, so that a plan without SERIALIZE hides this time.

    Example plan:
        Seq Scan on docs  (cost=0.00..50.00 rows=3000 width=22) (actual time=3.705..3.898 rows=3000.00 loops=1)
        Serialization: time=35.155 ms  output=9705kB  format=text
        Execution Time: 39.265 ms

    What to do:
        Select only the columns that are used; fetch long texts and documents by a second statement, for the row that is shown.

    When it is fine:
        The client needs all of it: an export, a dump.

    Where the threshold comes from:
        A quarter of the execution time, and 20 ms.
    """

    code, name, severity = "EX52", "serialization-dominates", "info"
    needs = ("analyze", "serialize")
    thresholds = ("share", "min_ms")
    share: float = 0.25
    min_ms: float = 20.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield one finding for the statement."""
        sent, execution = analysis.plan.serialization, analysis.plan.execution_ms
        if sent is None or sent.time_ms is None or not execution or sent.time_ms < max(self.min_ms, self.share * execution):
            return
        rows = analysis.returned(analysis.plan.root) or 0.0
        yield self.finding(
            f"Converting the result took {sent.time_ms / execution:.0%} of the execution time.",
            evidence=(
                Evidence("serialization", sent.time_ms, "ms"),
                Evidence("output", sent.output_bytes, "bytes"),
                Evidence("rows", rows, "rows"),
                *((Evidence("output per row", sent.output_bytes / rows, "bytes"),) if rows else ()),
            ),
            advice=(Advice("rewrite", "Select only the columns that are used, and fetch long values for the rows that are shown."),),
            saving_ms=Interval(0.0, min(sent.time_ms, execution)),
            confidence=0.5,
            because="whether the client needs all of it is not known",
        )
