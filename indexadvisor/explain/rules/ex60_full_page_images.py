"""EX60: write-ahead log that is mostly images of whole pages."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.scans import BLOCK_BYTES


@rule
class FullPageImages(PlanRule):
    """Most of the write-ahead log written was images of whole pages.

    What it means:
        The first change of a page after each checkpoint writes the whole page to the log (full_page_writes). Changes scattered over many
        pages, and checkpoints that follow one another closely, multiply it.

    Example plan:
        Update on orders  (cost=0.00..11945.50 rows=0 width=0) (actual time=509.328..509.331 rows=0.00 loops=1)
          WAL: records=13535 fpi=6179 bytes=49773704 buffers full=5116

    What to do:
        Let checkpoints be farther apart (max_wal_size, checkpoint_timeout), compress the images (wal_compression), and change rows that
        lie together. Indexes on random values (uuid version 4) touch a page for each row. ``buffers full`` (from 18) above zero: the log's
        own buffers were too small (wal_buffers).

    When it is fine:
        A bulk change just after a checkpoint; the next one writes far less.

    Where the threshold comes from:
        Half of the bytes, counting an image as a page of 8 kB at most, and 1,000 images (8 MB).
    """

    code, name, severity = "EX60", "full-page-images", "info"
    needs = ("analyze", "wal")
    thresholds = ("share", "min_images")
    share: float = 0.5
    min_images: int = 1_000

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield one finding for the statement."""
        wal = analysis.plan.root.wal
        if wal is None or wal.full_page_images < self.min_images or not wal.size_bytes:
            return
        images = min(wal.full_page_images * BLOCK_BYTES, wal.size_bytes)
        if images < self.share * wal.size_bytes:
            return
        yield self.finding(
            f"{wal.full_page_images:,} whole pages were written to the write-ahead log for {wal.records:,} records.",
            analysis.plan.root,
            evidence=(
                Evidence("full page images", wal.full_page_images, "pages"),
                Evidence("records", wal.records),
                Evidence("write-ahead log", wal.size_bytes, "bytes"),
                Evidence("times the log's buffers were full", wal.buffers_full),
            ),
            advice=(Advice("setting", "Let checkpoints be farther apart (max_wal_size), and set wal_compression."),),
            confidence=0.4,
            because="the statement may have come just after a checkpoint",
        )
