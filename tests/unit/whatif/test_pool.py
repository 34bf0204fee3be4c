"""The pool: each question takes a free source, all sources learn the same, and the account is of all of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.errors import StatementFailed, WhatIfError
from indexadvisor.findings import Skipped
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.pool import PooledCosts
from indexadvisor.workload.model import Sample
from tests.fakes.costs import NONE, ModelCosts

A, B, C = (IndexDef(TableName("public", "orders"), (IndexKey(name),)) for name in "abc")
SAMPLES = [Sample(f"select {number}") for number in range(20)]
PLANS = {each.text: [(NONE, 100.0 + n), (frozenset({A}), 10.0 + n), (frozenset({A, B}), 1.0 + n)] for n, each in enumerate(SAMPLES)}
WAIT_S = 20


class Watched(ModelCosts):
    """Fails where two threads are inside at once; ``gate`` holds every question until so many are under way."""

    def __init__(self, *args, gate=None, skips=(), **options):
        super().__init__(*args, **options)
        self._inside = threading.Lock()
        self._gate = gate
        self._skips = skips

    @property
    def skipped(self):
        return tuple(Skipped("lab", name, "because") for name in self._skips)

    def _answer(self, sample, indexes):
        assert self._inside.acquire(blocking=False), "two questions at once to one source"
        try:
            if self._gate is not None:
                self._gate.wait(WAIT_S)
            return super()._answer(sample, indexes)
        finally:
            self._inside.release()


def test_as_many_questions_are_under_way_as_there_are_sources():
    # the barrier opens only where three questions are asked at the same time
    gate = threading.Barrier(3)
    pool = PooledCosts([Watched(PLANS, gate=gate) for _ in range(3)])
    pool.prepare([A, B])
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda sample: pool.cost(sample, frozenset({A})), SAMPLES[:18]))
    assert [answer.total_cost for answer in answers] == [10.0 + n for n in range(18)]
    assert (pool.jobs, pool.effort.explains) == (3, 18)


def test_more_threads_than_sources_wait_their_turn():
    sources = [Watched(PLANS) for _ in range(2)]
    pool = PooledCosts(sources)
    pool.prepare([A, B])
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda sample: pool.cost(sample, frozenset({A, B})), SAMPLES * 5))
    assert [answer.total_cost for answer in answers] == [1.0 + n for n in range(20)] * 5
    assert sum(len(source.asked) for source in sources) == pool.effort.explains == 100


def test_one_thread_stays_with_one_source():
    sources = [Watched(PLANS) for _ in range(3)]
    pool = PooledCosts(sources)
    for sample in SAMPLES:
        pool.cost(sample, NONE)
    assert sorted(len(source.asked) for source in sources) == [0, 0, 20]


def test_a_refusal_by_one_source_is_one_by_the_pool():
    pool = PooledCosts([Watched(PLANS), Watched(PLANS, refused={B: "no room"}, sizes={A: 8192})])
    assert pool.prepare([A, B]) == {B: "no room"}
    assert pool.prepare([B]) == {B: "no room"}
    with pytest.raises(WhatIfError):
        pool.cost(SAMPLES[0], frozenset({A, B}))
    assert pool.size_bytes(B) is None


def test_a_failed_question_gives_its_source_back():
    pool = PooledCosts([Watched(PLANS, failing=[SAMPLES[0].text])])
    for _ in range(3):
        with pytest.raises(StatementFailed):
            pool.cost(SAMPLES[0], NONE)
    assert pool.cost(SAMPLES[1], NONE).total_cost == 101.0


def test_what_was_left_out_is_said_once_in_an_order_that_no_thread_decides():
    one, two = Watched(PLANS, skips=["z", "a"]), Watched(PLANS, skips=["z", "a"])
    pool = PooledCosts([one, two])
    two._skips = ("z", "a", "m", "b")
    one._skips = ("z", "a", "m")
    assert [each.subject for each in pool.skipped] == ["z", "a", "b", "m"]


def test_every_source_is_closed_also_where_one_fails():
    class Broken(Watched):
        def close(self):
            super().close()
            raise StatementFailed("gone")

    sources = [Watched(PLANS), Broken(PLANS), Watched(PLANS)]
    with pytest.raises(StatementFailed, match="gone"), PooledCosts(sources):
        pass
    assert all(source.closed for source in sources)


def test_after_close_nobody_waits_for_ever():
    entered, leave = threading.Event(), threading.Event()

    class Slow(Watched):
        def _answer(self, sample, indexes):
            entered.set()
            assert leave.wait(WAIT_S)
            return super()._answer(sample, indexes)

    pool = PooledCosts([Slow(PLANS)])
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(pool.cost, SAMPLES[0], NONE)
        assert entered.wait(WAIT_S)
        second = threads.submit(pool.cost, SAMPLES[1], NONE)
        pool.close()
        # refused while the first is still under way
        assert isinstance(second.exception(WAIT_S), WhatIfError)
        leave.set()
        assert first.result(WAIT_S).total_cost == 100.0
    with pytest.raises(WhatIfError, match="closed"):
        pool.prepare([A])


def test_the_source_says_how_many():
    alone, pair = PooledCosts([Watched(PLANS)]), PooledCosts([Watched(PLANS), Watched(PLANS)])
    assert alone.info.description == "costs written down in a test"
    assert "2 of them" in pair.info.description
    assert pair.cost(SAMPLES[0], NONE).source == pair.info
    with pytest.raises(ValueError, match="needs a source"):
        PooledCosts([])


def test_the_cache_in_front_counts_the_same_with_any_number_of_threads():
    def run(jobs):
        costs = CachedCosts(PooledCosts([Watched(PLANS) for _ in range(jobs)]))
        assert costs.jobs == jobs
        costs.prepare([A, B, C])
        wanted = [frozenset({A, B, C}), frozenset({A, B}), frozenset({A}), NONE, frozenset({A, C})]
        with ThreadPoolExecutor(jobs) as threads:
            answers = list(threads.map(lambda sample: [costs.cost(sample, each) for each in wanted], SAMPLES * 3))
        return [[answer.total_cost for answer in each] for each in answers], costs.effort

    answers, effort = run(1)
    assert run(4) == (answers, effort)
    # of each sample's five sets one is between a plan's used and enabled indexes, and each sample is asked about three times
    assert (effort.explains, effort.questions) == (4 * len(SAMPLES), 3 * 5 * len(SAMPLES))
