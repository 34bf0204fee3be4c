"""EX06: an index is walked for its order alone, until LIMIT has enough rows."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.model import IndexKey
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import index_sql, keys, listed, other_advice, table_name
from indexadvisor.explain.rules.scans import INDEX_SCANS, catalog_index, discard, relation, under_limit
from indexadvisor.explain.rules.terms import terms_of

_UNTIE = Advice(
    "rewrite",
    "Where few rows pass the filter, ORDER BY an expression over the column (n + 0) keeps the planner from this index: it then finds the "
    "rows by others and sorts them.",
)


@rule
class IndexForOrderOnly(PlanRule):
    """An index is walked for its order, and the filter throws rows away until LIMIT is reached.

    What it means:
        The planner expected that rows in the order of ORDER BY would soon pass the filter, so that LIMIT could stop the scan. They did
        not: the rows that match lie far along the index, or there are too few. This is the commonest way for a fast query to become slow
        overnight.

    Example plan:
        Limit  (cost=0.42..11435.42 rows=5 width=106) (actual time=9.912..63.099 rows=5.00 loops=1)
          ->  Index Scan using orders_pkey on orders  (cost=0.42..22870.42 rows=10 width=106) (actual time=9.910..63.089 rows=5.00 loops=1)
                Filter: (customer_id = 42)
                Rows Removed by Filter: 224834

    What to do:
        Create an index with the filter's equality columns first and the columns of ORDER BY behind them: it finds the rows and has them
        in order. Without a new index, an expression in ORDER BY (``ORDER BY id + 0``) keeps the planner from this path.

    When it is fine:
        A few rows are removed before LIMIT is reached; that is what such an index is for. The rule asks for ten removed rows per row kept.

    Where the threshold comes from:
        1,000 rows removed are about a millisecond of look-ups in memory and far more from disk; ten for each kept, because walking an
        index for order is meant to discard some.
    """

    code, name, severity = "EX06", "index-for-order-only", "warning"
    needs = ("analyze",)
    thresholds = ("removed_per_row", "min_removed_rows")
    removed_per_row: float = 10.0
    min_removed_rows: float = 1_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield index scans without a condition that filter under LIMIT."""
        for node in analysis.plan.walk():
            if node.node_type not in INDEX_SCANS or node.text("Index Cond") is not None or node.text("Order By") is not None:
                continue
            found, limit = discard(analysis, node), under_limit(analysis, node)
            if found is None or limit is None or found.removed < self.min_removed_rows or found.removed < self.removed_per_row * found.kept:
                continue
            advice, own = self._advice(analysis, node), analysis.own_time(node)
            confidence, because = 0.3, "no part of the filter can lead an index"
            if advice is not None and advice.kind == "index":
                ordered = bool(keys(terms_of(node), analysis.table(node)).equal)
                confidence, because = (0.85, "one index gives rows and order") if ordered else (0.5, "the rows found must then be sorted")
            yield self.finding(
                f"{node.index} is walked for its order: {found.removed:,.0f} rows of {relation(node)} removed for {found.kept:,.0f} kept.",
                node,
                evidence=(*found.evidence(), Evidence("rows under LIMIT", analysis.returned(limit) or 0.0, "rows")),
                advice=() if advice is None else (advice,),
                saving_ms=None if own is None else Interval(own.low * 0.5, own.high * found.share),
                confidence=confidence,
                severity=self.severity if advice is not None and advice.kind == "index" else "info",
                because=because,
            )

    def _advice(self, analysis: Analysis, node: PlanNode) -> Advice | None:
        table, used = analysis.table(node), catalog_index(analysis, node)
        filters = terms_of(node)
        equal = keys(filters, table).equal
        if not equal:
            return other_advice(analysis, node, filters) or _UNTIE
        if used is None:
            where = f"{table_name(node)} with {listed(equal)} first and the columns of {node.index} behind"
            return Advice("index", f"An index on {where} finds the rows and has them in order.", columns=equal)
        order = [key for key in used.definition.keys if key.column not in equal]
        index_keys = [IndexKey(column) for column in equal] + order
        text = f"An index on {table_name(node)} ({', '.join(key.text for key in index_keys)}) finds the rows and has them in order."
        columns = (*equal, *(key.column for key in order if key.column is not None))
        return Advice("index", text, sql=index_sql(analysis, node, index_keys), columns=columns)
