"""SARIF: what the 2.1.0 schema requires of the parts we write, for findings and for regressions."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from indexadvisor.explain.gate import Regression
from indexadvisor.report.plan.regressions import render as render_regressions
from indexadvisor.report.plan.write import render
from tests.fakes.plan_results import hostile_result, timed_result

LEVELS = {"none", "note", "warning", "error"}
ALLOWED = {
    "run": {"tool", "columnKind", "results"},
    "rule": {"id", "name", "shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration", "properties"},
    "result": {"ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints", "properties"},
}
"""Properties of the schema (additionalProperties is false there) that we may write."""


def worse():
    return {"a b": (Regression("seq-scan", "orders is read whole", 3), Regression("cost", "grew"), Regression("cost", "grew more"))}


def logs():
    yield render([timed_result(), hostile_result()], "sarif")
    yield render([], "sarif")
    yield render_regressions(worse(), "sarif", folder=Path("plans"), plans=2, baselines=2)


@pytest.mark.parametrize("log", [json.loads(text) for text in logs()], ids=["findings", "none", "regressions"])
def test_a_log_has_what_the_schema_asks_for(log):
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert set(run) <= ALLOWED["run"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    for rule in driver["rules"]:
        assert set(rule) <= ALLOWED["rule"]
        assert rule["shortDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in LEVELS
    for result in run["results"]:
        assert set(result) <= ALLOWED["result"]
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        for location in result["locations"]:
            physical = location["physicalLocation"]
            assert physical["region"]["startLine"] >= 1
            uri = physical["artifactLocation"]["uri"]
            assert " " not in uri
            assert "<" not in uri
            assert urlsplit(uri).scheme in ("", "file")
            assert all(logical["name"] for logical in location.get("logicalLocations", ()))
        assert all(isinstance(value, str) for value in result["partialFingerprints"].values())


def test_results_of_one_run_can_be_told_apart_and_keep_their_identity():
    (run,) = json.loads(render_regressions(worse(), "sarif", folder=Path("plans"), plans=2, baselines=2))["runs"]
    prints = [result["partialFingerprints"]["planNode/v1"] for result in run["results"]]
    assert len(set(prints)) == 3
    (again,) = json.loads(render_regressions(worse(), "sarif", folder=Path("elsewhere"), plans=2, baselines=2))["runs"]
    assert prints == [result["partialFingerprints"]["planNode/v1"] for result in again["results"]]
