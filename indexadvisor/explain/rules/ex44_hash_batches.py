"""EX44: a hash join whose table did not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import disk_bytes, hash_time, memory_advice, part_of


@rule
class HashBatches(PlanRule):
    """The hash table of a join did not fit into memory and was split into batches on disk.

    What it means:
        Rows of both sides that fall into later batches are written to temporary files and read again. More batches than were planned mean
        that the planner expected fewer or narrower rows.

    Example plan:
        Hash Join  (cost=16505.00..25821.51 rows=300000 width=0) (actual time=541.495..1070.812 rows=300000.00 loops=1)
          ->  Hash  (cost=9942.00..9942.00 rows=400000 width=8) (actual time=484.837..484.839 rows=400000.00 loops=1)
                Buckets: 32768  Batches: 32  Memory Usage: 747kB

    What to do:
        Join fewer or narrower rows on the hashed side. Where the batches grew while the join ran, mend the estimate first (EX35). Else
        raise work_mem, or hash_mem_multiplier, for this statement or role.

    When it is fine:
        A large join of a report: batches are written and read in sequence, which costs far less than the random access they avoid.

    Where the threshold comes from:
        More than one batch: the server writes temporary files from the second on. The memory advised is the memory used times the
        batches, the size of the whole table (nodeHash.c doubles the batches whenever one does not fit); hash_mem_multiplier already
        multiplies work_mem by 2 by default from version 15.
    """

    code, name, severity = "EX44", "hash-batches", "warning"
    needs = ("analyze",)
    thresholds = ("saving_share",)
    explained_by = ("EX35",)
    saving_share: float = 0.5

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield hashes with several batches."""
        for node in analysis.plan.walk():
            batches = node.amount("Hash Batches") or 1.0
            planned = node.amount("Original Hash Batches") or batches
            if batches <= 1 or not node.executed:
                continue
            used = disk_bytes(node, "Peak Memory Usage")
            grown = f", {planned:,.0f} were planned" if batches > planned else ""
            yield self.finding(
                f"The hash table took {batches:,.0f} batches{grown}.",
                node,
                evidence=(
                    Evidence("batches", batches),
                    Evidence("batches planned", planned),
                    Evidence("memory of one batch", used, "bytes"),
                    Evidence("rows hashed", analysis.returned(node) or 0.0, "rows"),
                ),
                advice=(
                    memory_advice("work_mem", used * batches, "hash fewer or narrower rows."),
                    Advice("rewrite", "Hash fewer rows or columns: filter the smaller side before the join, select only what is needed."),
                ),
                saving_ms=part_of(hash_time(analysis, node), self.saving_share),
                confidence=0.7 if batches > planned else 0.5,
                because="more batches than planned" if batches > planned else "the planner chose the join though it expected the batches",
            )

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether an underestimate made the batches: more of them than were planned."""
        node = analysis.plan.nodes[finding.node or 0]
        wrong = analysis.rows.get(cause.node) if cause.node is not None else None
        return wrong is not None and bool(wrong.under) and (node.amount("Hash Batches") or 1) > (node.amount("Original Hash Batches") or 1)
