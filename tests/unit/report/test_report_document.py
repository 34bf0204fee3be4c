"""What the Document says: names, shares, caveats, reasons. Expected figures are worked out here from the stage values."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

import pytest

from indexadvisor.catalog.model import Column, ColumnStatistics, IndexDef, IndexKey, TableName
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.findings import Skipped
from indexadvisor.report.document import document
from indexadvisor.report.plans import indented
from indexadvisor.selection.model import Choice
from indexadvisor.settings import Limits
from indexadvisor.whatif.interface import SourceInfo
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


def test_hot_and_unknown_are_caveats(doc):
    assert any("last_message_at" in caveat and "HOT" in caveat for caveat in recommended(doc, "conversations", "btree").caveats)
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
    node = PlanNode("Index Scan", 0, 5, 1, 4, index="<1>btree_x_y")
    shown = replace(choice.queries[0], index_names={"<1>btree_x_y": other}, plan_after=Plan(node))
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


# indexes to drop


def test_an_index_to_drop_has_both_statements_and_its_counters(doc):
    unused, narrow, odd = doc.drops
    assert unused.statement == "DROP INDEX CONCURRENTLY public.chat_messages_content_idx;"
    assert unused.undo == ("CREATE INDEX CONCURRENTLY chat_messages_content_idx ON public.chat_messages USING btree (content);",)
    assert (unused.scans, unused.last_scan, unused.counted_since) == (0, None, AT.replace(month=1))
    assert (unused.size_bytes, unused.write_tax.cost, unused.confidence) == (212 * 1024 * 1024, 61_000.0, "medium")
    assert (narrow.scans, narrow.last_scan, narrow.write_tax.cost) == (48_211, AT, None)
    assert "\u202e" not in odd.statement + odd.undo[0]
    assert "\n" not in odd.statement


def test_what_takes_a_dropped_indexs_place_is_named(doc):
    assert doc.drops[0].replaced_by is None
    assert doc.drops[1].replaced_by == doc.recommendations[0].name
    assert doc.drops[1].after
    choice, catalog = stages()[3], stages()[4]
    twin = replace(choice.drops[0], replaced_by=catalog.indexes[0].definition)
    beside = replace(catalog.indexes[0], definition=replace(catalog.indexes[0].definition, table=twin.index.definition.table))
    twin = replace(twin, replaced_by=beside.definition)
    made_of = made(choice=replace(choice, drops=(twin,)), catalog=replace(catalog, indexes=(*catalog.indexes, beside)))
    assert made_of.drops[0].replaced_by == "memories_pkey"


# risks


def test_a_risk_stands_at_its_index_and_at_its_query(doc):
    item = recommended(doc, "chat_messages")
    assert [(risk.kind, risk.query_ids) for risk in item.risks] == [("correlated-columns", ("a01b77",))]
    at_query = {query.query_id: query.risks for query in doc.workload.queries}
    assert [(risk.rank, risk.kind) for risk in at_query["a01b77"]] == [(item.rank, "correlated-columns")]
    assert at_query["3f9ac1"] == ()
    assert item.discounted_benefit == pytest.approx(item.benefit * 0.75)
    assert recommended(doc, "memories").risks == ()


def test_a_swayed_query_is_no_helped_query(doc):
    item = recommended(doc, "users")
    assert [effect.query_id for effect in item.swayed] == ["b00b1e"]
    assert [query.query_id for query in item.queries] == ["c7714e"]


def test_queries_whose_plans_differ_by_parameter_are_known(doc):
    assert [query.query_id for query in doc.workload.queries if query.plans_differ] == ["a01b77"]


# who costed what


HYPOPG, LAB = SourceInfo("hypopg", "15.20", ""), SourceInfo("lab", "18.0", "")


def joined(by_lab, both=()):
    """Return the sample as if the lab had costed some of its queries."""
    choice = stages()[3]

    def sources(query_id):
        return (HYPOPG, LAB) if query_id in both else (LAB,) if query_id in by_lab else (HYPOPG,)

    queries = tuple(replace(outcome, sources=sources(outcome.query_id)) for outcome in choice.queries)
    info = SourceInfo("hypopg+lab", "15.20", "each statement by one planner")
    return made(choice=replace(choice, queries=queries), info=info)


def test_a_single_source_costed_everything(doc):
    assert [(s.source, s.version, s.queries) for s in doc.server.cost_sources] == [("hypopg", "15.20", 12)]
    costed = [query for query in doc.workload.queries if query.cost_before is not None]
    assert {(query.cost_source, query.cost_source_version) for query in costed} == {("hypopg", "15.20")}
    assert {query.cost_source for query in doc.workload.queries if query.cost_before is None} == {None}
    assert [(s.source, s.queries) for s in doc.recommendations[0].cost_sources] == [("hypopg", 1)]


def test_joined_sources_are_named_query_by_query_and_the_other_planner_once():
    doc = joined(by_lab={"3f9ac1", "a01b77"})
    assert [(s.source, s.version, s.queries) for s in doc.server.cost_sources] == [("hypopg", "15.20", 10), ("lab", "18.0", 2)]
    by_query = {query.query_id: (query.cost_source, query.cost_source_version) for query in doc.workload.queries}
    assert by_query["3f9ac1"] == ("lab", "18.0")
    assert by_query["5d2e90"] == ("hypopg", "15.20")
    assert [(s.source, s.queries) for s in recommended(doc, "memories").cost_sources] == [("lab", 1)]
    (said,) = [caveat for caveat in doc.caveats if "18.0" in caveat]
    assert "2 by PostgreSQL 18.0" in said
    assert "15.20" in said


def test_a_query_whose_samples_went_to_both_says_so():
    doc = joined(by_lab=(), both={"3f9ac1"})
    query = next(query for query in doc.workload.queries if query.query_id == "3f9ac1")
    assert (query.cost_source, query.cost_source_version) == ("hypopg+lab", "15.20 and 18.0")
    assert [(s.source, s.queries) for s in doc.server.cost_sources] == [("hypopg", 12), ("lab", 1)]


def test_who_costed_a_query_is_unknown_where_two_could_have_and_nobody_kept_it():
    doc = made(info=SourceInfo("hypopg+lab", "15.20", "two planners"))
    assert doc.server.cost_sources == ()
    assert {query.cost_source for query in doc.workload.queries} == {None}


# limits, weights and the frontier


def test_the_knee_of_the_choice_is_the_knee_of_the_report(doc):
    assert [point.knee for point in doc.frontier] == [False, False, True, False, False, False]
    assert not any(point.knee for point in made(choice=replace(stages()[3], knee=None)).frontier)


def test_by_time_each_query_has_its_part_of_the_measured_time():
    workload = stages()[0]
    choice = stages()[3]
    doc = document(*stages(), seconds=1.0, limits=Limits(weight="time"))
    costed = {outcome.query_id for outcome in choice.queries}
    times = {group.query_id: group.total_ms for group in workload.groups if group.query_id in costed}
    assert None not in times.values()
    shares = {query.query_id: query.cost_share for query in doc.workload.queries if query.cost_before is not None}
    assert shares == pytest.approx({query_id: ms / sum(times.values()) for query_id, ms in times.items()})
    assert "measured time" in doc.workload.weighting
    assert doc.workload.queries[0].query_id == max(times, key=times.get)


def test_by_time_a_query_without_a_time_counts_by_its_calls():
    workload, choice = stages()[0], stages()[3]
    groups = tuple(replace(group, total_ms=None) if group.query_id == "3f9ac1" else group for group in workload.groups)
    doc = document(replace(workload, groups=groups), *stages()[1:], seconds=1.0, limits=Limits(weight="time"))
    share = next(query.cost_share for query in doc.workload.queries if query.query_id == "3f9ac1")
    assert share == pytest.approx(18_400 * 9_214.55 / choice.cost_before)
    assert sum(query.cost_share or 0 for query in doc.workload.queries) == pytest.approx(1)


def test_captured_calls_are_shown_whatever_a_query_weighs():
    choice = stages()[3]
    heavy = tuple(replace(step, effects=tuple(replace(effect, calls=7) for effect in step.effects)) for step in choice.steps)
    doc = made(choice=replace(choice, steps=heavy))
    assert [query.calls for query in recommended(doc, "memories").queries] == [18_400]
    assert recommended(doc, "memories").queries[0].benefit == pytest.approx((9_214.55 - 12.31) * 7)


def test_all_limits_are_in_the_report():
    doc = document(*stages(), seconds=1.0, limits=Limits(min_saving=0.02, auto_budget=True))
    assert (doc.limits.min_saving, doc.limits.auto_budget) == (0.02, True)


@pytest.mark.parametrize(("width", "said"), [(400, 1), (20, 0)])
def test_a_row_that_may_not_fit_the_index_is_a_caveat(width, said):
    choice, catalog = stages()[3], stages()[4]
    first = choice.steps[0]
    name = first.candidate.index.table
    note = Column("note", 90, "text", "text", "S", statistics=ColumnStatistics(0.0, width, 50.0))
    tables = tuple(replace(table, columns=(*table.columns, note)) if table.name == name else table for table in catalog.tables)
    step = replace(first, candidate=replace(first.candidate, index=IndexDef(name, (IndexKey("note"),))))
    doc = made(catalog=replace(catalog, tables=tables), choice=replace(choice, steps=(step, *choice.steps[1:])))
    assert sum("max(pg_column_size(note))" in caveat for caveat in doc.recommendations[0].caveats) == said
