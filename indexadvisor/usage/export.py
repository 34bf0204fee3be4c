"""The usage graph as a networkx graph, GraphML, JSON, and the tables it is densest around.

Nodes are ``query:ID``, ``table:NAME`` and ``column:TABLE.NAME``; a query is joined to each table it names once per occurrence, and
to each column once per use; a column belongs to its table; join partners are joined to one another. Attributes are scalars, as
GraphML needs: unknown or empty ones are left out. ``weight`` is the calls of the query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indexadvisor.usage.model import ColumnUse, RelationUse, UsageGraph, UseKind

if TYPE_CHECKING:
    import networkx as nx

    from indexadvisor.workload.model import Workload

JSON_VERSION = 1


def to_networkx(usage: UsageGraph, workload: Workload | None = None) -> nx.MultiDiGraph[str]:
    """Return the graph; with a workload, queries carry their kind, times and normalised text as well."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for query_id, calls in usage.calls.items():
        graph.add_node(f"query:{query_id}", type="query", label=query_id, calls=calls, **_of_workload(query_id, workload))
    for relation in usage.relations:
        query, table = f"query:{relation.query_id}", f"table:{relation.table}"
        weight = usage.calls.get(relation.query_id, 0)
        graph.add_node(query, type="query", label=relation.query_id)
        graph.add_node(table, type="table", label=str(relation.table), schema=relation.table.schema)
        graph.add_edge(query, table, type="occurrence", weight=weight, **_of_relation(relation))
        for use in relation.uses:
            _add_use(graph, relation, use, weight)
    return graph


def _of_workload(query_id: str, workload: Workload | None) -> dict[str, Any]:
    group = workload.group(query_id) if workload is not None else None
    if group is None:
        return {}
    given = {
        "statement": str(group.kind),
        "text": group.normalized,
        "total_ms": group.total_ms,
        "mean_ms": group.mean_ms,
        "p95_ms": group.p95_ms,
    }
    return {name: _printable(value) if isinstance(value, str) else value for name, value in given.items() if value is not None}


def _add_use(graph: nx.MultiDiGraph[str], relation: RelationUse, use: ColumnUse, weight: int) -> None:
    table, query = f"table:{relation.table}", f"query:{relation.query_id}"
    for column in use.columns:
        node = f"column:{relation.table}.{column}"
        if node not in graph:
            graph.add_node(node, type="column", label=column, table=str(relation.table))
            graph.add_edge(node, table, type="belongs to", weight=0)
        graph.add_edge(query, node, type=str(use.kind), weight=weight, alias=relation.alias, level=relation.level, **_scalars(use))
    if use.partner is not None:
        other = f"column:{use.partner.table}.{use.partner.column}"
        if other not in graph:
            graph.add_node(other, type="column", label=use.partner.column, table=str(use.partner.table))
            graph.add_edge(other, f"table:{use.partner.table}", type="belongs to", weight=0)
            graph.add_node(f"table:{use.partner.table}", type="table", label=str(use.partner.table), schema=use.partner.table.schema)
        graph.add_edge(
            f"column:{relation.table}.{use.column}",
            other,
            type="joined with",
            weight=weight,
            query=relation.query_id,
            operator=use.operator,
        )


def _of_relation(relation: RelationUse) -> dict[str, Any]:
    flags = ("ordered_alone", "limited", "outputs_all", "target", "deletes")
    return {"alias": relation.alias, "level": relation.level} | {name: True for name in flags if getattr(relation, name)}


def _scalars(use: ColumnUse) -> dict[str, Any]:
    """Return what a use says beyond its defaults."""
    positioned = use.row_comparison is not None or use.kind in {UseKind.ORDER, UseKind.GROUP, UseKind.DISTINCT, UseKind.DISTANCE}
    found: dict[str, Any] = {
        "expression": use.expression,
        "operator": use.operator or None,
        "partner": f"{use.partner.alias}.{use.partner.column}" if use.partner is not None else None,
        "descending": use.descending or None,
        "nulls_first": use.nulls_first or None,
        "position": use.position if positioned else None,
        "predicate": use.predicate,
        "from_parameter": use.from_parameter or None,
        "branch": ".".join(map(str, use.branch)) or None,
        "origin": use.origin,
        "row_comparison": use.row_comparison,
    }
    return {name: _printable(value) if isinstance(value, str) else value for name, value in found.items() if value is not None}


def _printable(text: str) -> str:
    """Drop the control characters that XML cannot hold."""
    return "".join(
        character if character in "\t\n\r" or (character >= " " and not "\ud800" <= character <= "\udfff") else " " for character in text
    )


def to_graphml(usage: UsageGraph, workload: Workload | None = None) -> str:
    """Return the graph as a GraphML document (opens in yEd, Gephi, Cytoscape)."""
    import networkx as nx

    return "\n".join(nx.generate_graphml(to_networkx(usage, workload))) + "\n"


def to_json(usage: UsageGraph) -> str:
    """Return the uses as a JSON document: one object per occurrence, in order, defaults left out."""
    import json

    document = {
        "version": JSON_VERSION,
        "calls": dict(usage.calls),
        "relations": [
            {"query": relation.query_id, "table": {"schema": relation.table.schema, "name": relation.table.name}}
            | _of_relation(relation)
            | {"uses": [{"kind": str(use.kind), "columns": list(use.columns)} | _scalars(use) for use in relation.uses]}
            for relation in usage.relations
        ],
        "skipped": [{"subject": each.subject, "reason": each.reason} for each in usage.skipped],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
