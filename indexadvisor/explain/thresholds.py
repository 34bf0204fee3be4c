"""Thresholds of the rules from one TOML file: a table per rule code, a key per threshold::

[EX35]
factor = 50

[noise]      # what the engine leaves out, see explain.engine
share = 0.01
time_ms = 10
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexadvisor.errors import UsageError
from indexadvisor.explain import rules
from indexadvisor.explain.rule import PlanRule

_NOISE = "noise"


@dataclass(frozen=True)
class Thresholds:
    """Changed thresholds by rule code and name. A finding is noise when its node took less than ``noise_share`` of the statement's time
    (0.01 = 1 %) and less than ``noise_ms``.
    """

    by_code: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    noise_share: float = 0.01
    noise_ms: float = 10.0

    def made(self, rule: type[PlanRule]) -> PlanRule:
        """Return the rule with its thresholds changed as asked."""
        return rule(self.by_code.get(rule.code))


def load(path: Path) -> Thresholds:
    """Return the thresholds a file sets; raises UsageError naming the line or the key that cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read thresholds from {path}: {error}") from error
    return parse(text, str(path))


def parse(text: str, source: str = "thresholds") -> Thresholds:
    """Return the thresholds a TOML text sets; raises UsageError naming the line or the key that cannot be used.

    >>> parse("[noise]\\ntime_ms = 5").noise_ms
    5.0
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source}: {error}") from error
    noise = _numbers(source, _NOISE, tables.pop(_NOISE, {}), {"share": 0.01, "time_ms": 10.0})
    by_code: dict[str, Mapping[str, float]] = {}
    for code, table in tables.items():
        rule = rules.registry().get(code.upper())
        if rule is None:
            raise UsageError(f"{source}: [{code}] is not a rule", hint="rules are named by code, such as [EX01]")
        if rule.code in by_code:
            raise UsageError(f"{source}: [{code}] stands twice")
        by_code[rule.code] = _numbers(source, code, table, {name: getattr(rule, name) for name in rule.thresholds})
    return Thresholds(by_code, noise_share=noise.get("share", 0.01), noise_ms=noise.get("time_ms", 10.0))


def _numbers(source: str, title: str, table: Any, known: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(table, dict):
        raise UsageError(f"{source}: {title} must be a table of thresholds, such as [EX01]")
    found: dict[str, float] = {}
    for name, value in table.items():
        where = f"{source}: [{title}] {name}"
        if name not in known:
            raise UsageError(f"{where} is not a threshold of it", hint=f"it has {', '.join(known) or 'none'}")
        whole = isinstance(known[name], int)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not math.isfinite(value) or value < 0:
            raise UsageError(f"{where} must be a {'whole ' if whole else ''}number that is not negative, not {value!r}")
        found[name] = value if whole else float(value)
    return found
