"""EX48: memory is not the problem."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import disk_bytes


@rule
class MemoryIsEnough(PlanRule):
    """Every sort and hash of a slow statement fitted into memory: more work_mem would change nothing.

    What it means:
        Raising work_mem is the first thing people try. Here each operation that needs memory had enough, and the largest used what the
        evidence says.

    Example plan:
        Hash  (cost=771.00..771.00 rows=50000 width=4) (actual time=29.282..29.284 rows=50000.00 loops=1)
          Buckets: 65536  Batches: 1  Memory Usage: 2270kB

    What to do:
        Leave work_mem as it is, and look at the other findings.

    When it is fine:
        Always: this finding says what not to do. It has no saving, and stands last.

    Where the threshold comes from:
        A statement of at least 100 ms with an operation that used at least 1 MB: for less, nobody would think of memory.
    """

    code, name, severity = "EX48", "memory-is-enough", "info"
    needs = ("analyze", "timing")
    thresholds = ("min_statement_ms", "min_memory_mb")
    min_statement_ms: float = 100.0
    min_memory_mb: float = 1.0

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield one finding for the whole statement, naming the node that used most."""
        users = [node for node in analysis.plan.walk() if node.executed and self._memory(node) > 0]
        largest = max(users, key=self._memory, default=None)
        slow = (analysis.statement_ms or 0.0) >= self.min_statement_ms
        if largest is None or not slow or self._memory(largest) < self.min_memory_mb * 1024 * 1024 or self._spilled(analysis):
            return
        used = Evidence("most memory used by one node", self._memory(largest), "bytes")
        yield self.finding(
            "Every sort and hash fitted into memory.",
            largest,
            evidence=(used, Evidence("nodes that use memory", len(users))),
            advice=(Advice("none", "Leave work_mem as it is: nothing was written to temporary files."),),
            confidence=1.0,
            because="the plan says so of each node",
        )

    def _memory(self, node: PlanNode) -> float:
        kept = disk_bytes(node, "Sort Space Used") if node.text("Sort Space Type") == "Memory" else 0.0
        stored = disk_bytes(node, "Maximum Storage") if node.text("Storage") == "Memory" else 0.0
        return max(kept, stored, disk_bytes(node, "Peak Memory Usage"))

    def _spilled(self, analysis: Analysis) -> bool:
        """Return whether anything was written to temporary files, by any sign the plan gives."""
        for node in analysis.plan.walk():
            details = [node.details, *(worker.details for worker in node.workers)]
            if any("Disk" in (each.get("Sort Space Type"), each.get("Storage")) or each.get("Disk Usage") for each in details):
                return True
            if (node.amount("Hash Batches") or 1) > 1 or (node.buffers is not None and node.buffers.temp_written):
                return True
            groups = [node.details.get(name) for name in ("Full-sort Groups", "Pre-sorted Groups")]
            if any(isinstance(group, dict) and "Sort Space Disk" in group for group in groups):
                return True
        return False
