"""What makes two plans the same plan: methods, relations and indexes, without figures, in a form that does not change between versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from indexadvisor.explain.plan import Plan, PlanNode

SCANS = frozenset({
    "Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Tid Scan", "Tid Range Scan", "Sample Scan", "Foreign Scan",
    "Custom Scan", "CTE Scan", "WorkTable Scan", "Function Scan", "Table Function Scan", "Values Scan", "Named Tuplestore Scan",
    "Subquery Scan",
})  # fmt: skip
JOINS = frozenset({"Nested Loop", "Hash Join", "Merge Join"})
APPENDS = frozenset({"Append", "Merge Append"})

_STRATEGY = {"Hashed": "HashAggregate", "Sorted": "GroupAggregate", "Plain": "Aggregate", "Mixed": "MixedAggregate"}
_SET_OPERATION = {"Hashed": "HashSetOp", "Sorted": "SetOp"}


def label(node: PlanNode) -> str:
    """Return the node's method as EXPLAIN's text form names it.

    >>> label(PlanNode("Aggregate", details={"Strategy": "Hashed", "Partial Mode": "Partial"}))
    'Partial HashAggregate'
    """
    text = node.node_type
    if text == "Aggregate":
        text = _STRATEGY.get(node.text("Strategy") or "", text)
    elif text == "SetOp":
        text = f"{_SET_OPERATION.get(node.text('Strategy') or '', text)} {node.text('Command') or ''}".rstrip()
    elif text == "ModifyTable":
        text = node.text("Operation") or text
    elif text in JOINS and (kind := node.text("Join Type")) not in (None, "Inner"):
        text = f"{text} {kind} Join" if text == "Nested Loop" else f"{text.removesuffix(' Join')} {kind} Join"
    if (mode := node.text("Partial Mode")) in {"Partial", "Finalize"}:
        text = f"{mode} {text}"
    if node.text("Scan Direction") == "Backward":
        text += " Backward"
    return f"Parallel {text}" if node.details.get("Parallel Aware") else text


def shape(plan: Plan) -> str:
    """Return 16 hexadecimal digits that two plans share if they read the same relations by the same methods in the same order.

    Partitions that are read alike count once, so that a new partition is not a new shape.
    """
    return hashlib.sha256(json.dumps(_outline(plan.root), ensure_ascii=True).encode()).hexdigest()[:16]


def _outline(root: PlanNode) -> Any:
    """Return nested lists of method, relation, index and inputs; worked out from the leaves up, without recursion."""
    done: dict[int, Any] = {}
    for node in reversed(tuple(root.walk())):
        below = [[_role(child), done[id(child)]] for child in node.children]
        if node.node_type in APPENDS:
            below = [key for key, _ in groupby(below, key=_without_partition)]
        done[id(node)] = [label(node), node.relation, node.index, below]
    return done[id(root)]


def _role(child: PlanNode) -> str | None:
    if child.subplan_name is not None:
        # "InitPlan 1 (returns $0)" before 17 is "InitPlan 1" since; the name of a CTE is part of what is read
        return child.subplan_name.split(" (returns")[0]
    return child.relationship if child.relationship == "Inner" else None


def _without_partition(part: Any) -> Any:
    """Return an Append's member with the names of its one relation and index left out; larger members stay as they are."""
    role, (method, relation, index, below) = part
    if not below:
        return [role, [method, relation is not None, index is not None]]
    only = below[0][1] if len(below) == 1 and not below[0][1][3] else None
    return [role, [method, relation is not None, only[0]]] if only is not None else [role, [method, relation, index, below]]


def aliases(plan: Plan) -> Mapping[int, frozenset[str]]:
    """Return the names under which relations are read at or below each node, by the node's number."""
    found: dict[int, frozenset[str]] = {}
    for node in reversed(tuple(plan.walk())):
        names = frozenset().union(*(found[child.number] for child in node.children))
        name = scan_name(node) if node.node_type in SCANS else None
        found[node.number] = names if name is None else names | {name}
    return found


def scan_name(node: PlanNode) -> str | None:
    """Return the alias of what a scan reads, else the name of its relation, CTE or function."""
    return node.alias or node.relation or node.text("CTE Name") or node.text("Function Name") or node.text("Tuplestore Name")
