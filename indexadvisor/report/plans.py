"""Plans as indented lines that read like EXPLAIN's text form, with the nodes that the other plan lacks marked.

Hypothetical indexes bear invented names in a plan; they are shown under the name that the report recommends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from indexadvisor.catalog.model import IndexDef
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.report.model import PlanLine, PlanPair
from indexadvisor.report.redact import Redactor
from indexadvisor.report.sqltext import visible
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

    names: Mapping[IndexDef, str]
    redact: Redactor

    def pair(self, outcome: QueryOutcome) -> PlanPair:
        """Return both plans of a query, with changed nodes marked on either side."""
        before = tuple(self._nodes(outcome.plan_before, {}))
        after = tuple(self._nodes(outcome.plan_after, outcome.index_names))
        seen_before, seen_after = (Counter(signature for signature, _, _ in nodes) for nodes in (before, after))
        return PlanPair(
            query_id=outcome.query_id,
            changed=seen_before != seen_after,
            before=tuple(self._lines(before, seen_after)),
            after=tuple(self._lines(after, seen_before)),
        )

    def _nodes(self, plan: Plan, proposed: Mapping[str, IndexDef]) -> Iterator[tuple[Signature, PlanNode, int]]:
        stack: list[tuple[PlanNode, int]] = [(plan.root, 0)]
        while stack:
            node, depth = stack.pop()
            yield (self._heading(node, proposed), node.relation, node.alias), node, depth
            stack.extend((child, depth + 1) for child in reversed(node.children))

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

    def _heading(self, node: PlanNode, proposed: Mapping[str, IndexDef]) -> str:
        text = _node_type(node)
        if node.details.get("Scan Direction") == "Backward":
            text += " Backward"
        if node.index is not None:
            preposition = "on" if node.node_type == "Bitmap Index Scan" else "using"
            text += f" {preposition} {self._index_name(node.index, proposed)}"
        if node.relation is not None:
            text += f" on {node.relation}"
        if node.alias is not None and node.alias != node.relation:
            text += f" {node.alias}"
        subplan = node.details.get("Subplan Name")
        return f"{subplan}: {text}" if subplan else text

    def _index_name(self, name: str, proposed: Mapping[str, IndexDef]) -> str:
        """Return the name a reader knows: an existing index keeps its own, a proposed one gets the recommended name."""
        index = proposed.get(name)
        return name if index is None else self.names.get(index, "(a proposed index)")


def indented(line: PlanLine) -> str:
    """Return a line as EXPLAIN's text form indents it, an asterisk in front where the other plan lacks the node."""
    arrow = "->  " if line.heading and line.depth else "    " if line.depth else ""
    condition = "" if line.heading else "  "
    margin = "  " + "      " * (line.depth - 1) if line.depth else ""
    return f"{'*' if line.changed else ' '} {margin}{arrow}{condition}{visible(line.text)}"


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
