"""EX29: a Memoize whose keys do not come again."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.loops import misjudged, up_to
from indexadvisor.explain.rules.memoized import caches


@rule
class MemoizeUseless(PlanRule):
    """A Memoize answers next to no look-up, because nearly every key is asked for once.

    What it means:
        The planner expected the keys of the outer side to repeat. They hardly do: each look-up is stored in vain, and the nested loop was
        made to look cheaper than it is.

    Example plan:
        Memoize  (cost=0.30..0.42 rows=1 width=25) (actual time=0.007..0.007 rows=1.00 loops=50000)
          Cache Key: l.k
          Hits: 0  Misses: 50000  Evictions: 0  Overflows: 0  Memory Usage: 6250kB
          ->  Index Scan using orders_pkey on orders s  (cost=0.29..0.41 rows=1 width=25) (actual time=0.003..0.003 rows=1.00 loops=50000)
                Index Cond: (id = l.k)

    What to do:
        Mend the number of distinct values of the cache key: ANALYZE, a higher statistics target, or ``SET (n_distinct = ...)`` on the
        column. ``SET LOCAL enable_memoize = off`` shows what the planner would do without.

    When it is fine:
        Few look-ups. Where entries were evicted as well, memory is the matter: EX28.

    Where the threshold comes from:
        The planner takes Memoize on the promise of hits; one in ten does not pay for storing nine. 1,000 misses are about a millisecond.
    """

    code, name, severity = "EX29", "memoize-useless", "info"
    needs = ("analyze",)
    thresholds = ("hit_share", "min_misses")
    explained_by = ("EX35", "EX38")
    hit_share: float = 0.1
    min_misses: float = 1_000.0

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether the rows to keep were misjudged below the Memoize."""
        return cause.node is not None and misjudged(analysis, cause)

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield each Memoize with next to no hits, though nothing was evicted."""
        for node, cache in caches(analysis.plan):
            if cache.misses < self.min_misses or cache.hit_share >= self.hit_share or cache.evictions or cache.overflows:
                continue
            key = node.text("Cache Key") or "its key"
            yield self.finding(
                f"Memoize on {key} answers {cache.hits:,.0f} of {cache.hits + cache.misses:,.0f} look-ups.",
                node,
                evidence=(Evidence("hits", cache.hits), Evidence("misses", cache.misses), Evidence("share of hits", cache.hit_share)),
                advice=(Advice("statistics", f"Mend the number of distinct values of {key}: ANALYZE, or SET (n_distinct = ...)."),),
                saving_ms=up_to(analysis.own_time(node)),
                confidence=0.6,
                because="the Memoize's own work is in vain; another join may save more",
            )
