"""EX37: several columns of one table are compared, and their values go together."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.extended import EQUALITY
from indexadvisor.explain.finding import Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.estimate_cures import correlated
from indexadvisor.explain.rules.estimates import SCANS, difference, off, scan_terms
from indexadvisor.explain.rules.extended_statistics import known_together
from indexadvisor.explain.rules.indexing import usable
from indexadvisor.explain.rules.scans import relation


@rule
class CorrelatedColumns(PlanRule):
    """Several columns are compared with values, and many more rows pass than their single shares would let expect.

    What it means:
        The planner multiplies the shares of the single conditions, as if the columns were independent. Where one follows from the other
        (city and country, model and maker), the product is far too small.

    Example plan:
        Seq Scan on hard  (cost=0.00..2041.00 rows=2 width=0) (actual time=0.014..2.624 rows=500.00 loops=1)
          Filter: ((a = 7) AND (b = 21))
          Rows Removed by Filter: 99500

    What to do:
        CREATE STATISTICS (dependencies, mcv) over these columns, then ANALYZE: the planner then knows the commonest combinations, and how
        far one column decides the other. With a catalog the rule looks for such statistics first: where they exist and are empty, ANALYZE
        is the advice; where they hold data and the estimate is wrong all the same, ANALYZE after many changes, else a higher target
        (ALTER STATISTICS ... SET STATISTICS). Statistics of kind ndistinct alone are for GROUP BY and do not help here.

    When it is fine:
        One of the conditions alone is misjudged (statistics out of date): then ANALYZE is enough, and the finding on the estimate (EX35)
        says so. Bounds (``<``, ``BETWEEN``) on correlated columns are not helped by such statistics: the rule is silent.

    Where the threshold comes from:
        Two conditions of equality, ten times more rows than expected, and 100 rows in absolute numbers, as for EX35.
    """

    code, name, severity = "EX37", "correlated-columns", "info"
    needs = ("analyze",)
    thresholds = ("factor", "min_rows")
    explained_by = ("EX35", "EX38")
    factor: float = 10.0
    min_rows: float = 100.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether the cause is about this very scan."""
        return cause.node == finding.node

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield scans with several equalities that return many more rows than expected."""
        for node in analysis.plan.walk():
            count = off(analysis, node, self.factor) if node.node_type in SCANS else None
            if count is None or not count.under or difference(node, count) < self.min_rows:
                continue
            terms = scan_terms(node)
            good = usable(terms, analysis.table(node))
            equal = tuple(dict.fromkeys(term.column for term in good if term.equality and term.column))
            if len(equal) < 2 or any(term.wrapped is not None for term in terms):
                continue
            known = known_together(analysis, node, equal, EQUALITY)
            yield self.finding(
                f"The conditions on {', '.join(equal)} of {relation(node)} let {count.factor or 0:,.0f} times more rows pass.",
                node,
                evidence=(
                    Evidence("columns", ", ".join(equal)),
                    Evidence("rows expected", count.estimated or 0.0, "rows"),
                    Evidence("rows", count.actual or 0.0, "rows"),
                    Evidence("factor", count.factor or 0.0),
                ),
                advice=(correlated(analysis, node, equal),) if known is None else known.advice,
                confidence=0.7 if known is None else known.confidence,
                because="the columns are multiplied as if independent; old statistics of one of them would look the same"
                if known is None
                else known.because,
            )
