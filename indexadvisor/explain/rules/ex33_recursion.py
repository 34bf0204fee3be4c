"""EX33: a recursive query reads a whole table in each round, or returns far more rows than expected."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import index_advice
from indexadvisor.explain.rules.loops import JOINS, loops, rows_read, up_to
from indexadvisor.explain.rules.scans import relation
from indexadvisor.explain.rules.terms import Term, conjuncts, own_names, terms_of

_JOIN_CONDITIONS = ("Hash Cond", "Merge Cond", "Join Filter")


@rule
class Recursion(PlanRule):
    """A recursive query reads a whole table again in each round, or grows far beyond what was expected.

    What it means:
        WITH RECURSIVE joins the rows of the last round with a table, until a round finds nothing. Without an index on the column that
        leads from a row to the next, each round reads the whole table. And the planner cannot know how many rounds there will be: it
        assumes ten times the first round, so what comes above is planned for few rows.

    Example plan:
        Recursive Union  (cost=0.00..584.92 rows=11 width=8) (actual time=0.014..50.735 rows=399.00 loops=1)
          ->  Seq Scan on chain  (cost=0.00..51.50 rows=1 width=8) (actual time=0.013..0.118 rows=1.00 loops=1)
                Filter: (id = 1)
                Rows Removed by Filter: 2999
          ->  Hash Join  (cost=0.33..53.33 rows=1 width=8) (actual time=0.024..0.126 rows=1.00 loops=399)
                Hash Cond: (c.id = t_1.next)
                ->  Seq Scan on chain c  (cost=0.00..51.50 rows=399 width=8) (actual time=0.000..0.102 rows=399.00 loops=399)
                      Filter: (id < 400)
                      Rows Removed by Filter: 2601
                ->  Hash  (cost=0.20..0.20 rows=10 width=4) (actual time=0.000..0.000 rows=1.00 loops=399)
                      ->  WorkTable Scan on t t_1  (cost=0.00..0.20 rows=10 width=4) (actual time=0.000..0.000 rows=1.00 loops=399)

    What to do:
        Index the column that the recursion follows (usually the parent's id). Where more rows come than there can be, the data has a
        cycle or several ways to one row: UNION instead of UNION ALL, or the CYCLE clause (from 14), ends it. Where the estimate spoils
        the plan above, put the result into a temporary table and ANALYZE it.

    When it is fine:
        Few rounds over a small table. A hierarchy that is that large.

    Where the threshold comes from:
        100,000 rows read by rounds, from ten rounds on, are about ten milliseconds. For growth: ten times the estimate and 10,000 rows,
        below which nothing above suffers.
    """

    code, name, severity = "EX33", "recursion", "info"
    needs = ("analyze",)
    thresholds = ("min_rounds", "min_rows_read", "min_rows", "factor")
    explained_by = ("EX22",)
    min_rounds: float = 10.0
    min_rows_read: float = 100_000.0
    min_rows: float = 10_000.0
    factor: float = 10.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether a loop within each round is why the table is read so often."""
        return cause.node == finding.node

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield recursive unions that read too much or grow too far."""
        for node in analysis.plan.walk():
            inputs = node.inputs()
            if node.node_type != "Recursive Union" or len(inputs) != 2 or not node.executed:
                continue
            rounds = loops(inputs[1])
            scan = self._repeated_scan(analysis, inputs[1], rounds)
            wanted = None if scan is None else index_advice(analysis, scan, self._terms(analysis, scan))
            count = analysis.rows[node.number]
            grown = bool(count.under) and (count.factor or 0.0) >= self.factor and count.returned.middle >= self.min_rows
            indexable = scan is not None and wanted is not None and wanted.kind == "index"
            if not grown and not indexable:
                continue
            yield self._found(analysis, node, scan if indexable else None, wanted if indexable else None, rounds, grown)

    def _found(self, analysis: Analysis, node: PlanNode, scan: PlanNode | None, wanted: Advice | None, rounds: int, grown: bool) -> Finding:
        rows = analysis.returned(node) or 0.0
        evidence = [
            Evidence("rounds", rounds, "loops"),
            Evidence("rows", rows, "rows"),
            Evidence("rows expected", node.rows or 0.0, "rows"),
        ]
        message = f"The recursion went {rounds:,} rounds and returned {rows:,.0f} rows, {node.rows or 0:,.0f} were expected"
        advice: list[Advice] = []
        saving: Interval | None = None
        if scan is not None and wanted is not None:
            message += f"; each round reads all of {relation(scan)}"
            evidence.append(Evidence("rows read by rounds", rows_read(analysis, scan), "rows"))
            advice.append(wanted)
            saving = up_to(analysis.own_time(scan))
        if grown:
            advice.append(Advice("rewrite", "Check the data for cycles and for several ways to one row: UNION, or CYCLE (from 14)."))
        return self.finding(
            f"{message}.", scan or node, evidence=tuple(evidence), advice=tuple(advice), saving_ms=saving,
            confidence=0.8 if wanted is not None else 0.3, severity="warning" if wanted is not None else "info",
            because="an index lets each round find its rows" if wanted is not None else "a hierarchy may well be that large",
        )  # fmt: skip

    def _repeated_scan(self, analysis: Analysis, top: PlanNode, rounds: int) -> PlanNode | None:
        """Return the sequential scan below the recursive term that read most, None where the rounds read little."""
        scans = [node for node in top.walk() if node.node_type == "Seq Scan" and loops(node) >= rounds >= self.min_rounds]
        worst = max(scans, key=lambda node: rows_read(analysis, node), default=None)
        return worst if worst is not None and rows_read(analysis, worst) >= self.min_rows_read else None

    def _terms(self, analysis: Analysis, scan: PlanNode) -> tuple[Term, ...]:
        """Return the scan's terms with those of the joins above it, up to the recursive union: first what the recursion follows."""
        found: tuple[Term, ...] = ()
        for above in analysis.plan.ancestors(scan):
            if above.node_type == "Recursive Union":
                break
            if above.node_type in JOINS:
                texts = (above.text(name) for name in _JOIN_CONDITIONS)
                found += tuple(
                    term for text in texts if text for term in conjuncts(text, own_names(scan)) if parse_condition(term.text).columns
                )
        return tuple(term for term in found if term.equality) or terms_of(scan)
