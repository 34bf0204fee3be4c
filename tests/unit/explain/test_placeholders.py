"""Edits of placeholders touch nothing but placeholders, whatever stands around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.explain.placeholders import cast, dense, lists_for_arrays, null_tests_answered, typed_literals
from indexadvisor.lexer import placeholders

HIDDEN = ["'interval $1'", "E'\\'interval $1'", '"interval $1"', "$q$interval $1$q$", "$$interval $1$$", "-- interval $1\n",
          "/* interval /* $1 */ interval $1 */", "'it''s interval $1'", "a$1", "E'a\\\\' /* interval $1 */"]  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN)
def test_nothing_inside_strings_comments_and_names_is_a_placeholder(hidden):
    text = f"SELECT {hidden} , interval $2"
    assert placeholders(text) == (2,)
    assert typed_literals(text) == f"SELECT {hidden} , $2::interval"
    assert cast(text, 1) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date $1", "$1::date"),
        ("DATE\n$1", "$1::DATE"),
        ("interval $1 day", "$1::interval day"),
        ("interval(3) $1", "$1::interval(3)"),
        ("timestamp with time zone $1", "$1::timestamp with time zone"),
        ("timestamp (0) without time zone $1", "$1::timestamp (0) without time zone"),
        ("double precision $1", "$1::double precision"),
        ("character varying(10) $1", "$1::character varying(10)"),
        ("numeric(10, 2) $1", "$1::numeric(10, 2)"),
        ("pg_catalog.date $1", "$1::pg_catalog.date"),
        ("a BETWEEN date $1 AND date $2", "a BETWEEN $1::date AND $2::date"),
        ("a AT TIME ZONE $1", "a AT TIME ZONE $1"),
        ("round(a) $1", "round(a) $1"),
        ("LIMIT $1 OFFSET $2", "LIMIT $1 OFFSET $2"),
        ("precision $1", "precision $1"),
        ("$1::date", "$1::date"),
        ("interval '1 day'", "interval '1 day'"),
    ],
)
def test_typed_literals_become_casts(text, expected):
    assert typed_literals(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = ANY(ARRAY[$1])", "a IN ($1)"),
        ("a =any (array[$1, f($2)])", "a IN ($1, f($2))"),
        ("a <> ALL (ARRAY[$1])", "a NOT IN ($1)"),
        ("a != ALL (ARRAY[$1])", "a NOT IN ($1)"),
        ("a != ANY (ARRAY[$1])", "a != ANY (ARRAY[$1])"),
        ("a = ANY (ARRAY[$1]::int[])", "a = ANY (ARRAY[$1]::int[])"),
        ("a = ANY (ARRAY[ARRAY[$1]])", "a = ANY (ARRAY[ARRAY[$1]])"),
        ("a <= ANY (ARRAY[$1])", "a <= ANY (ARRAY[$1])"),
        ("a = ANY ($1)", "a = ANY ($1)"),
        ("a = ANY (ARRAY[])", "a = ANY (ARRAY[])"),
        ("'a = ANY (ARRAY[$1])'", "'a = ANY (ARRAY[$1])'"),
    ],
)
def test_arrays_of_bare_placeholders_become_lists(text, expected):
    assert lists_for_arrays(text) == expected


def test_dense_leaves_a_complete_numbering_alone():
    assert dense("$2 = $1", ["a", None]) == ("$2 = $1", ("a", None))
    assert dense("$10 = $2", [str(n) for n in range(1, 12)]) == ("$2 = $1", ("2", "10"))
    assert dense("select 1", ["unused"]) == ("select 1", ())


@pytest.mark.parametrize("text", ["select $0", "select $99999999999", f"select ${'9' * 5000}", "select $٣"])
def test_what_no_server_counts_as_a_placeholder_is_left_alone(text):
    assert dense(text, ["a"]) == (text, ())
    assert cast(text, 3) == text


def test_null_tests_take_the_literal_and_other_places_keep_the_placeholder():
    assert null_tests_answered("$1 is not null and b = $1 and '$1 is null' = c", 1, is_null=True) == (
        "NULL is not null and b = $1 and '$1 is null' = c"
    )
    assert null_tests_answered("$11 is null", 1, is_null=True) == "$11 is null"


PIECES = [*HIDDEN, " ", "'", '"', "$", "$1", "$x$", "/*", "*/", "--", "\n", "E'", "\\", "interval", "é", "1.5e3", "["]


@given(st.lists(st.sampled_from(PIECES)))
def test_edits_of_any_text_end_and_keep_its_placeholders(pieces):
    text = "".join(pieces)
    assert placeholders(lists_for_arrays(typed_literals(text))) == placeholders(text)
    # pieces that touch make other numbers: 'a$1' and '1.5e3' are $11
    assert placeholders(dense(text, ["x"] * max(placeholders(text), default=0))[0]) == tuple(range(1, len(placeholders(text)) + 1))
