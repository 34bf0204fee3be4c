"""The cache answers from earlier plans, and never differently from the source behind it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.errors import StatementFailed, WhatIfError
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.interface import SourceInfo
from indexadvisor.workload.model import Sample
from tests.fakes.costs import NONE, ModelCosts, TableCosts

ORDERS, USERS = TableName("public", "orders"), TableName("public", "users")
A, B, C = (IndexDef(ORDERS, (IndexKey(name),)) for name in "abc")
D = IndexDef(USERS, (IndexKey("d"),))
QUERY = Sample("select 1")


def sets(*indexes):
    return frozenset(indexes)


def cached(plans, tables=None, **options):
    source = ModelCosts(plans, **options)
    costs = CachedCosts(source, tables)
    costs.prepare([A, B, C, D])
    return costs, source


def test_every_set_between_used_and_enabled_needs_no_call():
    costs, source = cached({QUERY.text: [(NONE, 100.0), (sets(A), 10.0)]})
    full = costs.cost(QUERY, sets(A, B, C))
    assert [costs.cost(QUERY, wanted) for wanted in (sets(A), sets(A, B), sets(A, C))] == [full] * 3
    assert (len(source.asked), costs.effort.explains, costs.effort.cache_hits) == (1, 1, 3)


def test_a_set_without_a_used_index_or_with_an_unknown_one_is_asked():
    costs, source = cached({QUERY.text: [(NONE, 100.0), (sets(A), 10.0), (sets(C), 1.0)]})
    costs.cost(QUERY, sets(A, B))
    assert costs.cost(QUERY, sets(B)).total_cost == 100.0
    assert costs.cost(QUERY, sets(A, C)).total_cost == 1.0
    assert len(source.asked) == 3


def test_answers_belong_to_their_sample():
    other = Sample("select 1", parameters=("7",))
    costs, source = cached({QUERY.text: [(NONE, 100.0)]})
    costs.cost(QUERY, NONE)
    costs.cost(other, NONE)
    assert len(source.asked) == 2


def test_indexes_on_tables_the_statement_does_not_touch_cause_no_call():
    costs, source = cached({QUERY.text: [(NONE, 100.0), (sets(A), 10.0)]}, lambda sample: frozenset({ORDERS}))
    first = costs.cost(QUERY, sets(A))
    assert costs.cost(QUERY, sets(A, D)) == first
    assert source.asked == [(QUERY, sets(A))]
    costs.cost(QUERY, sets(D))
    assert source.asked[1] == (QUERY, NONE)


def test_unknown_tables_leave_nothing_out():
    costs, source = cached({QUERY.text: [(NONE, 100.0), (sets(D), 10.0)]}, lambda sample: None)
    assert costs.cost(QUERY, sets(D)).used == sets(D)
    assert source.asked == [(QUERY, sets(D))]


def test_a_statement_refused_for_what_it_says_is_sent_once():
    costs, source = cached({QUERY.text: [(NONE, 1.0)]}, failing=[QUERY.text])
    for wanted in (NONE, sets(A)):
        with pytest.raises(StatementFailed):
            costs.cost(QUERY, wanted)
    assert (len(source.asked), costs.effort.cache_hits) == (1, 1)


def test_a_time_out_is_tried_again():
    class Slow(ModelCosts):
        def _answer(self, sample, indexes):
            if len(self.asked) == 1:
                raise StatementFailed("canceling statement due to statement timeout", sqlstate="57014")
            return super()._answer(sample, indexes)

    costs = CachedCosts(Slow({QUERY.text: [(NONE, 1.0)]}))
    with pytest.raises(StatementFailed):
        costs.cost(QUERY, NONE)
    assert costs.cost(QUERY, NONE).total_cost == 1.0


def test_a_unique_index_counts_as_used_because_it_proves_rows_distinct():
    unique = replace(B, unique=True)
    # with the unique index a join is removed: cheaper, though no node scans the index
    costs = CachedCosts(source := TableCosts({(QUERY.text, sets(A, unique)): (5.0, sets(A)), (QUERY.text, sets(A)): (10.0, sets(A))}))
    costs.prepare([A, unique])
    assert [costs.cost(QUERY, wanted).total_cost for wanted in (sets(A, unique), sets(A))] == [5.0, 10.0]
    assert len(source.asked) == 2


@pytest.mark.parametrize(("kind", "calls"), [("hypopg", 1), ("trial", 2)])
def test_an_expression_index_counts_as_used_where_it_has_statistics(kind, calls):
    class Named(TableCosts):
        @property
        def info(self):
            return SourceInfo(kind, "15", "")

    expression = IndexDef(ORDERS, (IndexKey(expression="lower(a)"),))
    source = Named({(QUERY.text, sets(A, expression)): (5.0, sets(A)), (QUERY.text, sets(A)): (5.0, sets(A))})
    costs = CachedCosts(source)
    costs.prepare([A, expression])
    costs.cost(QUERY, sets(A, expression))
    costs.cost(QUERY, sets(A))
    assert len(source.asked) == calls


def test_passes_on_sizes_refusals_and_close():
    source = ModelCosts({QUERY.text: [(NONE, 1.0)]}, sizes={A: 8192}, refused={B: "HypoPG cannot create gin indexes"})
    costs = CachedCosts(source)
    assert costs.prepare([A, B]) == {B: "HypoPG cannot create gin indexes"}
    assert (costs.size_bytes(A), costs.size_bytes(B)) == (8192, None)
    costs.close()
    assert source.closed


def test_an_index_nobody_prepared_is_an_error():
    with pytest.raises(WhatIfError):
        CachedCosts(ModelCosts({QUERY.text: [(NONE, 1.0)]})).cost(QUERY, sets(A))


POOL = (A, B, C, D)
subsets = st.sets(st.sampled_from(POOL)).map(frozenset)
plan_lists = st.lists(st.tuples(subsets, st.integers(1, 9).map(float)), max_size=6).map(lambda plans: [(NONE, 9.0), *plans])


@given(plans=plan_lists, questions=st.lists(subsets, min_size=1, max_size=12), restricted=st.booleans())
def test_cached_answers_equal_direct_ones(plans, questions, restricted):
    """Costs are equal; the plan may be another of equal cost, but it can always be had with the asked set."""
    tables = (lambda sample: frozenset({ORDERS, USERS})) if restricted else None
    costs, source = cached({QUERY.text: plans}, tables)
    direct = ModelCosts({QUERY.text: plans})
    direct.prepare(POOL)
    for question in questions:
        answer = costs.cost(QUERY, question)
        assert answer.total_cost == direct.cost(QUERY, question).total_cost
        assert answer.used <= question
        assert (answer.used, answer.total_cost) in plans
    assert len(source.asked) == costs.effort.explains == len(set(source.asked)) <= len(set(questions))
    assert costs.effort.questions == len(questions)


def test_a_source_of_one_job_is_asked_one_question_at_a_time():
    class Alone(ModelCosts):
        inside = threading.Lock()

        def _answer(self, sample, indexes):
            assert self.inside.acquire(blocking=False), "two questions at once"
            try:
                return super()._answer(sample, indexes)
            finally:
                self.inside.release()

    samples = [Sample(f"select {number}") for number in range(50)]
    costs = CachedCosts(Alone({sample.text: [(NONE, 1.0)] for sample in samples}))
    assert costs.jobs == 1
    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(lambda sample: costs.cost(sample, NONE), samples * 4))) == 200
    assert (costs.effort.explains, costs.effort.cache_hits) == (50, 150)


def test_a_statement_refused_for_what_it_says_is_sent_once_by_any_number_of_threads():
    costs, source = cached({QUERY.text: [(NONE, 1.0)]}, failing=[QUERY.text])
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(costs.cost, QUERY, NONE) for _ in range(40)]
    assert all(isinstance(each.exception(), StatementFailed) for each in asked)
    assert (len(source.asked), costs.effort.cache_hits) == (1, 39)
