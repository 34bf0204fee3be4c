"""EX43: an incremental sort whose groups do not fit into work_mem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import KB, memory_advice, part_of

_GROUPS = ("Full-sort Groups", "Pre-sorted Groups")


@rule
class IncrementalSortOnDisk(PlanRule):
    """An incremental sort met groups of equal presorted keys that did not fit into work_mem.

    What it means:
        Rows come sorted by the first columns of the key, and each group of equal ones is sorted by the rest. A group larger than work_mem
        goes through temporary files, as in any sort.

    Example plan:
        Incremental Sort  (cost=122716.60..182109.14 rows=400000 width=81) (actual time=1364.841..3030.250 rows=400000.00 loops=1)
          Sort Key: orders.status, orders.amount, orders.note
          Presorted Key: orders.status
          Full-sort Groups: 4  Sort Method: quicksort  Average Memory: 31kB  Peak Memory: 31kB
          Pre-sorted Groups: 4  Sort Method: external merge  Average Disk: 9864kB  Peak Disk: 9864kB

    What to do:
        Supply more of the sort key in order: an index that has the next column, too, makes the groups smaller. Else raise work_mem for
        this statement or role.

    When it is fine:
        A few groups of a report; the files may never leave the operating system's cache.

    Where the threshold comes from:
        Any group on disk is reported: the server says so itself. The memory advised is that of EX41 for the largest group.
    """

    code, name, severity = "EX43", "incremental-sort-on-disk", "info"
    needs = ("analyze",)
    thresholds = ("memory_factor", "saving_share")
    memory_factor: float = 2.5
    saving_share: float = 0.5

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield incremental sorts with groups on disk, in the leader or in a worker."""
        for node in analysis.plan.walk():
            peak = max([self._peak(node.details), *(self._peak(worker.details) for worker in node.workers)])
            if node.node_type != "Incremental Sort" or not peak:
                continue
            yield self.finding(
                f"Groups of equal {', '.join(node.texts('Presorted Key'))} were sorted on disk.",
                node,
                evidence=(Evidence("temporary files of the largest group", peak, "bytes"), self._key(node)),
                advice=(
                    Advice("index", "An index that supplies one more column of the sort key in order makes the groups smaller."),
                    memory_advice("work_mem", peak * self.memory_factor, "supply more of the key in order instead."),
                ),
                saving_ms=part_of(analysis.own_time(node), self.saving_share),
                confidence=0.5,
                because="the files may have stayed in the cache of the operating system",
            )

    def _peak(self, details: Mapping[str, Any]) -> float:
        groups = [details.get(name) for name in _GROUPS]
        disk = [group.get("Sort Space Disk") for group in groups if isinstance(group, Mapping)]
        peaks = [found.get("Peak Sort Space Used") for found in disk if isinstance(found, Mapping)]
        return max((float(peak) * KB for peak in peaks if isinstance(peak, (int, float))), default=0.0)

    def _key(self, node: PlanNode) -> Evidence:
        return Evidence("sort key", ", ".join(node.texts("Sort Key")))
