"""EX54: a statement that returns very many rows."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule


@rule
class ManyRowsReturned(PlanRule):
    """The statement returned more rows than a person or a page can use.

    What it means:
        All rows are worked out, converted, sent and kept by the client. EXPLAIN ANALYZE does not show the sending, so that the statement
        takes longer than the plan says.

    Example plan:
        Seq Scan on orders  (cost=0.00..9945.00 rows=400100 width=81) (actual time=0.012..107.835 rows=400100.00 loops=1)

    What to do:
        Add the LIMIT or the filter that is meant, aggregate in the database, or read by a cursor in pieces.

    When it is fine:
        An export, a batch job, a cache being filled. Statements that change rows, and those with a LIMIT, keep the rule silent.

    Where the threshold comes from:
        100,000 rows: ten times what other analysers report, since ten thousand are often wanted.
    """

    code, name, severity = "EX54", "many-rows-returned", "info"
    needs = ("analyze",)
    thresholds = ("min_rows",)
    min_rows: float = 100_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield one finding for the statement."""
        root = analysis.plan.root
        rows = analysis.returned(root) or 0.0
        if rows < self.min_rows or root.node_type in {"Limit", "ModifyTable"} or self._limited(analysis):
            return
        width = root.width_bytes
        sent = () if width is None else (Evidence("estimated size", rows * width, "bytes"),)
        yield self.finding(
            f"The statement returned {rows:,.0f} rows.",
            root,
            evidence=(Evidence("rows returned", rows, "rows"), *sent),
            advice=(Advice("rewrite", "Add the LIMIT or the filter that is meant, aggregate in the database, or read by a cursor."),),
            confidence=0.3,
            because="what the client does with the rows is not known",
        )

    def _limited(self, analysis: Analysis) -> bool:
        """Return whether a LIMIT stands just below nodes that pass rows on as they are."""
        node = analysis.plan.root
        while node.node_type in {"Subquery Scan", "Result", "ProjectSet", "LockRows", "Gather", "Gather Merge"} and node.inputs():
            node = node.inputs()[0]
        return node.node_type == "Limit"
