"""EX17: an index is searched again and again because its leading column is not given."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.model import IndexKey
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import index_sql, keys, listed, serving
from indexadvisor.explain.rules.scans import heap_scan, relation
from indexadvisor.explain.rules.terms import terms_of


@rule
class IndexSearches(PlanRule):
    """An index is searched many times over because the condition leaves its leading column open.

    What it means:
        From PostgreSQL 18 a B-tree can be used without a condition on its first column: it is searched once for each value of that column
        (skip scan). That is cheap for a handful of values and dear for hundreds. An index that leads with the column that is compared
        takes one search.

    Example plan:
        Index Scan using events_size2_account on events  (actual time=0.054..2.204 rows=200.00 loops=1)
          Index Cond: (account_id = 1234)
          Index Searches: 301

    What to do:
        Create an index that begins with the columns of the Index Cond, or put these columns first in the existing one.

    When it is fine:
        The leading column has few values. An IN list is searched once for each of its values, too: that is what it asks for, and the rule
        is silent.

    Where the threshold comes from:
        Twenty searches per loop: each descends the tree, some three to five blocks, so that twenty cost what fetching as many rows does.
    """

    code, name, severity = "EX17", "index-searches", "info"
    needs = ("analyze",)
    thresholds = ("searches_per_loop",)
    searches_per_loop: float = 20.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield index scans with many searches and no list in their condition."""
        for node in analysis.plan.walk():
            searches, terms = node.amount("Index Searches"), terms_of(node, "Index Cond")
            if (
                searches is None
                or not terms
                or not node.executed
                or node.actual is None
                or any("ANY" in (term.operator or "") for term in terms)
            ):
                continue
            heap = heap_scan(analysis, node)
            wanted = keys(terms, analysis.table(heap))
            if searches < self.searches_per_loop * node.actual.loops or not wanted.columns or serving(analysis, heap, wanted) is not None:
                continue
            own, asked = analysis.own_time(node), " AND ".join(term.text for term in terms)
            text = f"An index on {relation(heap)} that begins with {listed(wanted.columns)} is searched once."
            yield self.finding(
                f"{node.index} is searched {searches / node.actual.loops:,.0f} times per loop for {asked}.",
                node,
                evidence=(Evidence("index searches", searches), Evidence("loops", node.actual.loops)),
                advice=(
                    Advice(
                        "index", text, sql=index_sql(analysis, heap, [IndexKey(name) for name in wanted.columns]), columns=wanted.columns
                    ),
                ),
                saving_ms=None if own is None else Interval(0.0, own.high),
                confidence=0.7,
                because="no list in the condition explains the searches",
            )
