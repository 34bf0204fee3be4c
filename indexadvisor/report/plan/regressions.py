"""Plans that got worse than their baselines: as text, JSON, workflow commands and SARIF."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from indexadvisor.explain.gate import Regression
from indexadvisor.report.plan.github import annotation
from indexadvisor.report.plan.sarif import document, physical, result
from indexadvisor.report.sqltext import one_line

Worse = Mapping[str, Sequence[Regression]]

_KINDS = {
    "seq-scan": "A relation that was read through an index is read whole.",
    "index-lost": "An index that the baseline used is no longer used, and no other in its place.",
    "filter-after-index": "A condition moved from the index to a filter after it.",
    "nested-loop": "A hash or merge join became a nested loop whose inner side is read whole.",
    "sort-added": "Rows that came in order are sorted.",
    "cost": "The cost grew beyond what the growth of the tables explains.",
}


def render(worse: Worse, form: str, *, folder: Path, plans: int, baselines: int) -> str:
    """Return the regressions by plan; ``form`` is text, json, github or sarif, ``folder`` where the baselines are."""
    writers: Mapping[str, Callable[[], str]] = {
        "text": lambda: _text(worse, plans), "json": lambda: _json(worse, plans, baselines),
        "github": lambda: _github(worse, folder), "sarif": lambda: _sarif(worse, folder),
    }  # fmt: skip
    return writers[form]()


def _text(worse: Worse, plans: int) -> str:
    told = [f"{one_line(name)}: {one.kind}: {one_line(one.message)}" for name, found in worse.items() for one in found]
    told.append(f"{plans - len(worse)} of {plans} plans are no worse than their baseline")
    return "".join(f"{line}\n" for line in told)


def _json(worse: Worse, plans: int, baselines: int) -> str:
    told = {name: [{"kind": one.kind, "message": one.message, "node": one.node} for one in found] for name, found in worse.items()}
    return json.dumps({"plans": plans, "baselines": baselines, "regressions": told}, indent=2) + "\n"


def _github(worse: Worse, folder: Path) -> str:
    found = ((name, one) for name, regressions in worse.items() for one in regressions)
    lines = (annotation("error", f"plan regression: {one.kind}", one.message, str(folder / f"{name}.json")) for name, one in found)
    return "".join(f"{line}\n" for line in lines)


def _sarif(worse: Worse, folder: Path) -> str:
    kinds = sorted({one.kind for found in worse.values() for one in found})
    rules: list[dict[str, Any]] = [
        {"id": kind, "name": kind, "shortDescription": {"text": _KINDS.get(kind, kind)}, "defaultConfiguration": {"level": "error"}}
        for kind in kinds
    ]
    results = [
        result(one.kind, kinds.index(one.kind), "error", one.message, _place(folder, name), (name, one.kind, place))
        for name, found in worse.items()
        for place, one in enumerate(found)
    ]
    return document(rules, results)


def _place(folder: Path, name: str) -> Mapping[str, Any]:
    return {"physicalLocation": physical(str(folder / f"{name}.json"))}
