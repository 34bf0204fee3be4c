"""Analysed plans as JSON: docs/explain-schema.md documents the fields, ``schema_version`` numbers them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from indexadvisor.diagnosis.model import TriedPlan
from indexadvisor.explain.explain_json import to_json
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.report.plan.changes import lines
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.trials import Trial, trials

SCHEMA_VERSION = "1.0"
"""Grows by its second number with added fields, by the first when one changes its meaning or goes."""


def render(results: Sequence[PlanResult]) -> str:
    """Return the plans, their times and findings as one JSON document."""
    document = {"schema_version": SCHEMA_VERSION, "plans": [_plan(result) for result in results]}
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _plan(result: PlanResult) -> dict[str, Any]:
    report = result.report
    times = report.times
    return {
        "source": result.source,
        "line": report.plan.line,
        "statement": result.statement,
        "statement_ms": None if times is None else times.statement_ms,
        "conservation": None if times is None else value(times.conservation),
        "redacted": result.redacted,
        "findings": [finding(one) for one in report.findings],
        "noise": [finding(one) for one in report.noise],
        "silent": [value(one) for one in report.silent],
        "nodes": {
            str(number): {"time": None if times is None else value(times.nodes.get(number)), "rows": value(report.rows.get(number))}
            for number in sorted(report.plan.nodes)
        },
        "tried": None if result.tried is None else _tried(result.tried, result),
        "untried": result.untried,
        "plan": to_json(report.plan),
    }


def _tried(tried: TriedPlan, result: PlanResult) -> dict[str, Any]:
    return {
        "source": value(tried.source),
        "same_plan": tried.same_plan,
        "differs": tried.differs,
        "cost_together": None if tried.together is None else tried.together.after.root.total_cost,
        "trials": [_trial(trial) for trial in trials(result)],
        "skipped": [value(one) for one in tried.skipped],
        "present": to_json(tried.present),
    }


def _trial(trial: Trial) -> dict[str, Any]:
    changes = trial.changes
    return {
        "kind": trial.kind,
        "outcome": trial.outcome,
        "sentence": trial.sentence,
        "findings": [{"code": one.code, "node": one.node} for one in trial.findings],
        "sql": list(trial.sql),
        "size_bytes": trial.size_bytes,
        "cost_before": trial.cost_before,
        "cost_after": trial.cost_after,
        "condition": trial.condition,
        "proven": trial.proven,
        "caveats": list(trial.caveats),
        "alternative": value(trial.alternative),
        "changes": [] if changes is None else list(lines(changes)),
        "matched": [] if changes is None else [list(pair) for pair in changes.matched],
        "predicted": None if changes is None else to_json(changes.after),
    }


def finding(one: Finding) -> dict[str, Any]:
    """Return a finding as JSON's values."""
    found = value(one)
    assert isinstance(found, dict)
    return found


def value(item: Any) -> Any:
    """Return dataclasses as objects, intervals as ``[low, high]``, tuples as lists.

    >>> value((Interval(1.0, 2.0), None))
    [[1.0, 2.0], None]
    """
    if isinstance(item, Interval):
        return [item.low, item.high]
    if is_dataclass(item) and not isinstance(item, type):
        return {each.name: value(getattr(item, each.name)) for each in fields(item)}
    if isinstance(item, float) and not math.isfinite(item):
        return None
    if isinstance(item, Mapping):
        return {str(key): value(each) for key, each in item.items()}
    if isinstance(item, (list, tuple, frozenset)):
        return [value(each) for each in item]
    return item
