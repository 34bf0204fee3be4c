"""Splitting a dump into statements, naming them, and letting through only what a dump holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.lab.script import about, split, wanted

FUNCTION = "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql\n    BEGIN ATOMIC\n SELECT CASE WHEN true THEN 1 END;\n SELECT 2;\nEND"


def test_a_dump_is_cut_at_its_semicolons_only():
    dump = (
        "--\n-- Name: a; Type: TABLE\n--\n\n\\restrict abc\n\nCREATE TABLE public.\"a;b\" (x text DEFAULT ';');\n\n"
        "CREATE FUNCTION g() RETURNS int AS $_$ SELECT 1; $_$ LANGUAGE sql;\n"
        + FUNCTION + ";\n/* ; */ SET x = E'a\\';b';\n\\unrestrict abc\n"
    )
    assert list(split(dump)) == [
        "CREATE TABLE public.\"a;b\" (x text DEFAULT ';')",
        "CREATE FUNCTION g() RETURNS int AS $_$ SELECT 1; $_$ LANGUAGE sql",
        FUNCTION,
        "SET x = E'a\\';b'",
    ]


def test_an_unfinished_statement_is_kept_whole():
    assert list(split("SELECT 1; SELECT 'a; b")) == ["SELECT 1", "SELECT 'a; b"]


@pytest.mark.parametrize(
    "text", ["SELECT E'a\\\\", "SELECT E'a\\", "SELECT E'a''", "SELECT 'a''", 'SELECT "a""', "SELECT 'a'';b", "SELECT $a$ ;"]
)
def test_what_never_closes_is_one_statement(text):
    assert list(split(text)) == [text]


@pytest.mark.parametrize(
    "unit", ["\\'", "''", "\\\\", '""', "$", "$a", "/*", "--", "ab ", "a.", " ALTER COLUMN a SET", "E'", " WITH SCHEMA "], ids=repr
)
@pytest.mark.parametrize("start", ["SELECT E'", "SELECT '", 'CREATE TABLE "', "ALTER TABLE t ", "CREATE INDEX "])
def test_no_text_takes_more_than_its_length(start, unit):
    # at quadratic cost one of these would take minutes
    text = start + unit * (200_000 // len(unit))
    for statement in split(text):
        wanted(statement)
        assert len(about(statement)) <= len(text)


@given(st.text(alphabet="ab'\"$;\\-/*EBEGIN ATOMIC\n", max_size=40))
def test_any_text_ends(text):
    for statement in split(text):
        assert statement in text
        assert statement


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("CREATE TABLE t ()", True),
        ("ALTER TABLE ONLY t ADD CONSTRAINT c CHECK (true)", True),
        ("SET check_function_bodies = false", True),
        ("SELECT pg_catalog.set_config('search_path', '', false)", True),
        ("SELECT * FROM pg_catalog.pg_restore_attribute_stats('x', 'y')", True),
        ("COMMENT ON TABLE t IS 'x'", None),
        ("GRANT ALL ON t TO PUBLIC", None),
        ("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", None),
        ("ALTER TABLE ONLY t ALTER COLUMN c SET (n_distinct=5)", None),
        ("COPY t FROM PROGRAM 'id'", False),
        ("DO $$ BEGIN NULL; END $$", False),
        ("ALTER SYSTEM SET fsync = off", False),
        ("SET ROLE postgres", False),
        ("SET SESSION AUTHORIZATION postgres", False),
        ("SELECT pg_read_file('/etc/passwd')", False),
        ("DROP TABLE t", False),
    ],
)
def test_only_what_a_dump_holds_is_let_through(statement, answer):
    assert wanted(statement) is answer


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ('CREATE TABLE shop."Orders" (\n a int)', 'table shop."Orders"'),
        ("CREATE UNIQUE INDEX a ON public.t USING btree (x)", "index a on public.t"),
        ("CREATE FUNCTION public.f(integer) RETURNS integer", "function public.f"),
        ("ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_fk FOREIGN KEY (a) REFERENCES b(c)", "constraint t_fk of public.t"),
        ("CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public", "extension postgis"),
        ("SELECT * FROM pg_catalog.pg_restore_attribute_stats(\n'relname', 't',\n'attname', 'it''s'", "statistics of t.it's"),
        ("CREATE CAST (a AS b) WITHOUT FUNCTION", "CREATE CAST (a AS b) WITHOUT FUNCTION"),
    ],
)
def test_statements_are_named_for_people(statement, words):
    assert about(statement) == words
