"""EX53: rows read only to be skipped."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import part_of


@rule
class LargeOffset(PlanRule):
    """OFFSET skipped many rows that had to be read, sorted or joined first.

    What it means:
        The rows before the page are worked out like those on it, and thrown away. Page 1,000 costs a thousand times page 1.

    Example plan:
        Limit  (cost=4086.53..4087.34 rows=20 width=81) (actual time=75.739..75.743 rows=20.00 loops=1)
          ->  Index Scan using orders_placed_at on orders  (cost=0.42..16348.92 rows=400100 width=81)
                                                           (actual time=0.022..39.855 rows=100020.00 loops=1)

    What to do:
        Keyset pagination: remember the last row's sort key and ask for what follows it, ``WHERE (placed_at, id) > ($1, $2) ORDER BY
        placed_at, id LIMIT 20``, with an index on these columns. The key must be unique, or end in a unique column.

    When it is fine:
        An export that reads every page once, slowly; a reader who jumps to a page by number needs the count.

    Where the threshold comes from:
        10,000 rows skipped, and nine in ten of those read: below, a page takes some milliseconds.
    """

    code, name, severity = "EX53", "large-offset", "warning"
    needs = ("analyze",)
    thresholds = ("min_skipped_rows", "skipped_share")
    min_skipped_rows: float = 10_000.0
    skipped_share: float = 0.9

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield Limit nodes that returned far fewer rows than they were given."""
        for node in analysis.plan.walk():
            below = node.inputs()
            if node.node_type != "Limit" or not below or not node.executed:
                continue
            given, returned = analysis.returned(below[0]) or 0.0, analysis.returned(node) or 0.0
            skipped = given - returned
            if skipped < self.min_skipped_rows or skipped < self.skipped_share * given:
                continue
            yield self.finding(
                f"{skipped:,.0f} rows were read to be skipped before {returned:,.0f} were returned.",
                node,
                evidence=(Evidence("rows skipped", skipped, "rows"), Evidence("rows returned", returned, "rows")),
                advice=(
                    Advice("rewrite", "Keyset pagination: ask for what follows the last row's sort key, with an index on that key."),
                ),
                saving_ms=part_of(analysis.time_below(node), skipped / given),
                confidence=0.7,
                because="whether the pages are read one after another is not known",
            )
