"""EX45: a hash aggregate whose groups did not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.extended import GROUPS
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.estimate_cures import different_values
from indexadvisor.explain.rules.estimates import group_keys, grouped, off
from indexadvisor.explain.rules.extended_statistics import known_together
from indexadvisor.explain.rules.memory import largest_in_a_process, memory_advice, part_of


@rule
class HashAggregateOnDisk(PlanRule):
    """A hash aggregate had more groups than fit into memory and spilled rows to disk.

    What it means:
        Rows of groups that did not fit were written to temporary files and aggregated later, partition by partition.

    Example plan:
        HashAggregate  (cost=52192.00..60503.84 rows=49934 width=62) (actual time=1102.907..1912.902 rows=150000.00 loops=1)
          Group Key: customer_id, note
          Planned Partitions: 8  Batches: 41  Memory Usage: 1089kB  Disk Usage: 31632kB

    What to do:
        Where there are many more groups than expected, mend the estimate (EX35): extended statistics of kind ndistinct on the grouping
        columns, or a better number of different values of a single one. Else group by fewer columns (a primary key makes the others
        needless), or raise work_mem or hash_mem_multiplier for this statement or role.

    When it is fine:
        A report over many groups; an index in the order of the grouping columns can make sorting them needless.

    Where the threshold comes from:
        Any disk usage is reported: the server says so itself. The memory advised is the memory used plus the disk usage, doubled for the
        hash table's slots and the per-group states that rows on disk do not have (nodeAgg.c, hash_agg_entry_size). A number of groups
        within a factor of two of the estimate counts as expected: statistics that hold the grouping columns already need no care then.
    """

    code, name, severity = "EX45", "hash-aggregate-on-disk", "warning"
    needs = ("analyze",)
    thresholds = ("memory_factor", "saving_share", "good_factor")
    explained_by = ("EX35",)
    memory_factor: float = 2.0
    saving_share: float = 0.5
    good_factor: float = 2.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield hash aggregates with disk usage, in the leader or in a worker."""
        for node in analysis.plan.walk():
            disk = largest_in_a_process(node, "Disk Usage")
            if node.node_type != "Aggregate" or not disk:
                continue
            used = largest_in_a_process(node, "Peak Memory Usage")
            groups = analysis.returned(node) or 0.0
            keys = ", ".join(node.texts("Group Key"))
            yield self.finding(
                f"The groups by {keys} did not fit into memory." if keys else "The groups did not fit into memory.",
                node,
                evidence=(
                    Evidence("temporary files of the largest process", disk, "bytes"),
                    Evidence("memory used", used, "bytes"),
                    Evidence("groups", groups, "rows"),
                    Evidence("groups expected per loop", node.rows or 0.0, "rows"),
                ),
                advice=(
                    memory_advice("work_mem", (disk + used) * self.memory_factor, "group fewer rows, or in an index's order."),
                    *self._expected(analysis, node),
                ),
                saving_ms=part_of(analysis.own_time(node), self.saving_share),
                confidence=0.6,
                because="the files may have stayed in the cache of the operating system",
            )

    def _expected(self, analysis: Analysis, node: PlanNode) -> tuple[Advice, ...]:
        """Return what lets the planner expect the groups; nothing where such statistics are there and the groups were expected."""
        one = grouped(node)
        known = None if one is None else known_together(analysis, *one, GROUPS)
        wrong = off(analysis, node, self.good_factor) is not None
        if known is not None:
            return known.advice if wrong else ()
        keys = group_keys(node)
        if len(keys) == 1 and keys[0].column is not None:
            # ndistinct counts combinations: of one column its own statistics say as much
            return (different_values(node),) if wrong else ()
        return (Advice("statistics", "Statistics of kind ndistinct on the grouping columns let the planner expect the groups."),)

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether too few groups or rows were expected."""
        wrong = analysis.rows.get(cause.node) if cause.node is not None else None
        return wrong is not None and bool(wrong.under)
