"""One value that occurs often, or is slow, does not decide for the others: shares are what was captured, however many values there were."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.workload.sampling import Executions

TEXT = "select * from t where a = $1"


def samples_of(common, others, common_ms, other_ms, count=5, seed=1):
    events = [("common", common_ms)] * common + [(str(number), other_ms) for number in range(others)]
    random.Random(seed).shuffle(events)
    seen = Executions()
    for value, ms in events:
        seen.add(TEXT, (value,), 1, ms)
    return {sample.parameters[0]: sample.share for sample in seen.samples(count)}


@pytest.mark.parametrize(
    ("common_ms", "other_ms"), [(1.0, 1.0), (None, None), (100.0, 1.0), (0.1, 10.0)], ids=["even", "untimed", "slow", "fast"]
)
@pytest.mark.parametrize(("common", "others"), [(500, 9500), (100, 2000), (500, 20), (5000, 5000)], ids=str)
def test_a_frequent_value_has_the_share_it_had(common, others, common_ms, other_ms):
    shares = samples_of(common, others, common_ms, other_ms)
    assert shares["common"] == pytest.approx(common / (common + others), abs=0.02)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_no_single_of_many_equal_values_decides_alone():
    assert max(samples_of(0, 5000, 1.0, 1.0).values()) < 0.8


def test_two_samples_are_the_slowest_and_one_for_the_rest():
    seen = Executions()
    for number in range(2000):
        seen.add(TEXT, ("common" if number % 3 == 0 else str(number),), 1, 1.0)
    seen.add(TEXT, ("slowest",), 1, 900.0)
    shares = {sample.parameters[0]: sample.share for sample in seen.samples(2)}
    assert set(shares) == {"common", "slowest"}
    assert shares["slowest"] < 0.01


@given(st.lists(st.tuples(st.integers(0, 200), st.one_of(st.none(), st.floats(0.01, 1000))), min_size=1, max_size=300), st.integers(1, 8))
@settings(max_examples=100, deadline=None)
def test_shares_add_up_and_no_call_is_lost(events, count):
    seen = Executions()
    for value, ms in events:
        seen.add(TEXT, (str(value),), 1, ms)
    samples = seen.samples(count)
    assert 1 <= len(samples) <= count
    assert sum(sample.share for sample in samples) == pytest.approx(1.0)
    assert sum(one.weight for one in seen._real.values()) == len(events)
    assert samples == seen.samples(count)
