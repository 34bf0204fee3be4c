"""Plans as indented lines that read like EXPLAIN's text form, with the nodes that the other plan lacks marked.

Hypothetical indexes bear invented names in a plan; they are shown under the name that the report recommends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.report.model import PlanLine, PlanPair
from indexadvisor.report.redact import Redactor
from indexadvisor.report.sqltext import TokenKind, tokens, visible
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
            text += f" {preposition} {self.index_name(node, relation, used)}"
        if node.relation is not None:
            text += f" on {node.relation}"
        if node.alias is not None and node.alias != node.relation:
            text += f" {node.alias}"
        subplan = node.details.get("Subplan Name")
        return f"{subplan}: {text}" if subplan else text

    def index_name(self, node: PlanNode, relation: str | None, used: frozenset[IndexDef]) -> str:
        """Return the name a reader knows: an existing index keeps its own, a proposed one gets the recommended name."""
        if node.index in self._known:
            return node.index or ""
        fitting = [index for index in used if index in self.names and (relation is None or index.table in self._tables(relation))]
        if len(fitting) > 1:
            # HypoPG's name spells the columns; a trial's does not, but its condition names the leading ones
            scores = {index: _likeness(index, node) for index in fitting}
            best = max(scores.values())
            fitting = [index for index in fitting if scores[index] == best and best > (False, 0)]
        return self.names[fitting[0]] if len(fitting) == 1 else "(a proposed index)"

    def _tables(self, relation: str) -> frozenset[TableName]:
        return self._by_relation.get(relation, frozenset())

    @cached_property
    def _by_relation(self) -> Mapping[str, frozenset[TableName]]:
        """Tables by the bare name that a plan shows; a partition stands for its root."""
        found: dict[str, set[TableName]] = {}
        for table in self.catalog.tables:
            found.setdefault(table.name.name, set()).update((table.name, self.catalog.root(table.name)))
        return {name: frozenset(tables) for name, tables in found.items()}

    @cached_property
    def _known(self) -> frozenset[str]:
        return self.existing | frozenset(self.names.values())


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


def _likeness(index: IndexDef, node: PlanNode) -> tuple[bool, int]:
    """Return how well an index fits what a node says of it: spelled in its name, and leading keys in its condition."""
    # HypoPG's name after its ``<oid>``: method, table and plain columns
    spelling = "_".join([f"{index.method}_{index.table.name}", *index.columns])
    spelled = (node.index or "").partition(">")[2] == spelling
    words = {token.text.strip('"') for token in tokens(str(node.details.get("Index Cond", "")))}
    leading = 0
    for key in index.keys:
        if not words.issuperset({token.text for token in tokens(key.text) if token.kind is TokenKind.WORD}):
            break
        leading += 1
    return spelled, leading


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
