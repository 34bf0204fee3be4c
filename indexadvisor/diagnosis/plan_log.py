"""A log of plans (auto_explain) as one answer: which findings cost the workload most, and which statements changed their plan.

Events stream through once: what is kept per template is one example plan per shape (the slowest), a tally per finding, and the changes of
shape in order of time, so memory grows with the number of different statements, plans and findings, not with the log. The same pass
groups the events into a workload with their real durations, ready for ``pipeline.advise``.

A finding's weight is the time it could have saved over all executions that showed it: the sum of (middle of its saving x confidence); where
plans were logged without times, the executions' own durations order the findings, and no saving is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Protocol

from indexadvisor.capture.interface import CaptureReport, EventSource, QueryEvent
from indexadvisor.errors import IndexAdvisorError
from indexadvisor.explain.engine import PlanReport
from indexadvisor.explain.finding import SEVERITIES, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Plan
from indexadvisor.explain.shape import label, scan_name, shape
from indexadvisor.findings import Skipped
from indexadvisor.workload.fingerprint import fingerprint
from indexadvisor.workload.group import group
from indexadvisor.workload.model import Workload

MAX_CHANGES = 200
"""Changes of shape kept per statement; beyond it they are only counted."""
_MAX_TEXTS = 20_000
_MAX_UNREAD = 1000


class Analyser(Protocol):
    """Reads a plan's text and applies the rules; given by the caller, who knows thresholds and catalog."""

    def __call__(self, text: str, source: str, duration_ms: float | None = None) -> PlanReport:
        """Return the report of one plan that took ``duration_ms`` by the log; raises an IndexAdvisorError for a text that holds none."""


@dataclass(frozen=True)
class Run:
    """Executions in a row with one shape of plan. Times are None where the log has none."""

    shape: str
    executions: int
    total_ms: float
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True)
class PlanShape:
    """All executions of one statement with one shape of plan; ``example`` is the slowest of them, found at ``source``."""

    shape: str
    executions: int
    total_ms: float
    example: PlanReport
    example_ms: float
    source: str

    @property
    def mean_ms(self) -> float:
        """Mean duration in milliseconds."""
        return self.total_ms / self.executions


@dataclass(frozen=True)
class RankedFinding:
    """One finding over all executions of one statement. ``executions``: how many showed it. ``duration_ms``: their time together.

    ``saving_ms``: what it could have saved over all of them, None where no plan was timed. ``weight``: see the module. ``subject`` names
    the node (``Seq Scan on orders``). ``example`` is from the execution where it could save most, found at ``source``.
    """

    query_id: str
    subject: str
    example: Finding
    executions: int
    duration_ms: float
    saving_ms: Interval | None
    weight: float | None
    source: str


@dataclass(frozen=True)
class PlannedQuery:
    """One statement of the log with its shapes of plan, most time first, and the runs in which they alternated.

    ``more_changes`` counts changes of shape beyond those kept.
    """

    query_id: str
    text: str
    executions: int
    total_ms: float
    shapes: tuple[PlanShape, ...]
    runs: tuple[Run, ...]
    more_changes: int = 0

    @property
    def changes(self) -> int:
        """How often the plan changed its shape from one execution to the next."""
        return max(0, len(self.runs) - 1) + self.more_changes


@dataclass(frozen=True)
class PlanLog:
    """What a log of plans says. ``queries``: most time first. ``findings``: heaviest first. ``workload``: its statements, for advice."""

    queries: tuple[PlannedQuery, ...]
    findings: tuple[RankedFinding, ...]
    workload: Workload
    plans: int
    total_ms: float
    skipped: tuple[Skipped, ...] = ()


def analyse_log(source: EventSource, analyser: Analyser, *, samples: int = 5) -> PlanLog:
    """Read every plan of a source, group and rank. A plan that cannot be read is counted, named, and costs only itself."""
    tap = _Tap(source, analyser)
    workload = group(tap, samples=samples)
    return tap.result(workload)


@dataclass(slots=True)
class _Tally:
    """What one finding amounts to over the executions of one statement."""

    example: Finding
    source: str
    executions: int = 0
    duration_ms: float = 0.0
    saving_ms: Interval | None = None
    weight: float = 0.0

    def add(self, finding: Finding, ms: float, source: str) -> None:
        self.executions += 1
        self.duration_ms += ms
        if finding.saving_ms is not None:
            best = self.example.saving_ms
            if best is None or finding.saving_ms.middle > best.middle:
                self.example, self.source = finding, source
            self.saving_ms = finding.saving_ms if self.saving_ms is None else self.saving_ms + finding.saving_ms
            self.weight += finding.saving_ms.middle * finding.confidence


@dataclass(slots=True)
class _Query:
    text: str
    shapes: dict[str, PlanShape] = field(default_factory=dict)
    tallies: dict[tuple[str, str], _Tally] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    last_shape: str = ""
    more_changes: int = 0

    def add(self, report: PlanReport, event: QueryEvent, ms: float) -> None:
        kind = shape(report.plan)
        one = PlanShape(kind, 1, ms, report, ms, event.source)
        seen = self.shapes.get(kind)
        if seen is not None:
            slower = one if ms > seen.example_ms else seen
            one = replace(slower, executions=seen.executions + 1, total_ms=seen.total_ms + ms)
        self.shapes[kind] = one
        self._run(kind, ms, event.at)
        for finding in report.findings:
            key = (finding.code, subject(report.plan, finding))
            self.tallies.setdefault(key, _Tally(finding, event.source)).add(finding, ms, event.source)

    def _run(self, kind: str, ms: float, at: datetime | None) -> None:
        if kind == self.last_shape and self.runs and self.more_changes == 0:
            last = self.runs[-1]
            self.runs[-1] = replace(last, executions=last.executions + 1, total_ms=last.total_ms + ms, last_at=at or last.last_at)
        elif kind != self.last_shape and len(self.runs) > MAX_CHANGES:
            self.more_changes += 1
        elif self.more_changes == 0:
            self.runs.append(Run(kind, 1, ms, at, at))
        self.last_shape = kind


class _Tap:
    """Hands the events of a source on, and analyses the plans that pass by."""

    def __init__(self, source: EventSource, analyser: Analyser) -> None:
        self._source = source
        self._analyser = analyser
        self._queries: dict[str, _Query] = {}
        self._keys: dict[str, str] = {}
        self._skipped: list[Skipped] = []
        self._unread = 0
        self._plans = 0

    @property
    def report(self) -> CaptureReport:
        """The account of the source."""
        return self._source.report

    def events(self) -> Iterator[QueryEvent]:
        """Yield the source's events."""
        for event in self._source.events():
            if event.plan is not None:
                self._analyse(event, event.plan)
            yield event

    def _analyse(self, event: QueryEvent, text: str) -> None:
        try:
            report = self._analyser(text, event.source, event.total_ms if event.calls == 1 else None)
        except IndexAdvisorError as error:
            self._unread += 1
            if len(self._skipped) < _MAX_UNREAD:
                self._skipped.append(Skipped("explain", event.source, f"its plan cannot be read: {error}"))
            return
        self._plans += 1
        ms = event.total_ms if event.total_ms is not None else report.plan.execution_ms or 0.0
        self._queries.setdefault(self._key(event.text), _Query(event.text)).add(report, event, ms)

    def _key(self, text: str) -> str:
        key = self._keys.get(text)
        if key is None:
            if len(self._keys) >= _MAX_TEXTS:
                self._keys.clear()
            digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
            key = self._keys[text] = fingerprint(text) or digest
        return key

    def result(self, workload: Workload) -> PlanLog:
        """Return what the log came to, with the query ids of its workload."""
        ids = _ids(self._queries, workload)
        queries = sorted((_planned(ids[key], query) for key, query in self._queries.items()), key=lambda one: (-one.total_ms, one.query_id))
        findings = [_ranked(ids[key], place, tally) for key, query in self._queries.items() for (_, place), tally in query.tallies.items()]
        findings.sort(key=_importance)
        more = self._unread - len(self._skipped)
        unnamed = (Skipped("explain", f"{more} further plans", "cannot be read; only the first are named"),) if more else ()
        total_ms = sum(query.total_ms for query in queries)
        return PlanLog(tuple(queries), tuple(findings), workload, self._plans, total_ms, (*self._skipped, *unnamed))


def subject(plan: Plan, finding: Finding) -> str:
    """Return what a finding is about, in words that are the same for every execution: the node's method and what it reads."""
    node = None if finding.node is None else plan.nodes.get(finding.node)
    if node is None:
        return "the statement"
    name = scan_name(node)
    using = f" using {node.index}" if node.index else ""
    return f"{label(node)}{using} on {name}" if name else f"{label(node)}{using}"


def _ids(queries: Mapping[str, _Query], workload: Workload) -> dict[str, str]:
    """Return each statement's id in the workload, where it has one: ids are the beginnings of fingerprints."""
    known = {one.query_id for one in workload.groups}
    lengths = sorted({len(one) for one in known})
    return {key: next((key[:length] for length in lengths if key[:length] in known), key[:8]) for key in queries}


def _planned(query_id: str, query: _Query) -> PlannedQuery:
    shapes = sorted(query.shapes.values(), key=lambda one: (-one.total_ms, one.shape))
    executions, total_ms = sum(one.executions for one in shapes), sum(one.total_ms for one in shapes)
    return PlannedQuery(query_id, query.text, executions, total_ms, tuple(shapes), tuple(query.runs), query.more_changes)


def _ranked(query_id: str, place: str, tally: _Tally) -> RankedFinding:
    weight = tally.weight if tally.saving_ms is not None else None
    return RankedFinding(query_id, place, tally.example, tally.executions, tally.duration_ms, tally.saving_ms, weight, tally.source)


def _importance(one: RankedFinding) -> tuple[float, int, float, str, str, str]:
    severity = -SEVERITIES.index(one.example.severity)
    return (-(one.weight or 0.0), severity, -one.duration_ms, one.query_id, one.example.code, one.subject)
