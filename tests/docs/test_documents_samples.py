"""The committed samples in reports/ are what the code of today writes: schema version, valid DDL, one story in all formats."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pgparse
import pytest

from indexadvisor.report.model import SCHEMA_VERSION
from indexadvisor.report.write import FORMATS

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = {"lifeceo": "lab", "tpch": "hypopg"}
MAX_BYTES = 2_500_000


def sample(name, kind):
    return (ROOT / "reports" / name / FORMATS[kind]).read_text(encoding="utf-8")


def report(name):
    return json.loads(sample(name, "json"))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_has_the_current_schema_and_says_its_source_of_cost(name):
    made = report(name)
    assert made["schema_version"] == SCHEMA_VERSION
    assert made["server"]["cost_source"] == SAMPLES[name]
    assert made["server"]["cost_description"] in sample(name, "md")
    assert made["recommendations"]
    assert made["workload"]["cost_after"] < made["workload"]["cost_before"]
    assert made["effort"]["explains"] > 0


@pytest.mark.parametrize("name", SAMPLES)
def test_the_ddl_of_a_sample_parses_and_each_file_holds_it(name):
    script, page = sample(name, "sql"), sample(name, "md")
    for index in report(name)["recommendations"]:
        for statement in index["statements"]:
            (parsed,) = pgparse.parse(statement)
            assert set(parsed["stmt"]) <= {"IndexStmt", "AlterTableStmt", "CreateExtensionStmt"}, statement
            assert statement.rstrip(";") in script
        assert index["name"] in page


@pytest.mark.parametrize("name", SAMPLES)
def test_the_script_of_a_sample_parses_as_a_whole(name):
    # psql's own commands begin with a backslash and are no SQL
    text = re.sub(r"^\\.*$", "", sample(name, "sql"), flags=re.MULTILINE)
    kinds = [next(iter(statement["stmt"])) for statement in pgparse.parse(text)]
    assert kinds.count("IndexStmt") >= len(report(name)["recommendations"])


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_tells_nothing_of_the_machine_it_was_made_on(name):
    for kind in FORMATS:
        assert not re.search(r"/(?:work|home|root|Users)/", sample(name, kind)), kind


def test_the_samples_stay_small():
    assert sum(file.stat().st_size for file in (ROOT / "reports").rglob("*") if file.is_file()) <= MAX_BYTES
