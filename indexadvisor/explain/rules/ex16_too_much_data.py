"""EX16: very many blocks for very few rows of a result that is no aggregate."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.scans import BLOCK_BYTES, blocks, own_blocks, relation

_CONDENSING = frozenset(
    {"Aggregate", "Group", "GroupAggregate", "HashAggregate", "Unique", "WindowAgg", "SetOp", "HashSetOp", "ModifyTable", "Recursive Union"}
)


@rule
class TooMuchData(PlanRule):
    """The statement reads very many blocks for the few rows it returns.

    What it means:
        Nothing in the plan condenses rows (no aggregate, no DISTINCT), and still thousands of blocks were touched for each row of the
        result. The rows that do not matter are thrown away late.

    Example plan:
        Hash Join  (cost=2110.60..19239.66 rows=1 width=54) (actual time=214.091..214.093 rows=1.00 loops=1)
          Hash Cond: (o.customer_id = c.id)
          Buffers: shared hit=16224 read=7421

    What to do:
        Restrict the rows as early as possible: an index for the most selective condition, a condition repeated on the table that is read
        first, a partition key in WHERE. The node named touches most of the blocks.

    When it is fine:
        Aggregates, DISTINCT, window functions and data-changing statements need their input: the rule is silent for them. A search that
        rightly finds nothing still has to look.

    Where the threshold comes from:
        10,000 blocks (80 MB) in all, and 1,000 for each row returned; reading a row through an index takes about five.
    """

    code, name, severity = "EX16", "too-much-data", "info"
    needs = ("analyze", "buffers")
    explained_by = ("EX01", "EX05", "EX06", "EX04", "EX14", "EX22", "EX26", "EX53")
    thresholds = ("min_blocks", "blocks_per_row")
    min_blocks: int = 10_000
    blocks_per_row: float = 1_000.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield at most one finding, at the node that touches most blocks itself."""
        root = analysis.plan.root
        returned = analysis.returned(root)
        if root.buffers is None or returned is None or any(node.node_type in _CONDENSING for node in analysis.plan.walk()):
            return
        touched = blocks(root.buffers)
        if touched < self.min_blocks or touched < self.blocks_per_row * max(1.0, returned):
            return
        node = max(analysis.plan.walk(), key=lambda each: own_blocks(each) or 0)
        own = analysis.own_time(node)
        yield self.finding(
            f"{touched:,} blocks are touched for {returned:,.0f} rows; most of them for {relation(node)}.",
            node,
            evidence=(
                Evidence("blocks", touched, "blocks"),
                Evidence("bytes", touched * BLOCK_BYTES, "bytes"),
                Evidence("rows returned", returned, "rows"),
            ),
            advice=(
                Advice(
                    "rewrite",
                    f"Restrict {relation(node)} earlier: by an index on its most selective condition, or by a condition of its own.",
                ),
            ),
            saving_ms=None if own is None else Interval(0.0, own.high),
            confidence=0.3,
            because="the plan shows how much is read, not how it could be avoided",
        )
