"""What the sources that ask a live server have in common: the account, the refusals, and the way from a plan to the indexes it uses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Self

from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.db.connection import Session
from indexadvisor.errors import WhatIfError
from indexadvisor.explain.run import Explainer
from indexadvisor.findings import Skipped
from indexadvisor.whatif.interface import Effort, QueryCost, SourceInfo
from indexadvisor.workload.model import Sample


class ServerCosts(ABC):
    """A source of cost on one session, which it does not close unless ``owns_session``.

    Samples that touch tables with row security are planned as the role that ran them, where we may. A subclass learns indexes
    (``_learn``), makes exactly a set of them visible to the planner (``_enable``), and keeps ``_names``: each name a plan can show for
    a proposed index.
    """

    def __init__(self, session: Session, catalog: Catalog, *, owns_session: bool = False) -> None:
        self._session = session
        self._catalog = catalog
        self._owns_session = owns_session
        self._explainer = Explainer(session, row_secured=_row_secured(catalog), block=self._attempt)
        self._effort = Effort()
        self._sizes: dict[IndexDef, int | None] = {}
        self._refused: dict[IndexDef, str] = {}
        self._names: dict[str, IndexDef] = {}

    @property
    def session(self) -> Session:
        """The session it plans on; lent for plans under other settings, inside transactions that are rolled back."""
        return self._session

    @property
    @abstractmethod
    def info(self) -> SourceInfo:
        """Say what this source is."""

    @property
    def jobs(self) -> int:
        """One question at a time: there is one session."""
        return 1

    @property
    def effort(self) -> Effort:
        """Return the running count of questions."""
        return self._effort

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What could not be costed as it should have been, such as a role whose row security could not be applied."""
        return tuple(self._explainer.skipped)

    def prepare(self, indexes: Iterable[IndexDef]) -> Mapping[IndexDef, str]:
        """Make indexes known; return those that this source cannot cost, each with the reason."""
        wanted = tuple(dict.fromkeys(indexes))
        new = [index for index in wanted if index not in self._sizes and index not in self._refused]
        if new:
            self._learn(sorted(new, key=str))
        return {index: self._refused[index] for index in wanted if index in self._refused}

    def size_bytes(self, index: IndexDef) -> int | None:
        """Return the size of a prepared index, or None where it is unknown."""
        return self._sizes.get(index)

    def caveat(self, index: IndexDef) -> str | None:
        """Return why the costs with this index can be wrong, or None; the base knows of nothing."""
        return None

    def cost(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        """Return what the statement costs with exactly these indexes added to those that exist.

        Raises StatementFailed when the server refuses the statement, WhatIfError for an index that was not prepared.
        """
        unknown = [index for index in indexes if index not in self._sizes]
        if unknown:
            raise WhatIfError(f"index {min(map(str, unknown))} was not prepared, or this source of cost cannot judge it")
        self._enable(indexes)
        try:
            plan = self._explainer.explain(sample)
        finally:
            self._effort.explains = self._explainer.sent
        names = {name: self._names[name] for name in sorted(plan.indexes()) if self._names.get(name) in indexes}
        return QueryCost(plan.total_cost, frozenset(names.values()), plan, names, self.info)

    def cost_without(
        self, sample: Sample, indexes: frozenset[IndexDef], gone: frozenset[TableName]
    ) -> tuple[QueryCost, QueryCost] | None:
        """Return None: on a server of others nothing that exists is hidden."""
        return None

    def interrupt(self) -> None:
        """Cancel the EXPLAIN under way, from any thread; whoever waits for it gets a StatementFailed."""
        self._session.cancel()

    def close(self) -> None:
        """Remove every index this source made visible, and close the session if it is ours; harmless when called twice."""
        try:
            self._forget()
        finally:
            if self._owns_session:
                self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _attempt(self) -> AbstractContextManager[None]:
        """Wrap one EXPLAIN; here with nothing."""
        return nullcontext()

    @abstractmethod
    def _learn(self, indexes: list[IndexDef]) -> None:
        """Fill ``_sizes`` or ``_refused`` for each of these."""

    @abstractmethod
    def _enable(self, indexes: frozenset[IndexDef]) -> None:
        """Make exactly these visible to the planner."""

    @abstractmethod
    def _forget(self) -> None:
        """Undo everything on the server."""


def _row_secured(catalog: Catalog) -> frozenset[str]:
    """Return the names of tables whose policies a query meets; a parent's policies rule its partitions, which plans name instead."""
    secured = {table.name for table in catalog.tables if table.row_security}
    return frozenset(table.name.name for table in catalog.tables if table.name in secured or catalog.root(table.name) in secured)
