"""EX13: an OR that no single index serves, or that reads one index many times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, rule
from indexadvisor.explain.rules.indexing import btree_advice, keys
from indexadvisor.explain.rules.scans import bitmap_indexes, relation
from indexadvisor.explain.rules.terms import or_arms, terms_of
from indexadvisor.explain.rules.wasteful import WastefulScanRule


@rule
class OrFilter(WastefulScanRule):
    """A condition ORs several comparisons, which takes one index per arm or a list.

    What it means:
        An OR over different columns cannot use one composite index. PostgreSQL can use an index per arm and unite their bitmaps, but only
        if every arm has one. An OR that compares the same column again and again reads its index once per arm; written as an IN list it
        is one scan.

    Example plan:
        Seq Scan on orders  (cost=0.00..16121.00 rows=510 width=106) (actual time=2.204..92.017 rows=10 loops=1)
          Filter: ((customer_id = 42) OR (total = 999.5))
          Rows Removed by Filter: 499990

    What to do:
        Different columns: create an index for each arm that has none. The same column: write ``column IN (...)``. Where the arms touch
        different tables, a UNION of two statements lets each use its own index; UNION removes duplicate rows, so select a key.

    When it is fine:
        The table is small, or the arms together keep many rows. An arm that no index can serve (a function, ``<>``) makes an index for
        the others useless: the rule is silent.

    Where the threshold comes from:
        For the filter, nine in ten rows removed and 10,000 in all, as in EX01. More than three arms (``max_arms``) for the bitmaps: two
        or three columns are what BitmapOr is made for.
    """

    code, name, severity = "EX13", "or-filter", "info"
    explained_by = ("EX01", "EX04")
    max_arms: int = 3
    thresholds = (*WastefulScanRule.thresholds, "max_arms")

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield sequential scans filtered by an indexable OR, and bitmaps of many arms over one column."""
        for node in analysis.plan.walk():
            if node.node_type == "BitmapOr" and node.executed is not False:
                yield from self._many_arms(analysis, node)
        for node, waste in self.wasteful(analysis):
            own = frozenset(filter(None, (node.alias, node.relation)))
            arms = or_arms(node.text("Filter") or "", own)
            table = analysis.table(node)
            wanted = list(dict.fromkeys(keys(arm, table).columns for arm in arms))
            if not arms or not all(wanted):
                continue
            offers = [offer for arm in arms if (offer := btree_advice(analysis, node, arm)) is not None and offer.kind == "index"]
            advice = tuple({offer.columns: offer for offer in offers}.values())
            if advice:
                yield self.finding(
                    f"The filter of {relation(node)} ORs {len(arms)} comparisons; each needs its own index.",
                    node,
                    evidence=(*waste.evidence, Evidence("arms", len(arms))),
                    advice=advice,
                    saving_ms=waste.saving_ms,
                    confidence=waste.confidence,
                    because=waste.because,
                )

    def _many_arms(self, analysis: Analysis, node: PlanNode) -> Iterator[Finding]:
        parts = list(bitmap_indexes(node))
        counted = Counter(
            term.column for part in parts for term in terms_of(part, "Index Cond") if term.column is not None and term.operator == "="
        )
        repeated = sorted(column for column, times in counted.items() if times > 1)
        if len(parts) > self.max_arms and repeated:
            yield self.finding(
                f"{len(parts)} index scans are united, several of them over {', '.join(repeated)}.",
                node,
                evidence=(Evidence("arms", len(parts)),),
                advice=(Advice("rewrite", f"Write the comparisons of {', '.join(repeated)} as one list: {repeated[0]} IN (...)."),),
                confidence=0.6,
                because="a list is one scan of the index",
            )
