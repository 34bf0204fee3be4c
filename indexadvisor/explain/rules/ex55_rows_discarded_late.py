"""EX55: rows that were joined, sorted or windowed before a filter threw them away."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import part_of
from indexadvisor.explain.rules.scans import removed_by_filter
from indexadvisor.explain.shape import JOINS, label

_WORK = JOINS | {"Sort", "Incremental Sort", "WindowAgg", "Aggregate", "Unique", "SetOp"}
_LATE = frozenset({"Subquery Scan", "Result", "WindowAgg", "Hash Join", "Merge Join", "Nested Loop"})


@rule
class RowsDiscardedLate(PlanRule):
    """A filter above joins, sorts or windows threw most of their rows away.

    What it means:
        The rows were worked out in full before the filter looked at them. A condition that could be tested on the tables below would have
        spared the work; one on a window function or an aggregate cannot move, but can often be helped.

    Example plan:
        Subquery Scan on s  (cost=66322.83..81326.56 rows=226 width=89) (actual time=1105.424..1267.942 rows=1.00 loops=1)
          Filter: ((s.rn > 8) AND (s.amount < '1'::numeric) AND (s.status = 'open'::text))
          Rows Removed by Filter: 400099
          ->  WindowAgg  (cost=66322.83..74324.81 rows=400100 width=89) (actual time=738.829..1224.367 rows=400100.00 loops=1)

    What to do:
        Write the parts of the condition that need no window or aggregate inside the subquery: the planner may not move them where the
        result could change (a filter on columns outside of PARTITION BY), but you may know that it does not. For the first rows per group,
        a LATERAL subquery with LIMIT reads only those.

    When it is fine:
        The condition is on the window function itself, and every row is needed to work it out. HAVING keeps the rule silent: what of it
        does not need the aggregates the planner tests before (planner.c, subquery_planner).

    Where the threshold comes from:
        Nine in ten rows and 10,000 of them, as for scans (EX01). The saving shown is what stands below the filter, without the scans, by
        the share of rows thrown away.
    """

    code, name, severity = "EX55", "rows-discarded-late", "info"
    needs = ("analyze",)
    thresholds = ("discarded_share", "min_removed_rows")
    explained_by = ("EX24", "EX25")
    discarded_share: float = 0.9
    min_removed_rows: float = 10_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield nodes above real work whose filter removed nearly all."""
        for node in analysis.plan.walk():
            removed, returned = removed_by_filter(node), analysis.returned(node) or 0.0
            if node.node_type not in _LATE or removed < max(self.min_removed_rows, self.discarded_share * (removed + returned)):
                continue
            work = tuple(self._work(node))
            if not work:
                continue
            spent = [time for below in work if (time := analysis.own_time(below)) is not None]
            whole = None if not spent else sum(spent[1:], spent[0])
            yield self.finding(
                f"{removed:,.0f} rows of {label(work[0])} were worked out and then thrown away.",
                node,
                evidence=(
                    Evidence("rows removed by filter", removed, "rows"),
                    Evidence("rows kept", returned, "rows"),
                    Evidence("filter", node.text("Filter") or ""),
                ),
                advice=(Advice("rewrite", "Test the condition before the join, sort or window, where the result allows it."),),
                saving_ms=part_of(whole, removed / (removed + returned)),
                confidence=0.4,
                because="whether the condition may move depends on what is meant",
            )

    def _work(self, node: PlanNode) -> Iterator[PlanNode]:
        """Yield the joins, sorts, windows and aggregates whose rows the filter sees."""
        if node.node_type in _WORK:
            yield node
        for below in node.inputs():
            for inner in below.walk():
                if inner.node_type in _WORK:
                    yield inner
