"""Statements by name and version, as they stand in the package."""

from __future__ import annotations

import re

import pytest

from indexadvisor.db import queries

VERSIONS = [major * 10000 for major in range(12, 19)]
EVERY = [(name, version) for name in queries.names() for version in VERSIONS]


@pytest.mark.parametrize(("name", "version"), EVERY)
def test_each_statement_is_described_and_names_its_schema(name, version):
    assert queries.describe(name, version)
    text = queries.get(name, version)
    assert not text.startswith("--")
    assert not text.endswith(";")
    assert "--" not in text.splitlines()[-1]
    unqualified = re.findall(r"(?<![\w.'])(?:pg_(?!catalog\b)\w+|format_type|has_\w+_privilege|current_(?:setting|schemas))", text)
    assert [word for word in unqualified if f"'{word}" not in text] == []
    assert re.findall(r"(?<!OPERATOR\()::(?!pg_catalog\.)\w+", text) == []


def test_the_highest_fitting_variant_wins():
    assert "indnullsnotdistinct" not in queries.get("nulls_not_distinct", 140099)
    assert "indnullsnotdistinct" in queries.get("nulls_not_distinct", 150000)
    assert "datlocale" in queries.get("server", 180006)
    assert "daticulocale" in queries.get("server", 160000)


def test_an_unknown_name_is_told():
    with pytest.raises(LookupError, match="nothing"):
        queries.get("nothing", 150000)
