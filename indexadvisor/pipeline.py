"""The advisor as one page: each line is one stage, each value is defined in that stage's package."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime

from indexadvisor.candidates.generate import generate
from indexadvisor.candidates.model import CandidateSet
from indexadvisor.candidates.represented import smaller
from indexadvisor.catalog.model import Catalog, IndexDef
from indexadvisor.errors import StatementFailed
from indexadvisor.report.document import Document, document
from indexadvisor.report.redact import redactor
from indexadvisor.selection.choose import choose
from indexadvisor.selection.model import Choice
from indexadvisor.settings import Limits, Progress, silent
from indexadvisor.usage.graph import usage_graph
from indexadvisor.usage.key_probes import with_key_probes
from indexadvisor.usage.model import UsageGraph
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.interface import CostSource, LiveSource, Reading
from indexadvisor.whatif.joined import JoinedCosts
from indexadvisor.whatif.verify import Claim, verify
from indexadvisor.workload.compress import LEAST_TEMPLATES, CompressedWorkload, check
from indexadvisor.workload.model import QueryGroup, Sample, Workload


def advise(
    workload: Workload,
    catalog: Catalog,
    source: CostSource,
    limits: Limits | None = None,
    *,
    verifier: LiveSource | None = None,
    compress: bool | None = None,
    redact: bool = False,
    generated_at: datetime | None = None,
    progress: Progress = silent,
) -> Document:
    """Return the ranked indexes for a captured workload, with everything that was left out and why.

    ``verifier``: HypoPG on the server itself, where the choice is to be checked there once it is made. ``generated_at`` is shown in the
    report; without it the same input gives the same document but for the seconds it took. ``compress``: whether queries that are alike
    for indexing are costed once and the lightest set aside; None does so from LEAST_TEMPLATES templates on.
    Raises SelectionError when the source could not plan a single captured statement.
    """
    started = time.monotonic()
    limits = limits or Limits()
    progress("resolving columns", 0, 1)
    usage = usage_graph(workload, catalog)
    workload = with_key_probes(workload, usage, catalog)
    candidates = generate(usage, catalog, limits)
    small, candidates = _compressed(workload, usage, catalog, candidates, compress)
    readings = _readings(workload, usage) | _readings(small.workload, usage)
    if isinstance(source, JoinedCosts):
        source.route_by(readings.get)
    costs = CachedCosts(source, tables=lambda sample: readings[sample].tables)
    choice = choose(small.workload, usage, candidates, costs, catalog, limits, progress)
    verification = None
    if verifier is not None:
        verification = verify(verifier, choice.indexes, _claims(small.workload, choice), readings.get, progress)
        verification = verification.shown_by(redactor(workload, catalog, enabled=redact))
    said = _said(workload, small, costs, choice)
    made = document(
        replace(workload, skipped=(*workload.skipped, *small.skipped)), usage, candidates, choice, catalog, costs.info, costs.effort,
        seconds=time.monotonic() - started, limits=limits, redact=redact, generated_at=generated_at,
    )  # fmt: skip
    return replace(made, verification=verification, caveats=(*made.caveats, *said))


def _compressed(
    workload: Workload, usage: UsageGraph, catalog: Catalog, candidates: CandidateSet, wanted: bool | None
) -> tuple[CompressedWorkload, CandidateSet]:
    if wanted or (wanted is None and len(workload.groups) >= LEAST_TEMPLATES):
        return smaller(workload, usage, catalog, candidates)
    return CompressedWorkload(workload), candidates


def _said(workload: Workload, small: CompressedWorkload, costs: CostSource, choice: Choice) -> tuple[str, ...]:
    """Return what compression left out, and how far off it was where that could be asked."""
    if not small.represented and not small.samples_left_out:
        return ()
    found = None if choice.interrupted else check(workload, small, lambda group: _before_and_after(group, costs, choice.indexes))
    return (small.sentence(),) if found is None else (small.sentence(), found.sentence())


def _before_and_after(group: QueryGroup, costs: CostSource, chosen: frozenset[IndexDef]) -> tuple[float, float] | None:
    sample = max(group.samples, key=lambda each: each.share)
    try:
        return costs.cost(sample, frozenset()).total_cost, costs.cost(sample, chosen).total_cost
    except StatementFailed:
        return None


def _readings(workload: Workload, usage: UsageGraph) -> dict[Sample, Reading]:
    return {
        sample: Reading(f"query {group.query_id}", usage.tables_of(group.query_id), len(usage.of_query(group.query_id)))
        for group in workload.groups
        for sample in group.samples
    }


def _claims(workload: Workload, choice: Choice) -> list[Claim]:
    samples = {group.query_id: group.samples for group in workload.groups}
    return [Claim(q.query_id, q.calls, samples[q.query_id], q.cost_before, q.cost_after, q.used) for q in choice.queries]
