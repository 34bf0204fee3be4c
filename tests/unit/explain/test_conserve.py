"""Whatever the true times were, the intervals narrowed from their rounded averages hold them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.explain.conserve import conserve
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.placement import Charge

TOLERANCE = 1e-6


@st.composite
def executions(draw):
    """True own times, and who paid how much of whom: numbers grow downwards, so that a payer always comes first."""
    size = draw(st.integers(2, 9))
    own = [draw(st.floats(0, 50)) for _ in range(size)]
    loops = [draw(st.sampled_from([1, 1, 7, 1000, 90_000])) for _ in range(size)]
    payers = {number: draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=3, unique=True)) for number in range(1, size)}
    shares = {number: [draw(st.integers(1, 50)) for _ in payers[number]] for number in payers}
    spent = list(own)
    for number in range(size - 1, 0, -1):
        for payer, weight in zip(payers[number], shares[number], strict=True):
            spent[payer] += spent[number] * weight / sum(shares[number])
    return own, spent, loops, payers


@settings(max_examples=150, deadline=None)
@given(executions())
def test_true_times_are_never_lost(execution):
    own, spent, loops, payers = execution
    printed = [round(total / count, 3) for total, count in zip(spent, loops, strict=True)]
    measured = {
        number: Interval(max(0.0, average - 0.0005) * count, (average + 0.0005) * count)
        for number, (average, count) in enumerate(zip(printed, loops, strict=True))
    }
    found = conserve(measured, [Charge(number, tuple(payers[number])) for number in sorted(payers)])
    assert not found.strained
    for number, total in enumerate(spent):
        narrowed, alone = found.spent[number], found.own(number)
        assert narrowed.low - TOLERANCE <= total <= narrowed.high + TOLERANCE
        assert alone.low - TOLERANCE <= own[number] <= alone.high + TOLERANCE
        assert alone.low >= 0
        assert narrowed.low >= measured[number].low - TOLERANCE
        assert narrowed.high <= measured[number].high + TOLERANCE
    assert sum(found.own(number).low for number in measured) <= spent[0] + TOLERANCE


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 100), st.integers(1, 10_000), st.integers(0, 7)), min_size=1, max_size=12))
def test_any_numbers_at_all_give_times_that_are_not_negative(nodes):
    """Hostile input: no order, no sense."""
    measured = {number: Interval(max(0.0, time - 0.0005) * loops, (time + 0.0005) * loops) for number, (time, loops, _) in enumerate(nodes)}
    charges = [Charge(number, (parent % number,)) for number, (_, _, parent) in enumerate(nodes) if number]
    found = conserve(measured, charges)
    for number in measured:
        assert 0 <= found.own(number).low <= found.own(number).high
    total = found.spent[0]
    assert sum(found.own(number).low for number in measured) <= total.high + 1e-3
    assert sum(found.own(number).high for number in measured) >= total.low - 1e-3


def test_what_two_could_have_paid_is_bounded_by_what_each_had_room_for():
    measured = {0: Interval(200.0, 200.0), 1: Interval(100.0, 100.0), 2: Interval(101.0, 101.0), 3: Interval(1.0, 1.0)}
    found = conserve(measured, [Charge(1, (2, 3)), Charge(2, (0,)), Charge(3, (0,))])
    assert found.own(2) == Interval(1.0, 2.0)
    assert found.own(3) == Interval(0.0, 1.0)


def test_a_charge_that_its_payers_cannot_hold_is_put_to_the_next():
    measured = {0: Interval(100.0, 100.0), 1: Interval(5.0, 5.0), 2: Interval(50.0, 50.0)}
    found = conserve(measured, [Charge(1, (0,)), Charge(2, (1,), ((0,),))])
    assert not found.strained
    assert found.own(0) == Interval(45.0, 50.0)


def test_parts_longer_than_the_whole_are_scaled_to_it_all_the_way_down():
    measured = {0: Interval(50.0, 50.0), 1: Interval(100.0, 100.0), 2: Interval(80.0, 80.0)}
    found = conserve(measured, [Charge(1, (0,)), Charge(2, (1,))])
    assert found.strained == {0}
    assert [found.spent[number] for number in (0, 1)] == [Interval(50.0, 50.0)] * 2
    assert sum(found.own(number).middle for number in measured) == 50.0


def test_a_charge_that_nobody_can_pay_is_named():
    assert conserve({0: Interval(1.0, 1.0), 1: Interval(1.0, 1.0)}, [Charge(1, (7,))]).strained == {1}
