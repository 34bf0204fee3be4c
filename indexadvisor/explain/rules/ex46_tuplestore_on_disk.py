"""EX46: rows kept for a second reading that did not fit into work_mem."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import disk_bytes, memory_advice, part_of
from indexadvisor.explain.shape import label


@rule
class TuplestoreOnDisk(PlanRule):
    """Rows that were kept to be read again (a CTE, a Materialize, a window) did not fit into work_mem.

    What it means:
        From version 18 EXPLAIN says where such rows were kept. On disk each reading goes through temporary files.

    Example plan:
        CTE Scan on c a  (cost=0.00..9000.00 rows=80 width=0) (actual time=0.017..579.145 rows=99.00 loops=1)
          Filter: (id < 100)
          Rows Removed by Filter: 399901
          Storage: Disk  Maximum Storage: 38744kB

    What to do:
        Keep fewer or narrower rows: filter inside the CTE, select only the columns used later, or let it be inlined (NOT MATERIALIZED).
        For a window function, give the frame or the PARTITION BY that is meant. Else raise work_mem for this statement or role.

    When it is fine:
        The rows are read once, in order: temporary files of that size stay in the operating system's cache.

    Where the threshold comes from:
        Any storage on disk is reported: the server says so itself. The memory advised is 2.5 times the storage, as for sorts (EX41).
    """

    code, name, severity = "EX46", "tuplestore-on-disk", "info"
    needs = ("analyze",)
    thresholds = ("memory_factor", "saving_share")
    memory_factor: float = 2.5
    saving_share: float = 0.5

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield nodes whose storage was on disk."""
        for node in analysis.plan.walk():
            if node.text("Storage") != "Disk":
                continue
            stored = disk_bytes(node, "Maximum Storage")
            yield self.finding(
                f"The rows kept by {label(node)} went to disk.",
                node,
                evidence=(Evidence("largest storage", stored, "bytes"), Evidence("loops", node.actual.loops if node.actual else 0)),
                advice=(
                    Advice("rewrite", "Keep fewer rows or columns: filter and select before they are kept, or let the CTE be inlined."),
                    memory_advice("work_mem", stored * self.memory_factor, "keep fewer rows instead."),
                ),
                saving_ms=part_of(analysis.own_time(node), self.saving_share),
                confidence=0.5,
                because="rows read in order come from the cache of the operating system",
            )
