"""EX41: a sort that did not fit into work_mem."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import disk_bytes, largest_in_a_process, memory_advice, part_of


@rule
class SortOnDisk(PlanRule):
    """A sort did not fit into work_mem and went through temporary files.

    What it means:
        Rows were sorted in runs as large as work_mem, written to disk and merged. In memory the same sort would have needed more space
        than the files took, since rows on disk carry no overhead.

    Example plan:
        Sort  (cost=104585.78..105585.78 rows=400000 width=81) (actual time=1987.072..2119.926 rows=400000.00 loops=1)
          Sort Key: amount, note
          Sort Method: external merge  Disk: 38848kB

    What to do:
        Sort fewer or narrower rows: select only the columns needed, filter first, add the LIMIT the reader has in mind (a top-N sort keeps
        N rows). An index on the sort key makes the sort needless (EX42). Else raise work_mem for this statement or role.

    When it is fine:
        A nightly report, an index build, a sort whose files stay in the operating system's cache: sorting on disk is often no slower than
        a large quicksort. The saving shown is therefore at most half of the sort's own time.

    Where the threshold comes from:
        Any external sort is reported: the server says so itself. The memory advised is 2.5 times the files: tuplesort.c keeps 24 bytes of
        SortTuple and an allocation header per row beside the row. In parallel plans the largest process counts, since each has its own
        work_mem.
    """

    code, name, severity = "EX41", "sort-on-disk", "warning"
    needs = ("analyze",)
    thresholds = ("memory_factor", "saving_share")
    memory_factor: float = 2.5
    saving_share: float = 0.5

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield sorts with space on disk, in the leader or in a worker."""
        for node in analysis.plan.walk():
            spaces = [node.text("Sort Space Type"), *(worker.details.get("Sort Space Type") for worker in node.workers)]
            if node.node_type != "Sort" or "Disk" not in spaces or not node.executed:
                continue
            largest = largest_in_a_process(node, "Sort Space Used")
            keys = ", ".join(node.texts("Sort Key"))
            yield self.finding(
                f"The sort by {keys} went to disk.",
                node,
                evidence=(
                    Evidence("temporary files of the largest process", largest, "bytes"),
                    Evidence("sort method", node.text("Sort Method") or "external"),
                    Evidence("rows sorted", analysis.returned(node) or 0.0, "rows"),
                ),
                advice=(
                    memory_advice("work_mem", largest * self.memory_factor, "sort fewer rows, or read them in order from an index."),
                    Advice("rewrite", "Select only the columns that are needed before the sort, and add a LIMIT where one is meant."),
                ),
                saving_ms=part_of(analysis.own_time(node), self.saving_share),
                confidence=0.6,
                because="the files may have stayed in the cache of the operating system",
                severity=self.severity if disk_bytes(node, "Sort Space Used") or largest else "info",
            )
