"""What is counted over the results of an expression: as ANALYZE would, and never surer than the sample allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.catalog.model import ColumnStatistics
from indexadvisor.lab.counted import Result, counted, counted_by_chance, counted_elements, distinct_values


def results(texts, common=0, elements=None):
    order = {text: place for place, text in enumerate(sorted({text for text in texts if text is not None}))}
    return [
        Result(text, 5, order.get(text, 0), 1 / len(texts), place < common, None if elements is None else elements[place])
        for place, text in enumerate(texts)
    ]


def test_a_few_results_are_all_listed_with_their_shares():
    found = counted(results(["a", "b"] * 50), ColumnStatistics(0.0, 4, -1.0), 10_000)
    assert found.n_distinct == 2
    assert dict(zip(found.common_values, found.common_frequencies, strict=True)) == pytest.approx({"a": 0.5, "b": 0.5})
    assert found.histogram_bounds == ()


def test_results_without_repetition_in_no_order_are_as_many_as_the_rows():
    texts = [f"{number * 7919 % 1000:03}" for number in range(100)]
    assert counted(results(texts), ColumnStatistics(0.0, 4, -1.0), 10_000).n_distinct == pytest.approx(-1.0)


def test_nulls_of_column_and_expression_add_up():
    found = counted(results(["a"] * 5 + [None] * 5), ColumnStatistics(0.5, 4, 3.0), 1000)
    assert found.null_fraction == 1.0
    assert counted(results([None]), ColumnStatistics(0.0, 4, 3.0), 1000).null_fraction == 1.0


def test_of_several_columns_no_histogram_and_only_what_fills_a_twentieth():
    texts = ["big"] * 200 + [f"x{number}" for number in range(190)] + [None] * 10
    found = counted_by_chance(results(texts), 1e9, 100_000)
    assert found.common_values == ("big",)
    assert found.common_frequencies == (0.5,)
    assert found.null_fraction == pytest.approx(0.025)
    assert found.histogram_bounds == ()
    assert counted_by_chance(results(texts), 250, 100_000).n_distinct == 250


def test_an_element_seen_often_is_as_common_as_it_seems_and_rare_ones_share_the_rest():
    elements = [("all", f"word{number}" if number % 2 else "half") for number in range(200)]
    found = counted_elements(results(["t"] * 200, elements=elements))
    assert found.shares == pytest.approx({"all": 1.0, "half": 0.5})
    # a hundred different ones were seen once each: there must be many more of them
    assert 0 < found.others < 1 / 200
    assert found.counts == (2,) * 200


def test_where_every_element_is_rare_one_is_listed():
    found = counted_elements(results(["t"] * 3, elements=[("a",), ("b",), ("c",)]))
    assert list(found.shares) == ["c"]
    assert found.others <= found.shares["c"]


def test_no_elements_are_none():
    assert counted_elements(results(["t", "u"])) is None
    assert counted_elements(results(["{}", None], elements=[(), None])) is None


@given(st.lists(st.integers(1, 9), min_size=1, max_size=200), st.floats(200, 1e12))
def test_estimates_lie_between_what_was_seen_and_the_population(counts, population):
    seen, once = sum(counts), sum(count == 1 for count in counts)
    if seen <= population:
        found = distinct_values(seen, len(counts), once, population)
        assert len(counts) * (1 - 1e-9) <= found <= population
