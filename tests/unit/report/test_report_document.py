"""What the Document says: names, shares, caveats, reasons. Expected figures are worked out here from the stage values."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

import pytest

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.findings import Skipped
from indexadvisor.report.document import document
from indexadvisor.report.plans import indented
from indexadvisor.selection.model import Choice
from indexadvisor.selection.risk import risky_limit
from indexadvisor.settings import Limits
from tests.fakes.document import AT, sample, stages


def made(**changed):
    names = ("workload", "usage", "candidates", "choice", "catalog", "info", "effort")
    values = dict(zip(names, stages(), strict=True)) | changed
    return document(*(values[name] for name in names), seconds=1.0, limits=Limits(), generated_at=AT)


@pytest.fixture(scope="module")
def doc():
    return sample()


def recommended(doc, table, kind=None):
    return next(item for item in doc.recommendations if item.table == table and kind in (None, item.kind))


def test_recommendations_keep_the_order_of_selection(doc):
    choice = stages()[3]
    assert [item.definition for item in doc.recommendations] == [str(step.candidate.index) for step in choice.steps]
    assert [item.rank for item in doc.recommendations] == list(range(1, 11))


def test_benefit_is_given_of_the_workload_and_of_the_helped_queries(doc):
    item = recommended(doc, "memories")
    outcome = next(o for o in stages()[3].queries if o.query_id == "3f9ac1")
    assert item.benefit_fraction == pytest.approx(item.benefit / doc.workload.cost_before)
    assert item.benefit_fraction_helped == pytest.approx(1 - outcome.cost_after / outcome.cost_before)
    assert item.improvement_factor == pytest.approx(outcome.cost_before / outcome.cost_after)


def test_the_typical_query_is_a_geometric_mean_over_costed_queries(doc):
    ratios = [log(o.cost_before / o.cost_after) for o in stages()[3].queries]
    assert doc.workload.geometric_mean_factor == pytest.approx(exp(sum(ratios) / len(ratios)))
    assert doc.workload.heaviest_query_share == pytest.approx(18_400 * 9_214.55 / doc.workload.cost_before)


def test_an_unknown_tax_makes_the_total_unknown(doc):
    assert recommended(doc, 'Odd "Ta|ble" <b>').write_tax.cost is None
    assert doc.workload.write_tax is None
    assert doc.workload.sizes_unknown == 1


def test_ddl_is_concurrent_named_and_undone(doc):
    item = recommended(doc, "memories")
    assert item.ddl == (
        f"CREATE INDEX CONCURRENTLY {item.name} ON public.memories USING btree (user_id, created_at DESC) WHERE deleted_at IS NULL;"
    )
    assert item.undo == f"DROP INDEX CONCURRENTLY public.{item.name};"


def test_a_partitioned_table_is_built_part_by_part(doc):
    item = recommended(doc, "audit_log", "btree")
    assert "ON ONLY public.audit_log " in item.statements[0]
    assert sum("CONCURRENTLY" in statement for statement in item.statements) == 2
    assert all(statement.endswith(";") for statement in item.statements)
    # PostgreSQL cannot drop a partitioned index concurrently
    assert item.undo == f"DROP INDEX public.{item.name};"
    assert any("partitioned" in caveat for caveat in item.caveats)


def test_hidden_characters_of_names_are_readable_in_ddl(doc):
    item = recommended(doc, 'Odd "Ta|ble" <b>')
    assert 'U&"c`ol\\202e""x"' in item.ddl
    assert "\u202e" not in item.ddl


def test_hot_generic_and_unknown_are_caveats(doc):
    assert any("last_message_at" in caveat and "HOT" in caveat for caveat in recommended(doc, "conversations", "btree").caveats)
    assert any("77d0f2" in caveat and "generic plan" in caveat for caveat in recommended(doc, "audit_log", "btree").caveats)
    assert any("size is unknown" in caveat for caveat in recommended(doc, 'Odd "Ta|ble" <b>').caveats)
    assert "status is 'open' in every captured call" in recommended(doc, "conversations", "expression").caveats


def test_a_proposed_index_has_its_recommended_name_in_the_plan(doc):
    item = recommended(doc, "memories")
    after = [line.text for line in item.plan.after]
    assert any(text.startswith(f"Index Scan using {item.name} on memories") for text in after)
    assert not any("<13501>" in line.text for query in doc.workload.queries if query.plan for line in query.plan.after)


def test_a_bitmap_index_scan_shows_the_recommended_name(doc):
    item = recommended(doc, "audit_log", "brin")
    assert any(line.text.startswith(f"Bitmap Index Scan on {item.name}") for line in item.plan.after)


def test_a_proposed_index_that_was_not_recommended_is_not_given_a_name():
    choice = stages()[3]
    other = IndexDef(TableName("public", "x"), (IndexKey("y"),))
    shown = replace(choice.queries[0], index_names={"<1>btree_x_y": other}, plan_after=Plan(scan("<1>btree_x_y")))
    doc = made(choice=replace(choice, queries=(shown,)))
    (query,) = [query for query in doc.workload.queries if query.plan]
    assert query.plan.after[0].text.startswith("Index Scan using (a proposed index)")


def test_only_nodes_that_the_other_plan_lacks_are_marked(doc):
    plan = recommended(doc, "memories").plan
    assert [(line.text.split("  (")[0], line.changed) for line in plan.before if line.heading] == [
        ("Limit", False), ("Sort", True), ("Seq Scan on memories", True)]  # fmt: skip
    same = next(query.plan for query in doc.workload.queries if query.query_id == "b00b1e")
    assert not same.changed
    assert not any(line.changed for line in same.before + same.after)


def test_plan_lines_are_indented_like_explain(doc):
    lines = [indented(line) for line in recommended(doc, "memories").plan.before]
    assert lines[0].startswith("  Limit  (cost=")
    assert lines[1].startswith("*   ->  Sort  (cost=")
    assert lines[2] == "*         Sort Key: created_at DESC"
    assert lines[3].startswith("*         ->  Seq Scan on memories")


def scan(index="<1>btree_t_a", **details):
    return PlanNode("Index Scan", 0, 5, 1, 4, relation="t", index=index, details=details)


@pytest.mark.parametrize(
    ("root", "risky"),
    [
        (PlanNode("Limit", 0, 5, 1, 4, children=(scan(Filter="(x ~~ '%a%')"),)), True),
        (PlanNode("Limit", 0, 5, 1, 4, children=(scan(**{"Filter": "(x = 1)", "Index Cond": "(a = 1)"}),)), False),
        (PlanNode("Limit", 0, 5, 1, 4, children=(PlanNode("Sort", 0, 5, 1, 4, children=(scan(Filter="(x = 1)"),)),)), False),
        (scan(Filter="(x = 1)"), False),
    ],
)
def test_an_ordered_scan_that_filters_until_limit_is_a_risk(root, risky):
    assert risky_limit(Plan(root), frozenset({"<1>btree_t_a"})) is risky
    assert risky_limit(Plan(root), frozenset({"another"})) is False


def test_the_risk_is_said_at_the_recommendation():
    choice = stages()[3]
    outcome = choice.queries[0]
    node = replace(outcome.plan_after.root.children[0], details={"Filter": "(title ~~ '%a%')"})
    risky = replace(outcome, plan_after=Plan(replace(outcome.plan_after.root, children=(node,))))
    doc = made(choice=replace(choice, queries=(risky, *choice.queries[1:])))
    assert any("measure it in staging" in caveat for caveat in doc.recommendations[0].caveats)


def test_queries_without_cost_come_last_with_their_reason(doc):
    last = doc.workload.queries[-2:]
    assert [(query.query_id, query.cost_before) for query in last] == [("8e1f00", None), ("f00d42", None)]
    assert last[0].not_costed_reason == 'relation "vanished" does not exist'
    assert last[1].not_costed_reason == "canceling statement due to statement timeout"
    assert doc.workload.queries_costed == 12
    shares = [query.cost_share for query in doc.workload.queries[:-2]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)


def test_everything_left_out_is_there_once_and_sorted():
    workload, *_ = stages()
    doc = made(workload=replace(workload, skipped=workload.skipped * 2))
    assert doc.skipped == tuple(sorted(set(doc.skipped)))
    assert {item.stage for item in doc.skipped} == {"capture", "workload", "usage", "candidates", "whatif", "selection"}
    assert Skipped("candidates", "users btree (id)", "users_pkey already serves it") in doc.skipped


def test_candidates_without_figures_are_ordered_by_calls(doc):
    assert [(item.access_method, item.calls) for item in doc.not_costed] == [("gin", 2_710), ("gin", 2_400)]
    assert "USING gin (tags)" in doc.not_costed[1].ddl


def test_the_usage_map_marks_recommended_columns_and_joins(doc):
    columns = {(table.table, column.label): column for table in doc.usage.tables for column in table.columns}
    assert columns["memories", "created_at"].ranks == (1,)
    assert columns["users", "lower(email)"].ranks == (4,)
    assert columns["audit_log", "logged_at"].ranks == (7, 9)
    assert columns["memories", "title"].ranks == ()
    weight = next(use for use in columns["audit_log", "logged_at"].uses if use.group == "range")
    assert (weight.calls, weight.queries) == (132, 2)
    first = doc.usage.joins[0]
    assert (first.left_table, first.left_column, first.right_table, first.right_column, first.calls) == (
        "group_members", "group_id", "groups", "id", 22_050)  # fmt: skip
    assert doc.usage.omitted_tables == 1


def test_a_different_planner_is_named():
    info = replace(stages()[5], server_version="18.0", kind="lab")
    assert any("18.0" in caveat and "15.20" in caveat for caveat in made(info=info).caveats)
    assert not any("planner may differ" in caveat for caveat in sample().caveats)


def test_nothing_recommended_is_a_report_too():
    doc = made(choice=Choice((), (), 0.0, 0.0, 0.0))
    assert doc.recommendations == ()
    assert doc.workload.saved_fraction is None
    assert doc.workload.geometric_mean_factor is None
    assert doc.workload.write_tax == 0


def test_an_interrupted_search_says_so():
    assert any("ended early" in caveat for caveat in made(choice=replace(stages()[3], interrupted=True)).caveats)
