"""The program from below with what a known set costs as its cutoff: the bound stays the exact optimum, whatever is left out on the way."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.candidates.model import Candidate
from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.selection.problem import Floor, Offer, Statement
from indexadvisor.selection.program import relax
from indexadvisor.selection.rules import Rules
from indexadvisor.selection.rungs import ladder
from indexadvisor.settings import Limits
from indexadvisor.workload.model import Sample

TABLES = TableName("public", "orders"), TableName("public", "items")
INDEXES = tuple(IndexDef(table, (IndexKey(column=name),)) for table in TABLES for name in "abc")
PAGE = 8192
ALL = [frozenset(some) for some in chain.from_iterable(combinations(INDEXES, n) for n in range(len(INDEXES) + 1))]


@st.composite
def problems(draw):
    """Costs of two statements under every set (never dearer with more indexes), offers, and conflicting pairs."""
    plans = []
    for _ in range(2):
        used = st.frozensets(st.sampled_from(INDEXES), min_size=1, max_size=2)
        plans.append([(frozenset(), 1e6), *draw(st.lists(st.tuples(used, st.integers(1, 900).map(float)), max_size=5))])
    costs = [{some: min(cost for used, cost in each if used <= some) for some in ALL} for each in plans]
    offers = {
        index: Offer(Candidate(index, "btree"), PAGE * draw(st.integers(1, 9)), float(draw(st.integers(0, 50)))) for index in INDEXES
    }
    pairs = st.sampled_from([pair for pair in combinations(INDEXES, 2) if pair[0].table == pair[1].table])
    return costs, offers, draw(st.lists(pairs, max_size=3, unique=True))


def priced(costs, offers, some):
    return sum(each[some] for each in costs) + sum(offers[index].tax for index in some)


@given(problems(), st.integers(0, 30), st.sampled_from([None, 1, 2]), st.data())
@settings(max_examples=25, deadline=None)
def test_every_answer_known_the_bound_is_the_optimum(problem, pages, per_table, data):
    costs, offers, conflicts = problem
    rules = Rules(offers, Limits(budget_bytes=pages * PAGE, max_indexes_per_table=per_table), conflicts=conflicts)
    permitted = [some for some in ALL if rules.permits(some)]
    best = min(priced(costs, offers, some) for some in permitted)
    known = data.draw(st.sampled_from(permitted))
    ladders = {}
    for each in costs:
        floors = [Floor(some, cost, frozenset()) for some, cost in each.items()]
        ladders[Statement("q", Sample("q"), 1.0, frozenset(INDEXES))] = ladder(floors, frozenset(INDEXES), 1e-9)
    relaxed = relax(ladders, rules, precision=1e-6, start=known, cutoff=priced(costs, offers, known))
    assert relaxed is not None
    assert relaxed.bound == pytest.approx(best, rel=1e-5)
    assert rules.permits(relaxed.indexes)


def test_a_set_beyond_the_rules_is_not_permitted():
    a, b, c = INDEXES[:3]
    offers = {index: Offer(Candidate(index, "btree"), PAGE, 0.0) for index in INDEXES}
    rules = Rules(offers, Limits(budget_bytes=2 * PAGE), frozenset({a}), frozenset({b}), {(a, c)})
    assert rules.permits(frozenset({a}))
    assert rules.permits(frozenset({a, INDEXES[3]}))
    assert not rules.permits(frozenset())
    assert not rules.permits(frozenset({a, b}))
    assert not rules.permits(frozenset({a, c}))
    assert not rules.permits(frozenset({a, *INDEXES[3:5]}))
