"""EX22: a table is read from end to end again and again, inside a nested loop."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import index_advice
from indexadvisor.explain.rules.loops import lookup_terms, loops, rows_read, sides, up_to
from indexadvisor.explain.rules.pairs import narrows
from indexadvisor.explain.rules.scans import Discard, index_saving, relation


@rule
class SeqScanInLoop(PlanRule):
    """A nested loop reads a whole table again for each row of its other side.

    What it means:
        The inner side of the nested loop is a sequential scan: it starts again for each outer row, and the work is the product of the
        two tables.

    Example plan:
        Nested Loop  (cost=0.00..216126.50 rows=129 width=0) (actual time=0.015..853.807 rows=129.00 loops=1)
          Join Filter: (c.next = l.id)
          Rows Removed by Join Filter: 7739871
          ->  Seq Scan on chain c  (cost=0.00..51.50 rows=129 width=4) (actual time=0.010..0.295 rows=129.00 loops=1)
                Filter: (id < 130)
                Rows Removed by Filter: 2871
          ->  Seq Scan on logs l  (cost=0.00..925.00 rows=60000 width=4) (actual time=0.003..3.377 rows=60000.00 loops=129)

    What to do:
        Create an index on the inner table's join column, so that each outer row is looked up. Where the condition is an equality, a hash
        join would do as well: if the planner did not choose it, it expected very few outer rows (EX35), or a setting forbids it.

    When it is fine:
        The inner table is a page or two: the rule asks for 100,000 rows read in all, and 100 in each loop. A condition that no index
        serves (``abs(a - b) < 1``) has no cheaper way; the rule says so and advises none.

    Where the threshold comes from:
        100 loops, because a plan that scans twice or ten times is what a planner takes on purpose; 100,000 rows are about ten
        milliseconds. Where ten times more outer rows came than were expected (``factor``), the reason given says so.
    """

    code, name, severity = "EX22", "seq-scan-in-loop", "warning"
    needs = ("analyze",)
    thresholds = ("min_loops", "min_rows_read", "min_rows_read_per_loop", "factor")
    min_loops: float = 100.0
    min_rows_read: float = 100_000.0
    min_rows_read_per_loop: float = 100.0
    factor: float = 10.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield sequential scans that a nested loop repeats."""
        for scan in analysis.plan.walk():
            if scan.node_type != "Seq Scan" or loops(scan) < self.min_loops:
                continue
            join = self._loop_above(analysis, scan)
            read = rows_read(analysis, scan)
            if join is None or read < self.min_rows_read or read / loops(scan) < self.min_rows_read_per_loop:
                continue
            direct = analysis.plan.parents.get(scan.number) is join
            terms = lookup_terms(join if direct else None, scan)
            wanted = index_advice(analysis, scan, terms)
            advice = wanted or Advice("rewrite", "No index serves the condition as it stands: write it as an equality or with bounds.")
            indexable = advice.kind == "index"
            because = "an index turns each pass into a look-up" if indexable else "no index serves the condition, or one exists already"
            found = sides(join)
            outer = None if found is None else analysis.rows.get(found[0].number)
            expected = outer.estimated if outer is not None and outer.under and (outer.factor or 0.0) >= self.factor else None
            if expected is not None:
                because += f"; only {expected:,.0f} outer rows were expected, see EX35"
            yield self.finding(
                f"{relation(scan)} is read from end to end {loops(scan):,} times, {read:,.0f} rows in all.",
                scan,
                evidence=(
                    Evidence("loops", loops(scan)),
                    Evidence("rows read", read, "rows"),
                    Evidence("rows read per loop", read / loops(scan), "rows"),
                ),
                advice=(advice,),
                saving_ms=self._saving(analysis, scan, join if direct else None, indexable and narrows(terms)),
                confidence=0.2 if not indexable else 0.9 if narrows(terms) else 0.5,
                because=because,
            )

    def _saving(self, analysis: Analysis, scan: PlanNode, join: PlanNode | None, narrowed: bool) -> Interval | None:
        """Return what look-ups would save: at most the scans and the join's tests of their rows, at least what ``index_saving`` says where
        the condition leads to few rows.
        """
        read = rows_read(analysis, scan)
        kept = min(analysis.returned(scan) or 0.0, read if join is None else analysis.returned(join) or 0.0)
        most = up_to(analysis.own_time(scan), None if join is None else analysis.own_time(join)) or up_to(analysis.own_time(scan))
        least = index_saving(analysis, scan, Discard(read, read - kept, loops(scan)))
        if most is None or least is None or not narrowed:
            return most
        return Interval(min(least.low, most.high), most.high)

    def _loop_above(self, analysis: Analysis, scan: PlanNode) -> PlanNode | None:
        """Return the nested loop that repeats the scan: the nearest with it on its inner side, within the same query level."""
        below = scan
        for above in analysis.plan.ancestors(scan):
            if below.subplan_name is not None:
                return None
            found = sides(above)
            if above.node_type == "Nested Loop" and found is not None and found[1] is below and loops(above) < loops(below):
                return above
            below = above
        return None
