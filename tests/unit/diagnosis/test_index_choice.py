"""Which of the candidates is proposed: the smallest that gives nearly all of the gain, several only where one is not enough."""

from __future__ import annotations

import pytest

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.diagnosis.index_choice import MOST_QUESTIONS, IndexChoice
from indexadvisor.diagnosis.questions import Questions, same_source
from indexadvisor.settings import Limits
from indexadvisor.whatif.interface import SourceInfo
from indexadvisor.workload.model import Sample
from tests.fakes.costs import ModelCosts, answer
from tests.fakes.schema import catalog_from_sql

TEXT = "SELECT 1"
TABLE = TableName("public", "t")
NONE = frozenset()


def index(*columns, **more):
    return IndexDef(TABLE, tuple(IndexKey(column) for column in columns), **more)


A, B, AB, ABC = index("a"), index("b"), index("a", "b"), index("a", "b", include=("c",))
PARTIAL, BRIN = index("a", predicate="b = 1"), index("a", method="brin")
SIZES = {A: 100, B: 100, AB: 150, ABC: 400, PARTIAL: 10, BRIN: 1}


def choose(plans, candidates, first=(), serves=lambda _: True, sizes=SIZES):
    costs = ModelCosts({TEXT: [(NONE, 1000.0), *((frozenset(used), cost) for used, cost in plans)]}, sizes=sizes)
    questions = Questions(costs, catalog_from_sql("CREATE TABLE t (a int, b int, c int)"), Limits())
    costs.prepare(candidates)
    sample = Sample(TEXT, ())
    return IndexChoice(questions, sample, questions.cost(sample)).best(candidates, first, serves), costs


@pytest.mark.parametrize(
    ("plans", "candidates", "first", "chosen", "other"),
    [
        pytest.param([([A], 30.0), ([ABC], 10.0)], [A, ABC], (), {A}, {ABC}, id="nearly all of the cost saved"),
        pytest.param([([A], 100.0), ([AB], 15.0), ([ABC], 8.0)], [A, AB, ABC], (), {AB}, {ABC}, id="ten times is not a hundred times"),
        pytest.param([([A], 30.0), ([B], 30.0)], [A, B], (B,), {B}, None, id="what the finding named comes first"),
        pytest.param([([A], 30.0), ([PARTIAL], 28.0)], [PARTIAL, A], (), {A}, {PARTIAL}, id="plain before partial"),
        pytest.param([([A], 30.0), ([BRIN], 30.0)], [BRIN, A], (), {A}, None, id="btree before BRIN"),
        pytest.param([([A, B], 30.0), ([A], 900.0)], [A, B, ABC], (), {A, B}, None, id="two that only help together"),
        pytest.param([([A, B, ABC], 40.0), ([A, B], 41.0), ([A], 500.0), ([B], 500.0)], [A, B, ABC], (), {A, B}, {A, B, ABC}, id="trimmed"),
        pytest.param([([A], 30.0), ([B], 25.0), ([AB], 1.0), ([ABC], 20.0)], [A, B, AB], (), {B}, {AB}, id="as small and cheaper"),
        pytest.param([([A], 995.0)], [A], (), None, None, id="a gain below one in a hundred"),
        pytest.param([([A], 1000.0)], [A], (), None, None, id="no gain"),
        pytest.param([([A], 0.0)], [A], (), {A}, None, id="a cost of nothing"),
    ],
)
def test_what_is_chosen(plans, candidates, first, chosen, other):
    found, _ = choose(plans, candidates, first)
    assert (None if found.chosen is None else found.chosen.used) == (None if chosen is None else frozenset(chosen))
    assert (None if found.other is None else found.other.used) == (None if other is None else frozenset(other))


def test_an_index_must_serve_the_node_it_is_for():
    found, _ = choose([([A], 30.0), ([AB], 29.0)], [A, AB], serves=lambda given: AB in given.used)
    assert found.chosen.used == {AB}
    found, _ = choose([([A], 30.0)], [A], serves=lambda _: False)
    assert found.chosen is None


def test_unknown_sizes_are_tried_last():
    found, _ = choose([([A], 30.0), ([AB], 30.0)], [A, AB], sizes={AB: 10**9})
    assert found.chosen.used == {AB}


def test_questions_have_an_end():
    many = [index("a", "b", include=(f"c{number}",)) for number in range(200)]
    found, costs = choose([(many[:90], 10.0)], many)
    assert found.chosen.used == frozenset(many[:90])
    assert costs.effort.explains <= MOST_QUESTIONS + 1


def test_costs_of_two_planners_are_not_compared():
    here, there = (SourceInfo(kind, "15", "") for kind in ("hypopg", "lab"))
    one, other, unsaid = answer(1.0), answer(2.0), answer(3.0)
    one, other = (type(each)(each.total_cost, each.used, each.plan, {}, source) for each, source in ((one, here), (other, there)))
    assert not same_source(one, other)
    assert same_source(one, one)
    assert same_source(one, unsaid)
