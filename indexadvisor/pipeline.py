"""The advisor as one page: each line is one stage, each value is defined in that stage's package."""

from __future__ import annotations

import time
from datetime import datetime

from indexadvisor.candidates.generate import generate
from indexadvisor.catalog.model import Catalog
from indexadvisor.report.document import Document, document
from indexadvisor.selection.choose import choose
from indexadvisor.settings import Limits, Progress, silent
from indexadvisor.usage.graph import usage_graph
from indexadvisor.usage.key_probes import with_key_probes
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.interface import CostSource
from indexadvisor.workload.model import Workload


def advise(
    workload: Workload,
    catalog: Catalog,
    source: CostSource,
    limits: Limits | None = None,
    *,
    redact: bool = False,
    generated_at: datetime | None = None,
    progress: Progress = silent,
) -> Document:
    """Return the ranked indexes for a captured workload, with everything that was left out and why.

    ``generated_at`` is shown in the report; without it the same input gives the same document but for the seconds it took.
    Raises SelectionError when the source could not plan a single captured statement.
    """
    started = time.monotonic()
    limits = limits or Limits()
    progress("resolving columns", 0, 1)
    usage = usage_graph(workload, catalog)
    workload = with_key_probes(workload, usage, catalog)
    candidates = generate(usage, catalog, limits)
    tables = {sample: usage.tables_of(group.query_id) for group in workload.groups for sample in group.samples}
    costs = CachedCosts(source, tables=tables.__getitem__)
    choice = choose(workload, usage, candidates, costs, catalog, limits, progress)
    return document(
        workload, usage, candidates, choice, catalog, costs.info, costs.effort,
        seconds=time.monotonic() - started, limits=limits, redact=redact, generated_at=generated_at,
    )  # fmt: skip
