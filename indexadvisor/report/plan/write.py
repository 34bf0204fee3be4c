"""Renders analysed plans in the format asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from indexadvisor.report.plan.model import PlanResult

_WRITERS = {"json": ("json", "render"), "md": ("markdown", "render"), "html": ("html", "render"), "sarif": ("sarif", "sarif"),
            "github": ("github", "workflow_commands"), "text": ("terminal", "plain")}  # fmt: skip
FORMATS = tuple(_WRITERS)


def render(results: Sequence[PlanResult], form: str) -> str:
    """Return the plans in one of ``FORMATS``."""
    module, function = _WRITERS[form]
    text = getattr(import_module(f"indexadvisor.report.plan.{module}"), function)(results)
    assert isinstance(text, str)
    return text
