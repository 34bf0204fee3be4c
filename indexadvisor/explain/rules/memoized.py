"""What a Memoize printed of its cache, summed over the processes that ran it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexadvisor.explain.plan import Plan, PlanNode


@dataclass(frozen=True)
class Cache:
    """Look-ups by what became of them. ``evictions``: entries thrown out for others; ``overflows``: results too large to keep at all.

    Source: src/backend/executor/nodeMemoize.c, MemoizeInstrumentation.
    """

    hits: float
    misses: float
    evictions: float
    overflows: float

    @property
    def hit_share(self) -> float:
        """Part of the look-ups that the cache answered."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 0.0


def caches(plan: Plan) -> Iterator[tuple[PlanNode, Cache]]:
    """Yield each Memoize that ran, with its counts."""
    for node in plan.walk():
        if node.node_type == "Memoize" and node.executed:
            sources = [node.details, *(worker.details for worker in node.workers)]
            yield node, Cache(*(_sum(sources, f"Cache {name}") for name in ("Hits", "Misses", "Evictions", "Overflows")))


def _sum(sources: Sequence[Mapping[str, Any]], name: str) -> float:
    values = (source.get(name) for source in sources)
    return float(sum(value for value in values if isinstance(value, (int, float))))
