"""Events to templates: what is counted, what is kept, what is left out."""

from __future__ import annotations

import random
import sys
from dataclasses import replace

import pytest

from indexadvisor.capture.interface import CaptureReport, QueryEvent
from indexadvisor.capture.pg_stat_statements import VIEW
from indexadvisor.errors import WorkloadError
from indexadvisor.workload import group, to_frame, usable

GROUP = sys.modules["indexadvisor.workload.group"]  # the package has a function of the same name


class Events:
    """A source of events that are given."""

    def __init__(self, *events):
        self.report = CaptureReport(sources=["given"])
        self._events = events

    def events(self):
        for event in self._events:
            yield self.report.saw(event)


def ran(text, ms=None, parameters=None, **more):
    return QueryEvent(text, parameters, total_ms=ms, min_ms=ms, max_ms=ms, **{"source": "pg.log:1", **more})


def viewed(text, calls, ms, **more):
    return QueryEvent(text, None, calls, ms, ms / calls, ms / calls * 2, source=VIEW, **more)


def test_calls_and_times_are_summed():
    events = [ran(f"select * from t where a = {n}", float(n), user="bob") for n in range(1, 101)]
    workload = group(Events(*events, ran("select * from u", 9.0)))
    first, second = workload.groups
    assert (first.calls, first.total_ms, first.mean_ms, first.max_ms) == (100, 5050.0, 50.5, 100.0)
    assert 94 < first.p95_ms < 96
    assert first.normalized == "select * from t where a = $1"
    assert (first.users, first.kind, first.writes) == (("bob",), "select", False)
    assert second.total_ms == 9.0
    assert workload.group(first.query_id) is first
    assert len(first.query_id) == 8


def test_unknown_time_stays_unknown():
    (one,) = group(Events(ran("select 1"))).groups
    assert (one.total_ms, one.mean_ms, one.p95_ms, one.max_ms, one.rows) == (None,) * 5


def test_fetching_on_adds_time_but_no_call():
    (one,) = group(Events(ran("select 1", 3.0), ran("select 1", 4.0, calls=0))).groups
    assert (one.calls, one.total_ms) == (1, 7.0)


def test_a_timeout_is_counted_and_sampled_first_of_all():
    events = [ran("select * from t where a = $1", 1.0, (str(n),)) for n in range(50)]
    (one,) = group(Events(*events, ran("select * from t where a = $1", None, ("slow",), timed_out=True)), samples=2).groups
    assert (one.calls, one.timeouts) == (51, 1)
    assert ("slow",) in {sample.parameters for sample in one.samples}


def test_samples_hold_the_slowest_the_most_frequent_and_add_up():
    rng = random.Random(7)
    text = "select * from t where a = $1"
    events = [ran(text, 1.0 + rng.random(), ("common",)) for _ in range(600)]
    events += [ran(text, 5.0 + rng.random(), (str(n),)) for n in range(300)]
    events += [ran(text, 900.0, ("slowest",))]
    rng.shuffle(events)
    (one,) = group(Events(*events)).groups
    assert len(one.samples) == 5
    assert len({sample.parameters for sample in one.samples}) == 5
    assert sum(sample.share for sample in one.samples) == pytest.approx(1.0)
    assert one.samples[0].parameters == ("common",)
    slowest = next(sample for sample in one.samples if sample.parameters == ("slowest",))
    assert slowest.duration_ms == 900.0
    assert slowest.share < 0.05
    assert group(Events(*events)) == group(Events(*events))


def test_a_share_is_how_often_it_happened():
    events = [ran("select * from t where a = $1", 1.0, ("x",))] * 30 + [ran("select * from t where a = $1", 50.0, ("y",))] * 10
    (one,) = group(Events(*events)).groups
    assert [(sample.parameters, sample.share, sample.duration_ms) for sample in one.samples] == [(("x",), 0.75, 1.0), (("y",), 0.25, 50.0)]


def test_a_text_without_placeholders_needs_no_values():
    (one,) = group(Events(ran("select '$1' from t -- $2"))).groups
    assert one.samples[0].parameters == ()


def test_values_that_do_not_fit_the_text_are_not_used():
    (one,) = group(Events(ran("select $1, $2", 1.0, ("a",)), ran("select $1, $2", 1.0, ("a", "b", "c")))).groups
    assert [sample.parameters for sample in one.samples] == [("a", "b")]


def test_real_samples_are_preferred_to_generic_ones():
    events = [ran("select * from t where a = $1", 1.0)] * 5 + [ran("select * from t where a = 3", 1.0)]
    (one,) = group(Events(*events)).groups
    assert [(sample.text, sample.share) for sample in one.samples] == [("select * from t where a = 3", 1.0)]
    (generic,) = group(Events(*events[:5])).groups
    assert generic.samples[0].generic


def test_log_and_view_count_once():
    events = [ran("select * from t where a = 1", 10.0), ran("select * from t where a = 2", 30.0),
              ran("select * from t where a = 3", 500.0, timed_out=True),
              viewed("select * from t where a = $1", 1000, 2000.0, rows=5)]  # fmt: skip
    (one,) = group(Events(*events)).groups
    assert (one.calls, one.total_ms, one.rows, one.timeouts) == (1001, 2500.0, 5, 1)
    assert not any(sample.generic for sample in one.samples)


def test_the_view_is_shared_among_what_it_hides():
    events = [ran("select * from t where d ->> 'a' = 'x'", 1.0)] * 3 + [ran("select * from t where d ->> 'b' = 'x'", 1.0)]
    workload = group(Events(*events, viewed("select * from t where d ->> $1 = $2", 100, 50.0)))
    assert sorted((one.calls, one.total_ms) for one in workload.groups) == [(25, 12.5), (75, 37.5)]


def test_what_is_no_workload_is_counted_by_reason():
    events = [ran("begin"), ran("commit"), ran("set a = 1"), ran("explain select 1"), ran("vacuum t"), ran("select 1", 1.0)]
    workload = group(Events(*events))
    assert len(workload.groups) == 1
    assert dict(workload.quality.ignored) == {"transaction control": 2, "setting": 1, "explain": 1, "maintenance": 1}
    assert workload.quality.ignored[0] == ("transaction control", 2)


def test_what_cannot_be_parsed_is_named_once_and_counted():
    events = [ran("selekt 1", 1.0, source="pg.log:7"), ran("selekt 1", 1.0, source="pg.log:9"), ran("select 1\x00", source="pg.log:8")]
    workload = group(Events(*events))
    assert workload.groups == ()
    assert workload.quality.unreadable == 3
    assert [(item.stage, item.subject) for item in workload.skipped] == [("workload", "pg.log:7"), ("workload", "pg.log:8")]
    assert "2 calls" in workload.skipped[0].reason
    with pytest.raises(WorkloadError, match=r"pg\.log:7") as caught:
        usable(workload)
    assert caught.value.hint


def test_names_are_bounded_and_counts_are_not(monkeypatch):
    monkeypatch.setattr(GROUP, "MAX_NAMED", 3)
    workload = group(Events(*(ran(f"selekt {n}", source=f"pg.log:{n}") for n in range(10))))
    assert workload.quality.unreadable == 10
    assert workload.skipped[-1].subject == "7 further calls"


def test_several_statements_in_one_text():
    workload = group(Events(ran("begin; update t set a = 1 where b = 2; commit", 5.0), ran("select 1; select 2 from t", 7.0)))
    assert sorted((one.text, one.total_ms) for one in workload.groups if one.total_ms) == [("update t set a = 1 where b = 2", 5.0)]
    assert len(workload.groups) == 3
    assert dict(workload.quality.ignored) == {"transaction control": 2}


def test_a_cursors_time_is_not_its_querys():
    (one,) = group(Events(ran("declare c cursor for select * from t where a = 1", 0.01))).groups
    assert (one.text, one.calls, one.total_ms) == ("select * from t where a = 1", 1, None)


def test_calls_of_an_sql_file_weigh():
    workload = group(Events(QueryEvent("select 1", calls=120), QueryEvent("select 1 from t")))
    assert [one.calls for one in workload.groups] == [120, 1]


def test_memory_of_texts_is_bounded_without_changing_the_answer(monkeypatch):
    events = [ran(f"select * from t where a = {n % 40} and d ->> 'k' = 'x'", 1.0) for n in range(200)]
    whole = group(Events(*events))
    monkeypatch.setattr(GROUP, "_MAX_TEXTS", 7)
    assert group(Events(*events)) == whole


def test_order_of_events_between_templates_does_not_matter():
    events = [ran(f"select * from t{n} where a = 1", 1.0) for n in range(20)]
    assert group(Events(*events)).groups == group(Events(*reversed(events))).groups


def test_a_very_long_statement_is_counted_but_not_kept_beside_others():
    long = "select * from t where a in (" + ",".join(["1"] * 150_000) + ")"
    (one,) = group(Events(ran("select * from t where a in (1)", 1.0), ran(long, 2.0))).groups
    assert (one.calls, len(one.samples)) == (2, 1)
    (alone,) = group(Events(ran(long, 2.0))).groups
    assert alone.samples[0].text == long


def test_the_frame_has_a_row_per_template():
    workload = group(Events(ran("select * from t where a = 1", 3.0), ran("insert into t values (1)")))
    frame = to_frame(workload)
    assert list(frame.index) == [one.query_id for one in workload.groups]
    assert frame.loc[workload.groups[0].query_id, "share_of_time"] == 1.0
    assert list(frame["writes"]) == [False, True]
    assert frame["total_ms"].isna().sum() == 1
    assert to_frame(group(Events())).empty


def test_the_report_of_the_capture_is_carried_on():
    source = Events(replace(ran("select 1", 1.0), user="bob"))
    source.report.cannot_read("pg.log:3", "half a line")
    workload = group(source)
    assert workload.quality.unreadable == 1
    assert workload.skipped[0].subject == "pg.log:3"


def test_comments_with_a_number_of_their_own_do_not_make_a_new_query(monkeypatch):
    parsed = []
    monkeypatch.setattr(GROUP, "read_statement", lambda text, read=GROUP.read_statement: parsed.append(text) or read(text))
    texts = [f"select '--' as a, * from t where b = $1 /* request {n} */ -- trace {n}" for n in range(20)]
    (one,) = group(Events(*(ran(text, 1.0, ("x",)) for text in texts))).groups
    assert one.calls == 20
    assert len(parsed) == 1
    assert all(sample.text in texts for sample in one.samples)


def test_what_looks_like_a_comment_in_a_string_is_none():
    first, second = "select * from t where a = '/*' and b = 1 and c = '*/'", "select * from t where a = '/*' and d = 1 and c = '*/'"
    assert len(group(Events(ran(first), ran(second))).groups) == 2


def test_a_template_of_which_no_execution_ended_is_counted_and_left_out():
    never = ran("select c from t where d = 1", 3.0, calls=0)
    load = group(Events(ran("select a from t where b = 1"), never))
    assert [one.text for one in load.groups] == ["select a from t where b = 1"]
    assert dict(load.quality.ignored) == {"no execution came to its end": 1}
    assert group(Events(never)).groups == ()
