"""Findings as GitHub workflow commands: one line each, shown as annotations of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Sequence

from indexadvisor.explain.finding import Finding
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.sqltext import visible

_COMMANDS = {"info": "notice", "warning": "warning", "error": "error"}


def workflow_commands(results: Sequence[PlanResult]) -> str:
    """Return one line per finding, a cause's consequences named in its text."""
    lines = [_line(result, finding) for result in results for finding in result.report.findings]
    return "".join(f"{line}\n" for line in lines)


def annotation(severity: str, title: str, text: str, source: str, line: int = 1) -> str:
    """Return one command; nothing in the texts can end it or begin another.

    >>> annotation("error", "cost", "grew\\n::error::by 20 %", "plans/a,b.json", 3)
    '::error file=plans/a%2Cb.json,line=3,title=cost::grew%0A::error::by 20 %25'
    """
    return f"::{_COMMANDS[severity]} file={_property(source)},line={line},title={_property(title)}::{_data(text)}"


def _line(result: PlanResult, finding: Finding) -> str:
    explained = (f"It explains {one.code}: {one.message}" for one in finding.consequences)
    outcome = result.outcome(finding)
    tested = () if outcome is None else (f"tested: {outcome.outcome}: {outcome.sentence}",)
    text = "\n".join((finding.message, *(one.text for one in finding.advice), *tested, *explained))
    return annotation(finding.severity, f"{finding.code} {finding.name}", text, result.source, result.report.plan.line)


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
