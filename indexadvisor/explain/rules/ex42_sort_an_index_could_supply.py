"""EX42: a sort of one table's rows that an index could have supplied in order."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.conditions import parse_sort_key
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import part_of
from indexadvisor.explain.rules.scans import relation
from indexadvisor.explain.rules.terms import own_names, plain_column

_THROUGH = frozenset({"Gather", "Gather Merge"})


@rule
class SortAnIndexCouldSupply(PlanRule):
    """All rows of a scan are sorted for the first few of them, where an index on the sort key would give them in order.

    What it means:
        The statement wants the first rows by some columns of one table. Without an index in that order every row is read and compared;
        with one, the scan stops after the rows wanted.

    Example plan:
        Limit  (cost=18591.02..18591.04 rows=10 width=81) (actual time=188.497..188.500 rows=10.00 loops=1)
          ->  Sort  (cost=18591.02..19591.27 rows=400100 width=81) (actual time=188.494..188.496 rows=10.00 loops=1)
                Sort Key: amount
                Sort Method: top-N heapsort  Memory: 26kB
                ->  Seq Scan on orders  (cost=0.00..9945.00 rows=400100 width=81) (actual time=2.257..138.960 rows=400100.00 loops=1)

    What to do:
        Create a B-tree index whose keys are the columns compared by equality in the filter, then the sort key with its directions.

    When it is fine:
        The rows are few, or all of them are wanted: then sorting costs less than visiting the table in the index's order. The rule speaks
        only under a LIMIT, and only where the sort key is made of columns of the one table below it. Where a filter keeps few rows, an
        index in the order of the sort alone can be a trap (EX06).

    Where the threshold comes from:
        A hundred times more rows sorted than wanted, and 10,000 of them: a smaller sort is done in some milliseconds.
    """

    code, name, severity = "EX42", "sort-an-index-could-supply", "info"
    thresholds = ("rows_per_row_wanted", "min_rows")
    rows_per_row_wanted: float = 100.0
    min_rows: float = 10_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield sorts directly below a LIMIT and directly above a scan."""
        for node in analysis.plan.walk():
            limit = analysis.plan.parents.get(node.number)
            scan = self._scan(node)
            if node.node_type != "Sort" or limit is None or limit.node_type != "Limit" or scan is None:
                continue
            columns = self._columns(node, scan)
            given = analysis.returned(scan) if node.executed else scan.rows
            wanted = analysis.returned(limit) if node.executed else limit.rows
            if not columns or given is None or wanted is None or given < max(self.min_rows, self.rows_per_row_wanted * wanted):
                continue
            keys = ", ".join(node.texts("Sort Key"))
            first = "" if scan.text("Filter") is None else "; columns that the filter compares by equality go before them"
            text = f"A B-tree index on {relation(scan)} ({', '.join(columns)}) gives the rows in order{first}."
            yield self.finding(
                f"{given:,.0f} rows of {relation(scan)} are sorted by {keys} to find the first {wanted:,.0f}.",
                node,
                evidence=(Evidence("rows sorted", given, "rows"), Evidence("rows wanted", wanted, "rows")),
                advice=(Advice("index", text, columns=columns),),
                saving_ms=part_of(analysis.time_below(node), 1.0),
                confidence=0.4 if first else 0.7,
                because="how soon the filter finds its rows is not known" if first else "no filter removes rows on the way",
            )

    def _scan(self, node: PlanNode) -> PlanNode | None:
        below = node.inputs()
        while len(below) == 1 and below[0].node_type in _THROUGH:
            below = below[0].inputs()
        return below[0] if len(below) == 1 and below[0].relation is not None and not below[0].inputs() else None

    def _columns(self, node: PlanNode, scan: PlanNode) -> tuple[str, ...]:
        """Return the sort key as columns of the scanned table, empty where it is anything else."""
        own = own_names(scan)
        found = [plain_column(parse_sort_key(key)[0].text, own) for key in node.texts("Sort Key")]
        return tuple(name for name in found if name is not None) if None not in found else ()
