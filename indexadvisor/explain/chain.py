"""Causes and consequences: a finding that another one explains is folded into it, so that one mistake of the planner is reported once.

A rule names in ``explained_by`` the rules whose findings can be its cause. A finding is folded into such a cause when the cause's node
hands rows up to the finding's node (or is that node), or when the finding is about the whole statement. Nothing is lost: folded findings
stay in ``consequences`` of their cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from indexadvisor.explain.finding import SEVERITIES, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule
from indexadvisor.explain.score import largest, order, scored


def chained(findings: Sequence[Finding], rules: Mapping[str, PlanRule], analysis: Analysis) -> tuple[Finding, ...]:
    """Return the findings that nothing explains, each with its consequences, scored and in order of importance."""
    positions: dict[str, list[int]] = {}
    for number, finding in enumerate(findings):
        positions.setdefault(finding.code, []).append(number)
    causes: dict[int, int] = {}
    for number, finding in enumerate(findings):
        cause = _cause(number, findings, positions, rules[finding.code], analysis)
        if cause is not None and number not in _line_of(cause, causes):
            causes[number] = cause
    folded: dict[int, list[int]] = {}
    for number, cause in causes.items():
        folded.setdefault(cause, []).append(number)

    def whole(number: int) -> Finding:
        consequences = tuple(sorted((whole(other) for other in folded.get(number, ())), key=lambda found: order(found, analysis)))
        return _with_consequences(findings[number], consequences, analysis)

    roots = _partitions_together([whole(number) for number in range(len(findings)) if number not in causes], analysis)
    return tuple(sorted(roots, key=lambda found: order(found, analysis)))


def _partitions_together(findings: Sequence[Finding], analysis: Analysis) -> list[Finding]:
    """Fold findings that say the same of several partitions into the one that could save most, with their savings."""
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for number, finding in enumerate(findings):
        append = _append_above(finding, analysis)
        advice = tuple((one.kind, one.columns, one.setting) for one in finding.advice)
        alike.setdefault((number,) if append is None else (finding.code, append, advice), []).append(finding)
    return [_together(sorted(group, key=lambda found: order(found, analysis)), analysis) for group in alike.values()]


def _append_above(finding: Finding, analysis: Analysis) -> int | None:
    """Return the number of the Append of partitions a scan belongs to, None for any other finding."""
    node = None if finding.node is None else analysis.plan.nodes.get(finding.node)
    if node is None or node.relation is None:
        return None
    above = next(analysis.plan.ancestors(node), None)
    return above.number if above is not None and above.node_type in {"Append", "Merge Append"} else None


def _together(group: list[Finding], analysis: Analysis) -> Finding:
    first, *others = group
    if not others:
        return first
    saving = first.saving_ms
    for other in others:
        saving = saving if other.saving_ms is None else other.saving_ms if saving is None else saving + other.saving_ms
    message = f"{first.message} So it is for {len(others)} more of these partitions."
    evidence = (*first.evidence, Evidence("scans alike", len(group)))
    consequences = (*first.consequences, *others)
    return scored(replace(first, message=message, evidence=evidence, saving_ms=saving, consequences=consequences), analysis)


def _cause(
    number: int, findings: Sequence[Finding], positions: Mapping[str, Sequence[int]], rule: PlanRule, analysis: Analysis
) -> int | None:
    """Return the position of a finding's cause: the code its rule names first, then the deepest node, then the first."""
    finding = findings[number]
    if not rule.explained_by:
        return None
    node = None if finding.node is None else analysis.plan.nodes.get(finding.node)
    within = None if node is None else analysis.feeding(node)
    for code in rule.explained_by:
        possible = [
            (-_depth(findings[position], analysis), position)
            for position in positions.get(code, ())
            if position != number
            and (within is None or findings[position].node in within)
            and rule.follows_from(analysis, finding, findings[position])
        ]
        if possible:
            return min(possible)[1]
    return None


def _depth(finding: Finding, analysis: Analysis) -> int:
    return -1 if finding.node is None else analysis.depths.get(finding.node, -1)


def _line_of(number: int, causes: Mapping[int, int]) -> set[int]:
    """Return a finding with its cause, the cause's cause and so on: what it may not become the cause of."""
    line = {number}
    while number in causes:
        number = causes[number]
        line.add(number)
    return line


def _with_consequences(finding: Finding, consequences: tuple[Finding, ...], analysis: Analysis) -> Finding:
    """Return a cause with what it explains: it is as severe as the worst of them, and could save what the largest of them could."""
    if not consequences:
        return scored(finding, analysis)
    severity = max((finding.severity, *(found.severity for found in consequences)), key=SEVERITIES.index)
    savings = [found.saving_ms for found in (finding, *consequences) if found.saving_ms is not None]
    return scored(replace(finding, severity=severity, saving_ms=largest(savings), consequences=consequences), analysis)
