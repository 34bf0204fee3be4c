"""The advisor as one page: each line is one stage, each value is defined in that stage's package."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime

from indexadvisor.candidates.generate import generate
from indexadvisor.catalog.model import Catalog
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
from indexadvisor.workload.model import Sample, Workload


def advise(
    workload: Workload,
    catalog: Catalog,
    source: CostSource,
    limits: Limits | None = None,
    *,
    verifier: LiveSource | None = None,
    redact: bool = False,
    generated_at: datetime | None = None,
    progress: Progress = silent,
) -> Document:
    """Return the ranked indexes for a captured workload, with everything that was left out and why.

    ``verifier``: HypoPG on the server itself, where the choice is to be checked there once it is made. ``generated_at`` is shown in the
    report; without it the same input gives the same document but for the seconds it took.
    Raises SelectionError when the source could not plan a single captured statement.
    """
    started = time.monotonic()
    limits = limits or Limits()
    progress("resolving columns", 0, 1)
    usage = usage_graph(workload, catalog)
    workload = with_key_probes(workload, usage, catalog)
    candidates = generate(usage, catalog, limits)
    readings = _readings(workload, usage)
    if isinstance(source, JoinedCosts):
        source.route_by(readings.get)
    costs = CachedCosts(source, tables=lambda sample: readings[sample].tables)
    choice = choose(workload, usage, candidates, costs, catalog, limits, progress)
    verification = None
    if verifier is not None:
        verification = verify(verifier, choice.indexes, _claims(workload, choice), readings.get, progress)
        verification = verification.shown_by(redactor(workload, catalog, enabled=redact))
    made = document(
        workload, usage, candidates, choice, catalog, costs.info, costs.effort,
        seconds=time.monotonic() - started, limits=limits, redact=redact, generated_at=generated_at,
    )  # fmt: skip
    return replace(made, verification=verification)


def _readings(workload: Workload, usage: UsageGraph) -> dict[Sample, Reading]:
    return {
        sample: Reading(f"query {group.query_id}", usage.tables_of(group.query_id), len(usage.of_query(group.query_id)))
        for group in workload.groups
        for sample in group.samples
    }


def _claims(workload: Workload, choice: Choice) -> list[Claim]:
    samples = {group.query_id: group.samples for group in workload.groups}
    return [Claim(q.query_id, q.calls, samples[q.query_id], q.cost_before, q.cost_after, q.used) for q in choice.queries]
