"""Every file of tests/cases/usage: a schema and queries, and how the queries use the columns."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

import pytest

from indexadvisor.usage.graph import usage_graph
from tests.fakes.schema import catalog_from_sql, workload_from_sql
from tests.fakes.usage_text import usage_text

CASES = sorted((Path(__file__).parents[2] / "cases" / "usage").glob("*.sql"))
ACCEPT = bool(os.environ.get("ACCEPT_CASES"))


def parts_of(text: str) -> tuple[str, str, str]:
    """Return schema, queries and expectation of a case."""
    found = re.fullmatch(r"-- title: .+\n(?:-- (?!schema).*\n)*-- schema\n(.*?)(-- query\b.*?)-- expect\n(.*)", text, re.DOTALL)
    assert found, "a case has the parts -- title:, -- schema, -- query, -- expect, in this order"
    return found[1], found[2], found[3]


def found_in(text: str) -> str:
    """Return how the queries of a case use its columns."""
    schema, queries, _ = parts_of(text)
    return usage_text(usage_graph(workload_from_sql(queries), catalog_from_sql(schema)))


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(path):
    text = path.read_text()
    expected, found = parts_of(text)[2], found_in(text)
    if ACCEPT and expected != found:
        path.write_text(text[: len(text) - len(expected)] + found)
    elif expected != found:
        diff = difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", lineterm="", n=20)
        pytest.fail("\n".join(["", *diff, "", "after review: ACCEPT_CASES=1 pytest tests/unit/usage/test_usage_cases.py"]), pytrace=False)


def test_every_case_can_fail():
    assert len(CASES) >= 40
    for path in CASES:
        assert parts_of(path.read_text())[2].strip(), path.name
