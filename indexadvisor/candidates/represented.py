"""A workload and its candidates made smaller together: what is alike is costed once, on the candidates of what is left."""

from __future__ import annotations

from dataclasses import replace

from indexadvisor.candidates.model import CandidateSet
from indexadvisor.catalog.model import Catalog
from indexadvisor.findings import Skipped
from indexadvisor.usage.model import UsageGraph
from indexadvisor.usage.structure import alike
from indexadvisor.workload.compress import MOST_TEMPLATES, TAIL, CompressedWorkload, compress
from indexadvisor.workload.model import Workload


def smaller(
    workload: Workload, usage: UsageGraph, catalog: Catalog, candidates: CandidateSet, *,
    tail: float = TAIL, most: int | None = MOST_TEMPLATES,
) -> tuple[CompressedWorkload, CandidateSet]:  # fmt: skip
    """Return the representatives, and the candidates that were made for one of them; how many others there were is in ``skipped``."""
    served = {query_id for candidate in candidates.candidates for query_id in candidate.query_ids}
    compressed = compress(workload, alike(usage, catalog, served), tail=tail, most=most)
    costed = compressed.query_ids
    kept = tuple(candidate for candidate in candidates.candidates if not costed.isdisjoint(candidate.query_ids))
    gone = len(candidates.candidates) - len(kept)
    note = Skipped("compress", f"{gone:,} candidates", "made for queries that are represented by others or set aside, and for no other")
    return compressed, replace(candidates, candidates=kept, skipped=(*candidates.skipped, *((note,) if gone else ())))
