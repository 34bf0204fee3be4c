"""Plans as indented lines that read like EXPLAIN's text form, with the nodes that the other plan lacks marked.

Hypothetical indexes bear invented names in a plan; they are shown under the name that the report recommends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.report.model import PlanLine, PlanPair
from indexadvisor.report.redact import Redactor
from indexadvisor.selection.model import QueryOutcome

_CONDITIONS = ("Index Cond", "Recheck Cond", "Order By", "Hash Cond", "Merge Cond", "Join Filter", "Filter", "One-Time Filter", "TID Cond",
               "Presorted Key", "Sort Key", "Group Key", "Cache Key", "Conflict Filter")  # fmt: skip
"""Properties shown below a node; all others are left to the plan itself."""

_STRATEGY = {"Hashed": "HashAggregate", "Sorted": "GroupAggregate", "Plain": "Aggregate", "Mixed": "MixedAggregate"}

Signature = tuple[str, str | None, str | None]
"""What makes two nodes the same to a reader: heading without figures, relation, alias."""


@dataclass(frozen=True)
class PlanText:
    """Renders plans of one report. ``names``: the recommended indexes' names."""

    catalog: Catalog
    names: Mapping[IndexDef, str]
    redact: Redactor
    existing: frozenset[str] = field(default_factory=frozenset)

    def pair(self, outcome: QueryOutcome) -> PlanPair:
        """Return both plans of a query, with changed nodes marked on either side."""
        before = tuple(self._nodes(outcome.plan_before, frozenset()))
        after = tuple(self._nodes(outcome.plan_after, outcome.used))
        seen_before, seen_after = (Counter(signature for signature, _, _ in nodes) for nodes in (before, after))
        return PlanPair(
            query_id=outcome.query_id,
            changed=seen_before != seen_after,
            before=tuple(self._lines(before, seen_after)),
            after=tuple(self._lines(after, seen_before)),
        )

    def _nodes(self, plan: Plan, used: frozenset[IndexDef]) -> Iterator[tuple[Signature, PlanNode, int]]:
        stack: list[tuple[PlanNode, str | None, int]] = [(plan.root, None, 0)]
        while stack:
            node, above, depth = stack.pop()
            relation = node.relation or above  # a Bitmap Index Scan names no table, the heap scan above it does
            yield (self._heading(node, relation, used), node.relation, node.alias), node, depth
            stack.extend((child, relation, depth + 1) for child in reversed(node.children))

    def _lines(self, nodes: tuple[tuple[Signature, PlanNode, int], ...], other: Counter[Signature]) -> Iterator[PlanLine]:
        left = Counter(other)
        for signature, node, depth in nodes:
            changed = left[signature] <= 0
            left[signature] -= 1
            figures = f"  (cost={node.startup_cost:.2f}..{node.total_cost:.2f} rows={node.rows:.0f} width={node.width_bytes})"
            yield PlanLine(signature[0] + figures, depth, heading=True, changed=changed)
            for name in _CONDITIONS:
                value = node.details.get(name)
                if value:
                    shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
                    yield PlanLine(f"{name}: {self.redact.sql(shown)}", depth, heading=False, changed=changed)

    def _heading(self, node: PlanNode, relation: str | None, used: frozenset[IndexDef]) -> str:
        text = _node_type(node)
        if node.details.get("Scan Direction") == "Backward":
            text += " Backward"
        if node.index is not None:
            preposition = "on" if node.node_type == "Bitmap Index Scan" else "using"
            text += f" {preposition} {self.index_name(node.index, relation, used)}"
        if node.relation is not None:
            text += f" on {node.relation}"
        if node.alias is not None and node.alias != node.relation:
            text += f" {node.alias}"
        subplan = node.details.get("Subplan Name")
        return f"{subplan}: {text}" if subplan else text

    def index_name(self, shown: str, relation: str | None, used: frozenset[IndexDef]) -> str:
        """Return the name a reader knows: an existing index keeps its own, a proposed one gets the recommended name."""
        if shown in self.existing or shown in self.names.values():
            return shown
        fitting = [index for index in used if index in self.names and (relation is None or self._on(index, relation))]
        if len(fitting) > 1:
            spelled = [index for index in fitting if _spelling(index) == shown.partition(">")[2][: len(_spelling(index))]]
            fitting = [max(spelled, key=lambda index: (len(_spelling(index)), str(index)))] if spelled else []
        return self.names[fitting[0]] if fitting else "(a proposed index)"

    def _on(self, index: IndexDef, relation: str) -> bool:
        tables = {self.catalog.root(table.name) for table in self.catalog.tables if table.name.name == relation}
        return index.table in (tables or {TableName(index.table.schema, relation)})


def _node_type(node: PlanNode) -> str:
    details = node.details
    text = node.node_type
    if text == "Aggregate":
        text = _STRATEGY.get(str(details.get("Strategy")), text)
    elif text == "ModifyTable":
        text = str(details.get("Operation", text))
    elif details.get("Join Type", "Inner") != "Inner":
        kind = text.removesuffix(" Join").removesuffix(" Loop")
        text = f"{text} {details['Join Type']} Join" if kind == "Nested" else f"{kind} {details['Join Type']} Join"
    if details.get("Partial Mode") in {"Partial", "Finalize"}:
        text = f"{details['Partial Mode']} {text}"
    return f"Parallel {text}" if details.get("Parallel Aware") else text


def _spelling(index: IndexDef) -> str:
    """Return how HypoPG names an index after its ``<oid>``: method, table and plain columns."""
    return "_".join([f"{index.method}_{index.table.name}", *index.columns])


def risky_limit(plan: Plan, existing: frozenset[str]) -> bool:
    """Return whether a plan reads a proposed index in order, filters row by row, and stops at a LIMIT.

    Such a plan is cheap only when matching rows are as common as the planner thinks.
    """
    stack = [(plan.root, False)]
    while stack:
        node, limited = stack.pop()
        limited = limited or node.node_type == "Limit"
        proposed = node.node_type in {"Index Scan", "Index Only Scan"} and node.index not in existing
        if limited and proposed and "Index Cond" not in node.details and "Filter" in node.details:
            return True
        # a node that reads all its input before the first row ends the LIMIT's reach
        limited = limited and node.node_type not in {"Sort", "Aggregate", "Hash", "Materialize"}
        stack.extend((child, limited) for child in node.children)
    return False
