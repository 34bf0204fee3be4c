"""Which node of a plan a finding's advice is about, which table that node reads, and which node of another plan reads the same."""

from __future__ import annotations

from collections.abc import Iterable

from indexadvisor.catalog.model import Catalog, Table, TableName
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.plan import Plan, PlanNode


class Relations:
    """The relations one plan reads, looked up in a catalog."""

    def __init__(self, plan: Plan, catalog: Catalog) -> None:
        self._plan = plan
        self._catalog = catalog

    def node(self, finding: Finding) -> PlanNode | None:
        """Return the node a finding is about, None for one about the statement."""
        return None if finding.node is None else self._plan.nodes.get(finding.node)

    def scan(self, finding: Finding) -> PlanNode | None:
        """Return the node that reads the table a finding's index is for: its own, or one at or below it with all columns named."""
        node = self.node(finding)
        if node is None:
            return None
        if node.node_type == "Bitmap Index Scan":
            node = next((above for above in self._plan.ancestors(node) if above.relation is not None), node)
        if node.relation is not None:
            return node
        reading = [below for below in node.walk() if below.relation is not None]
        known = [below for below in reading if self.name(below) is not None] or reading
        wanted = {column for advice in finding.advice if advice.kind == "index" for column in advice.columns}
        return next((below for below in known if wanted and self.has(below, wanted)), known[0] if known else None)

    def name(self, scan: PlanNode) -> TableName | None:
        """Return the table a node reads, a partition by the name of its whole table; None where the catalog does not know it."""
        name = self._catalog.resolve(scan.relation or "", scan.schema)
        return None if name is None or self._catalog.table(name) is None else self._catalog.root(name)

    def table(self, scan: PlanNode) -> Table | None:
        """Return the catalog's entry for that table."""
        name = self.name(scan)
        return None if name is None else self._catalog.table(name)

    def has(self, scan: PlanNode, columns: Iterable[str]) -> bool:
        """Return whether the table a node reads is known to have all of these columns."""
        table = self.table(scan)
        return table is not None and all(column in table.by_name for column in columns)

    def same(self, node: PlanNode, scan: PlanNode) -> bool:
        """Return whether a node of any plan of the statement reads what a scan of this one reads.

        Aliases tell two uses of one table apart; of a partitioned table any partition counts, since which are read may differ.
        """
        if node.relation is None:
            return False
        table = self.table(scan)
        if scan.alias is not None and (table is None or table.kind != "p"):
            return node.alias == scan.alias
        return node.relation == scan.relation or (table is not None and self.name(node) == table.name)

    def reader(self, plan: Plan, scan: PlanNode, indexes: Iterable[str] | None = None) -> PlanNode | None:
        """Return the node of another plan that reads a scan's relation through one of these indexes, through any index for None."""
        wanted = None if indexes is None else frozenset(indexes)
        for node in plan.walk():
            below = node.walk() if node.node_type == "Bitmap Heap Scan" else (node,)
            used = {each.index for each in below if each.index is not None}
            if self.same(node, scan) and (bool(used) if wanted is None else not used.isdisjoint(wanted)):
                return node
        return None
