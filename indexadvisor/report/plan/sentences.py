"""The sentences about a plan that every format shares: how long it took, whether the times add up, what a finding says in numbers."""

from __future__ import annotations

from indexadvisor.explain.engine import PlanReport
from indexadvisor.explain.finding import Evidence, Finding
from indexadvisor.report import units
from indexadvisor.report.plan.tree import span


def headline(report: PlanReport) -> str:
    """Return one line with the statement's time or cost and the number of findings."""
    plan = report.plan
    if report.times is not None:
        what = f"{units.milliseconds(report.times.statement_ms)} execution"
        if plan.planning is not None and plan.planning.time_ms is not None:
            what += f", {units.milliseconds(plan.planning.time_ms)} planning"
    elif plan.root.total_cost is not None:
        what = f"estimated cost {plan.root.total_cost:,.2f}, {'not timed' if plan.analyzed else 'not executed'}"
    else:
        what = "no costs, no times"
    nodes = sum(1 for _ in plan.walk())
    return f"{what}; {units.counted(nodes, 'node')}; {units.counted(len(report.findings), 'finding')}"


def conservation(report: PlanReport) -> str | None:
    """Return whether the nodes' own times add up to the statement's, None for a plan without times."""
    if report.times is None:
        return None
    check = report.times.conservation
    verdict = "adds up" if check.holds else "does NOT add up: read the times of this plan with care"
    return (
        f"own times {span(check.own_total)}, outside of nodes {span(check.outside_ms)}, "
        f"statement {units.milliseconds(check.statement_ms)}: {verdict}"
    )


def evidence(one: Evidence) -> str:
    """Return one piece of evidence.

    >>> evidence(Evidence("rows removed", 99990.0, "rows"))
    'rows removed: 99,990 rows'
    """
    if isinstance(one.value, str):
        return f"{one.name}: {one.value}"
    if one.unit == "bytes":
        return f"{one.name}: {units.size(one.value)}"
    if one.unit == "ms":
        return f"{one.name}: {units.milliseconds(one.value)}"
    number = f"{one.value:,.0f}" if float(one.value).is_integer() else units.significant(one.value)
    return f"{one.name}: {number} {one.unit}".rstrip()


def worth(finding: Finding) -> str:
    """Return what a finding could save and how sure that is."""
    sure = f"confidence {units.percent(finding.confidence)}"
    if finding.saving_ms is None:
        return sure
    score = "" if finding.score is None else f"score {finding.score:.2f}, "
    return f"{score}could save {span(finding.saving_ms)}, {sure}"


def cut_off(report: PlanReport) -> list[str]:
    """Return what is missing of the plan's input and what was not understood."""
    plan = report.plan
    lines = [f"the input was cut off: {plan.truncated}"] if plan.truncated else []
    return lines + [f"line {one.line}, column {one.column}: not understood: {one.text} (expected {one.expected})" for one in plan.unread]
