"""Baselines: one JSON file per statement that a team keeps beside its code, to hold later plans against.

A file holds the statement, EXPLAIN's own JSON, and the rows of each relation at that time, so that growth can be told from regression::

    {"format": "indexadvisor plan baseline", "version": 1, "statement": "SELECT ...",
     "relations": {"orders": 120000}, "explain": [{"Plan": ...}]}

Plain EXPLAIN output in any format is a baseline, too; growth is then unknown and counts as none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexadvisor.errors import UsageError
from indexadvisor.explain import read
from indexadvisor.explain.plan import Plan

FORMAT = "indexadvisor plan baseline"
VERSION = 1


@dataclass(frozen=True)
class Baseline:
    """One plan to hold others against. ``rows``: of each relation by name when it was taken, empty where unknown."""

    name: str
    plan: Plan
    rows: Mapping[str, float] = field(default_factory=dict)
    statement: str | None = None


def load(folder: Path) -> dict[str, Baseline]:
    """Return the baselines of a directory by the name of their file without its suffix; raises UsageError for one that is none."""
    if not folder.is_dir():
        raise UsageError(f"there is no directory {folder}", hint="make the first baseline with --update")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return {path.stem: _read(path) for path in files}


def save(folder: Path, name: str, explain: str, rows: Mapping[str, float], statement: str | None) -> Path:
    """Write a baseline; ``explain`` is EXPLAIN's JSON. The same plan gives the same bytes. Raises UsageError where that cannot be."""
    path = folder / f"{name}.json"
    try:
        plan = json.loads(explain)
    except ValueError:
        raise UsageError(f"the plan of {name} is not in EXPLAIN's JSON format", hint="make it with EXPLAIN (FORMAT JSON)") from None
    document = {"format": FORMAT, "version": VERSION, "statement": statement, "relations": dict(sorted(rows.items())), "explain": plan}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="name another directory with --baseline") from None
    return path


def _read(path: Path) -> Baseline:
    text = path.read_text(encoding="utf-8", errors="replace")
    fields = _fields(text)
    if fields is None:
        return Baseline(path.stem, read(text, str(path)).plans[0])
    if fields.get("version") != VERSION:
        raise UsageError(f"{path} is a baseline of another version of indexadvisor", hint="make it anew with --update")
    rows = fields.get("relations")
    known = {str(name): float(count) for name, count in rows.items() if isinstance(count, (int, float))} if isinstance(rows, dict) else {}
    statement = fields.get("statement")
    plan = read(json.dumps(fields.get("explain")), str(path)).plans[0]
    return Baseline(path.stem, plan, known, statement if isinstance(statement, str) else None)


def _fields(text: str) -> dict[str, Any] | None:
    """Return the file's fields where it is in our format, None for any other text."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and document.get("format") == FORMAT else None
