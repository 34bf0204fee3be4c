"""docs/report-schema.md documents every field of report.json, and no other, with its type."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from indexadvisor.report.model import SCHEMA_VERSION
from indexadvisor.report.write import render
from tests.fakes.document import sample

DOC = Path("docs/report-schema.md")
TYPES = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None), "object": dict, "list": list,
}  # fmt: skip


def documented():
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    return {field: (kind.strip(), meaning.strip()) for field, kind, meaning in rows}


def present(value, path=""):
    """Yield (path, value) for every field of a JSON document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            field = f"{path}.{key}" if path else key
            yield field, inner
            yield from present(inner, field)
    elif isinstance(value, list):
        for inner in value:
            yield from present(inner, f"{path}[]")


@pytest.fixture(scope="module")
def report():
    return json.loads(render(sample(), "json"))


def test_documentation_and_report_have_the_same_fields(report):
    assert {path for path, _ in present(report)} == set(documented())


def test_every_value_has_its_documented_type(report):
    kinds = documented()
    for path, value in present(report):
        kind = kinds[path][0]
        names = ["list" if name.startswith("list") else name for name in kind.split(" or ")]
        allowed = tuple(item for name in names for item in (TYPES[name] if isinstance(TYPES[name], tuple) else (TYPES[name],)))
        assert isinstance(value, allowed), (path, kind, value)
        assert not (isinstance(value, bool) and bool not in allowed), (path, kind, value)
        if kind.startswith("list of strings"):
            assert all(isinstance(item, str) for item in value), path


def test_every_field_has_a_meaning():
    assert all(meaning for _, meaning in documented().values())


def test_the_version_has_its_history():
    assert f"- {SCHEMA_VERSION}: " in DOC.read_text(encoding="utf-8")


def test_the_fields_the_product_promises_are_there(report):
    assert {
        "schema_version",
        "server",
        "workload",
        "recommendations",
        "skipped",
        "effort",
        "not_costed",
        "frontier",
        "capture",
    } <= report.keys()
    assert {"cost_before", "cost_after", "cost_bound", "queries"} <= report["workload"].keys()
    promised = {"name", "ddl", "table", "access_method", "columns", "size_bytes", "benefit", "write_tax", "queries"}
    assert promised <= report["recommendations"][0].keys()
    assert {"explains", "cache_hits", "seconds"} == report["effort"].keys()
