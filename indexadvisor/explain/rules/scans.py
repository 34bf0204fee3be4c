"""What the rules about scans share: which rows a scan read and kept, and what of its time an index could save."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from indexadvisor.catalog.model import Index
from indexadvisor.explain.finding import Evidence
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Buffers, PlanNode
from indexadvisor.explain.rule import Analysis

INDEX_SCANS = frozenset({"Index Scan", "Index Only Scan"})
ASSUMED_ROWS_PER_BLOCK = 100.0
BLOCK_BYTES = 8192


@dataclass(frozen=True)
class Discard:
    """Rows a scan read and threw away by its filter, over all loops and processes; ``loops`` as printed."""

    read: float
    removed: float
    loops: int

    @property
    def share(self) -> float:
        """Part of the rows read that was thrown away."""
        return self.removed / self.read if self.read else 0.0

    @property
    def kept(self) -> float:
        """Rows that passed."""
        return self.read - self.removed

    def evidence(self) -> tuple[Evidence, ...]:
        """Return the numbers for a finding."""
        return (
            Evidence("rows read", self.read, "rows"),
            Evidence("rows removed by filter", self.removed, "rows"),
            Evidence("share removed", self.share),
            Evidence("loops", self.loops),
        )


def removed_by_filter(node: PlanNode) -> float:
    """Return the rows a node's own Filter removed over all loops; rechecks and join filters are not counted."""
    return (node.amount("Rows Removed by Filter") or 0.0) * (node.actual.loops if node.actual else 0)


def discard(analysis: Analysis, node: PlanNode) -> Discard | None:
    """Return what a scan's filter threw away; None when the node was not executed or is not measured."""
    returned = analysis.returned(node)
    if returned is None or not node.executed or node.actual is None:
        return None
    removed = removed_by_filter(node)
    return Discard(read=returned + removed, removed=removed, loops=node.actual.loops)


def own_buffers(node: PlanNode) -> Buffers | None:
    """Return the blocks a node accessed without its children, None where BUFFERS was off. Never below zero."""
    if node.buffers is None:
        return None
    inner = [child.buffers for child in node.children if child.buffers is not None]
    return Buffers(*(max(0, own - sum(parts)) for own, *parts in zip(_counts(node.buffers), *map(_counts, inner), strict=True)))


def _counts(buffers: Buffers) -> tuple[int, ...]:
    return (
        *(buffers.shared_hit, buffers.shared_read, buffers.shared_dirtied, buffers.shared_written),
        *(buffers.local_hit, buffers.local_read, buffers.local_dirtied, buffers.local_written),
        *(buffers.temp_read, buffers.temp_written),
    )


def own_reads(node: PlanNode) -> int:
    """Return the shared blocks a node itself read from outside of the cache, children left out; 0 where BUFFERS was off."""
    if node.buffers is None:
        return 0
    return max(0, node.buffers.shared_read - sum(child.buffers.shared_read for child in node.children if child.buffers is not None))


def own_blocks(node: PlanNode) -> int | None:
    """Return the table and index blocks a node itself accessed, children left out, None where BUFFERS was off. Never below zero."""
    if node.buffers is None:
        return None
    return max(0, blocks(node.buffers) - sum(blocks(child.buffers) for child in node.children if child.buffers is not None))


def blocks(buffers: Buffers) -> int:
    """Return the accesses to blocks of tables and indexes, temporary files left out."""
    return buffers.shared_hit + buffers.shared_read + buffers.local_hit + buffers.local_read


def rows_per_block(node: PlanNode, read: float) -> float:
    """Return how many rows of the table a block holds, as the scan saw it; an assumption where BUFFERS was off."""
    blocks = own_blocks(node)
    return max(1.0, read / blocks) if blocks else ASSUMED_ROWS_PER_BLOCK


def index_saving(analysis: Analysis, node: PlanNode, found: Discard) -> Interval | None:
    """Return what of a sequential scan's own time an index on its filter could save.

    At most the time spent on rows that were thrown away. At least what remains when every kept row costs the visit of one block, as
    many row reads as a block holds.
    """
    own = analysis.own_time(node)
    if own is None:
        return None
    kept = 1.0 - found.share
    visits = min(1.0, kept * rows_per_block(node, found.read))
    return Interval(own.low * (1.0 - visits), own.high * (1.0 - kept))


def catalog_index(analysis: Analysis, node: PlanNode) -> Index | None:
    """Return the catalog's entry for the index a scan uses; None without a catalog or where the name is not found once."""
    if analysis.catalog is None or node.index is None:
        return None
    schema = node.schema
    named = [index for index in analysis.catalog.indexes if index.name == node.index and schema in (None, index.schema)]
    return named[0] if len(named) == 1 else None


def bitmap_indexes(node: PlanNode) -> Iterator[PlanNode]:
    """Yield the Bitmap Index Scans that feed a Bitmap Heap Scan or a BitmapAnd or BitmapOr."""
    for child in node.children:
        if child.node_type == "Bitmap Index Scan":
            yield child
        elif child.node_type in {"BitmapAnd", "BitmapOr"}:
            yield from bitmap_indexes(child)


def heap_scan(analysis: Analysis, node: PlanNode) -> PlanNode:
    """Return the Bitmap Heap Scan that an index scan or a combination of bitmaps feeds; the node itself where it feeds none."""
    if node.node_type not in {"Bitmap Index Scan", "BitmapAnd", "BitmapOr"}:
        return node
    return next((above for above in analysis.plan.ancestors(node) if above.node_type == "Bitmap Heap Scan"), node)


def under_limit(analysis: Analysis, node: PlanNode) -> PlanNode | None:
    """Return the Limit that can stop a scan early: reached through nodes that pass rows on as they come."""
    passing = {
        "Gather",
        "Gather Merge",
        "Subquery Scan",
        "Result",
        "Append",
        "Merge Append",
        "LockRows",
        "Nested Loop",
        "ProjectSet",
        "Unique",
        "Memoize",
    }
    for ancestor in analysis.plan.ancestors(node):
        if ancestor.node_type == "Limit":
            return ancestor
        if ancestor.node_type not in passing:
            return None
    return None


def relation(node: PlanNode) -> str:
    """Return how a message names the table a node reads."""
    name = node.relation or node.text("Function Name") or node.text("CTE Name") or node.node_type
    return f"{name} {node.alias}" if node.alias and node.alias != name else name
