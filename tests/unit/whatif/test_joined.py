"""Two sources as one: who answers for a statement, for all its questions, and what is said where one of them cannot."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.catalog.model import Catalog, Column, ColumnStatistics, IndexDef, IndexKey, ServerInfo, Table, TableName
from indexadvisor.errors import LabError, StatementFailed
from indexadvisor.findings import Skipped
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.interface import Reading, SourceInfo
from indexadvisor.whatif.joined import JoinedCosts
from indexadvisor.workload.model import Sample
from tests.fakes.costs import NONE, ModelCosts

ORDERS, USERS = TableName("public", "orders"), TableName("public", "users")
PLAIN = IndexDef(ORDERS, (IndexKey("customer_id"),))
TAGS = IndexDef(ORDERS, (IndexKey("tags"),), method="gin")
OPEN = IndexDef(ORDERS, (IndexKey("customer_id"),), predicate="is_open")
EMAIL = IndexDef(USERS, (IndexKey("email"),))
LOWER = IndexDef(USERS, (IndexKey(expression="lower(email)"),))
NO_GIN = {TAGS: "HypoPG cannot create gin indexes"}
BY_TAGS, BY_EMAIL, JOIN = Sample("by tags"), Sample("by email"), Sample("join")
READINGS = {
    BY_TAGS: Reading("query a1", frozenset({ORDERS}), 1),
    BY_EMAIL: Reading("query b2", frozenset({USERS}), 1),
    JOIN: Reading("query c3", frozenset({ORDERS, USERS}), 2),
}
KNOWN = ColumnStatistics(0.0, 8, -1.0)
COLUMNS = (Column("id", 1, "bigint", "int8", "N", statistics=KNOWN), Column("customer_id", 2, "bigint", "int8", "N", statistics=KNOWN))
CATALOG = Catalog(ServerInfo(150004, "15.4", "shop"), (Table(ORDERS, "r", COLUMNS, rows=10_000.0, pages=100),))


class Named(ModelCosts):
    """A planner by rule that says who it is, as the real ones do."""

    kind, version = "lab", "18.1"

    @property
    def info(self):
        return SourceInfo(self.kind, self.version, f"the {self.kind}")

    def _answer(self, sample, indexes):
        return replace(super()._answer(sample, indexes), source=self.info)

    def caveat(self, index):
        return f"{self.kind} guessed" if index.keys[0].expression else None


class Live(Named):
    """HypoPG's part: no statistics on expressions, partial indexes only in statements of one table."""

    kind, version, extension_version = "hypopg", "15.4 (Debian 15.4-1)", "1.4.1"

    def caveat(self, index):
        return "HypoPG knows little of it" if index.keys[0].expression or index.predicate else None

    def blind_to(self, index, sample, relations):
        return bool(index.keys[0].expression) or (index.predicate is not None and relations != 1)


def plans(today, **better):
    """Plans of the three statements: cost ``today`` without indexes, and what each of PLAIN, TAGS, ... makes of it."""
    known = {"PLAIN": PLAIN, "TAGS": TAGS, "OPEN": OPEN, "EMAIL": EMAIL, "LOWER": LOWER}
    choices = [(NONE, today), *((frozenset({known[name]}), cost) for name, cost in better.items())]
    return {sample.text: choices for sample in READINGS}


def joined(live=None, lab=None, *, readings=READINGS):
    live = live or Live(plans(1000.0, PLAIN=50.0, EMAIL=40.0, OPEN=30.0), refused=NO_GIN, sizes={PLAIN: 1 << 20, EMAIL: 1 << 20})
    lab = lab or Named(plans(900.0, PLAIN=45.0, EMAIL=35.0, TAGS=9.0, OPEN=27.0, LOWER=8.0), sizes={PLAIN: 1 << 16, TAGS: 1 << 18})
    source = JoinedCosts(live, CATALOG, lambda: lab)
    source.route_by(readings.get)
    return source, live, lab


def test_a_statement_goes_to_the_lab_where_its_table_has_an_index_only_the_lab_can_make():
    source, live, lab = joined()
    assert source.prepare([PLAIN, TAGS, EMAIL]) == {}
    assert source.cost(BY_TAGS, frozenset({TAGS})).source == lab.info
    assert source.cost(BY_TAGS, frozenset({PLAIN})).source == lab.info
    assert source.cost(BY_EMAIL, frozenset({EMAIL})).source == live.info
    assert [sample for sample, _ in live.asked] == [BY_EMAIL]
    assert source.skipped == ()
    assert source.effort.explains == 3


@pytest.mark.parametrize(("index", "sample", "kind"), [
    (PLAIN, BY_TAGS, "hypopg"), (TAGS, BY_TAGS, "lab"), (TAGS, BY_EMAIL, "hypopg"), (TAGS, JOIN, "lab"),
    (LOWER, BY_EMAIL, "lab"), (LOWER, BY_TAGS, "hypopg"), (OPEN, BY_TAGS, "hypopg"), (OPEN, JOIN, "lab"),
], ids=lambda value: getattr(value, "text", None) or str(value).replace("public.", ""))  # fmt: skip
def test_what_hypopg_sees_too_little_of_is_the_labs(index, sample, kind):
    source, _, _ = joined()
    source.prepare([PLAIN, EMAIL, index])
    assert source.cost(sample, NONE).source.kind == kind


@given(st.lists(st.tuples(st.sampled_from(list(READINGS)), st.frozensets(st.sampled_from([PLAIN, TAGS, OPEN, EMAIL, LOWER])))))
def test_every_statement_is_always_answered_by_one_source(questions):
    source, _, _ = joined()
    source.prepare([PLAIN, TAGS, OPEN, EMAIL, LOWER])
    answered = {}
    for sample, indexes in questions:
        answer = source.cost(sample, indexes)
        assert answer.used <= indexes
        assert answered.setdefault(sample, answer.source) == answer.source


def test_a_statement_that_the_lab_cannot_plan_falls_back_and_its_unjudged_indexes_are_named():
    lab = Named(plans(900.0, TAGS=9.0, OPEN=27.0), failing=["by tags"])
    source, live, _ = joined(lab=lab)
    source.prepare([PLAIN, TAGS, OPEN])
    costs = CachedCosts(source)
    costs.prepare([PLAIN, TAGS, OPEN])
    assert costs.cost(BY_TAGS, NONE).source == live.info
    assert costs.cost(BY_TAGS, frozenset({TAGS, PLAIN})).used == {PLAIN}
    assert costs.cost(BY_TAGS, frozenset({TAGS})).total_cost == 1000.0
    assert len(lab.asked) == 1, "the lab is not asked again"
    (said,) = source.skipped
    assert said == Skipped("whatif", "query a1", f"the lab cannot plan it (refused: by tags); not costed for it: {TAGS}")


def test_caveats_are_those_of_the_source_that_judges():
    source, _, _ = joined()
    source.prepare([PLAIN, OPEN, LOWER])
    assert source.caveat(PLAIN) is None
    assert source.caveat(LOWER) == "lab guessed"
    assert source.caveat(OPEN) is None
    lab = Named(plans(900.0), failing=["by email"])
    fallen, _, _ = joined(lab=lab)
    fallen.prepare([LOWER])
    fallen.cost(BY_EMAIL, NONE)
    assert fallen.caveat(LOWER) == "lab guessed; HypoPG knows little of it"


def test_a_refusal_after_the_first_answer_is_one_and_changes_no_source():
    source, live, lab = joined()
    source.prepare([PLAIN, TAGS])
    source.cost(BY_TAGS, NONE)
    lab._failing = frozenset({"by tags"})
    with pytest.raises(StatementFailed):
        source.cost(BY_TAGS, frozenset({TAGS}))
    assert live.asked == []


def test_what_both_refuse_is_refused_in_the_servers_words():
    live = Live(plans(1000.0), refused=NO_GIN, failing=["by tags"])
    lab = Named(plans(900.0), failing=["by tags"])
    source, _, _ = joined(live, lab)
    source.prepare([TAGS])
    with pytest.raises(StatementFailed, match="by tags"):
        source.cost(BY_TAGS, NONE)
    assert [len(live.asked), len(lab.asked)] == [1, 1]


def test_an_index_that_neither_can_make_is_refused_with_both_reasons():
    lab = Named(plans(900.0), refused={TAGS: "the lab lacks the type"})
    source, _, _ = joined(lab=lab)
    assert source.prepare([PLAIN, TAGS]) == {TAGS: "HypoPG cannot create gin indexes; the lab lacks the type"}
    assert source.cost(BY_TAGS, frozenset({PLAIN})).source.kind == "hypopg"


@pytest.mark.parametrize(("by_lab", "kind", "lost"), [(9.0, "lab", PLAIN), (800.0, "hypopg", TAGS)])
def test_where_each_has_an_index_of_its_own_the_larger_saving_decides(by_lab, kind, lost):
    live = Live(plans(1000.0, PLAIN=50.0), refused=NO_GIN)
    lab = Named(plans(900.0, TAGS=by_lab), refused={PLAIN: "its column has a type the lab lacks"})
    source, _, _ = joined(live, lab)
    assert source.prepare([PLAIN, TAGS]) == {}
    answers = [source.cost(BY_TAGS, indexes) for indexes in (NONE, frozenset({PLAIN}), frozenset({TAGS}), frozenset({PLAIN, TAGS}))]
    assert {answer.source.kind for answer in answers} == {kind}
    (said,) = source.skipped
    assert str(lost) in said.reason
    assert said.subject == "query a1"


def test_sizes_are_the_labs_and_without_a_lab_its_models():
    source, _, _ = joined()
    source.prepare([PLAIN, TAGS])
    assert source.size_bytes(PLAIN) == 1 << 16
    assert source.size_bytes(TAGS) == 1 << 18
    alone, live, lab = joined()
    alone.prepare([PLAIN, EMAIL])
    assert lab.asked == []
    assert 0 < alone.size_bytes(PLAIN) < live.size_bytes(PLAIN)
    assert alone.size_bytes(EMAIL) == live.size_bytes(EMAIL), "its table is not in the catalog: no model can tell"


def test_the_lab_is_started_once_and_only_for_what_needs_it():
    started = []

    def start():
        started.append(1)
        return Named(plans(900.0, PLAIN=45.0, TAGS=9.0))

    source = JoinedCosts(Live(plans(1000.0, PLAIN=50.0), refused=NO_GIN), CATALOG, start)
    source.route_by(READINGS.get)
    source.prepare([PLAIN])
    assert started == []
    assert source.info.kind == "hypopg"
    source.prepare([TAGS])
    source.prepare([TAGS, OPEN])
    assert started == [1]
    assert source.cost(BY_TAGS, frozenset({PLAIN, TAGS})).used == {TAGS}, "what was prepared before is known to the lab too"


def test_without_a_lab_hypopg_answers_alone_and_says_so():
    def fail():
        raise LabError("no PostgreSQL 18", hint="install it")

    source = JoinedCosts(Live(plans(1000.0, PLAIN=50.0), refused=NO_GIN), CATALOG, fail)
    refused = source.prepare([PLAIN, TAGS])
    assert refused == {TAGS: "HypoPG cannot create gin indexes; the lab could not be started: no PostgreSQL 18 (install it)"}
    assert source.cost(BY_TAGS, frozenset({PLAIN})).source.kind == "hypopg"
    assert source.info.kind == "hypopg"
    assert [said.reason for said in source.skipped] == [
        "the lab could not be started: no PostgreSQL 18 (install it); HypoPG answers alone"
    ]


def test_one_sentence_names_both_versions():
    source, _, _ = joined()
    source.prepare([PLAIN, TAGS, EMAIL])
    source.cost(BY_TAGS, NONE)
    source.cost(BY_EMAIL, NONE)
    info = source.info
    assert (info.kind, info.server_version) == ("hypopg+lab", "15.4 (Debian 15.4-1)")
    assert "1 by HypoPG 1.4.1 on the server itself (PostgreSQL 15.4)" in info.description
    assert "PostgreSQL 18.1" in info.description


def test_without_readings_a_statement_may_read_anything():
    source, _, _ = joined(readings={})
    source.prepare([PLAIN, TAGS])
    assert source.cost(BY_EMAIL, NONE).source.kind == "lab"


def test_over_a_table_whose_statistics_are_hidden_only_the_server_is_asked():
    hidden = replace(CATALOG.tables[0], columns=tuple(replace(column, statistics=None) for column in COLUMNS))
    live, lab = Live(plans(1000.0, PLAIN=50.0), refused=NO_GIN), Named(plans(900.0, TAGS=9.0))
    source = JoinedCosts(live, replace(CATALOG, tables=(hidden,)), lambda: lab)
    source.route_by(READINGS.get)
    source.prepare([PLAIN, TAGS])
    assert source.cost(BY_TAGS, frozenset({TAGS})).source == live.info
    (said,) = source.skipped
    assert "may not read the statistics of orders" in said.reason
    assert str(TAGS) in said.reason
    # never analyzed is not hidden: nobody knows more
    empty = replace(CATALOG, tables=(replace(hidden, rows=None),))
    source = JoinedCosts(live, empty, lambda: lab)
    source.route_by(READINGS.get)
    source.prepare([PLAIN, TAGS])
    assert source.cost(BY_TAGS, NONE).source == lab.info


def test_closing_closes_both():
    source, live, lab = joined()
    source.prepare([TAGS])
    source.close()
    assert live.closed
    assert lab.closed


def test_threads_that_ask_the_same_first_question_agree():
    source, _, _ = joined()
    source.prepare([PLAIN, TAGS, EMAIL])
    answers = []
    threads = [Thread(target=lambda: answers.append(source.cost(BY_TAGS, NONE).source.kind)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["lab"] * 8


def test_the_cache_in_front_lets_as_many_questions_through_as_the_lab_takes():
    source = JoinedCosts(Live(plans(1000.0)), CATALOG, lambda: Named(plans(900.0)), jobs=3)
    assert CachedCosts(source).jobs == 3
    with source as same:
        assert same is source


class Hiding(Named):
    """A lab that can look away from what exists: everything costs 200 more without it."""

    def cost_without(self, sample, indexes, gone):
        there = self.cost(sample, indexes)
        return there, replace(there, total_cost=there.total_cost + 200 * len(gone))


GONE = frozenset({TableName("public", "orders_customer_id_idx")})


def test_what_a_drop_costs_is_the_labs_to_say_which_is_started_for_it():
    lab = Hiding(plans(900.0, PLAIN=45.0, EMAIL=35.0))
    source, live, _ = joined(lab=lab)
    source.prepare([PLAIN, EMAIL])
    assert source.cost(BY_EMAIL, frozenset({EMAIL})).source == live.info
    assert lab.asked == []
    there, without = source.cost_without(BY_EMAIL, frozenset({EMAIL, PLAIN}), GONE)
    assert (there.total_cost, without.total_cost) == (35.0, 235.0)
    # what it was started for changes nobody's source
    assert source.cost(BY_EMAIL, frozenset({EMAIL})).source == live.info


def test_what_a_drop_costs_is_unknown_where_the_lab_knows_less():
    no_email = Hiding(plans(900.0), refused={EMAIL: "its column has a type that the lab lacks"})
    source, _, _ = joined(lab=no_email)
    source.prepare([PLAIN, EMAIL])
    assert source.cost_without(BY_EMAIL, frozenset({EMAIL}), GONE) is None
    assert source.cost_without(BY_TAGS, frozenset({EMAIL}), GONE) is not None

    def broken():
        raise LabError("no room")

    source = JoinedCosts(Live(plans(1000.0)), CATALOG, broken)
    source.prepare([PLAIN])
    assert source.cost_without(BY_TAGS, NONE, GONE) is None
    assert [item.subject for item in source.skipped] == ["lab"]
    bare = replace(CATALOG, tables=tuple(replace(t, columns=tuple(replace(c, statistics=None) for c in t.columns)) for t in CATALOG.tables))
    source = JoinedCosts(Live(plans(1000.0)), bare, lambda: Hiding(plans(900.0)))
    source.route_by(READINGS.get)
    source.prepare([PLAIN])
    assert source.cost_without(BY_TAGS, NONE, GONE) is None
