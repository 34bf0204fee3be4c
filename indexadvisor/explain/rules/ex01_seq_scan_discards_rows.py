"""EX01: a sequential scan throws most of what it reads away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from indexadvisor.explain.finding import Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, rule
from indexadvisor.explain.rules.indexing import index_advice, reach, share_found
from indexadvisor.explain.rules.scans import discard, index_saving, relation
from indexadvisor.explain.rules.terms import terms_of
from indexadvisor.explain.rules.wasteful import Waste, WastefulScanRule, has_index


@rule
class SeqScanDiscardsRows(WastefulScanRule):
    """A sequential scan reads a whole table and throws most of its rows away.

    What it means:
        PostgreSQL read every row of the table and kept only those that pass the filter. The work grows with the table, not with the
        result; an index on the filter's columns would go straight to the rows that are wanted.

    Example plan:
        Seq Scan on orders  (cost=0.00..14871.00 rows=10 width=106) (actual time=1.685..131.923 rows=10 loops=1)
          Filter: (customer_id = 42)
          Rows Removed by Filter: 499990
          Buffers: shared hit=32 read=8589

    What to do:
        Create an index on the columns that the filter compares with fixed values: those compared by equality first, then one with bounds.
        The advice names them. Where the filter wraps the column in a function or begins a pattern with a wildcard, see EX19 and EX20: a
        plain index would not be used.

    When it is fine:
        The table is small: a few blocks are read as fast as an index. More than a tenth of the rows is needed: reading in order beats
        jumping. The statement runs once a night and the index would have to be kept up with every write. LIMIT stopped the scan early, or
        it never ran: the rule is silent then.

    Where the threshold comes from:
        Removing nine in ten rows (``discarded_share``) is where the planner itself begins to prefer a bitmap scan of an uncorrelated
        column with the default ``random_page_cost`` of 4; 10,000 rows removed in all keep tables out whose scan takes about a
        millisecond, and 1,000 rows read per loop those that fit in a few blocks (a small table on the inner side of a loop is EX22).
        Where nothing can be advised, the scan is named only if it took a tenth of the statement (``min_share_without_advice``).
    """

    code, name, severity = "EX01", "seq-scan-discards-rows", "warning"
    needs = ("analyze",)
    explained_by = ("EX26", "EX22", "EX19", "EX20", "EX13")
    thresholds = ("discarded_share", "min_removed_rows", "min_rows_read_per_loop", "min_share_without_advice")
    min_share_without_advice: float = 0.1

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether the cause is the loop around this very scan, or says why no index serves the filter."""
        if cause.code in {"EX22", "EX26"}:
            return cause.node == finding.node and has_index(cause)
        return not has_index(finding)

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield each sequential scan whose filter removes nearly all."""
        for node, waste in self.wasteful(analysis):
            terms = terms_of(node)
            advice = index_advice(analysis, node, terms)
            if advice is None and not self._worth_saying(analysis, waste):
                continue
            indexable = advice is not None and advice.kind in {"index", "rewrite"}
            worth = self._of_a_part(analysis, node, waste) if reach(terms, analysis.table(node)) < 1.0 and len(terms) > 1 else waste
            reason = f"{worth.because}, and an index serves {'all' if worth is waste else 'a part'} of the filter"
            if advice is not None and advice.kind == "rewrite":
                reason = f"{worth.because}, and an index serves the filter in another spelling"
            yield self.finding(
                f"The scan of {relation(node)} keeps {waste.kept}.",
                node,
                evidence=waste.evidence,
                advice=() if advice is None else (advice,),
                saving_ms=worth.saving_ms,
                confidence=worth.confidence if indexable else 0.2,
                because=reason if indexable else "no part of the filter can use an index as it is written, or one exists already",
                severity=self.severity if indexable else "info",
            )

    def _worth_saying(self, analysis: Analysis, waste: Waste) -> bool:
        """Whether a scan that nothing can be advised for takes enough of the statement to be named."""
        whole = analysis.statement_ms
        return waste.saving_ms is None or not whole or waste.saving_ms.high >= self.min_share_without_advice * whole

    def _of_a_part(self, analysis: Analysis, node: PlanNode, waste: Waste) -> Waste:
        """Return the waste that an index on a part of the filter could end: statistics may tell how many rows it finds."""
        found, share = discard(analysis, node), share_found(terms_of(node), analysis.table(node))
        if share is None or found is None:
            return replace(waste, saving_ms=waste.possible_ms, doubt=0.5)
        share = min(1.0, max(share, waste.kept_share))
        part = replace(found, removed=found.read * (1.0 - share))
        return replace(waste, found_share=share, saving_ms=index_saving(analysis, node, part))
