"""EX28: a Memoize has too little memory for what it should keep."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.loops import misjudged, up_to
from indexadvisor.explain.rules.memoized import caches


@rule
class MemoizeThrashing(PlanRule):
    """A Memoize throws entries out before they are asked for again.

    What it means:
        Memoize keeps the inner rows of a nested loop for each key, within work_mem x hash_mem_multiplier. It evicted more entries than it
        answered look-ups, or found results too large to keep at all (overflows): it costs memory and time, and saves little. The planner
        expected fewer different keys, or smaller results.

    Example plan:
        Memoize  (cost=0.30..0.42 rows=1 width=25) (actual time=0.002..0.002 rows=1.00 loops=50000)
          Cache Key: l.k
          Hits: 0  Misses: 50000  Evictions: 49488  Overflows: 0  Memory Usage: 65kB
          ->  Index Scan using orders_pkey on orders s  (cost=0.29..0.41 rows=1 width=25) (actual time=0.001..0.001 rows=1.00 loops=50000)
                Index Cond: (id = l.k)

    What to do:
        Mend the number of distinct values of the cache key (ANALYZE; ``ALTER TABLE ... ALTER COLUMN ... SET (n_distinct = ...)`` where
        sampling cannot find it). Where the keys do come again, raise work_mem for the session so that they all fit.

    When it is fine:
        Evictions with many more hits: the cache holds what is asked for most.

    Where the threshold comes from:
        More evictions than hits means that an entry was, on average, thrown out before its first use. 1,000 evictions or one overflow
        keep the small ones out.
    """

    code, name, severity = "EX28", "memoize-thrashing", "warning"
    needs = ("analyze",)
    thresholds = ("min_evictions",)
    explained_by = ("EX35", "EX38")
    min_evictions: float = 1_000.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether the rows to keep were misjudged below the Memoize."""
        return cause.node is not None and misjudged(analysis, cause)

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield each Memoize that evicts more than it answers, or cannot hold a result."""
        for node, cache in caches(analysis.plan):
            if cache.overflows < 1 and (cache.evictions < self.min_evictions or cache.evictions <= cache.hits):
                continue
            key = node.text("Cache Key") or "its key"
            what = (
                f"{cache.overflows:,.0f} results were too large to keep" if cache.overflows else f"{cache.evictions:,.0f} entries evicted"
            )
            yield self.finding(
                f"Memoize on {key}: {what}, {cache.hits:,.0f} look-ups answered of {cache.hits + cache.misses:,.0f}.",
                node,
                evidence=(
                    Evidence("hits", cache.hits), Evidence("misses", cache.misses),
                    Evidence("evictions", cache.evictions), Evidence("overflows", cache.overflows),
                ),
                advice=(
                    Advice("statistics", f"Check how many different values {key} has, and what pg_stats says (n_distinct)."),
                    Advice("setting", "Where keys come again, raise work_mem (or hash_mem_multiplier) for this statement."),
                ),
                saving_ms=up_to(analysis.time_below(node)),
                confidence=0.5,
                because="more memory helps only where keys come again; a right estimate makes the planner choose another join",
            )  # fmt: skip
