"""Every rule against plans of real servers: tests/cases/explain/rules/README.md says how a case is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexadvisor.explain import rules
from indexadvisor.explain.engine import report
from indexadvisor.explain.thresholds import Thresholds
from tests.fakes.plans import analysis_of, plan_from_text
from tests.fakes.schema import catalog_from_sql

CASES = Path(__file__).parents[2] / "cases" / "explain" / "rules"
FILES = sorted(path for path in CASES.glob("EX*/*") if path.suffix in {".txt", ".json"})
KEYS = {"note", "node", "says", "silent", "severity", "findings"}
MIN_FIRES, MIN_SILENT = 1, 2


def split(text):
    """Return a case's header as (key, value) pairs, and the plan below it."""
    header, lines = [], text.splitlines(keepends=True)
    while lines and lines[0].startswith("-- "):
        key, _, value = lines.pop(0)[3:].partition(":")
        assert key in KEYS, f"{key!r} is none of {sorted(KEYS)}"
        header.append((key, value.strip()))
    return header, "".join(lines)


def found_in(path, text):
    schema = path.with_suffix(".sql")
    catalog = catalog_from_sql(schema.read_text(encoding="utf-8")) if schema.exists() else None
    analysis = analysis_of(plan_from_text(text), catalog)
    return analysis.plan, report(analysis, Thresholds(), only=[path.parent.name])


def words(finding):
    """Return all that a finding says, as one text."""
    advice = [f"{one.kind}: {one.text} {one.sql or ''} ({', '.join(one.columns)}) {one.setting or ''}" for one in finding.advice]
    return "\n".join([finding.message, *(f"{one.name} {one.value} {one.unit}" for one in finding.evidence), *advice])


def label(node):
    return f"{node.node_type} on {node.relation}" if node.relation else node.node_type


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}-{path.stem}" for path in FILES])
def test_case(path):
    header, text = split(path.read_text(encoding="utf-8"))
    plan, result = found_in(path, text)
    if path.stem.startswith("silent-"):
        assert result.findings == ()
        because = [value for key, value in header if key == "silent"]
        reasons = [skipped.reason for skipped in result.silent] + ["noise"] * bool(result.noise)
        assert reasons == because, "a case that says nothing for another reason than the rule's own names it in a line -- silent:"
        return
    assert path.stem.startswith("fires-"), "a case is named fires-... or silent-..."
    assert result.findings, (result.silent, result.noise)
    said = "\n".join(words(finding) for finding in result.findings)
    for key, value in header:
        if key == "node":
            assert value in {label(plan.nodes[finding.node]) for finding in result.findings if finding.node is not None}
        elif key == "says":
            assert value in said
        elif key == "severity":
            assert value in {finding.severity for finding in result.findings}
        elif key == "findings":
            assert int(value) == len(result.findings)
    for finding in result.findings:
        assert 0 < finding.confidence <= 1
        assert finding.evidence, "a finding gives its numbers"
        assert finding.score is None or 0 <= finding.score <= 1


@pytest.mark.parametrize("code", rules.registry())
def test_every_rule_has_cases_for_and_against(code):
    stems = [path.stem for path in FILES if path.parent.name == code]
    assert sum(stem.startswith("fires-") for stem in stems) >= MIN_FIRES
    assert sum(stem.startswith("silent-") for stem in stems) >= MIN_SILENT


def test_every_folder_is_a_rules():
    assert {path.name for path in CASES.glob("EX*")} <= set(rules.registry())
