"""The plan given and the plan the source makes: what differs in words, which node is meant, whose names indexes bear."""

from __future__ import annotations

import pytest

from indexadvisor.catalog.model import Catalog, ServerInfo
from indexadvisor.diagnosis.present import difference, same_plan
from indexadvisor.diagnosis.questions import renamed
from indexadvisor.diagnosis.relations import Relations
from indexadvisor.explain.finding import Advice, Finding
from indexadvisor.explain.plan import Plan, PlanNode, numbered
from indexadvisor.whatif.interface import SourceInfo
from tests.fakes.schema import catalog_from_sql

CATALOG = Catalog(ServerInfo(150000, "15.2", "shop"), settings={"work_mem": "4MB", "random_page_cost": "4"})
HERE = SourceInfo("hypopg", "15.2", "")
_TWO = ("Seq Scan", "Tid Scan")


def scan(kind="Seq Scan", index=None, relation="orders", alias=None, **details):
    return PlanNode(kind, 0.0, 10.0, relation=relation, alias=alias or relation, schema="public", index=index, details=details)


def plan(root, **more):
    return Plan(numbered(root), **more)


def test_the_same_plan_has_no_difference():
    assert same_plan(plan(scan()), plan(scan()))
    assert difference(plan(scan()), plan(scan()), CATALOG, HERE, generic=True) is None


def test_what_differs_and_why_it_may():
    given = plan(scan(), settings={"work_mem": "64MB", "random_page_cost": "4"}, truncated="the end is missing")
    present = plan(scan("Index Scan", "orders_pkey"))
    assert difference(given, present, CATALOG, SourceInfo("lab", "18.1", ""), generic=True) == (
        "the source plans the statement otherwise (Index Scan using orders_pkey instead of Seq Scan on orders): it was planned with"
        " work_mem = 64MB, here it is 4MB, it was asked of PostgreSQL 18, the server is 15,"
        " the values of its parameters are not known here, the plan given was cut off"
    )


def test_where_nothing_explains_it_statistics_may():
    found = difference(plan(scan()), plan(PlanNode("Sort", 0.0, 11.0, children=(scan(),))), CATALOG, HERE, generic=False)
    assert found == "the source plans the statement otherwise (Sort is new): statistics or settings may have changed since"


def test_many_differences_are_counted():
    given, present = (PlanNode("Append", 0.0, 1.0, children=tuple(scan(kind, relation=f"t{n}") for n in range(5))) for kind in _TWO)
    found = difference(plan(given), plan(present), CATALOG, HERE, generic=False)
    assert "and 2 more" in found


def test_names_are_replaced_everywhere():
    heap = scan("Bitmap Heap Scan")
    bitmap = PlanNode("Bitmap Index Scan", 0.0, 1.0, index="<1>b")
    given = plan(PlanNode("Append", 0.0, 1.0, children=(PlanNode(**{**vars(heap), "children": (bitmap,)}), scan("Index Scan", "kept"))))
    given = Plan(given.root, hidden_indexes=frozenset({"<1>b", "other"}))
    found = renamed(given, {"<1>b": "orders_b_idx"})
    assert found.indexes() == {"orders_b_idx", "kept", "other"}
    assert [node.number for node in found.walk()] == [0, 1, 2, 3]


SHOP = catalog_from_sql("""
CREATE TABLE orders (id int PRIMARY KEY, customer int);
CREATE TABLE payments (id int PRIMARY KEY, order_id int);
CREATE TABLE logs (at date, v int) PARTITION BY RANGE (at);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
""")


def about(node, *columns):
    return Finding("EX01", "x", "warning", "", node, advice=(Advice("index", "", columns=columns),))


@pytest.mark.parametrize(
    ("node", "columns", "expected"),
    [
        pytest.param(0, ("order_id",), "payments", id="the table that has the columns"),
        pytest.param(0, ("customer",), "orders", id="the other one"),
        pytest.param(0, (), "orders", id="the first where no column is named"),
        pytest.param(2, (), "payments", id="the node itself"),
        pytest.param(4, (), "payments", id="a bitmap belongs to its heap"),
        pytest.param(None, ("customer",), None, id="the statement"),
        pytest.param(99, ("customer",), None, id="no such node"),
    ],
)
def test_the_scan_a_finding_is_about(node, columns, expected):
    heap = PlanNode(**{**vars(scan("Bitmap Heap Scan", relation="payments")), "children": (PlanNode("Bitmap Index Scan", index="b"),)})
    given = plan(PlanNode("Hash Join", children=(scan(), PlanNode("Hash", children=(heap,)))))
    relations = Relations(given, SHOP)
    numbers = {kind: n.number for n in given.walk() for kind in (n.node_type,)}
    wanted = {2: numbers["Bitmap Heap Scan"], 4: numbers["Bitmap Index Scan"]}.get(node, node)
    found = relations.scan(about(wanted, *columns))
    assert (None if found is None else found.relation) == expected


def test_a_partition_is_read_for_its_table():
    given = plan(PlanNode("Append", children=(scan(relation="logs_1"),)))
    relations = Relations(given, SHOP)
    part = given.root.children[0]
    assert str(relations.name(part)) == "logs"
    other = plan(scan("Index Scan", "logs_1_v", relation="logs_1", alias="logs_9"))
    assert relations.reader(other, part).index == "logs_1_v"
    assert relations.reader(other, part, ["another"]) is None


def test_uses_of_one_table_are_told_apart_by_alias():
    given = plan(PlanNode("Append", children=(scan(alias="a"), scan(alias="b"))))
    relations = Relations(given, SHOP)
    other = plan(PlanNode("Append", children=(scan("Index Scan", "i", alias="a"), scan(alias="b"))))
    assert relations.reader(other, given.root.children[0]).alias == "a"
    assert relations.reader(other, given.root.children[1]) is None
