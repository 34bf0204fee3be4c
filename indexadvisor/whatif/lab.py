"""Costs from the lab: a private PostgreSQL with the schema and statistics but no rows, where every access method can be asked about.

It needs no extension and puts no load on the server that was captured. The planner is the lab's, PostgreSQL 18 or newer, whatever the
server's version; sizes are estimated from statistics (``lab.sizes``), and what had to be assumed is said as a caveat of the index.
"""

from __future__ import annotations

from indexadvisor.catalog.model import IndexDef, TableName
from indexadvisor.findings import Skipped
from indexadvisor.lab.lab import Lab, Snapshot
from indexadvisor.whatif.interface import QueryCost, SourceInfo
from indexadvisor.whatif.server import ServerCosts
from indexadvisor.workload.model import Sample


class LabCosts(ServerCosts):
    """Costs from a lab that holds ``snapshot``; close() stops the lab where ``owns_lab``."""

    def __init__(self, lab: Lab, snapshot: Snapshot, *, owns_lab: bool = False) -> None:
        super().__init__(lab.session, snapshot.catalog)
        self._lab = lab
        self._owns_lab = owns_lab
        self._has_policies = any(table.row_security for table in snapshot.catalog.tables)
        self._names = lab.names

    @property
    def info(self) -> SourceInfo:
        """Say what this source is."""
        return SourceInfo(
            "lab",
            self._lab.server_version,
            f"a private PostgreSQL {self._lab.server_version} with the schema and statistics of the server "
            f"(PostgreSQL {self._catalog.server.version}) but no rows; index sizes are estimated from the statistics",
        )

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What of the snapshot the lab does not hold, and what could not be costed as it should have been."""
        # a lab has no use for HypoPG
        return (*(item for item in self._lab.skipped if item.subject != "extension hypopg"), *super().skipped)

    def caveat(self, index: IndexDef) -> str | None:
        """Return what was assumed about an index, or None."""
        return "; ".join(self._lab.assumptions(index)) or None

    def cost(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        """Return what the statement costs with exactly these indexes added to those that exist."""
        if self._has_policies and sample.user is not None:
            self._lab.know_role(sample.user)
        return super().cost(sample, indexes)

    def cost_without(
        self, sample: Sample, indexes: frozenset[IndexDef], gone: frozenset[TableName]
    ) -> tuple[QueryCost, QueryCost] | None:
        """Return what the statement costs with and without some indexes that exist on the server."""
        there = self.cost(sample, indexes)
        with self._lab.without(gone):
            return there, self.cost(sample, indexes)

    def _learn(self, indexes: list[IndexDef]) -> None:
        refused = self._lab.add(indexes)
        self._refused.update(refused)
        self._sizes.update((index, self._lab.size_bytes(index)) for index in indexes if index not in refused)

    def _enable(self, indexes: frozenset[IndexDef]) -> None:
        self._lab.enable(indexes)

    def _forget(self) -> None:
        if self._owns_lab:
            self._lab.close()
        else:
            self._lab.enable(frozenset())
