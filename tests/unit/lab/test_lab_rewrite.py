"""Edits of CREATE TABLE that drop what the lab lacks and nothing else."""

from __future__ import annotations

from indexadvisor.lab.rewrite import without_clauses, without_collation, without_modifiers

TABLE = """CREATE TABLE public.t (
    id uuid DEFAULT public.uuid_generate_v4() NOT NULL,
    "default" text DEFAULT 'uuid_generate_v4()'::text,
    total numeric(10,2) GENERATED ALWAYS AS (public.price(a, (b))) STORED,
    a integer NOT NULL,
    CONSTRAINT positive CHECK ((public.price(a, 1) > 0)),
    CONSTRAINT small CHECK ((a < 10))
)
PARTITION BY RANGE (a)"""


def squeezed(text):
    return " ".join(text.split())


def test_a_default_goes_and_not_null_stays():
    edited = squeezed(without_clauses(TABLE, "uuid_generate_v4"))
    assert "id uuid NOT NULL, \"default\" text DEFAULT 'uuid_generate_v4()'::text," in edited
    assert edited.endswith("PARTITION BY RANGE (a)")


def test_constraints_and_generated_columns_go_with_their_function():
    edited = squeezed(without_clauses(TABLE, "price"))
    assert "total numeric(10,2) , a integer NOT NULL, CONSTRAINT small CHECK ((a < 10)) )" in edited
    assert "positive" not in edited


def test_a_first_constraint_goes_with_the_comma_behind_it():
    assert without_clauses("CREATE TABLE t (CONSTRAINT c CHECK (f(a)), a int)", "f") == "CREATE TABLE t (  a int)"


def test_a_name_that_does_not_occur_changes_nothing():
    assert without_clauses(TABLE, "other") == TABLE
    assert without_modifiers(TABLE, ["other"]) == TABLE
    assert without_collation(TABLE, "other") == TABLE


def test_modifiers_go_from_qualified_types_only():
    text = "CREATE TABLE t (geometry integer, g public.geometry(Point,4326), v x.\"Vec\"(3)[], n numeric(3))"
    assert without_modifiers(text, ["geometry", "Vec"]) == 'CREATE TABLE t (geometry integer, g public.geometry, v x."Vec"[], n numeric(3))'
