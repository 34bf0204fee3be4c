"""EX02: a filter on one column that one index would serve."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Finding
from indexadvisor.explain.rule import Analysis, rule
from indexadvisor.explain.rules.indexing import btree_advice, usable
from indexadvisor.explain.rules.scans import relation
from indexadvisor.explain.rules.terms import terms_of
from indexadvisor.explain.rules.wasteful import WastefulScanRule


@rule
class OneColumnFilter(WastefulScanRule):
    """A filter compares a single column with a fixed value, and no index was used.

    What it means:
        The whole filter is one comparison of a column (``=``, ``<``, ``>``, ``<=``, ``>=`` or an IN list) with a value that is the same
        for every row. A B-tree on that one column serves it completely.

    Example plan:
        Seq Scan on orders  (cost=0.00..14871.00 rows=2900 width=106) (actual time=96.107..99.834 rows=3040 loops=1)
          Filter: (placed_at >= '2024-12-10 00:00:00+00'::timestamp with time zone)
          Rows Removed by Filter: 496960

    What to do:
        Create the index that the advice names; its column and operator are those of the filter.

    When it is fine:
        Reading in order is cheaper when many rows are kept, or when the table is small. A column whose values follow the table's order
        can do with a small BRIN index. Where the column is compared with another column of the same row, no index helps, and the rule is
        silent.

    Where the threshold comes from:
        Four rows in five removed (``discarded_share``): below EX01's nine in ten, since a range over a column that follows the table's
        order pays earlier. 5,000 rows removed keep out tables of a few dozen blocks. ``min_scan_cost`` stands for the rows removed in a
        plan without ANALYZE.
    """

    code, name, severity = "EX02", "one-column-filter", "info"
    explained_by = ("EX01", "EX04")
    discarded_share: float = 0.8
    min_removed_rows: float = 5_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield each scan filtered by one indexable comparison."""
        for node, waste in self.wasteful(analysis):
            terms = terms_of(node)
            if len(terms) != 1 or not usable(terms, analysis.table(node)):
                continue
            advice = btree_advice(analysis, node, terms)
            if advice is not None and advice.kind == "index":
                yield self.finding(
                    f"The filter of {relation(node)} is one comparison: {terms[0].column} {terms[0].operator}.",
                    node,
                    evidence=waste.evidence,
                    advice=(advice,),
                    saving_ms=waste.saving_ms,
                    confidence=waste.confidence,
                    because=waste.because,
                )
