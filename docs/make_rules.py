"""Writes docs/rules/*.md from the rules' docstrings: ``python docs/make_rules.py``.

``EX36.md`` is written by hand: it is about what keeps the other rules from speaking, not a rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from indexadvisor.explain import rules
from indexadvisor.explain.rule import SECTIONS, PlanRule, documentation

FOLDER = Path(__file__).with_name("rules")
BY_HAND = {"EX36": ("estimate-means-nothing", "When a row estimate is not compared with what was counted.")}
NEEDS = {
    "analyze": "ANALYZE", "timing": "ANALYZE with TIMING", "buffers": "BUFFERS", "io_timing": "BUFFERS with track_io_timing",
    "verbose": "VERBOSE", "catalog": "a server or a snapshot", "wal": "WAL", "memory": "MEMORY (from PostgreSQL 17)",
    "serialize": "SERIALIZE (from PostgreSQL 17)",
}  # fmt: skip


def pages() -> Mapping[str, str]:
    """Return every generated page by its file name."""
    found = {f"{code}.md": page(rule) for code, rule in rules.registry().items()}
    return found | {"README.md": contents()}


def page(rule: type[PlanRule]) -> str:
    """Return one rule's page."""
    about = documentation(rule)
    lines = [f"# {rule.code} {rule.name}", "", about.title, "", f"Severity: {rule.severity}. Needs: {needs(rule)}."]
    if rule.explained_by:
        causes = ", ".join(f"[{code}]({code}.md)" for code in rule.explained_by)
        lines.append(f"Folded into {causes}, where that is the cause.")
    for section in SECTIONS:
        text = about.sections.get(section, "")
        lines += ["", f"## {section}", "", f"```\n{text}\n```" if section == "Example plan" else text]
    if rule.thresholds:
        lines += ["", "## Thresholds", "", "```toml", f"[{rule.code}]"]
        lines += [f"{name} = {getattr(rule, name)}" for name in rule.thresholds]
        lines += ["```"]
    return "\n".join(lines) + "\n"


def needs(rule: type[PlanRule]) -> str:
    """Return what a plan must carry for a rule, in words."""
    return ", ".join(NEEDS[need] for need in rule.needs) or "nothing but a plan"


def contents() -> str:
    """Return the page that lists all rules."""
    lines = [
        "# Plan rules",
        "",
        "Written by `python docs/make_rules.py` from the rules' own docstrings. How findings are weighed and chained:",
    ]
    lines += ["[../explain.md](../explain.md).", "", "| code | name | severity | needs | what |", "|---|---|---|---|---|"]
    rows = {
        code: f"| {rule.name} | {rule.severity} | {needs(rule)} | {documentation(rule).title} |" for code, rule in rules.registry().items()
    }
    rows |= {code: f"| {name} | none | ANALYZE | {what} |" for code, (name, what) in BY_HAND.items()}
    lines += [f"| [{code}]({code}.md) {row}" for code, row in sorted(rows.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
