"""The usage graph as networkx, GraphML and JSON."""

from __future__ import annotations

import io
import json

import networkx as nx
import pytest

from indexadvisor.usage.export import to_graphml, to_json, to_networkx
from indexadvisor.usage.graph import usage_graph
from tests.fakes.schema import catalog_from_sql, workload_from_sql

SCHEMA = """
CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, note text, placed_at timestamptz);
"""
QUERIES = """
-- query id=hot calls=100
SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id WHERE lower(u.email) = $1 ORDER BY o.placed_at DESC;
-- query id=odd calls=3
SELECT id FROM orders WHERE note = '<script>\x07 & "x" é'
-- query id=lost calls=1
SELECT id FROM nowhere
"""


@pytest.fixture
def workload():
    return workload_from_sql(QUERIES)


@pytest.fixture
def usage(workload):
    return usage_graph(workload, catalog_from_sql(SCHEMA))


def test_the_graph_joins_queries_tables_and_columns(usage, workload):
    graph = to_networkx(usage, workload)
    assert graph.nodes["query:hot"]["calls"] == 100
    assert graph.nodes["query:hot"]["statement"] == "select"
    edges = [data for _, _, data in graph.out_edges("query:hot", data=True)]
    assert {data["weight"] for data in edges} == {100}
    (email,) = graph.get_edge_data("query:hot", "column:users.email").values()
    assert (email["type"], email["expression"], email["operator"]) == ("equality", "lower(email)", "=")
    joined = {(one, other) for one, other, data in graph.edges(data=True) if data["type"] == "joined with"}
    assert joined == {("column:orders.user_id", "column:users.id"), ("column:users.id", "column:orders.user_id")}
    (order,) = (data for data in graph.get_edge_data("query:hot", "column:orders.placed_at").values() if data["type"] == "order")
    assert (order["position"], order["descending"], order["nulls_first"]) == (0, True, True)


def test_graphml_reads_back_the_same(usage, workload):
    graph = to_networkx(usage, workload)
    read = nx.read_graphml(io.BytesIO(to_graphml(usage, workload).encode()), force_multigraph=True)
    assert dict(read.nodes(data=True)) == dict(graph.nodes(data=True))
    assert sorted(map(repr, read.edges(data=True))) == sorted(map(repr, graph.edges(data=True)))


def test_json_names_every_use(usage):
    document = json.loads(to_json(usage))
    assert document["version"] == 1
    assert document["calls"] == {"hot": 100, "odd": 3, "lost": 1}
    assert document["skipped"] == [{"subject": "query lost", "reason": "table nowhere is not in the catalog"}]
    orders = document["relations"][0]
    assert (orders["query"], orders["table"], orders["alias"]) == ("hot", {"schema": "public", "name": "orders"}, "o")
    assert {"kind": "join", "columns": ["user_id"], "operator": "=", "partner": "u.id", "origin": "query"} in orders["uses"]
