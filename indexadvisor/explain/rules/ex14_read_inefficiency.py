"""EX14: a scan reads many more blocks than its rows should need."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.model import Table
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.scans import BLOCK_BYTES, INDEX_SCANS, discard, own_blocks, relation

_TUPLE_OVERHEAD_BYTES = 28  # heap tuple header of 23 bytes, aligned, and its line pointer of 4
_BLOCKS_PER_SEARCH = 5.0  # levels of a large B-tree, root to leaf
_BLOCKS_PER_ROW = 1.5  # a row's page, and now and then another leaf


@rule
class ReadInefficiency(PlanRule):
    """A scan touches many more blocks than its rows should need.

    What it means:
        For a sequential scan, hardly any rows are found per block: the table holds mostly dead space (bloat), or its rows are very wide.
        For an index scan, several blocks are touched per row: the index is bloated or holds many entries of dead rows.

    Example plan:
        Seq Scan on wide  (cost=0.00..3346.50 rows=1000 width=4) (actual time=0.016..4.713 rows=1000 loops=1)
          Filter: (id > 0)
          Buffers: shared hit=3334

    What to do:
        Measure with pgstattuple. VACUUM stops bloat from growing but seldom gives space back: pg_repack, VACUUM FULL (which locks the
        table) or REINDEX CONCURRENTLY for an index do. Then find out why VACUUM lagged: long transactions, unused replication slots, too
        cautious autovacuum settings.

    When it is fine:
        Rows really are that wide. The table was filled and emptied moments ago. Rows in other places than the index's order cost a block
        each: that much is counted as normal here.

    Where the threshold comes from:
        With a catalog, a block should hold 8 kB / (average row + 28 bytes) rows, and ``factor`` says how many times fewer is too few.
        Without one, the width of the row is unknown and only less than one row in two blocks is reported. An index search is granted 5
        blocks and each row 1.5. Scans of less than 1,000 blocks (8 MB) are left alone.
    """

    code, name, severity = "EX14", "read-inefficiency", "info"
    needs = ("analyze", "buffers")
    thresholds = ("factor", "min_blocks", "rows_per_block_unknown_width")
    factor: float = 4.0
    min_blocks: int = 1_000
    rows_per_block_unknown_width: float = 0.5

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield scans with too many blocks for their rows."""
        for node in analysis.plan.walk():
            blocks, found = own_blocks(node), discard(analysis, node)
            if blocks is None or found is None or blocks < self.min_blocks:
                continue
            expected = self._expected_blocks(analysis, node, found.read)
            if expected is None or blocks < self.factor * expected:
                continue
            own = analysis.own_time(node)
            yield self.finding(
                f"The scan of {relation(node)} touches {blocks:,} blocks for {found.read:,.0f} rows, where some {expected:,.0f} would do.",
                node,
                evidence=(
                    Evidence("blocks", blocks, "blocks"),
                    Evidence("rows read", found.read, "rows"),
                    Evidence("blocks expected", expected, "blocks"),
                ),
                advice=(
                    Advice(
                        "vacuum",
                        f"Measure {node.index or node.relation} with pgstattuple; rebuild it if bloated, and let autovacuum run sooner.",
                    ),
                ),
                saving_ms=None if own is None else Interval(0.0, own.high * (1.0 - expected / blocks)),
                confidence=0.4,
                because="bloat is inferred from blocks per row, not measured",
            )

    def _expected_blocks(self, analysis: Analysis, node: PlanNode, rows: float) -> float | None:
        """Return the blocks that such a scan should need, None for scans that are not judged."""
        if node.node_type in INDEX_SCANS:
            searches = max(node.amount("Index Searches") or 0.0, float(node.actual.loops if node.actual else 1))
            removed = node.amount("Rows Removed by Index Recheck") or 0.0
            return _BLOCKS_PER_SEARCH * searches + _BLOCKS_PER_ROW * (rows + removed + (node.amount("Heap Fetches") or 0.0))
        if node.node_type != "Seq Scan":
            return None
        width = self._row_bytes(analysis.table(node))
        if width is not None:
            return max(1.0, rows * width / BLOCK_BYTES)
        # without the rows' width only a nearly empty table is sure: scaled so that the factor applies to it
        return max(1.0, rows / self.rows_per_block_unknown_width / self.factor)

    def _row_bytes(self, table: Table | None) -> float | None:
        """Return a row's average size from the statistics, with its header, at the table's fill factor."""
        if table is None or any(column.statistics is None for column in table.columns):
            return None
        width = sum(column.statistics.average_width_bytes for column in table.columns if column.statistics is not None)
        return (width + _TUPLE_OVERHEAD_BYTES) / (table.fillfactor / 100)
