"""EX30: kept rows are read again from end to end for every outer row."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.loops import bearing, loops, sides, too_few_expected, up_to
from indexadvisor.explain.rules.pairs import pair_index
from indexadvisor.explain.rules.scans import relation


@rule
class MaterializeRescanned(PlanRule):
    """A nested loop reads a large materialized input again from end to end for each outer row.

    What it means:
        The inner side was computed once and kept (Materialize), which is cheaper than to compute it again; but each outer row still
        passes over all of it. The work is the product of both sides.

    Example plan:
        Nested Loop  (cost=0.00..18441.50 rows=400000 width=0) (actual time=0.023..546.053 rows=301300 loops=1)
          Join Filter: (p.valid_to > c.id)
          Rows Removed by Join Filter: 898700
          ->  Seq Scan on customers c  (cost=0.00..423.00 rows=1200 width=4) (actual time=0.010..1.973 rows=1200 loops=1)
                Filter: (country = ANY ('{c7,c8,c9}'::text[]))
                Rows Removed by Filter: 18800
          ->  Materialize  (cost=0.00..21.00 rows=1000 width=4) (actual time=0.000..0.155 rows=1000 loops=1200)
                ->  Seq Scan on products p  (cost=0.00..16.00 rows=1000 width=4) (actual time=0.007..0.071 rows=1000 loops=1)

    What to do:
        Index the inner table's columns of the join condition, so that partners are looked up. With an equality a hash join does it in one
        pass: see why it was not chosen (row estimates, enable_hashjoin). With bounds only, narrow one side down first.

    When it is fine:
        The result itself is that large: most pairs are wanted. Few outer rows, or a few kept rows: passing over them costs nothing.

    Where the threshold comes from:
        1,000 passes over 100 rows and more, 1,000,000 rows passed in all, which take some 50 milliseconds; and at least half of the pairs
        must have been thrown away, since a large result needs the pairs it is made of.
    """

    code, name, severity = "EX30", "materialize-rescanned", "info"
    needs = ("analyze",)
    thresholds = ("min_loops", "min_rows_per_loop", "min_rows_passed", "removed_share")
    explained_by = ("EX23", "EX25", "EX24", "EX35", "EX38", "EX39")
    min_loops: float = 1_000.0
    min_rows_per_loop: float = 100.0
    min_rows_passed: float = 1_000_000.0
    removed_share: float = 0.5

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether the cause is about the same join, or an outer side that was expected to be small."""
        join = None if finding.node is None else analysis.plan.nodes[finding.node]
        found = None if join is None else sides(join)
        if cause.code in {"EX23", "EX24", "EX25"}:
            return cause.node == finding.node
        return found is not None and too_few_expected(analysis, cause, found[0])

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield nested loops that pass over a Materialize very often."""
        for join in analysis.plan.walk():
            found = sides(join)
            if join.node_type != "Nested Loop" or found is None or found[1].node_type != "Materialize":
                continue
            kept = found[1]
            passed = analysis.returned(kept) or 0.0
            if loops(kept) < self.min_loops or passed < self.min_rows_passed or passed < self.min_rows_per_loop * loops(kept):
                continue
            returned = analysis.returned(join) or 0.0
            if passed - returned < self.removed_share * passed:
                continue
            yield self._found(analysis, join, kept, passed)

    def _found(self, analysis: Analysis, join: PlanNode, kept: PlanNode, passed: float) -> Finding:
        scan, index = bearing(kept), pair_index(analysis, join)
        fallback = Advice("rewrite", "Join by an equality where there is one, so that a hash join reads each side once.")
        return self.finding(
            f"The {passed / loops(kept):,.0f} rows kept of {relation(scan)} are passed over {loops(kept):,} times, {passed:,.0f} in all.",
            join,
            evidence=(
                Evidence("passes", loops(kept), "loops"),
                Evidence("rows passed over", passed, "rows"),
                Evidence("rows joined", analysis.returned(join) or 0.0, "rows"),
            ),
            advice=(fallback if index is None else index[0],),
            saving_ms=up_to(analysis.own_time(join), analysis.time_below(kept)),
            confidence=0.3 if index is None else index[1],
            because="no index serves the condition" if index is None else "how far an index narrows the pairs down, only a test shows",
        )
