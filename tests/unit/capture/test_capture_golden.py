"""Logs that real servers wrote (tests/postgres/test_capture_formats.py has the sessions), whole and cut at any byte."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.capture import LogSource

DATA = Path(__file__).parent / "data"
FILES = sorted(path.name for path in DATA.iterdir())


def read(path, **options):
    source = LogSource([str(path)], **options)
    return list(source.events()), source.report


def fact(event):
    return event.text, event.parameters, event.calls, event.timed_out, event.user, event.database, event.plan


@pytest.mark.parametrize("version", ["pg15", "pg18"])
def test_formats_agree(version):
    facts = [Counter(map(fact, read(DATA / f"{version}.{kind}")[0])) for kind in ("log", "csv", "json")]
    assert facts[0] == facts[1] == facts[2]
    assert sum(facts[0].values()) > 35


@pytest.mark.parametrize("name", FILES)
def test_every_entry_of_a_whole_log_is_accounted_for(name):
    events, report = read(DATA / name)
    assert report.unreadable_count == 0
    assert report.events == len(events)
    assert report.bytes_read == (DATA / name).stat().st_size
    assert report.first_at is not None
    assert report.ignored["own statement"] == 1
    assert report.ignored["failed statement"] == 2
    assert sum(event.timed_out for event in events) == 3


@pytest.mark.parametrize("name", FILES)
def test_a_timeout_takes_at_least_its_limit(name):
    for event in read(DATA / name)[0]:
        if event.timed_out:
            assert event.total_ms >= 60


def test_csv_and_jsonlog_agree_to_the_last_field():
    csv_events, json_events = read(DATA / "pg18.csv")[0], read(DATA / "pg18.json")[0]
    assert [(*fact(one), one.at, one.application, one.total_ms) for one in csv_events] == [
        (*fact(one), one.at, one.application, one.total_ms) for one in json_events
    ]


@pytest.mark.parametrize("name", FILES)
def test_another_database_is_left_out(name):
    events, report = read(DATA / name, database="elsewhere")
    assert events == []
    assert report.ignored["other database"] > 30


@pytest.mark.parametrize("name", ["pg18.log", "pg15.csv", "pg18.json"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_log_cut_anywhere_gives_nothing_that_was_not_there(tmp_path_factory, name, data):
    raw = (DATA / name).read_bytes()
    start = data.draw(st.sampled_from([0, 1])) and data.draw(st.integers(0, len(raw)))
    stop = data.draw(st.integers(start, len(raw)))
    path = tmp_path_factory.mktemp("cut") / name
    path.write_bytes(raw[start:stop])
    whole = {(event.text, event.calls) for event in read(DATA / name)[0]}
    # a cut may leave of a statement that failed the line that says it began, and of an EXECUTE not what it executes
    whole |= {("select nope from t", 1), ("execute p(7, 'a''b%')", 1)}
    values = {(event.text, event.parameters) for event in read(DATA / name)[0]}
    events, report = read(path)
    for event in events:
        if name.endswith(".log") and (event.text, event.calls) not in whole:
            # the lines of a statement that a cut between two lines leaves cannot be told from a whole one
            assert any(text.startswith(event.text + "\n") for text, _ in whole)
            continue
        assert (event.text, event.calls) in whole
        assert event.parameters is None or (event.text, event.parameters) in values
        assert event.total_ms is None or event.timed_out or b"duration: %.3f ms" % event.total_ms in raw[start:stop]
    assert report.events == len(events)


@pytest.mark.parametrize("name", ["pg18.log", "pg15.csv", "pg18.json"])
def test_half_an_entry_at_the_end_is_named(tmp_path, name):
    lines = (DATA / name).read_bytes().splitlines(keepends=True)
    # the last line but one that belongs to a statement's own entry, cut in its middle
    path = tmp_path / name
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][: len(lines[-1]) // 2])
    _, report = read(path)
    assert [(item.subject, "ends inside" in item.reason) for item in report.unreadable] == [(f"{path}:{len(lines)}", True)]


@pytest.mark.parametrize("name", FILES)
def test_compressed_files_are_known_by_content(tmp_path, name):
    path = tmp_path / "no-suffix"
    path.write_bytes(gzip.compress((DATA / name).read_bytes()))
    assert [fact(event) for event in read(path)[0]] == [fact(event) for event in read(DATA / name)[0]]


@pytest.mark.parametrize("name", FILES)
def test_half_a_compressed_file_is_used_and_named(tmp_path, name):
    path = tmp_path / "half.gz"
    data = gzip.compress((DATA / name).read_bytes())
    path.write_bytes(data[: len(data) * 2 // 3])
    events, report = read(path)
    assert events
    assert any("ends early" in item.reason for item in report.unreadable)
