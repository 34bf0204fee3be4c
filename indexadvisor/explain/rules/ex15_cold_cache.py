"""EX15: most blocks were not in PostgreSQL's cache."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.scans import BLOCK_BYTES, own_reads, relation


@rule
class ColdCache(PlanRule):
    """Many blocks had to be read from outside of PostgreSQL's cache.

    What it means:
        The blocks were not in shared_buffers, and came from the operating system's cache or from disk. Times of such a run say little
        about the next one.

    Example plan:
        Seq Scan on orders  (cost=0.00..14871.00 rows=10 width=106) (actual time=1.685..131.923 rows=10 loops=1)
          Filter: (customer_id = 42)
          Rows Removed by Filter: 499990
          Buffers: shared hit=32 read=8589

    What to do:
        Run it again: if the reads stay, the data does not fit. Read less first (see the other findings); then look at shared_buffers and
        at the server's memory. ``track_io_timing`` shows whether the reads were slow.

    When it is fine:
        The first run after a start, a nightly report over cold data. A sequential scan of a table larger than a quarter of shared_buffers
        uses a small ring of buffers on purpose and reads each time.

    Where the threshold comes from:
        Less than nine in ten accesses found in the cache, and at least 1,000 blocks (8 MB) read: fewer are read in some milliseconds from
        any disk.
    """

    code, name, severity = "EX15", "cold-cache", "info"
    needs = ("analyze", "buffers")
    explained_by = ("EX01", "EX05", "EX06", "EX14", "EX04")
    thresholds = ("hit_share", "min_read_blocks")
    hit_share: float = 0.9
    min_read_blocks: int = 1_000

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield one finding for the statement, at the node that read most itself."""
        whole = analysis.plan.root.buffers
        if whole is None or whole.shared_read < self.min_read_blocks:
            return
        hits = whole.shared_hit / (whole.shared_hit + whole.shared_read)
        if hits >= self.hit_share:
            return
        node = max(analysis.plan.walk(), key=own_reads)
        waited = None if analysis.plan.root.io is None else analysis.plan.root.io.shared_read_ms
        evidence = [Evidence("blocks read", whole.shared_read, "blocks"), Evidence("bytes read", whole.shared_read * BLOCK_BYTES, "bytes")]
        evidence += [Evidence("share found in cache", hits)] + (
            [] if waited is None else [Evidence("time waited for reads, all processes", waited, "ms")]
        )
        yield self.finding(
            f"{hits:.0%} of the blocks were in cache; most of the {whole.shared_read:,} read were for {relation(node)}.",
            node,
            evidence=tuple(evidence),
            advice=(Advice("setting", "Run it again: if the reads stay, read less, or give shared_buffers and the server more memory."),),
            saving_ms=None if waited is None else Interval(0.0, waited),
            confidence=0.3,
            because="one run does not tell a cold start from a cache that is too small",
        )
