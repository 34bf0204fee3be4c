"""EX04: a large table is read from end to end, and what follows suggests that not all of it was needed."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.model import IndexKey
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, rule
from indexadvisor.explain.rules.indexing import index_advice, index_sql, listed, table_name
from indexadvisor.explain.rules.scans import relation
from indexadvisor.explain.rules.terms import conjuncts, terms_of
from indexadvisor.explain.rules.wasteful import WastefulScanRule, has_index

_PASSING = frozenset({"Hash", "Sort", "Incremental Sort", "Gather", "Gather Merge", "Materialize", "Memoize"})
_JOINS = {"Hash Join": "Hash Cond", "Merge Join": "Merge Cond", "Nested Loop": "Join Filter"}


@rule
class LargeSeqScan(WastefulScanRule):
    """A large table is read from end to end though few of its rows come out.

    What it means:
        Either a plan without ANALYZE expects a costly scan to return few rows, so that a filter must remove most of them; or a join that
        was fed the whole table kept next to none of it. In both cases an index might fetch just the rows that matter.

    Example plan:
        Hash Join  (cost=8.89..14942.50 rows=200 width=14) (actual time=0.261..280.089 rows=190.00 loops=1)
          Hash Cond: (o.customer_id = c.id)
          ->  Seq Scan on orders o  (cost=0.00..13621.00 rows=500000 width=8) (actual time=0.113..225.395 rows=500000.00 loops=1)
          ->  Hash  (cost=8.64..8.64 rows=20 width=14) (actual time=0.015..0.017 rows=19.00 loops=1)

    What to do:
        For a filter: run it with ANALYZE, then see EX01; the advice names the columns. For a join: index the join column of the large
        table, so that a nested loop can look up the few partners. If that index exists, and the rows were estimated well, the planner takes
        look-ups for dearer than they are: with the data in memory or on SSDs, try random_page_cost = 1.1 for the statement.

    When it is fine:
        An aggregate over the whole table, or a result that is the whole table, needs every row: the rule is silent. So it is when most
        rows survive the join.

    Where the threshold comes from:
        10,000 rows, as in EX01. A join that keeps at most one row in fifty of the scan, and has at most one row on the other side for
        fifty of the scan, is where look-ups cost less than reading on. What could be saved is the time of the scan, of the join, and of
        what lies between them. Where the index exists and the other side was expected to have ten times its rows (``misjudged_factor``),
        the estimate is the cause, and EX35 says so.
        Without ANALYZE the scan must cost 2,000 units (16 MB at default settings) and be expected to keep at most a tenth of the table,
        by the catalog's row count or one row per block.
    """

    code, name, severity = "EX04", "large-seq-scan", "info"
    explained_by = ("EX35",)
    thresholds = ("min_rows", "joined_share", "misjudged_factor", "discarded_share", "min_scan_cost")
    min_rows: float = 10_000.0
    misjudged_factor: float = 10.0
    joined_share: float = 0.02

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether a misestimate is to blame: where the index exists, the planner did not take it for the rows it expected."""
        return not has_index(finding)

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield large scans whose rows are mostly dropped."""
        if analysis.plan.analyzed:
            for node in analysis.plan.walk():
                if node.node_type == "Seq Scan" and (analysis.returned(node) or 0.0) >= self.min_rows:
                    yield from self._joined(analysis, node)
            return
        for node, waste in self.wasteful(analysis):
            advice = index_advice(analysis, node, terms_of(node))
            if advice is not None:
                yield self.finding(
                    f"The scan of {relation(node)} costs {node.total_cost:,.0f} and is expected to return {node.rows:,.0f} rows.",
                    node,
                    evidence=waste.evidence,
                    advice=(advice,),
                    confidence=waste.confidence,
                    because=waste.because,
                )

    def _joined(self, analysis: Analysis, scan: PlanNode) -> Iterator[Finding]:
        join, side = self._join_above(analysis, scan)
        read, kept = analysis.returned(scan) or 0.0, None if join is None else analysis.returned(join)
        if join is None or side is None or kept is None or kept > self.joined_share * read:
            return
        others = [child for child in join.inputs() if child.number != side.number]
        other = max((analysis.returned(child) or 0.0 for child in others), default=read)
        condition = join.text(_JOINS[join.node_type]) or ""
        own = frozenset(filter(None, (scan.alias, scan.relation)))
        columns = tuple(
            dict.fromkeys(term.column for term in conjuncts(condition, own) if term.column is not None and term.operator == "=")
        )
        if other > self.joined_share * read or not columns:
            return
        advice = self._advice(analysis, scan, columns)
        if advice.kind != "index" and any(self._misjudged(analysis, child) for child in others):
            return
        spent = self._spent(analysis, scan, join)
        yield self.finding(
            f"The scan of {relation(scan)} reads {read:,.0f} rows, and the join keeps {kept:,.0f}.",
            scan,
            evidence=(
                Evidence("rows read", read, "rows"),
                Evidence("rows joined", kept, "rows"),
                Evidence("rows of the other side", other, "rows"),
            ),
            advice=(advice,),
            saving_ms=None if spent is None else Interval(0.0, spent),
            confidence=0.5 if advice.kind == "index" else 0.4,
            severity="warning" if advice.kind == "index" else self.severity,
            because="the join keeps few rows, but a nested loop over an index must still be cheaper for the planner",
        )

    def _misjudged(self, analysis: Analysis, side: PlanNode) -> bool:
        """Whether the planner expected many times the rows that came from the other side of the join."""
        found = analysis.rows.get(side.number)
        return found is not None and found.factor is not None and found.under is False and found.factor >= self.misjudged_factor

    def _spent(self, analysis: Analysis, scan: PlanNode, join: PlanNode) -> float | None:
        """Return the milliseconds of the scan, of the join, and of the nodes that hand the scan's rows up to it."""
        times = [time for node in (scan, *analysis.plan.ancestors(scan)) if (time := analysis.own_time(node)) is not None
                 and (node.number == join.number or analysis.depths[node.number] > analysis.depths[join.number])]  # fmt: skip
        return sum(time.high for time in times) if times else None

    def _join_above(self, analysis: Analysis, scan: PlanNode) -> tuple[PlanNode | None, PlanNode | None]:
        """Return the first join above the scan and the input of it that holds the scan; none where something else is in between."""
        below = scan
        for ancestor in analysis.plan.ancestors(scan):
            if ancestor.node_type in _JOINS:
                return ancestor, below
            if ancestor.node_type not in _PASSING:
                break
            below = ancestor
        return None, None

    def _advice(self, analysis: Analysis, scan: PlanNode, columns: tuple[str, ...]) -> Advice:
        table = analysis.table(scan)
        existing = [] if table is None or analysis.catalog is None else [
            index for index in analysis.catalog.indexes_of(table.name)
            if index.valid and index.definition.predicate is None and index.definition.keys[0].column in columns
        ]  # fmt: skip
        if existing:
            name = existing[0].name
            text = f"{name} on the join column exists: the planner takes look-ups in it for dearer. Where the data lies in memory or"
            return Advice("setting", f"{text} on SSDs, try random_page_cost = 1.1 for this statement.", setting=("random_page_cost", "1.1"))
        where = f"{table_name(scan)} {listed(columns)}" + ("" if table is not None else ", if there is none,")
        sql = None if table is None else index_sql(analysis, scan, [IndexKey(column) for column in columns])
        return Advice("index", f"An index on {where} lets a nested loop fetch only the rows that join.", sql=sql, columns=columns)
