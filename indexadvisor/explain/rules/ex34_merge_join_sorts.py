"""EX34: a merge join sorts both of its large inputs."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.model import IndexKey
from indexadvisor.explain.conditions import parse_sort_key
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import index_sql, listed, table_name
from indexadvisor.explain.rules.loops import misjudged, sides, up_to
from indexadvisor.explain.rules.scans import relation

_NEEDS_ORDER = frozenset({"Merge Join", "Unique", "WindowAgg", "Group", "Incremental Sort"})


@rule
class MergeJoinSorts(PlanRule):
    """A merge join has both of its large inputs sorted first.

    What it means:
        A merge join reads both sides in the order of the join columns. Neither side came in that order, so both are sorted. The planner
        takes this road when a hash table would be too large for work_mem, or when hash joins are forbidden.

    Example plan:
        Merge Join  (cost=48606.28..54329.23 rows=22295 width=0) (actual time=1326.241..1326.243 rows=0.00 loops=1)
          Merge Cond: ((l.product_id = m.product_id) AND (l.qty = m.qty) AND (l.price = ((m.price + '1000'::numeric))))
          ->  Sort  (cost=24303.14..24803.14 rows=200000 width=12) (actual time=338.997..396.186 rows=200000.00 loops=1)
                Sort Key: l.product_id, l.qty, l.price
                Sort Method: external merge  Disk: 4504kB
                ->  Seq Scan on lines l  (cost=0.00..3274.00 rows=200000 width=12) (actual time=0.008..76.659 rows=200000.00 loops=1)
          ->  Materialize  (cost=24303.14..25303.14 rows=200000 width=12) (actual time=480.666..751.270 rows=199979.00 loops=1)
                ->  Sort  (cost=24303.14..24803.14 rows=200000 width=12) (actual time=480.659..655.032 rows=199979.00 loops=1)
                      Sort Key: m.product_id, m.qty, ((m.price + '1000'::numeric))
                      Sort Method: external merge  Disk: 5496kB
                      ->  Seq Scan on lines m  (cost=0.00..3274.00 rows=200000) (actual time=0.021..195.882 rows=200000.00 loops=1)

    What to do:
        Where ``enable_hashjoin`` is off, turn it on. With more work_mem a hash join over the smaller side may win. An index on the join
        columns of a side supplies its order without a sort; it pays where few other columns are read (an index-only scan) or the table
        lies in that order.

    When it is fine:
        The order is needed above anyway, which a merge join keeps: the rule is silent where a grouping, a window or another merge join
        stands right above, but cannot see ORDER BY. A full join on a condition that cannot be hashed.

    Where the threshold comes from:
        10,000 rows on each side and 100,000 together: sorting them takes some 50 milliseconds, hashing half of that.
    """

    code, name, severity = "EX34", "merge-join-sorts", "info"
    thresholds = ("min_side_rows", "min_rows")
    explained_by = ("EX35", "EX38", "EX39", "EX40")
    min_side_rows: float = 10_000.0
    min_rows: float = 100_000.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether an input's size was misjudged, so that another join would have been chosen."""
        return misjudged(analysis, cause) and cause.node != finding.node

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield merge joins over two sorts of many rows."""
        for node in analysis.plan.walk():
            found = sides(node)
            if node.node_type != "Merge Join" or found is None or node.executed is False or self._order_is_used(analysis, node):
                continue
            sorts = [self._sort(side) for side in found]
            if sorts[0] is None or sorts[1] is None:
                continue
            both = (sorts[0], sorts[1])
            rows = [self._sorted(analysis, sort) for sort in both]
            if min(rows) < self.min_side_rows or sum(rows) < self.min_rows:
                continue
            forbidden = analysis.plan.settings.get("enable_hashjoin") == "off"
            advice = [Advice("setting", "Allow hash joins again.", setting=("enable_hashjoin", "on"))] if forbidden else []
            if not forbidden:
                advice.append(Advice("setting", "Try more work_mem for this statement: a hash join of the smaller side sorts nothing."))
            advice += [index for sort in both if (index := self._index(analysis, sort)) is not None]
            yield self.finding(
                f"The merge join sorts both sides: {rows[0]:,.0f} and {rows[1]:,.0f} rows.",
                node,
                evidence=(Evidence("rows sorted, outer", rows[0], "rows"), Evidence("rows sorted, inner", rows[1], "rows")),
                advice=tuple(advice),
                saving_ms=up_to(*(analysis.own_time(sort) for sort in both)),
                confidence=0.7 if forbidden else 0.3,
                because="hash joins were forbidden" if forbidden else "the planner weighed a hash join, and found the sorts cheaper",
            )

    def _sorted(self, analysis: Analysis, sort: PlanNode) -> float:
        """Return the rows a Sort took in; the join may have ended before it took them all out."""
        source = sort.inputs()[0] if sort.inputs() else sort
        return (analysis.returned(source) or 0.0) if analysis.plan.analyzed else (source.rows or 0.0)

    def _order_is_used(self, analysis: Analysis, node: PlanNode) -> bool:
        """Whether what stands right above reads rows in order, as the merge join hands them on."""
        above = analysis.plan.parents.get(node.number)
        return above is not None and (above.node_type in _NEEDS_ORDER or above.text("Strategy") == "Sorted")

    def _sort(self, side: PlanNode) -> PlanNode | None:
        """Return the Sort that a side is, below the Materialize for reading again."""
        if side.node_type == "Materialize" and side.inputs():
            side = side.inputs()[0]
        return side if side.node_type == "Sort" else None

    def _index(self, analysis: Analysis, sort: PlanNode) -> Advice | None:
        """Return the advice for an index in the order of a Sort right above a table's scan without a filter."""
        scan = sort.inputs()[0] if sort.inputs() else None
        if scan is None or scan.node_type != "Seq Scan" or scan.text("Filter") is not None:
            return None
        keys = [parse_sort_key(text) for text in sort.texts("Sort Key")]
        if not keys or any(key.root.kind != "column" or order for key, order in keys):
            return None
        columns = tuple(column.name for key, _ in keys for column in key.columns)
        table = analysis.table(scan)
        if table is not None and analysis.catalog is not None:
            leading = (index.definition.columns[: len(columns)] for index in analysis.catalog.indexes_of(table.name) if index.valid)
            if columns in leading:
                return None
        text = f"An index on {table_name(scan)} {listed(columns)} supplies {relation(scan)} in this order."
        return Advice("index", text, sql=index_sql(analysis, scan, [IndexKey(name) for name in columns]), columns=columns)
