"""A query plan as an immutable tree, read from EXPLAIN (FORMAT JSON)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PlanNode:
    """One node. Costs are in the planner's units, ``rows`` is the estimate per loop, ``width_bytes`` the estimated row width.

    ``details`` keeps every other property that EXPLAIN printed, under PostgreSQL's own names.
    """

    node_type: str
    startup_cost: float
    total_cost: float
    rows: float
    width_bytes: int
    relation: str | None = None
    schema: str | None = None
    alias: str | None = None
    index: str | None = None
    children: tuple[PlanNode, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def walk(self) -> Iterator[PlanNode]:
        """Yield this node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Plan:
    """A plan with its root node; ``settings`` are the non-default planner settings EXPLAIN printed.

    ``hidden_indexes``: indexes of partitions that were pruned at the start of execution (``Subplans Removed``): they count in
    the cost, but no node shows them.
    """

    root: PlanNode
    settings: Mapping[str, str] = field(default_factory=dict, compare=False)
    hidden_indexes: frozenset[str] = frozenset()

    @property
    def total_cost(self) -> float:
        """The root's total cost."""
        return self.root.total_cost

    def walk(self) -> Iterator[PlanNode]:
        """Yield every node, parents first."""
        return self.root.walk()

    def indexes(self) -> frozenset[str]:
        """Return the names of all indexes the plan uses, those of pruned partitions included."""
        return self.hidden_indexes | {node.index for node in self.walk() if node.index is not None}
