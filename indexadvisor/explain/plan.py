"""A query plan as an immutable tree: what EXPLAIN printed, in any format of any version, under PostgreSQL's own names.

Numbers stand as printed: times and rows of a node are averages per loop, buffers and WAL are totals that include the children
(src/backend/commands/explain.c). ``explain.timing`` and ``explain.rows`` say what they mean for the statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

_MAX_AMOUNT = 1 << 64


@dataclass(frozen=True)
class Actual:
    """What was measured, per loop. Times are None with TIMING OFF.

    ``rows_decimals``: digits printed after the point (0 before 18, 2 from 18; 0 where never executed).
    ``loops`` counts every process; 0 means never executed, and the other numbers then mean nothing.
    """

    rows: float
    loops: int
    startup_ms: float | None = None
    total_ms: float | None = None
    rows_decimals: int = 0


@dataclass(frozen=True)
class Buffers:
    """Accesses to blocks, all loops and children together; a block read twice counts twice."""

    shared_hit: int = 0
    shared_read: int = 0
    shared_dirtied: int = 0
    shared_written: int = 0
    local_hit: int = 0
    local_read: int = 0
    local_dirtied: int = 0
    local_written: int = 0
    temp_read: int = 0
    temp_written: int = 0


@dataclass(frozen=True)
class IoTimes:
    """Milliseconds spent in reads and writes, summed over processes. Before 17 local blocks are counted with the shared ones."""

    shared_read_ms: float = 0.0
    shared_write_ms: float = 0.0
    local_read_ms: float = 0.0
    local_write_ms: float = 0.0
    temp_read_ms: float = 0.0
    temp_write_ms: float = 0.0


@dataclass(frozen=True)
class Wal:
    """Write-ahead log written: records, full-page images, bytes; ``buffers_full`` from 18."""

    records: int = 0
    full_page_images: int = 0
    size_bytes: int = 0
    buffers_full: int = 0


@dataclass(frozen=True)
class Worker:
    """One parallel worker's part of a node (VERBOSE). ``details`` holds what else was printed for it (sort method, ...)."""

    number: int
    actual: Actual | None = None
    buffers: Buffers | None = None
    io: IoTimes | None = None
    wal: Wal | None = None
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class PlanNode:
    """One node. Costs are in the planner's units, ``rows`` is the estimate per loop, ``width_bytes`` that of a row; None with COSTS OFF.

    ``node_type`` is the name of the JSON format (``Aggregate``, ``ModifyTable``), whatever format was read. ``number``: position in the
    plan, parents first, from 0. ``relationship``: ``Outer``, ``Inner``, ``Member``, ``Subquery``, ``InitPlan``, ``SubPlan`` (``child``,
    ``children`` below a Custom Scan), None for the root; kept in ``details`` too, as is ``subplan_name``: ``CTE x``,
    ``InitPlan 1 (returns $0)``, ``SubPlan 2``. ``actual``, ``buffers``, ``io``, ``wal`` are None where they were not printed.
    ``details`` keeps every other property under PostgreSQL's JSON names with JSON's types, in every format.
    """

    node_type: str
    startup_cost: float | None = None
    total_cost: float | None = None
    rows: float | None = None
    width_bytes: int | None = None
    relation: str | None = None
    schema: str | None = None
    alias: str | None = None
    index: str | None = None
    children: tuple[PlanNode, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)
    number: int = 0
    relationship: str | None = None
    subplan_name: str | None = None
    actual: Actual | None = None
    buffers: Buffers | None = None
    io: IoTimes | None = None
    wal: Wal | None = None
    workers: tuple[Worker, ...] = ()

    def walk(self) -> Iterator[PlanNode]:
        """Yield this node and all below it, parents first."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def amount(self, name: str) -> float | None:
        """Return a detail as a number, None where it was not printed or is none.

        >>> PlanNode("Sort", details={"Sort Space Used": 25}).amount("Sort Space Used")
        25.0
        """
        value = self.details.get(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return None
        # PostgreSQL prints none that is larger, and what is no number at all is not within
        return float(value) if -_MAX_AMOUNT <= value <= _MAX_AMOUNT else None

    def text(self, name: str) -> str | None:
        """Return a detail that is a string (``Filter``, ``Strategy``), None where it was not printed."""
        value = self.details.get(name)
        return value if isinstance(value, str) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a detail that is a list of strings (``Sort Key``, ``Output``), empty where it was not printed."""
        value = self.details.get(name)
        return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()

    @property
    def executed(self) -> bool | None:
        """Whether the node ran at least once; None without ANALYZE."""
        return None if self.actual is None else self.actual.loops > 0

    def inputs(self) -> tuple[PlanNode, ...]:
        """Return the children that feed rows to this node; InitPlans, SubPlans and CTEs are evaluated in expressions instead."""
        return tuple(child for child in self.children if child.relationship not in {"InitPlan", "SubPlan"})


@dataclass(frozen=True)
class Planning:
    """What planning took; None where it was not printed. Memory from 17 (MEMORY)."""

    time_ms: float | None = None
    buffers: Buffers | None = None
    io: IoTimes | None = None
    memory_used_bytes: int | None = None
    memory_allocated_bytes: int | None = None


@dataclass(frozen=True)
class Trigger:
    """One trigger's calls; ``constraint`` names the constraint behind an internal one. ``time_ms`` is None with TIMING OFF."""

    name: str
    calls: int
    time_ms: float | None = None
    relation: str | None = None
    constraint: str | None = None


@dataclass(frozen=True)
class Jit:
    """Just-in-time compilation: functions compiled and milliseconds; ``options`` tells which steps were on (``Inlining``, ...).

    ``deform_ms`` (from 17) is a part of ``generation_ms``.
    """

    functions: int
    options: Mapping[str, bool] = field(default_factory=dict)
    generation_ms: float | None = None
    inlining_ms: float | None = None
    optimization_ms: float | None = None
    emission_ms: float | None = None
    total_ms: float | None = None
    deform_ms: float | None = None


@dataclass(frozen=True)
class Serialization:
    """What turning the result into wire format took (SERIALIZE, from 17)."""

    output_bytes: int
    time_ms: float | None = None
    output_format: str | None = None
    buffers: Buffers | None = None
    io: IoTimes | None = None


@dataclass(frozen=True)
class Unread:
    """A piece of the input that was not understood: kept and shown. Lines and columns count from 1."""

    line: int
    column: int
    text: str
    expected: str


@dataclass(frozen=True)
class Plan:
    """A plan with its root node; ``settings`` are the non-default planner settings EXPLAIN printed.

    ``hidden_indexes``: indexes of partitions that were pruned at the start of execution (``Subplans Removed``): they count in
    the cost, but no node shows them. ``execution_ms``: Execution Time (Total Runtime of old; the duration where auto_explain logged it).
    ``query_text`` and ``query_parameters`` come from auto_explain. ``truncated`` says what is missing of an input that was cut off, None
    for a whole one. ``details`` keeps every other property of the statement. ``line``: where in the input the plan begins.
    """

    root: PlanNode
    settings: Mapping[str, str] = field(default_factory=dict, compare=False)
    hidden_indexes: frozenset[str] = frozenset()
    planning: Planning | None = None
    execution_ms: float | None = None
    triggers: tuple[Trigger, ...] = ()
    jit: Jit | None = None
    serialization: Serialization | None = None
    query_text: str | None = None
    query_parameters: str | None = None
    query_identifier: int | None = None
    source_format: str = "json"
    unread: tuple[Unread, ...] = ()
    truncated: str | None = None
    line: int = 1
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def total_cost(self) -> float:
        """The root's total cost; raises ValueError for a plan read with COSTS OFF."""
        if self.root.total_cost is None:
            raise ValueError("the plan was printed without costs")
        return self.root.total_cost

    @property
    def analyzed(self) -> bool:
        """Whether the plan carries what was measured (ANALYZE)."""
        return self.root.actual is not None

    @property
    def timed(self) -> bool:
        """Whether the nodes carry times (ANALYZE without TIMING OFF)."""
        return any(node.actual is not None and node.actual.total_ms is not None for node in self.walk())

    def walk(self) -> Iterator[PlanNode]:
        """Yield every node, parents first."""
        return self.root.walk()

    @cached_property
    def nodes(self) -> Mapping[int, PlanNode]:
        """Every node by its number."""
        return {node.number: node for node in self.walk()}

    @cached_property
    def parents(self) -> Mapping[int, PlanNode]:
        """Each node's parent by the node's number; the root has none."""
        return {child.number: node for node in self.walk() for child in node.children}

    def ancestors(self, node: PlanNode) -> Iterator[PlanNode]:
        """Yield the node's parent, its parent, up to the root."""
        while (parent := self.parents.get(node.number)) is not None:
            yield parent
            node = parent

    def indexes(self) -> frozenset[str]:
        """Return the names of all indexes the plan uses, those of pruned partitions included."""
        return self.hidden_indexes | {node.index for node in self.walk() if node.index is not None}


def numbered(root: PlanNode) -> PlanNode:
    """Return the tree with its nodes numbered from 0, parents first.

    >>> [node.number for node in numbered(PlanNode("Limit", children=(PlanNode("Sort"), PlanNode("Result")))).walk()]
    [0, 1, 2]
    """
    count = iter(range(1 << 62))

    def visit(node: PlanNode) -> PlanNode:
        number = next(count)
        return replace(node, number=number, children=tuple(visit(child) for child in node.children))

    return visit(root)
