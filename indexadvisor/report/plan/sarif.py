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
    return document([_rule(rules[code]) for code in codes], [_result(result, finding, positions) for result, finding in found])


def document(rules: Sequence[Mapping[str, Any]], results: Sequence[Mapping[str, Any]]) -> str:
    """Return a SARIF log of one run."""
    driver = {"name": "indexadvisor", "version": version("indexadvisor"), "rules": list(rules)}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": list(results)}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=True) + "\n"


def result(rule: str, position: int, level: str, text: str, location: Mapping[str, Any], identity: Iterable[object]) -> dict[str, Any]:
    """Return one result; ``position`` is its rule's in the run, ``identity`` what stays the same while figures and lines move."""
    return {
        "ruleId": rule,
        "ruleIndex": position,
        "level": level,
        "message": {"text": text},
        "locations": [location],
        "partialFingerprints": {"planNode/v1": _digest(*map(str, identity))},
    }


def physical(source: str, line: int = 1) -> dict[str, Any]:
    """Return a place in a file; lines count from 1."""
    return {"artifactLocation": {"uri": _uri(source)}, "region": {"startLine": max(1, line)}}


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


def _result(found: PlanResult, finding: Finding, positions: Mapping[str, int]) -> dict[str, Any]:
    advice = " ".join(one.text for one in finding.advice)
    place = _subject(found, finding)
    location: dict[str, Any] = {"physicalLocation": physical(found.source, found.report.plan.line)}
    if place is not None:
        location["logicalLocations"] = [{"name": place, "kind": "plan node"}]
    text = f"{finding.message} {advice}".strip()
    identity = (found.source, finding.code, place or "")
    return result(finding.code, positions[finding.code], _LEVELS[finding.severity], text, location, identity)


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
