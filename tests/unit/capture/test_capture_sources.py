"""Files of every kind, good and bad, beside each other."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sys
from pathlib import Path

import pytest

from indexadvisor.capture import LogSource, SqlFileSource, chain
from indexadvisor.errors import CaptureError

DATA = Path(__file__).parent / "data"
GOOD = "2026-11-22 05:33:19.068 UTC [1] app@shop LOG:  duration: 1.000 ms  statement: select * from t\n"


def reasons(report):
    return {item.subject.rsplit("/", 1)[-1]: item.reason for item in report.unreadable}


def test_bad_files_are_named_and_good_ones_used(tmp_path):
    bad = {
        "empty.log": b"", "binary.log": b"\x7fELF\x00\x01\x02" * 50, "noise.log": bytes(range(1, 32)) * 40, "text.log": b"hello\nworld\n",
        "utf16.log": "LOG:  x".encode("utf-16"), "zstd.log": b"\x28\xb5\x2f\xfd\x04\x00", "broken.gz": b"\x1f\x8bnot really gzip",
        "french.log": b"2026-11-22 05:33:19.068 UTC [1] LOG:  dur\xc3\xa9e : 1.000 ms, instruction : select 1\n",
        "german.log": b"2026-11-22 05:33:19.068 UTC [1] FEHLER:  Dauer: 1.000 ms  Anweisung: select 1\n",
        "syslog": b"Nov 22 05:33:19 db1 postgres[123]: [4-1] LOG:  duration: 1.000 ms  statement: select *\n",
        "quiet.log": b"2026-11-22 05:33:19.068 UTC [1] LOG:  database system is ready to accept connections\n",
    }  # fmt: skip
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "zz.log").write_text(GOOD)
    source = LogSource([str(tmp_path / "*"), str(tmp_path / "missing.log")])
    assert [event.text for event in source.events()] == ["select * from t"]
    named = reasons(source.report)
    assert set(named) == {*bad, "missing.log"}
    assert "binary" in named["binary.log"]
    assert "binary" in named["noise.log"]
    assert "UTF-16" in named["utf16.log"]
    assert "zstd" in named["zstd.log"]
    assert "lc_messages" in named["french.log"]
    assert "lc_messages" in named["german.log"]
    assert "syslog" in named["syslog"]
    assert "log_min_duration_statement" in named["quiet.log"]
    assert named["missing.log"] == "no such file"


def test_a_file_that_may_not_be_read_is_named(tmp_path):
    # a folder inside a folder is not read either, and a name that is a folder stands for its files
    (tmp_path / "logs" / "old").mkdir(parents=True)
    (tmp_path / "logs" / "a.log").write_text(GOOD)
    source = LogSource([str(tmp_path / "logs"), str(tmp_path / "logs" / "a.log"), "/proc/self/mem"])
    assert len(list(source.events())) == 1
    assert "cannot be opened" in reasons(source.report)["mem"]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_compression_is_told_by_content(tmp_path, compress):
    (tmp_path / "pg.log").write_bytes(compress(GOOD.encode()))
    assert len(list(LogSource([str(tmp_path / "pg.log")]).events())) == 1


def test_standard_input(monkeypatch):
    class Stdin:
        buffer = io.BytesIO(gzip.compress(GOOD.encode()))

    monkeypatch.setattr(sys, "stdin", Stdin)
    source = LogSource(["-"])
    (event,) = source.events()
    assert event.source == "standard input:1"


def test_a_name_with_brackets_is_a_name_first(tmp_path):
    path = tmp_path / "pg[1].log"
    path.write_text(GOOD)
    assert len(list(LogSource([str(path)]).events())) == 1


@pytest.mark.parametrize("name", ["x" * 5000, "a\x00b", ""])
def test_a_name_that_no_file_can_have_is_named(name):
    source = LogSource([name])
    assert list(source.events()) == []
    assert source.report.unreadable_count == 1


def test_nothing_to_read_is_no_events():
    source = LogSource([])
    assert list(source.events()) == []


def test_other_programs_lines_are_named_and_break_nothing(tmp_path):
    path = tmp_path / "pg.log"
    path.write_text(GOOD + "cp: cannot stat 'x': No such file\n" + GOOD.replace("[1]", "[2]"))
    source = LogSource([str(path)])
    assert len(list(source.events())) == 2
    assert [item.subject for item in source.report.unreadable] == [f"{path}:2"]


def test_bytes_of_another_encoding_keep_their_statement(tmp_path):
    path = tmp_path / "pg.log"
    path.write_bytes(GOOD.encode().replace(b"from t", b"from t where a = 'M\xfcller'"))
    (event,) = LogSource([str(path)]).events()
    assert event.text == "select * from t where a = 'Müller'"


@pytest.mark.parametrize(
    ("prefix", "line", "user", "database", "application"),
    [
        ("%m [%p] ", "2026-01-02 03:04:05.678 CET [77] ", None, None, None),
        ("%m [%p] %q%u@%d ", "2026-01-02 03:04:05.678 UTC [77] bob@shop ", "bob", "shop", None),
        ("%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
         "2026-01-02 03:04:05 UTC [77]: [9-1] user=bob,db=shop,app=my app,client=10.0.0.1 ", "bob", "shop", "my app"),
        ("%m|%u|%d|%c|", "2026-01-02 03:04:05.678 UTC|bob|shop|5f3c.4d|", "bob", "shop", None),
        ("%t:%r:%u@%d:[%p]:", "2026-01-02 03:04:05 UTC:10.0.0.1(5432):bob@shop:[77]:", "bob", "shop", None),
        ("%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:",
         "2026-01-02 03:04:05.678 UTC:10.0.0.1(5432):bob@shop:[77]:3:00000:2026-01-02 03:00:00 UTC:4/12:0:5f3c.4d:psql:",
         "bob", "shop", "psql"),
        ("%n [%p] %q%u@%d ", "1767323045.678 [77] bob@shop ", "bob", "shop", None),
        ("%m %b[%p] %v %x %i %e ", "2026-01-02 03:04:05.678 UTC client backend[77] 3/4 0 SELECT 00000 ", None, None, None),
        ("%m <%p> %u %d", "2026-01-02 03:04:05.678 UTC <77> bob shop", "bob", "shop", None),
        ("%-12u|%d|%p|", "bob         |shop|77|", "bob", "shop", None),
    ],
)  # fmt: skip
def test_a_given_prefix_is_read(tmp_path, prefix, line, user, database, application):
    path = tmp_path / "pg.log"
    path.write_text(f"{line}LOG:  duration: 1.000 ms  execute a: select $1\n{line}DETAIL:  parameters: $1 = 'x'\n")
    (event,) = LogSource([str(path)], line_prefix=prefix).events()
    assert (event.user, event.database, event.application, event.parameters) == (user, database, application, ("x",))


@pytest.mark.parametrize(
    ("line", "user", "database"),
    [
        ("2026-01-02 03:04:05.678 UTC [77] ", None, None),
        ("2026-01-02 03:04:05.678 UTC [77] bob@shop ", "bob", "shop"),
        ("2026-01-02 03:04:05 UTC [77]: [9-1] user=bob,db=shop,app=x,client=::1 ", "bob", "shop"),
        ("2026-01-02 03:04:05 UTC:10.0.0.1(5432):bob@shop:[77]:", "bob", "shop"),
        ("2026-01-02 03:04:05.678 UTC|bob|shop|5f3c0000.4d|", "bob", "shop"),
        ("2026-01-02 03:04:05.678 UTC  host=10.0.0.1 pid=77 user=bob db=shop ", "bob", "shop"),
        ("77 - 2026-01-02 03:04:05 UTC - bob@shop - ", "bob", "shop"),
        ("[77] (bob) ", None, None),
    ],
)
def test_a_prefix_is_found(tmp_path, line, user, database):
    path, other = tmp_path / "pg.log", line.replace("77", "88").replace("4d", "5e")
    path.write_text(
        f"{line}LOG:  duration: 1.000 ms  execute a: select $1\n{other}LOG:  duration: 2.000 ms  execute a: select $1, 2\n"
        f"{line}DETAIL:  parameters: $1 = 'x'\n{other}DETAIL:  parameters: $1 = 'y'\n"
    )
    events = list(LogSource([str(path)]).events())
    assert [(event.total_ms, event.parameters) for event in events] == [(1.0, ("x",)), (2.0, ("y",))]
    assert (events[0].user, events[0].database) == (user, database)


def test_a_prefix_may_change_within_a_file(tmp_path):
    path = tmp_path / "pg.log"
    path.write_text(GOOD * 5 + GOOD.replace("[1] app@shop ", "[1]: [3-1] user=app,db=shop "))
    assert [event.database for event in LogSource([str(path)]).events()] == ["shop"] * 6


def test_a_prefix_that_does_not_fit_is_said(tmp_path):
    path = tmp_path / "pg.log"
    path.write_text(GOOD)
    source = LogSource([str(path)], line_prefix="%u|%d|")
    assert list(source.events()) == []
    assert "%u|%d|" in source.report.unreadable[0].reason
    with pytest.raises(CaptureError):
        LogSource([], line_prefix="%y ")


def test_a_wrapped_json_record_is_read(tmp_path):
    record = {"log_time": "2026-01-02 03:04:05.678 UTC", "user_name": "bob", "database_name": "shop", "process_id": "7",
              "error_severity": "LOG", "message": "duration: 1.000 ms  statement: select 1"}  # fmt: skip
    path = tmp_path / "pg.json"
    path.write_text(json.dumps({"logger": "postgres", "msg": "record", "record": record}) + "\n")
    (event,) = LogSource([str(path)]).events()
    assert (event.text, event.user, event.database) == ("select 1", "bob", "shop")


def test_json_is_parsed_not_searched(tmp_path):
    message = 'duration: 1.000 ms  statement: select * from t where d @> \'{"a":"b"}\' and c = \'","detail":"x"}\''
    path = tmp_path / "pg.json"
    good = {"timestamp": "2026-01-02 03:04:05.678 UTC", "error_severity": "LOG", "message": message}
    bad = ['{"error_severity":"LOG","message":"half', '{"error_severity":"LOG","message":"\\ud800"}', "[]", "7"]
    lines = [json.dumps(good), *bad, json.dumps(good)]
    path.write_text("\n".join(lines) + "\n")
    source = LogSource([str(path)])
    assert [event.text for event in source.events()] == [message[31:]] * 2
    assert [item.subject for item in source.report.unreadable] == [f"{path}:{number}" for number in (2, 3, 4, 5)]


@pytest.mark.parametrize("columns", [23, 24, 26])
def test_csvlog_of_every_version(tmp_path, columns):
    line = (DATA / "pg15.csv").read_text().splitlines()[5]
    fields = line.split(",")
    path = tmp_path / "pg.csv"
    path.write_text(",".join(fields[: columns - 26 or None]) + "\n")
    source = LogSource([str(path)])
    list(source.events())
    assert source.report.entries == 1


def test_csvlog_survives_a_hole_in_the_middle(tmp_path):
    lines = (DATA / "pg15.csv").read_text().splitlines(keepends=True)
    path = tmp_path / "pg.csv"
    path.write_text("".join(lines[:8]) + lines[8][:200] + "".join(lines[9:]))
    source, whole = LogSource([str(path)]), LogSource([str(DATA / "pg15.csv")])
    assert len(list(source.events())) >= len(list(whole.events())) - 3
    assert source.report.unreadable[0].subject == f"{path}:9"


def test_a_chain_has_one_report(tmp_path):
    (tmp_path / "a.log").write_text(GOOD)
    (tmp_path / "b.sql").write_text("select 1;")
    both = chain([LogSource([str(tmp_path / "a.log"), "nope"]), SqlFileSource([str(tmp_path / "b.sql")])])
    assert [event.text for event in both.events()] == ["select * from t", "select 1"]
    assert both.report.events == 2
    assert len(both.report.sources) == 2
    assert both.report.unreadable_count == 1
