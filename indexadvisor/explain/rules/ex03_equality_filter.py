"""EX03: a filter of several equalities that one composite index would serve."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Finding
from indexadvisor.explain.rule import Analysis, rule
from indexadvisor.explain.rules.indexing import btree_advice, usable
from indexadvisor.explain.rules.scans import relation
from indexadvisor.explain.rules.terms import terms_of
from indexadvisor.explain.rules.wasteful import WastefulScanRule


@rule
class EqualityFilter(WastefulScanRule):
    """A filter compares several columns for equality, and no index was used.

    What it means:
        Every part of the filter is an equality (``=``, an IN list or IS NULL) with a fixed value, all of them ANDed. One B-tree over
        these columns, in any order, goes straight to the rows.

    Example plan:
        Seq Scan on orders  (cost=0.00..16121.00 rows=1 width=106) (actual time=14.203..71.345 rows=10 loops=1)
          Filter: ((customer_id = 42) AND (status = 'open'::text))
          Rows Removed by Filter: 499990

    What to do:
        Create the composite index that the advice names. Where the catalog is at hand, the column with most distinct values leads;
        otherwise let the column lead that other statements filter by alone. A column with few values that is always compared with the
        same one fits better into a partial index.

    When it is fine:
        A small table, or a filter that keeps many rows. One column alone may already be selective enough: then the other columns only
        widen the index.

    Where the threshold comes from:
        As for EX02: four rows in five removed, and 5,000 in all.
    """

    code, name, severity = "EX03", "equality-filter", "info"
    explained_by = ("EX01", "EX04")
    discarded_share: float = 0.8
    min_removed_rows: float = 5_000.0
    min_columns: int = 2
    thresholds = (*WastefulScanRule.thresholds, "min_columns")

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield each scan filtered by equalities alone."""
        for node, waste in self.wasteful(analysis):
            terms = terms_of(node)
            good = usable(terms, analysis.table(node))
            columns = {term.column for term in good if term.equality}
            if len(good) != len(terms) or not all(term.equality for term in terms) or len(columns) < self.min_columns:
                continue
            advice = btree_advice(analysis, node, terms)
            if advice is not None and advice.kind == "index":
                yield self.finding(
                    f"The filter of {relation(node)} is {len(columns)} equalities.",
                    node,
                    evidence=waste.evidence,
                    advice=(advice,),
                    saving_ms=waste.saving_ms,
                    confidence=waste.confidence,
                    because=waste.because,
                )
