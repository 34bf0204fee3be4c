"""SQL files split where psql would split them."""

from __future__ import annotations

import pytest

from indexadvisor.capture import SqlFileSource


@pytest.fixture
def read(tmp_path):
    def run(text):
        path = tmp_path / "q.sql"
        path.write_text(text)
        source = SqlFileSource([str(path)])
        return list(source.events()), source.report

    return run


def test_statements_are_split_by_a_lexer(read):
    text = """
    select ';', $$;$$, $a$ $$ ; $a$, "a;b" /* ; /* ; */ ; */ -- ; it's
    ; select E'\\';' ;
    create function f() returns int begin atomic select case when true then 1 end; select 2; end;
    select 1
    """
    events, report = read(text)
    assert [event.text.split()[0] for event in events] == ["select", "select", "create", "select"]
    assert events[1].text == "select E'\\';'"
    assert report.unreadable_count == 0


def test_calls_and_names_stand_above(read):
    events, report = read(
        "-- calls: 120\n-- name: newest orders\nselect 1;\nselect 2;\n\n"
        "-- calls: 1_000\nselect 3 -- calls: 7\n;-- calls: many\nselect 4"
    )
    assert [(event.text[:8], event.calls) for event in events] == [("select 1", 120), ("select 2", 1), ("select 3", 1000), ("select 4", 1)]
    assert events[0].source.endswith("q.sql:3 (newest orders)")
    assert [event.source.rsplit(":", 1)[1] for event in events[1:]] == ["4", "7", "9"]
    assert "whole number" in report.unreadable[0].reason


def test_psql_commands_are_named(read):
    events, report = read("\\set x 1\n\\timing\nselect 1 \\gexec\nselect 2;\n\\echo it's\nselect 3;\n")
    assert [event.text for event in events] == ["select 1", "select 2", "select 3"]
    assert [item.reason.split()[2] for item in report.unreadable] == ["\\set", "\\timing", "\\gexec", "\\echo"]
    assert [item.subject.rsplit(":", 1)[1] for item in report.unreadable] == ["1", "2", "3", "5"]


def test_data_of_copy_is_no_statement(read):
    events, report = read("COPY t (a) FROM stdin;\n1\tit's; select 9\n\\N\n\\.\nselect 1;")
    assert [event.text for event in events] == ["COPY t (a) FROM stdin", "select 1"]
    assert report.unreadable == []


def test_an_open_string_is_named_and_not_used(read):
    events, report = read("select 1;\nselect 'open;\nselect 2;")
    assert [event.text for event in events] == ["select 1"]
    assert report.unreadable[0].subject.endswith("q.sql:2")


def test_a_folder_stands_for_its_sql_files(tmp_path):
    (tmp_path / "1.sql").write_text("select 1")
    (tmp_path / "2.sql").write_text("-- only a comment\n")
    (tmp_path / "README.md").write_text("select 3")
    (tmp_path / "data.csv").write_text("a,b")
    source = SqlFileSource([str(tmp_path)])
    assert [event.text for event in source.events()] == ["select 1"]
    assert source.report.unreadable_count == 0


def test_binary_is_named(tmp_path):
    (tmp_path / "q.sql").write_bytes(b"select 1;\x00")
    source = SqlFileSource([str(tmp_path / "q.sql"), str(tmp_path / "none.sql")])
    assert list(source.events()) == []
    assert source.report.unreadable_count == 2
