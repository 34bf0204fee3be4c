"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the changed files.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from indexadvisor.explain.finding import Finding
from indexadvisor.explain.rule import PlanRule
from indexadvisor.explain.rules import registry
from indexadvisor.explain.shape import label, scan_name
from indexadvisor.report.plan.model import PlanResult

_LEVELS = {"info": "note", "warning": "warning", "error": "error"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(results: Sequence[PlanResult]) -> str:
    """Return one SARIF run with every finding, consequences as results of their own, and the rules that found something."""
    found = [(result, finding) for result in results for finding in _all(result.report.findings)]
    rules = registry()
    codes = sorted({finding.code for _, finding in found})
    positions = {code: place for place, code in enumerate(codes)}
    run = {
        "tool": {"driver": {"name": "indexadvisor", "version": version("indexadvisor"), "rules": [_rule(rules[code]) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(result, finding, positions) for result, finding in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _all(findings: Iterable[Finding]) -> Iterable[Finding]:
    for finding in findings:
        yield finding
        yield from _all(finding.consequences)


def _rule(rule: type[PlanRule]) -> dict[str, Any]:
    title, _, text = inspect.cleandoc(rule.__doc__ or rule.name).partition("\n")
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": text.strip() or title},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(result: PlanResult, finding: Finding, positions: Mapping[str, int]) -> dict[str, Any]:
    advice = " ".join(one.text for one in finding.advice)
    place = _subject(result, finding)
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": _uri(result.source)}, "region": {"startLine": result.report.plan.line}}
    }
    if place is not None:
        location["logicalLocations"] = [{"name": place, "kind": "plan node"}]
    return {
        "ruleId": finding.code,
        "ruleIndex": positions[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {advice}".strip()},
        "locations": [location],
        # the same finding about the same node keeps its identity while figures and lines move
        "partialFingerprints": {"planNode/v1": _digest(result.source, finding.code, place or "")},
    }


def _subject(result: PlanResult, finding: Finding) -> str | None:
    node = None if finding.node is None else result.report.plan.nodes.get(finding.node)
    if node is None:
        return None
    name = scan_name(node)
    return f"{label(node)} on {name}" if name else label(node)


def _uri(source: str) -> str:
    """Return a file's name as a URI reference, relative where it was given so."""
    path = Path(source)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
