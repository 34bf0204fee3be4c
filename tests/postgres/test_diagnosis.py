"""Advice of findings put to HypoPG on PostgreSQL 15: taken, withdrawn, untested; settings, existing indexes, rewrites."""

from __future__ import annotations

import psycopg
import pytest

from indexadvisor.catalog.load import load
from indexadvisor.db.connection import Session
from indexadvisor.diagnosis.advice import advises, try_advice
from indexadvisor.errors import StatementFailed
from indexadvisor.explain import read
from indexadvisor.explain.engine import PlanReport, analyse
from indexadvisor.explain.execute import explained
from indexadvisor.explain.finding import Advice
from indexadvisor.explain.shape import shape
from indexadvisor.whatif.open import open_costs
from tests.postgres.diagnosis_schema import ANALYZED, SCHEMA, finding, index

pytestmark = pytest.mark.postgres
REWRITE = Advice("rewrite", "write it otherwise")


@pytest.fixture(scope="module")
def server(cluster15):
    """A DSN of the shop, which tests leave as it is."""
    with psycopg.connect(cluster15.dsn(), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS diagnosis WITH (FORCE)")
        admin.execute("CREATE DATABASE diagnosis")
    dsn = cluster15.dsn("diagnosis")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(SCHEMA.format(name="diagnosis"))
        conn.execute(ANALYZED)
    return dsn


@pytest.fixture(scope="module")
def catalog(server):
    """The shop's catalog."""
    with Session(server) as session:
        return load(session)


@pytest.fixture
def session(server):
    """A read-only session of the shop."""
    with Session(server) as found:
        yield found


@pytest.fixture
def costs(server, session, catalog):
    """HypoPG on that session."""
    with open_costs("hypopg", server, session, catalog) as found:
        yield found


@pytest.fixture
def tried(session, catalog, costs):
    """Try findings, given by the relation whose scan they are about, on the plan that the server makes (under ``given`` settings)."""

    def run(text, *about, parameters=None, given=(), lend=True, planned=None):
        with session.transaction():
            for name, value in given:
                session.rows("SELECT set_config(%s, %s, true)", [name, value])
            plan = read(explained(session, planned or text, parameters or ()), "test").plans[0]
        findings = []
        for code, relation, *advice in about:
            node = next((node for node in plan.walk() if relation in (node.relation, node.node_type)), None)
            findings.append(finding(code, None if node is None else node.number, *advice))
        report = PlanReport(plan, None, {}, tuple(findings))
        return try_advice(report, text, catalog, costs, parameters=parameters, session=session if lend else None)

    return run


def test_an_index_the_planner_takes_up(tried):
    answer = tried("SELECT * FROM orders WHERE customer_id = 77", ("EX01", "orders", index("customer_id")))
    (one,) = answer.advice
    assert (one.outcome, one.cost_after < one.cost_before / 10) == ("taken", True)
    assert [each.ddl for each in one.indexes] == [
        ("CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders USING btree (customer_id)",)
    ]
    reader = one.changes.after.nodes[one.node_after]
    assert (reader.relation, reader.alias) == ("orders", "orders")
    assert one.changes.after.indexes() == {"orders_customer_id_idx"}, "the plan names the index as its DDL does"
    assert answer.together.after.indexes() == {"orders_customer_id_idx"}
    assert (answer.same_plan, answer.differs) == (True, None)
    assert shape(answer.present) == shape(one.changes.before)


def test_the_index_really_built_is_planned_as_predicted(tried, server, session):
    text = "SELECT status, total FROM orders WHERE customer_id = 77 AND total > 900"
    (one,) = tried(text, ("EX01", "orders", index("customer_id", "total"))).advice
    with psycopg.connect(server, autocommit=True) as conn:
        for ddl in one.indexes[0].ddl:
            conn.execute(ddl)
        try:
            built = read(explained(session, text), "test").plans[0]
        finally:
            conn.execute(f"DROP INDEX {one.indexes[0].name}")
    assert shape(built) == shape(one.changes.after)
    assert built.total_cost == pytest.approx(one.cost_after, rel=0.2)


def test_findings_of_one_relation_share_an_outcome(tried):
    about = [("EX01", "orders", index("customer_id")), ("EX03", "orders", index("customer_id", "total"))]
    first, second = tried("SELECT * FROM orders WHERE customer_id = 77 AND total = 5", *about).advice
    assert (first.finding.code, second.finding.code) == ("EX01", "EX03")
    assert (first.sentence, first.indexes, first.cost_after) == (second.sentence, second.indexes, second.cost_after)


def test_the_small_index_is_preferred_and_the_wide_one_named(tried):
    answer = tried("SELECT placed_at FROM orders WHERE customer_id = 77", ("EX01", "orders", index("customer_id")))
    (one,) = answer.advice
    assert [each.name for each in one.indexes] == ["orders_customer_id_idx"]
    assert one.alternative.cost_after < one.cost_after
    assert one.alternative.indexes[0].size_bytes > one.indexes[0].size_bytes
    assert one.alternative.indexes[0].name in one.sentence


def test_an_index_the_planner_leaves_is_withdrawn(tried):
    answer = tried("SELECT * FROM orders WHERE day_no >= 5", ("EX01", "orders", index("day_no")))
    (one,) = answer.advice
    assert (one.outcome, one.indexes, answer.together) == ("withdrawn", (), None)
    assert one.cost_after == one.cost_before
    assert "still reads it as before" in one.sentence


def test_an_index_that_pays_only_beside_another(tried):
    text = "SELECT o.id, (SELECT count(*) FROM payments p WHERE p.order_id = o.id) FROM orders o WHERE o.customer_id BETWEEN 0 AND 150"
    answer = tried(text, ("EX01", "orders", index("customer_id")), ("EX26", "payments", index("order_id")))
    orders, payments = answer.advice
    assert (orders.outcome, payments.outcome) == ("taken", "taken")
    assert (orders.required, payments.required) == ((payments.indexes[0].name,), ())
    assert orders.sentence.startswith(f"once {payments.indexes[0].name} exists")
    assert orders.cost_before == payments.cost_after
    assert answer.together.after.total_cost == orders.cost_after
    alone = tried(text, ("EX01", "orders", index("customer_id"))).advice[0]
    assert (alone.outcome, "less than 1 % is saved" in alone.sentence) == ("withdrawn", True)


def test_what_no_index_serves_is_withdrawn(tried):
    (one,) = tried("SELECT count(*) FROM payments", ("EX04", "payments", index())).advice
    assert one.outcome == "withdrawn"


def test_a_finding_about_no_table_is_untested(tried):
    first, second = tried("SELECT 1 FROM generate_series(1, 9) g", ("EX42", "Function Scan", index("g")), ("EX59", "none", index())).advice
    assert (first.outcome, second.outcome) == ("untested", "untested")


def test_a_statement_that_cannot_be_planned(tried):
    with pytest.raises(StatementFailed, match="gone"):
        tried("SELECT * FROM gone", ("EX01", "orders", index("customer_id")), planned="SELECT * FROM orders")


def test_values_of_parameters_are_planned_with(tried):
    text = "SELECT * FROM skewed WHERE kind = $1 AND filler = $2"
    rare, common = (
        tried(text, ("EX01", "skewed", index("kind", "filler")), parameters=(value, "y"))
        for value in ("9", "1")
    )  # fmt: skip
    assert rare.present.total_cost < common.present.total_cost


def test_parameters_that_auto_explain_logged(session, catalog, costs):
    text = "SELECT * FROM skewed WHERE kind = $1"
    plan = read(explained(session, text.replace("$1", "9")), "test").plans[0]
    logged = type(plan)(plan.root, query_text=text, query_parameters="$1 = '9'")
    report = PlanReport(logged, None, {}, ())
    assert try_advice(report, text, catalog, costs).same_plan
    unlogged = PlanReport(plan, None, {}, ())
    answer = try_advice(unlogged, text, catalog, costs)
    assert answer.same_plan is False
    assert "the values of its parameters are not known here" in answer.differs


def test_partitions_get_the_index_of_their_table(tried):
    answer = tried("SELECT * FROM readings WHERE sensor = 1234", ("EX01", "readings_1", index("sensor")))
    (one,) = answer.advice
    assert one.outcome == "taken"
    assert one.indexes[0].definition.table.name == "readings"
    assert one.indexes[0].ddl[0].startswith("CREATE INDEX readings_sensor_idx ON ONLY public.readings")
    assert one.changes.after.indexes() == {"readings_sensor_idx"}


def test_a_view_is_looked_through(tried):
    answer = tried("SELECT * FROM open_orders WHERE customer_id = 100", ("EX01", "orders", index("customer_id")))
    assert [one.outcome for one in answer.advice] == ["taken"]


def test_a_statement_that_writes_is_planned_and_not_run(tried, session):
    before = session.rows("SELECT sum(total) FROM orders")
    answer = tried("UPDATE orders SET total = 0 WHERE customer_id = 77", ("EX01", "ModifyTable", index("customer_id")))
    assert [(one.outcome, one.indexes[0].name) for one in answer.advice] == [("taken", "orders_customer_id_idx")]
    assert session.rows("SELECT sum(total) FROM orders") == before


def test_another_plan_than_the_one_given_is_said(tried):
    forbidden = [("enable_indexscan", "off"), ("enable_bitmapscan", "off")]
    answer = tried("SELECT * FROM orders WHERE id = 7", ("EX01", "orders", index("id")), given=forbidden)
    assert answer.same_plan is False
    assert "Index Scan using orders_pkey instead of Seq Scan on orders" in answer.differs
    assert "enable_indexscan" in answer.differs


SORTED = "SELECT * FROM orders ORDER BY total"


def test_more_memory_for_a_sort_that_is_expected_to_spill(tried):
    about = ("EX41", "Sort", Advice("setting", "more", setting=("work_mem", "64MB")))
    (one,) = tried(SORTED, about).others
    assert (one.kind, one.outcome, one.sql) == ("setting", "taken", "SET LOCAL work_mem = '64MB'")
    assert one.cost_after < one.cost_before
    # the source of cost lends its own session where nobody else does
    (one,) = tried(SORTED, about, lend=False).others
    assert one.outcome == "taken"


def test_more_memory_that_the_planner_does_not_count_on(tried):
    about = ("EX41", "Sort", Advice("setting", "more", setting=("work_mem", "64MB")))
    (one,) = tried("SELECT id FROM payments WHERE method = 'm7' ORDER BY order_id", about).others
    assert one.outcome == "untested"
    assert "30 rows" in one.sentence


def test_memory_that_is_there_already(tried):
    (one,) = tried(SORTED, ("EX41", "Sort", Advice("setting", "more", setting=("work_mem", "2MB")))).others
    assert one.outcome == "withdrawn"


def test_a_setting_the_plan_was_made_with(tried):
    join = "SELECT * FROM orders JOIN payments ON payments.order_id = orders.id"
    about = ("EX34", "orders", Advice("setting", "allow", setting=("enable_hashjoin", "on")))
    (one,) = tried(join, about, given=[("enable_hashjoin", "off")]).others
    assert (one.outcome, one.sql) == ("taken", "SET LOCAL enable_hashjoin = 'on'")
    assert "Hash Join" in {node.node_type for node in one.changes.after.walk()}
    (one,) = tried(join, about).others
    assert one.outcome == "withdrawn"


def test_a_setting_of_the_given_plan_that_the_server_refuses(session, catalog, costs):
    plan = read(explained(session, SORTED), "test").plans[0]
    given = type(plan)(plan.root, settings={"work_mem": "-7", "enable_sort": "on", "session_replication_role": "replica"})
    about = finding("EX41", 0, Advice("setting", "more", setting=("work_mem", "64MB")))
    answer = try_advice(PlanReport(given, None, {}, (about,)), SORTED, catalog, costs, session=session)
    assert [one.subject for one in answer.skipped] == ["setting work_mem"]
    assert [one.outcome for one in answer.others] == ["taken"]


def test_a_setting_that_is_none_of_the_planner(tried):
    (one,) = tried(SORTED, ("EX99", "Sort", Advice("setting", "no", setting=("session_authorization", "postgres")))).others
    assert one.outcome == "untested"


def test_compilation(tried):
    about = ("EX49", "Sort", Advice("setting", "no jit", setting=("jit", "off")))
    (one,) = tried(SORTED, about, given=[("jit", "on"), ("jit_above_cost", "10")]).others
    assert one.outcome in {"taken", "untested"}, "untested on a server without LLVM"
    (one,) = tried(SORTED, about).others
    assert one.outcome in {"withdrawn", "untested"}


def test_a_plan_for_the_values(tried):
    text = "SELECT * FROM skewed WHERE kind = $1"
    about = ("EX40", "skewed", Advice("setting", "custom", setting=("plan_cache_mode", "force_custom_plan")))
    (one,) = tried(text, about, parameters=("9",)).others
    assert one.outcome == "taken"
    (one,) = tried(text, about, planned="SELECT * FROM skewed WHERE kind = 9").others
    assert one.outcome == "untested"


EXISTS = Advice("none", "The index skewed_kind on (kind) exists and was not taken: look at the estimates.")


def test_why_an_existing_index_is_not_taken(tried):
    (one,) = tried("SELECT * FROM skewed WHERE kind >= 0", ("EX01", "skewed", EXISTS)).others
    assert (one.kind, one.outcome) == ("existing index", "withdrawn")
    assert one.cost_after > one.cost_before
    assert "judges it dearer" in one.sentence
    (one,) = tried("SELECT * FROM skewed WHERE kind + 0 = 9", ("EX01", "skewed", EXISTS)).others
    assert "does not fit it" in one.sentence


def test_statistics_stay_untested(tried):
    analyze = Advice("analyze", "ANALYZE orders.", sql="ANALYZE public.orders")
    first, second = tried("SELECT * FROM orders", ("EX38", "orders", analyze), ("EX37", "orders", Advice("statistics", "x"))).others
    assert (first.kind, first.outcome, first.sql) == ("analyze", "untested", "ANALYZE public.orders")
    assert "rows of orders have changed" in first.sentence
    assert (second.kind, second.outcome) == ("statistics", "untested")


NOT_IN = "SELECT id FROM orders o WHERE o.id NOT IN (SELECT order_id FROM payments)"
REWRITES = {
    "not in": ("EX27", "SELECT id FROM orders o WHERE o.id NOT IN (SELECT order_id FROM payments WHERE id > 10)", ()),
    "day": ("EX19", "SELECT id FROM orders WHERE date_trunc('day', placed_at) = '2024-03-05'", ()),
    "months": ("EX19", "SELECT id FROM orders WHERE date_trunc('month', placed_at) <= '2024-02-01' AND total < 10", ()),
    "cast": ("EX19", "SELECT id FROM orders WHERE placed_at::date > '2025-02-15'", ()),
    "year": ("EX19", "SELECT id FROM orders WHERE extract(year FROM placed_at) = 2025", ()),
    "format": ("EX19", "SELECT id FROM orders WHERE to_char(placed_at, 'YYYY-MM-DD') = '2024-03-05'", ()),
    "or in a join": (
        "EX25", "SELECT o.id, p.id FROM orders o JOIN payments p ON (p.order_id = o.id OR p.voucher = o.customer_id) WHERE p.id < 40", (),
    ),
    "arithmetic": ("EX19", "SELECT id FROM orders WHERE customer_id + 7 <= 12", ()),
    "text": ("EX19", "SELECT id FROM orders WHERE customer_id::text = '77'", ()),
    "or": ("EX25", "SELECT o.id, p.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.total = 7 OR p.method = 'm7'", ()),
    "or distinct": (
        "EX25", "SELECT DISTINCT status FROM orders o, payments p WHERE p.order_id = o.id AND (total = 7 OR voucher = 9) ORDER BY 1", (),
    ),
    "or null": ("EX25", "SELECT p.id FROM orders o, payments p WHERE p.order_id = o.id AND (p.voucher = 9 OR o.customer_id = 18)", ()),
}  # fmt: skip


@pytest.mark.parametrize("name", REWRITES)
def test_rewrites_answer_the_same(tried, server, name):
    code, text, parameters = REWRITES[name]
    (one,) = tried(text, (code, "orders", REWRITE), parameters=parameters).others
    assert (one.kind, one.outcome in {"taken", "withdrawn"}) == ("rewrite", True), one.sentence
    with psycopg.connect(server) as conn:
        before, after = (sorted(conn.execute(sql).fetchall()) for sql in (text, one.sql))
    assert before == after
    assert before, "a comparison of nothing proves nothing"


def test_a_rewrite_that_lets_partitions_be_pruned(tried):
    (one,) = tried("SELECT * FROM readings WHERE date_trunc('month', at) = '2024-02-01'", ("EX61", "Append", REWRITE)).others
    assert one.sql.endswith("WHERE readings.at >= '2024-02-01'::date AND readings.at < '2024-02-01'::date + interval '1 month'")
    assert (one.outcome, one.condition) == ("taken", None)
    assert {node.relation for node in one.changes.after.walk() if node.relation} == {"readings_2"}


def test_not_in_becomes_an_anti_join(tried):
    (one,) = tried(NOT_IN, ("EX27", "orders", REWRITE)).others
    assert one.sql == "SELECT id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM payments WHERE payments.order_id = o.id)"
    assert (one.condition, one.proven) == ("o.id and payments.order_id are never NULL", True)
    assert "Anti" in {node.text("Join Type") for node in one.changes.after.walk()}


def test_not_in_over_a_nullable_column_says_so(tried):
    (one,) = tried("SELECT id FROM orders o WHERE o.id NOT IN (SELECT voucher FROM payments)", ("EX27", "orders", REWRITE)).others
    assert (one.condition, one.proven) == ("payments.voucher is never NULL", False)


def test_a_rewrite_with_the_index_it_needs(tried):
    (one,) = tried("SELECT * FROM orders WHERE placed_at::date = '2024-03-05'", ("EX19", "orders", REWRITE)).others
    assert one.outcome == "taken"
    assert [each.name for each in one.indexes] == ["orders_placed_at_idx"]
    assert one.sql == "SELECT * FROM orders WHERE orders.placed_at >= '2024-03-05'::date AND orders.placed_at < '2024-03-05'::date + 1"


def test_keyset_pages_join_without_gap(tried, server):
    text = "SELECT id, total FROM orders WHERE status = 'done' ORDER BY total DESC LIMIT 50 OFFSET 20000"
    (one,) = tried(text, ("EX53", "Limit", REWRITE)).others
    assert one.sql == (
        "SELECT id, total FROM orders WHERE status = 'done' AND (orders.total, orders.id) < ($1, $2)"
        " ORDER BY total DESC, orders.id DESC LIMIT 50"
    )
    assert "orders.total is never NULL" in one.condition
    with psycopg.connect(server) as conn:
        whole = conn.execute("SELECT id, total FROM orders WHERE status = 'done' ORDER BY total DESC, id DESC LIMIT 150").fetchall()
        sql = one.sql.replace("$1", "%s").replace("$2", "%s")
        pages, last = [], (10_000, 0)
        for _ in range(3):
            page = conn.execute(sql, last).fetchall()
            pages += page
            last = (page[-1][1], page[-1][0])
    assert pages == whole


def test_a_page_by_its_key_is_planned_with_a_value_of_the_histogram(tried):
    (one,) = tried("SELECT * FROM orders ORDER BY id LIMIT 20 OFFSET 25000", ("EX53", "Limit", REWRITE)).others
    assert (one.outcome, one.sql) == ("taken", "SELECT * FROM orders WHERE orders.id > $1 ORDER BY id LIMIT 20")
    assert "for any values" not in one.sentence
    assert one.cost_after < one.cost_before / 100


def test_a_shape_that_is_not_recognised_is_untested(tried):
    (one,) = tried("SELECT count(*) FROM orders o, payments p WHERE o.total = 7 OR p.method = 'm7'", ("EX25", "orders", REWRITE)).others
    assert (one.outcome, one.sql) == ("untested", None)
    assert "aggregate" in one.sentence


def test_real_findings_of_a_plan_that_ran(session, catalog, costs):
    text = "SELECT o.id, (SELECT max(p.id) FROM payments p WHERE p.order_id = o.id) FROM orders o WHERE o.status = 'open'"
    report = analyse(read(explained(session, text, analyze=True), "test").plans[0], catalog)
    assert advises(report)
    answer = try_advice(report, text, catalog, costs, session=session)
    taken = {(one.finding.code, each.name) for one in answer.advice for each in one.indexes if one.outcome == "taken"}
    assert ("EX26", "payments_order_id_idx") in taken, "SubPlan per row"
    assert answer.together.after.total_cost < answer.present.total_cost / 10
