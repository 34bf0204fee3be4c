"""EXPLAIN (FORMAT JSON) output into a Plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from indexadvisor.errors import StatementFailed
from indexadvisor.explain.plan import Plan, PlanNode

_OWN_FIELDS = frozenset({"Node Type", "Startup Cost", "Total Cost", "Plan Rows", "Plan Width", "Relation Name", "Schema", "Alias",
                         "Index Name", "Plans"})  # fmt: skip


def from_json(document: str | list[Any]) -> Plan:
    """Read one plan from EXPLAIN (FORMAT JSON) output, decoded or as text.

    Raises StatementFailed when the document is not the plan of one statement.

    >>> from_json('[{"Plan": {"Node Type": "Result", "Total Cost": 0.01}}]').root.node_type
    'Result'
    """
    try:
        decoded = json.loads(document) if isinstance(document, str) else document
        outer = decoded[0]
        return Plan(_node(outer["Plan"]), settings=outer.get("Settings", {}))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise StatementFailed(f"not the JSON output of EXPLAIN: {error!r}") from error


def _node(node: Mapping[str, Any]) -> PlanNode:
    return PlanNode(
        node_type=node["Node Type"],
        startup_cost=float(node.get("Startup Cost", 0.0)),
        total_cost=float(node.get("Total Cost", 0.0)),
        rows=float(node.get("Plan Rows", 0)),
        width_bytes=int(node.get("Plan Width", 0)),
        relation=node.get("Relation Name"),
        schema=node.get("Schema"),
        alias=node.get("Alias"),
        index=node.get("Index Name"),
        children=tuple(_node(child) for child in node.get("Plans", ())),
        details={name: value for name, value in node.items() if name not in _OWN_FIELDS},
    )
