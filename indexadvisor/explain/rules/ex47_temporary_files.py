"""EX47: temporary files that no other rule explains."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.memory import part_of
from indexadvisor.explain.rules.scans import BLOCK_BYTES, own_buffers
from indexadvisor.explain.shape import label


@rule
class TemporaryFiles(PlanRule):
    """A node wrote temporary files, though its own lines do not say why.

    What it means:
        Work that did not fit into work_mem went to disk: the rows of a function, of a CTE, of a Materialize before version 18, or of a sort
        or hash that another finding tells of.

    Example plan:
        Function Scan on generate_series g  (cost=0.00..5000.00 rows=500000 width=0) (actual time=181.400..291.583 rows=500000.00 loops=1)
          Buffers: temp read=855 written=855

    What to do:
        Look at what the node keeps: return fewer rows from the function, filter earlier, select fewer columns. Else raise work_mem for this
        statement or role.

    When it is fine:
        The files are small: they stay in the operating system's cache.

    Where the threshold comes from:
        512 blocks (4 MB) written by one node: as much as the default work_mem.
    """

    code, name, severity = "EX47", "temporary-files", "info"
    needs = ("analyze", "buffers")
    thresholds = ("min_blocks", "saving_share")
    explained_by = ("EX41", "EX43", "EX44", "EX45", "EX46")
    min_blocks: int = 512
    saving_share: float = 0.5

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield the nodes that wrote temporary blocks themselves."""
        for node in analysis.plan.walk():
            written = self._written(node)
            if written < self.min_blocks:
                continue
            yield self.finding(
                f"{label(node)} wrote temporary files.",
                node,
                evidence=(Evidence("blocks written", written, "blocks"), Evidence("bytes written", written * BLOCK_BYTES, "bytes")),
                advice=(Advice("rewrite", "Keep fewer or narrower rows at this node, or raise work_mem for this statement or role."),),
                saving_ms=part_of(analysis.own_time(node), self.saving_share),
                confidence=0.4,
                because="what was written is not said",
            )

    def _written(self, node: PlanNode) -> int:
        found = own_buffers(node)
        return 0 if found is None else found.temp_written
