"""EX10: a bitmap that did not fit into work_mem and forgot which rows it meant."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.scans import bitmap_indexes, catalog_index, relation

_BYTES_PER_PAGE = 64  # tidbitmap.c: an entry of 48 bytes and two pointers, as tbm_calculate_entries counts them
_MB = 1024 * 1024


@rule
class LossyBitmap(PlanRule):
    """A bitmap did not fit into work_mem, so that whole pages had to be searched again.

    What it means:
        A bitmap holds which rows of which pages match. When it outgrows work_mem, PostgreSQL keeps only the pages (lossy) and tests every
        row on them again.

    Example plan:
        Bitmap Heap Scan on events  (cost=885.71..9867.97 rows=78618 width=4) (actual time=1.322..113.464 rows=79941 loops=1)
          Recheck Cond: (size < 2000)
          Rows Removed by Index Recheck: 260804
          Heap Blocks: exact=818 lossy=3627

    What to do:
        Raise work_mem for this statement (SET LOCAL, or for the role that runs it) to the size in the advice, or make the index narrower,
        so that fewer pages are in the bitmap.

    When it is fine:
        Few rows are removed by the recheck: then the forgotten detail cost nothing. BRIN indexes are lossy by design and keep the rule
        silent; so does a bitmap without a single exact page, unless the catalog says that its index is not BRIN.

    Where the threshold comes from:
        A tenth of the pages, and 100 of them: below, rechecking takes less than the fetching. The size advised is 64 bytes for each page
        (tidbitmap.c, tbm_calculate_entries) doubled, since the hash table grows by doubling. Before version 18 the page counts are those
        of the leader alone.
    """

    code, name, severity = "EX10", "lossy-bitmap", "info"
    needs = ("analyze",)
    thresholds = ("lossy_share", "min_lossy_blocks", "max_work_mem_mb")
    lossy_share: float = 0.1
    min_lossy_blocks: float = 100.0
    max_work_mem_mb: int = 1024

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield bitmap heap scans with lossy pages."""
        for node in analysis.plan.walk():
            lossy, exact = node.amount("Lossy Heap Blocks") or 0.0, node.amount("Exact Heap Blocks") or 0.0
            if lossy < self.min_lossy_blocks or lossy < self.lossy_share * (lossy + exact) or self._by_design(analysis, node, exact):
                continue
            loops = node.actual.loops if node.actual else 1
            removed = (node.amount("Rows Removed by Index Recheck") or 0.0) * loops
            returned, own = analysis.returned(node) or 0.0, analysis.own_time(node)
            share = removed / (removed + returned) if removed + returned else 0.0
            yield self.finding(
                f"The bitmap over {relation(node)} is lossy for {lossy:,.0f} of {lossy + exact:,.0f} pages.",
                node,
                evidence=(
                    Evidence("lossy pages", lossy, "pages"),
                    Evidence("exact pages", exact, "pages"),
                    Evidence("rows removed by recheck", removed, "rows"),
                ),
                advice=(self._advice(analysis, (lossy + exact) / max(1, loops)),),
                saving_ms=None if own is None else Interval(0.0, own.high * share),
                confidence=0.8,
                because="with enough memory the bitmap is exact",
                severity="warning" if share >= 0.5 else "info",
            )

    def _by_design(self, analysis: Analysis, node: PlanNode, exact: float) -> bool:
        """Whether an index that knows only pages (BRIN) made the bitmap, or may have."""
        known = [catalog_index(analysis, child) for child in bitmap_indexes(node)]
        if any(index is not None and index.definition.method == "brin" for index in known):
            return True
        return exact == 0 and any(index is None for index in known)

    def _advice(self, analysis: Analysis, pages: float) -> Advice:
        known = _megabytes(analysis.plan.settings.get("work_mem", ""))
        wanted = max(1, math.ceil(2 * _BYTES_PER_PAGE * pages / _MB), math.ceil(2 * known))
        if wanted > self.max_work_mem_mb:
            return Advice("index", f"The bitmap needs some {wanted} MB: find fewer rows by a narrower index rather than by more memory.")
        text = f"A work_mem of {wanted} MB holds the whole bitmap; set it for this statement or role alone."
        return Advice("setting", text, setting=("work_mem", f"{wanted}MB"))


def _megabytes(setting: str) -> float:
    """Return a memory setting as EXPLAIN prints it (``64kB``) in megabytes, 0 where it is not printed.

    >>> _megabytes("512kB"), _megabytes("1GB"), _megabytes("")
    (0.5, 1024.0, 0.0)
    """
    found = re.fullmatch(r"(\d{1,9})(kB|MB|GB)", setting)
    return float(found[1]) * {"kB": 1 / 1024, "MB": 1.0, "GB": 1024.0}[found[2]] if found else 0.0
