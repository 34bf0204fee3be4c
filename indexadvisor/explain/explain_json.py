"""A plan as JSON for other programs: everything the model holds, with a schema number, keys always in the same order.

Version history of the schema: 1, the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from indexadvisor.explain.plan import Plan, PlanNode

SCHEMA_VERSION = 1


def to_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as values that ``json.dumps`` takes: names of fields as in the model, None where something was not printed.

    ``nodes`` is the tree as a list, parents first; each node has its ``number`` and that of its ``parent`` (None for the root).
    Details keep PostgreSQL's names, in the order of their names.

    >>> from indexadvisor.explain.plan import Plan, PlanNode
    >>> document = to_json(Plan(PlanNode("Limit", children=(PlanNode("Result", number=1),))))
    >>> [(node["node_type"], node["parent"]) for node in document["nodes"]]
    [('Limit', None), ('Result', 0)]
    """
    parents = {child.number: node.number for node in plan.walk() for child in node.children}
    return {
        "schema_version": SCHEMA_VERSION,
        "source_format": plan.source_format,
        "line": plan.line,
        "truncated": plan.truncated,
        "query_text": plan.query_text,
        "query_parameters": plan.query_parameters,
        "query_identifier": plan.query_identifier,
        "execution_ms": plan.execution_ms,
        "planning": _value(plan.planning),
        "settings": _value(plan.settings),
        "triggers": _value(plan.triggers),
        "jit": _value(plan.jit),
        "serialization": _value(plan.serialization),
        "hidden_indexes": sorted(plan.hidden_indexes),
        "details": _value(plan.details),
        "unread": _value(plan.unread),
        "nodes": [_node(node, parents.get(node.number)) for node in plan.walk()],
    }


def _node(node: PlanNode, parent: int | None) -> dict[str, Any]:
    document: dict[str, Any] = {"number": node.number, "parent": parent}
    for each in fields(node):
        if each.name not in ("number", "children", "details"):
            document[each.name] = _value(getattr(node, each.name))
    document["details"] = _value(node.details)
    return document


def _value(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _value(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _value(value[name]) for name in sorted(value, key=str)}
    if isinstance(value, (list, tuple)):
        return [_value(each) for each in value]
    if isinstance(value, float) and not isfinite(value):
        return str(value)  # JSON has no such number
    return value
