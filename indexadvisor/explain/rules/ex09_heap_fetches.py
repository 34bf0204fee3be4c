"""EX09: an index-only scan that visits the table all the same."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.ddl import quote_table
from indexadvisor.catalog.model import TableName
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.scans import relation, removed_by_filter


@rule
class HeapFetches(PlanRule):
    """An index-only scan has to visit the table for many of its rows.

    What it means:
        An index does not know which rows are visible. The visibility map says for which pages of the table all rows are; for rows on
        other pages the table is visited. Pages lose the mark when a row on them changes and get it back by VACUUM.

    Example plan:
        Index Only Scan using accounts_pkey on accounts  (actual time=0.017..78.327 rows=60000 loops=1)
          Index Cond: ((id >= 1) AND (id <= 60000))
          Heap Fetches: 120000

    What to do:
        VACUUM the table. If it happens again, let autovacuum come sooner for this table (``autovacuum_vacuum_scale_factor``, and for
        tables that are only inserted into, ``autovacuum_vacuum_insert_scale_factor``), and look for old transactions that hold VACUUM
        back.

    When it is fine:
        The rows were written a moment ago. A table that is written all the time will always have pages that are not all-visible.

    Where the threshold comes from:
        One fetch for ten rows: below, the scan is still mostly index-only. 1,000 fetches are about a millisecond in memory. From one
        fetch for two rows and 10,000 in all it is a warning. Heap Fetches are a total and rows an average per loop; they are compared as
        totals, versions of a row that turned out dead included, so that the share can pass 100 %.
    """

    code, name, severity = "EX09", "heap-fetches", "info"
    needs = ("analyze",)
    thresholds = ("fetched_share", "min_fetches", "warning_share", "warning_fetches")
    fetched_share: float = 0.1
    min_fetches: float = 1_000.0
    warning_share: float = 0.5
    warning_fetches: float = 10_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield index-only scans with many heap fetches."""
        for node in analysis.plan.walk():
            fetches, returned = node.amount("Heap Fetches"), analysis.returned(node)
            if node.node_type != "Index Only Scan" or fetches is None or returned is None or fetches < self.min_fetches:
                continue
            share = fetches / max(1.0, returned + removed_by_filter(node))
            if share < self.fetched_share:
                continue
            own = analysis.own_time(node)
            worse = share >= self.warning_share and fetches >= self.warning_fetches
            yield self.finding(
                f"The index-only scan of {relation(node)} visits the table {fetches:,.0f} times for {returned:,.0f} rows.",
                node,
                evidence=(Evidence("heap fetches", fetches), Evidence("rows", returned, "rows"), Evidence("fetches per row", share)),
                advice=(self._advice(analysis, node),),
                saving_ms=None if own is None else Interval(0.0, own.high * min(1.0, share)),
                confidence=0.8,
                because="VACUUM marks the pages, unless rows change again or an old transaction is open",
                severity="warning" if worse else "info",
            )

    def _advice(self, analysis: Analysis, node: PlanNode) -> Advice:
        table = analysis.table(node)
        name = table.name if table is not None else TableName(node.schema, node.relation) if node.schema and node.relation else None
        sql = None if name is None else f"VACUUM {quote_table(name)}"
        return Advice("vacuum", f"VACUUM {relation(node)}, and let autovacuum come sooner if it happens again.", sql=sql)
