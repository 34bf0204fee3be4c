"""The lexer never fails, loses nothing, and cuts where PostgreSQL cuts."""

from __future__ import annotations

import pgparse
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.lexer import names, placeholders, significant, tokens

PIECES = ["'", "\"", "$$", "$a$", "$1", "--", "/*", "*/", "\\", "e'", "U&'", "n", "1", ".5", "=", "-", "@", "\n", " ", "é", "\x00", ";"]


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
@settings(max_examples=500)
def test_joined_tokens_are_the_text(text):
    found = list(tokens(text))
    assert "".join(token.text for token in found) == text
    assert all(token.closed for token in found[:-1])
    assert all(token.text for token in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 'it''s' || e'a\\'b' || $tag$ ' $$ $tag$", ["select", "'it''s'", "||", "e'a\\'b'", "||", "$tag$ ' $$ $tag$"]),
        ('"a""b".c = U&"d\\0061"', ['"a""b"', ".", "c", "=", 'U&"d\\0061"']),
        ("a=-1", ["a", "=", "-", "1"]),
        ("a@-1", ["a", "@-", "1"]),
        ("x*/*c*/y", ["x", "*", "y"]),
        ("x=--c\ny", ["x", "=", "y"]),
        ("1..2", ["1", ".", ".", "2"]),
        ("1.5e-3 + 0x1F + 1_000", ["1.5e-3", "+", "0x1F", "+", "1_000"]),
        ("a::text, b:=1;", ["a", "::", "text", ",", "b", ":=", "1", ";"]),
        ("in ($1,$2)", ["in", "(", "$1", ",", "$2", ")"]),
        ("x$1", ["x$1"]),
        ("payload ?| array['a']", ["payload", "?|", "array", "[", "'a'", "]"]),
    ],
)
def test_cuts_where_the_server_cuts(text, expected):
    assert [token.text for token in significant(text)] == expected


@pytest.mark.parametrize("text", ["'abc", "'a''", "e'a\\'", '"a', '"a""', "$$a", "$x$ $$", "/* /* */", "U&'x", "'"])
def test_what_has_no_end_is_marked(text):
    assert not list(tokens(text))[-1].closed


@pytest.mark.parametrize("text", ["'abc'", "'a'''", "e'a\\''", '"a"""', "$$a$$", "/* /* */ */", "''", '""'])
def test_what_has_an_end_is_not(text):
    assert [token.closed for token in tokens(text)] == [True]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("select $1, $2", (1, 2)), ("select $2", (2,)), ("select '$1', \"$2\", $$ $3 $$ -- $4\n/* $5 */", ()), ("select a$1", ()),
     ("select $1,$2,$10", (1, 2, 10)), ("select $99999999999, $65536, $0", ()), ("in ($1 /*, ... */)", (1,)), ("$٣", ()),
     (f"${'9' * 5000}", ())],
)  # fmt: skip
def test_placeholders_outside_strings(text, numbers):
    assert placeholders(text) == numbers


@pytest.mark.parametrize("tag", ["$$", "$a1$", "$_$", "$é$", "$€$", "$日本$", "$→→$"])
def test_dollar_quotes_with_any_tag_the_server_takes(tag):
    text = f"select {tag} ';' {tag}"
    assert [token.text for token in significant(text)] == ["select", f"{tag} ';' {tag}"]
    assert pgparse.parse(text)[0]["stmt"]["SelectStmt"]["targetList"][0]["ResTarget"]["val"]["A_Const"]["sval"]["sval"] == " ';' "


@pytest.mark.parametrize(
    ("text", "name"),
    [("Orders", "orders"), ('"Orders"', "Orders"), ('"a""b"', 'a"b'), ("\u00c9t\u00c9", "\u00c9t\u00c9"), ('U&"d\\0061t\\+000061"', "data"),
     ('U&"a\\\\b"', "a\\b"), ("a$1", "a$1")],
)  # fmt: skip
def test_names_are_those_the_server_reads(text, name):
    assert names(f"select 'x' from {text} -- y") == {"select", "from", name}
    relation = pgparse.parse(f"select from {text}")[0]["stmt"]["SelectStmt"]["fromClause"][0]["RangeVar"]
    assert relation["relname"] == name


@given(st.lists(st.sampled_from([*PIECES, 'U&"', "\\+FFFFFF", "\\d800", "$٣", "$€$"])).map("".join))
def test_names_and_placeholders_of_anything(text):
    assert all(isinstance(name, str) for name in names(text))
    assert all(0 < number <= 65_535 for number in placeholders(text))


@given(st.integers(1, 65_535), st.sampled_from(["'$9'", "-- $9\n", "/* $9 */", "$$ $9 $$", '"$9"', "x$9"]))
def test_only_real_placeholders_count(number, decoy):
    assert placeholders(f"select {decoy} + ${number}") == (number,)


@pytest.mark.parametrize("text", ["select $1, '$2', $3", "select a from t where b in ($1,$2) -- $5"])
def test_placeholders_are_those_the_server_parses(text):
    numbers = set()

    def walk(node):
        if isinstance(node, dict):
            if "ParamRef" in node:
                numbers.add(node["ParamRef"]["number"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(pgparse.parse(text))
    assert placeholders(text) == tuple(sorted(numbers))
