"""Applies the rules to a plan: what they found, in order of importance and with causes and consequences chained, and which could not
speak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from indexadvisor.catalog.model import Catalog
from indexadvisor.explain import rules
from indexadvisor.explain.chain import chained
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.plan import Plan
from indexadvisor.explain.rows import RowCount, row_counts
from indexadvisor.explain.rule import Analysis, Need, PlanRule
from indexadvisor.explain.thresholds import Thresholds
from indexadvisor.explain.timing import Timings, timings
from indexadvisor.findings import Skipped

_NEEDS: Mapping[Need, tuple[str, Callable[[Analysis], bool]]] = {
    "analyze": ("the plan was made without ANALYZE", lambda analysis: analysis.plan.analyzed),
    "timing": ("the plan has no times (ANALYZE, TIMING)", lambda analysis: analysis.times is not None),
    "buffers": ("the plan has no BUFFERS", lambda analysis: any(node.buffers is not None for node in analysis.plan.walk())),
    "io_timing": (
        "the plan has no I/O times (track_io_timing)",
        lambda analysis: any(node.io is not None for node in analysis.plan.walk()),
    ),
    "verbose": ("the plan was made without VERBOSE", lambda analysis: any("Output" in node.details for node in analysis.plan.walk())),
    "catalog": ("no server or snapshot to look tables up in", lambda analysis: analysis.catalog is not None),
    "wal": ("the plan has no WAL", lambda analysis: any(node.wal is not None for node in analysis.plan.walk())),
    "memory": (
        "the plan has no planner memory (MEMORY, from 17)",
        lambda analysis: analysis.plan.planning is not None and analysis.plan.planning.memory_used_bytes is not None,
    ),
    "serialize": ("the plan has no SERIALIZE (from 17)", lambda analysis: analysis.plan.serialization is not None),
}


@dataclass(frozen=True)
class PlanReport:
    """What the rules say of one plan. ``findings``: most important first, consequences folded into their causes. ``noise``: findings left
    out because their nodes take no time worth the trouble. ``silent``: rules that could not speak, with what the plan lacks.
    """

    plan: Plan
    times: Timings | None
    rows: Mapping[int, RowCount]
    findings: tuple[Finding, ...]
    noise: tuple[Finding, ...] = ()
    silent: tuple[Skipped, ...] = ()


def analyse(
    plan: Plan,
    catalog: Catalog | None = None,
    thresholds: Thresholds | None = None,
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
) -> PlanReport:
    """Return what the rules find in a plan. ``only`` and ``skip`` name rules by code or name; raises UsageError for one that does not
    exist.
    """
    analysis = Analysis(plan, timings(plan), row_counts(plan), catalog)
    return report(analysis, thresholds or Thresholds(), only=only, skip=skip)


def report(analysis: Analysis, thresholds: Thresholds, *, only: Iterable[str] = (), skip: Iterable[str] = ()) -> PlanReport:
    """Return what the rules find, for a plan whose times and rows are worked out already."""
    wanted, unwanted = rules.codes(only), rules.codes(skip)
    chosen = {
        code: thresholds.made(found) for code, found in rules.registry().items() if (not wanted or code in wanted) and code not in unwanted
    }
    return applied(chosen, analysis, thresholds)


def applied(chosen: Mapping[str, PlanRule], analysis: Analysis, thresholds: Thresholds) -> PlanReport:
    """Return what these rules, by code, find."""
    found: list[Finding] = []
    silent: list[Skipped] = []
    lacking = {need: reason for need, (reason, present) in _NEEDS.items() if not present(analysis)}
    for code, rule in chosen.items():
        missing = [reason for need, reason in lacking.items() if need in rule.needs]
        if missing:
            silent.append(Skipped("explain", f"{code} {rule.name}", missing[0]))
        else:
            found.extend(rule.check(analysis))
    findings = chained(found, chosen, analysis)
    kept: list[Finding] = []
    noise: list[Finding] = []
    for finding in findings:
        (noise if _is_noise(finding, chosen, analysis, thresholds) else kept).append(finding)
    return PlanReport(analysis.plan, analysis.times, analysis.rows, tuple(kept), tuple(noise), tuple(silent))


def _is_noise(finding: Finding, chosen: Mapping[str, PlanRule], analysis: Analysis, thresholds: Thresholds) -> bool:
    """Whether the node took next to no time, and the same holds for every consequence."""
    node = None if finding.node is None else analysis.plan.nodes.get(finding.node)
    time = None if node is None else analysis.time_below(node)
    statement_ms = analysis.statement_ms
    if chosen[finding.code].wrong_per_se or time is None or statement_ms is None:
        return False
    small = time.high < thresholds.noise_ms and time.high < thresholds.noise_share * statement_ms
    return small and all(_is_noise(consequence, chosen, analysis, thresholds) for consequence in finding.consequences)
