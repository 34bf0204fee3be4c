"""pg_dump's script cut in two, and values edited out of statistics calls, with names and values that try to mislead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.catalog.snapshot_script import split
from indexadvisor.catalog.snapshot_values import Quantities
from indexadvisor.errors import SnapshotError
from indexadvisor.lexer import significant

NOTHING = Quantities(frozenset(), frozenset())
CALL = "SELECT * FROM pg_catalog.pg_restore_attribute_stats("


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def call(schema="public", relation="t", column="a", values="{x,y}", attnum=None):
    which = f"'attnum', '{attnum}'::smallint" if attnum else f"'attname', {quoted(column)}"
    return (f"{CALL}\n\t'version', '180006'::integer,\n\t'schemaname', {quoted(schema)},\n\t'relname', {quoted(relation)},\n\t{which},\n"
            f"\t'inherited', 'f'::boolean,\n\t'null_frac', '0'::real,\n\t'most_common_vals', {quoted(values)}::text,\n"
            f"\t'most_common_freqs', '{{0.5,0.5}}'::real[],\n\t'histogram_bounds', {quoted(values)}::text,\n"
            f"\t'correlation', '0.1'::real,\n\t'most_common_elems', {quoted(values)}::text,\n"
            "\t'most_common_elem_freqs', '{0.1}'::real[],\n\t'elem_count_histogram', '{1,2}'::real[],\n"
            f"\t'range_length_histogram', '{{1}}'::text,\n\t'range_empty_frac', '0'::real,\n\t'range_bounds_histogram', {quoted(values)}::text\n);")  # fmt: skip  # noqa: E501


def names(edited):
    texts = [token.text for token in significant(edited)]
    return [texts[at + 1].strip("'") for at, text in enumerate(texts[:-1]) if text in ("(", ",") and texts[at + 1].startswith("'")][0::2]


def arguments(edited):
    """The arguments as the lexer sees them: name and constant, casts left out."""
    tokens = [token for token in significant(edited) if token.kind == "string"]
    return {tokens[at].text.strip("'"): tokens[at + 1].text for at in range(0, len(tokens), 2)}


def test_schema_and_statistics_are_told_apart():
    relation = "SELECT * FROM pg_catalog.pg_restore_relation_stats(\n\t'version', '180006'::integer,\n\t'relname', 't'\n);"
    script = f"--\n-- dump\n--\n\n\\restrict indexadvisor\n\nSET a = 1;\n\n-- Name: t\n\nCREATE TABLE t (a int);\n\n{relation}\n{call()}\n\n\\unrestrict indexadvisor\n\n"  # noqa: E501
    schema, statistics = split(script)
    assert schema == "SET a = 1;\nCREATE TABLE t (a int);\n"
    assert statistics == f"{relation}\n{call()}\n"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1; CREATE USER MAPPING; -- x\n$$;",
        "CREATE TABLE t (a text DEFAULT '\n\\restrict x\n;\nCREATE EVENT TRIGGER x;');",
        'CREATE TABLE "\n-- Name: x;\nCREATE USER MAPPING FOR x;" (a int);',
        "CREATE TABLE t (a text DEFAULT E'\\';SELECT 1');",
        "CREATE TABLE t (a text DEFAULT 'SELECT * FROM pg_catalog.pg_restore_attribute_stats();');",
        "ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5);",
        "ALTER TABLE ONLY public.t ALTER COLUMN a SET STATISTICS 500;",
        "ALTER TABLE ONLY public.t SET (fillfactor=70, autovacuum_enabled=off);",
        'ALTER TABLE ONLY public.t ADD CONSTRAINT c CHECK ((a > 0));',
        "CREATE RULE r AS ON INSERT TO t DO INSTEAD (SELECT 1; SELECT 2);",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;",
    ],
)  # fmt: skip
def test_hostile_and_ordinary_statements_stay(statement):
    schema, statistics = split(f"SET a = 1;\n\n-- Name: x\n\n{statement}\n\nSET b = 2;\n{call()}\n")
    assert " ".join(schema.split()) == " ".join(f"SET a = 1; {statement} SET b = 2;".split())
    assert statistics == f"{call()}\n"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE USER MAPPING FOR postgres SERVER s OPTIONS (\n    password 'secret;',\n    \"user\" 'u'\n);",
        "CREATE EVENT TRIGGER e ON ddl_command_start\n   EXECUTE FUNCTION public.et();", "ALTER EVENT TRIGGER e DISABLE;",
        "SET client_encoding = 'SQL_ASCII';", "ALTER TABLE ONLY public.hid ALTER COLUMN a SET (private_option=22137720);",
        'ALTER TABLE ONLY public."a;""b" ALTER COLUMN "c;" SET (private_option=1);',
        "ALTER FOREIGN TABLE ONLY public.f ALTER COLUMN a SET (private_option=1, other='x');",
    ],
)  # fmt: skip
def test_what_a_private_server_has_no_use_for_goes(statement):
    assert split(f"SET a = 1;\n{statement}\nSET b = 2;\n") == ("SET a = 1;\nSET b = 2;\n", "")


def test_documented_column_options_stay_beside_private_ones():
    schema, _ = split('ALTER TABLE ONLY public."t(" ALTER COLUMN a SET (n_distinct=-0.5, private_option=7, n_distinct_inherited=3);\n')
    assert schema.replace(" ", "") == 'ALTERTABLEONLYpublic."t("ALTERCOLUMNaSET(n_distinct=-0.5,n_distinct_inherited=3);\n'


def test_values_go_and_figures_stay():
    assert names(NOTHING.edited(call())) == ["version", "schemaname", "relname", "attname", "inherited", "null_frac", "correlation"]


def test_quantities_stay_by_name_and_by_number():
    quantities = Quantities(frozenset({("s;", 'r"', "it's")}), frozenset({("public", "i", 2)}))
    for kept in (call("s;", 'r"', "it's"), call(relation="i", attnum=2)):
        assert quantities.edited(kept) == kept
    for other in (call("s;", 'r"', "it''s"), call("public", "r", "a"), call(relation="i", attnum=1)):
        assert "most_common" not in quantities.edited(other)


def test_relation_statistics_stay():
    text = "SELECT * FROM pg_catalog.pg_restore_relation_stats(\n\t'relname', 'most_common_vals'\n);"
    assert NOTHING.edited(text) == text


@pytest.mark.parametrize("text", [f"{CALL}'a');", f"{CALL}\n\t'schemaname', 'a',\n\t'secret', $x$v$x$\n);", f"{CALL});"])
def test_a_call_of_another_form_is_refused_rather_than_passed_on(text):
    with pytest.raises(SnapshotError, match="form"):
        split(text, NOTHING.edited)


TEXT = st.text(st.sampled_from("ab',;(){}\"\\\n\t-:$ E"), max_size=30)


@given(TEXT, TEXT, TEXT, TEXT)
def test_no_value_survives_whatever_stands_in_it_and_the_lexer_agrees(schema, relation, column, values):
    marked = f"{values}SECRET{values}"
    script = f"SET a = 1;\n{call(schema, relation, column, marked)}\n{call(values='{z}')}\nSET b = 2;\n"
    kept_schema, plain = split(script)
    assert kept_schema == "SET a = 1;\nSET b = 2;\n"
    assert plain == f"{call(schema, relation, column, marked)}\n{call(values='{z}')}\n"
    _, edited = split(script, NOTHING.edited)
    assert "SECRET" not in edited
    first = arguments(edited.split(");\n")[0] + ");") if ");\n" not in schema + relation + column else None
    if first is not None:
        whole = arguments(call(schema, relation, column, marked))
        assert first == {name: whole[name] for name in first}
        assert list(first) == ["version", "schemaname", "relname", "attname", "inherited", "null_frac", "correlation"]
    kept = Quantities(frozenset({(schema, relation, column)}), frozenset())
    assert split(script, kept.edited)[1].startswith(call(schema, relation, column, marked))


def test_more_tables_and_links_go_where_they_are_needed():
    script = "CREATE TYPE m AS ENUM ();CREATE SERVER s TYPE 't' FOREIGN DATA WRAPPER w;CREATE VIEW v AS SELECT 1;CREATE INDEX i ON t (a);"
    for tie in ("ALTER INDEX a ATTACH PARTITION b;", "ALTER TABLE ONLY t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u(a);"):
        schema, _ = split(f"{script}{tie}", None, "TABLES;\n", "LINKS;\n")
        assert schema.split(";\n")[2:] == ["TABLES", "CREATE VIEW v AS SELECT 1", "CREATE INDEX i ON t (a)", "LINKS", tie[:-1], ""]
    assert split("SET a = 1;", None, "TABLES;\n", "LINKS;\n")[0] == "SET a = 1;\nTABLES;\nLINKS;\n"


@pytest.mark.parametrize(
    "text",
    [
        CALL + "\n\t'version', '" + "''::text,\n\t''a'', '" * 20_000,
        CALL + "\n\t'version', '" + "''" * 100_000,
        CALL + "\n\t'version', E'" + "\\'" * 100_000,
        CALL + "\n\t'version', E'" + "''" * 100_000 + "'::text",
        CALL + "\n\t'a', 'b'::text," * 20_000,
        CALL + "\n\t'schemaname', 'b'," * 20_000,
        "-- x\n \t\n" * 50_000,
        "\\restrict " + "a" * 100_000 + "!",
        'ALTER TABLE ONLY "' + '""' * 100_000 + '".b ALTER COLUMN c SET (n_distinct=5);',
        "ALTER TABLE ONLY a.b ALTER COLUMN c SET (" + "a" * 100_000 + "=" + "1" * 100_000 + ";",
    ],
    ids=["pairs", "quotes", "escapes", "quoted escapes", "no end", "names", "gaps", "restrict", "name", "option"],
)
def test_text_made_to_be_read_in_many_ways_is_read_in_one(text):
    # with a pattern that goes back and forth this would take hours
    script = text + "\nSELECT 1;"
    kept = "".join(split(script)).removesuffix("\n")
    assert [token.text for token in significant(kept)] == [token.text for token in significant(script)]
