"""docs/explain-schema.md documents every field of explain's JSON, and no other, with its type."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from indexadvisor.explain.engine import analyse
from indexadvisor.explain.reading import read
from indexadvisor.findings import Skipped
from indexadvisor.report.plan.json import SCHEMA_VERSION
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.write import render
from tests.fakes.plan_results import PREDICTED, TIMED, hostile_result, timed_result

DOC = Path("docs/explain-schema.md")
TYPES = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None), "object": dict, "list": list,
}  # fmt: skip
OPEN = frozenset({"details", "settings", "options"})
"""Objects whose keys are PostgreSQL's or the server's."""
RECURSIVE = frozenset({"consequences", "noise", "present", "predicted"})
"""Parts that have the form of a part described elsewhere: findings, and plans."""


SHARED = re.compile(r".*\.(actual|buffers|io|wal)\.(?=\w+$)")
"""Parts that occur in several places and are described once, under their own name."""


def documented():
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    return {field: (kind.strip(), meaning.strip()) for field, kind, meaning in rows}


def present(value, path=""):
    """Yield (path, value) for every field; what is open or described elsewhere is not entered."""
    if isinstance(value, dict):
        for key, inner in value.items():
            key = "*" if path.endswith("plans[].nodes") else key
            field = f"{path}.{key}" if path else key
            yield SHARED.sub(r"\1.", field), inner
            if key not in OPEN | RECURSIVE:
                yield from present(inner, field)
    elif isinstance(value, list):
        for inner in value:
            yield from present(inner, f"{path}[]")


@pytest.fixture(scope="module")
def document():
    """One document in which every field occurs."""
    full = timed_result()
    skipped = Skipped("usage", "a statement", "cannot be parsed")
    full = replace(full, tried=replace(full.tried, skipped=(skipped,)))
    cut = PlanResult("cut.txt", analyse(read(TIMED.rsplit("Planning", 1)[0][:-200]).plans[0]), None)
    plain = PlanResult("plain.txt", analyse(read(PREDICTED).plans[0]))
    return json.loads(render([full, cut, plain, hostile_result()], "json"))


def test_documentation_and_output_have_the_same_fields(document):
    assert {path for path, _ in present(document)} == set(documented())


def test_every_value_has_its_documented_type(document):
    kinds = documented()
    for path, value in present(document):
        names = ["list" if name.startswith("list") else name for name in kinds[path][0].split(" or ")]
        allowed = tuple(item for name in names for item in (TYPES[name] if isinstance(TYPES[name], tuple) else (TYPES[name],)))
        assert isinstance(value, allowed), (path, kinds[path][0], value)
        assert not (isinstance(value, bool) and bool not in allowed), (path, value)


def test_every_field_has_a_meaning():
    assert all(meaning for _, meaning in documented().values())


def test_the_version_has_its_history():
    assert f"- {SCHEMA_VERSION}: " in DOC.read_text(encoding="utf-8")
