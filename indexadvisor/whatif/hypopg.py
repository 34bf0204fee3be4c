"""Costs from HypoPG on a live server: indexes the planner sees and nobody builds.

HypoPG (https://hypopg.readthedocs.io, 1.3 or newer) keeps hypothetical indexes in the memory of one backend: they survive ROLLBACK and
end with the connection or hypopg_reset(). What we know of it, each checked by a test on a real server:

* B-tree, hash, BRIN and bloom only; GIN, GiST and SP-GiST are refused, also by us, before the server is asked.
* About 2,500 fit at a time ("not more oid available"), so sizes are learnt in batches, and only the set asked about exists.
* It does not tell cached plans that an index has gone; ``explain.run`` never keeps one.
* An expression has no statistics there: the planner assumes 0.5 % of the rows for an equality, far above the truth for a selective one.
* An index on a partitioned table is planned on each partition, but its size is that of the empty parent: sizes are added up over
  the partitions.
* A predicate is compared as it is written: ``WHERE is_read = false`` is never matched, ``WHERE NOT is_read`` is.
* Expressions and predicates always refer to the first entry of a query level's range table (hypo_injectHypotheticalIndex() in
  hypopg_index.c does not renumber them): such an index is invisible wherever its table comes second, in a join above all. On newer
  servers a predicate that is looked at through a view can bring the server down (HypoPG issue 116), so that partial indexes, of no
  use there anyhow, are never shown to a statement that names a view.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Self

from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.model import Catalog, IndexDef
from indexadvisor.db.compose import SQL, Composed, Identifier
from indexadvisor.db.connection import Session
from indexadvisor.errors import CapabilityMissing, ConnectionFailed, StatementFailed, WhatIfError
from indexadvisor.explain.run import hopeless
from indexadvisor.findings import Skipped
from indexadvisor.lexer import names
from indexadvisor.whatif.interface import QueryCost, SourceInfo
from indexadvisor.whatif.server import ServerCosts
from indexadvisor.workload.model import Sample

_REFUSED_METHODS = frozenset({"gin", "gist", "spgist"})
_BATCH = 500
_RECONNECTS = 30
_NAME = "indexadvisor_hypothetical"
"""Only a placeholder: HypoPG names its indexes itself."""

_CREATE_MANY = (
    "SELECT made.indexrelid, made.indexname FROM pg_catalog.unnest(%s::text[]) WITH ORDINALITY AS wanted(ddl, place)"
    " CROSS JOIN LATERAL {create}(wanted.ddl) AS made ORDER BY wanted.place"
)
_DROP_MANY = "SELECT {drop}(gone) FROM pg_catalog.unnest(%s::oid[]) AS gone"
_SIZES = "SELECT made, {size}(made) FROM pg_catalog.unnest(%s::oid[]) AS made"


class HypopgCosts(ServerCosts):
    """Costs from HypoPG, whose hypothetical indexes are switched by difference from one question to the next.

    ``reopen`` makes a new session when the connection is lost: the statement that was being planned is refused, the next
    one is planned on the new session. Without it every later statement is refused.
    """

    def __init__(
        self, session: Session, catalog: Catalog, *, reopen: Callable[[], Session] | None = None, owns_session: bool = False
    ) -> None:
        super().__init__(session, catalog, owns_session=owns_session)
        self._reopen = reopen
        self._ready = False
        self._lost = False
        self._functions: dict[str, Identifier] = {}
        self._version = ""
        self._enabled: dict[IndexDef, int] = {}
        self._unsure = False
        self._shown: dict[IndexDef, str] = {}
        self._views = frozenset(view.name.name for view in catalog.views)
        self._names_view: dict[str, bool] = {}
        self._notes: list[Skipped] = []

    def open(self) -> Self:
        """Find HypoPG and start without any hypothetical index; raises CapabilityMissing when it is not installed."""
        self._version, schema = installed(self._session)
        names = {"create": "hypopg_create_index", "drop": "hypopg_drop_index", "size": "hypopg_relation_size", "reset": "hypopg_reset"}
        self._functions = {short: Identifier(schema, name) for short, name in names.items()}
        self._session.rows("SELECT pg_catalog.set_config('hypopg.enabled', 'on', false)")
        self._reset()
        self._ready = True
        return self

    @property
    def extension_version(self) -> str:
        """HypoPG's version, ``1.4.1``."""
        return self._version or self._catalog.extensions.get("hypopg", "")

    @property
    def info(self) -> SourceInfo:
        """Say what this source is."""
        return SourceInfo(
            "hypopg",
            self._catalog.server.version,
            f"HypoPG {self.extension_version}: the server's own planner, with hypothetical indexes that are never built; "
            "sizes are its estimates, which ignore deduplication and so tend to be too large; partial and expression indexes "
            "are seen only where their table comes first in a query",
        )

    def cost(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        """Return what the statement costs with exactly these indexes added to those that exist.

        Raises StatementFailed when the server refuses the statement, ConnectionFailed when a lost connection cannot be made again.
        """
        if self._lost and self._reopen is not None:
            self._reconnect(self._reopen)
        if not self._ready:
            self.open()
        try:
            return super().cost(sample, self._visible(sample, indexes))
        except StatementFailed as error:
            self._lost = error.sqlstate is None
            raise

    def _reconnect(self, reopen: Callable[[], Session]) -> None:
        """Go on with a new session; a server that recovers from a crash refuses connections for some seconds."""
        for attempt in range(_RECONNECTS):
            try:
                session = reopen()
                break
            except ConnectionFailed:
                if attempt == _RECONNECTS - 1:
                    raise
                time.sleep(1)
        if self._owns_session:
            self._session.close()
        self._session, self._owns_session = session, True
        self._explainer.move(session)
        self.open()
        self._lost = False

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What could not be costed as it should have been."""
        return (*super().skipped, *self._notes)

    def caveat(self, index: IndexDef) -> str | None:
        """Return why the costs with this index can be wrong: HypoPG knows little of expressions, and not in every place."""
        expressions = [key.expression for key in index.keys if key.expression is not None]
        said = []
        if expressions:
            said.append(f"no statistics on the expression {', '.join(expressions)}: HypoPG overestimates the cost of queries that use it")
        if expressions or index.predicate is not None:
            said.append("HypoPG shows it to the planner only where its table comes first in FROM, so it may help more queries than stated")
        return "; ".join(said) or None

    def blind_to(self, index: IndexDef, sample: Sample, relations: int) -> bool:
        """Return whether an index counts for less here than if it existed: one on an expression, a partial one in a join."""
        if any(key.expression is not None for key in index.keys):
            return True
        return index.predicate is not None and (relations != 1 or self._reads_view(sample))

    def _visible(self, sample: Sample, indexes: frozenset[IndexDef]) -> frozenset[IndexDef]:
        """Leave partial indexes out of a statement that names a view: they cannot be used there, and could crash the server."""
        partial = frozenset(index for index in indexes if index.predicate is not None)
        if not partial or not self._reads_view(sample):
            return indexes
        if not self._notes:
            reason = "partial indexes are not tried on statements that read a view: HypoPG cannot use them there and may crash the server"
            self._notes.append(Skipped("whatif", "statements that read a view", reason))
        return indexes - partial

    def _reads_view(self, sample: Sample) -> bool:
        if sample.text not in self._names_view:
            self._names_view[sample.text] = not self._views.isdisjoint(names(sample.text)) if self._views else False
        return self._names_view[sample.text]

    def _learn(self, indexes: list[IndexDef]) -> None:
        if not self._ready:
            self.open()
        possible = []
        for index in indexes:
            reason = _impossible(index)
            if reason is not None:
                self._refused[index] = reason
            else:
                possible.append(index)
        for start in range(0, len(possible), _BATCH):
            self._learn_batch(possible[start : start + _BATCH])

    def _learn_batch(self, indexes: Sequence[IndexDef]) -> None:
        self._reset()
        try:
            self._sizes.update(self._measure(indexes))
        except StatementFailed as error:
            if hopeless(error):
                raise
            self._learn_singly(indexes)
        finally:
            self._reset()

    def _learn_singly(self, indexes: Sequence[IndexDef]) -> None:
        for index in indexes:
            self._reset()
            try:
                self._sizes.update(self._measure([index]))
            except StatementFailed as error:
                if hopeless(error):
                    raise
                self._refused[index] = f"HypoPG refuses it: {error}"

    def _measure(self, indexes: Sequence[IndexDef]) -> dict[IndexDef, int]:
        """Create indexes and return their sizes in bytes, those on partitioned tables added up over the partitions."""
        pairs = [(index, replace(index, table=leaf)) for index in indexes for leaf in self._catalog.leaves(index.table)]
        sizes = dict.fromkeys(indexes, 0)
        for start in range(0, len(pairs), _BATCH):
            part = pairs[start : start + _BATCH]
            made = self._create([leaf for _, leaf in part])
            measured: dict[int, int] = dict(self._session.rows(self._sql(_SIZES), [[oid for oid, _ in made]]))
            for (index, _), (oid, _) in zip(part, made, strict=True):
                sizes[index] += int(measured[oid])
            self._reset()
        return sizes

    def _enable(self, indexes: frozenset[IndexDef]) -> None:
        if self._unsure:  # an earlier switch was cut short by Ctrl-C: start again from nothing
            self._reset()
        self._unsure = True
        self._switch(indexes)
        self._unsure = False

    def _switch(self, indexes: frozenset[IndexDef]) -> None:
        gone = [index for index in self._enabled if index not in indexes]
        new = sorted((index for index in indexes if index not in self._enabled), key=str)
        if gone:
            self._session.rows(self._sql(_DROP_MANY), [[self._enabled[index] for index in gone]])
            for index in gone:
                del self._enabled[index]
                del self._names[self._shown.pop(index)]
        if new:
            try:
                made = self._create(new)
            except StatementFailed as error:
                # those made before the refusal are still there: start again from nothing
                self._reset()
                if hopeless(error):
                    raise
                raise WhatIfError(f"HypoPG could not create {len(new)} indexes at once: {error}") from error
            for index, (oid, name) in zip(new, made, strict=True):
                self._enabled[index], self._shown[index], self._names[name] = oid, name, index

    def _create(self, indexes: Sequence[IndexDef]) -> list[tuple[int, str]]:
        """Create hypothetical indexes and return (oid, name as plans show it) of each, in order."""
        ddl = [create_index(index, _NAME, concurrently=False) for index in indexes]
        rows = self._session.rows(self._sql(_CREATE_MANY), [ddl])
        return [(int(oid), str(name)) for oid, name in rows]

    def _forget(self) -> None:
        if not self._ready:
            return
        try:
            self._reset()
        except StatementFailed as error:
            # a lost connection has taken them along
            if error.sqlstate is not None:
                raise

    def _reset(self) -> None:
        self._enabled.clear()
        self._shown.clear()
        self._names.clear()
        self._session.rows(self._sql("SELECT {reset}()"))

    def _sql(self, statement: str) -> Composed:
        return SQL(statement).format(**self._functions)


def _impossible(index: IndexDef) -> str | None:
    """Return why an index cannot even be asked for, or None."""
    if index.method in _REFUSED_METHODS:
        return f"HypoPG cannot create {index.method} indexes"
    try:
        create_index(index, _NAME, concurrently=False)
    except ValueError as error:
        return f"it cannot be written as CREATE INDEX: {error}"
    return None


def installed(session: Session) -> tuple[str, str]:
    """Return HypoPG's version and the schema of its functions; raises CapabilityMissing, with what to do, where there is none to use."""
    rows = session.rows(
        "SELECT extension.extversion, namespace.nspname FROM pg_catalog.pg_extension AS extension"
        " JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = extension.extnamespace WHERE extension.extname = 'hypopg'"
    )
    if not rows:
        raise CapabilityMissing(
            f"HypoPG is not installed in database {session.database}",
            hint="run CREATE EXTENSION hypopg there as a superuser (Debian: apt-get install postgresql-<version>-hypopg), "
            "or cost in the lab, which needs no extension: pip install 'indexadvisor[lab]' and --what-if lab, "
            "or on a staging copy by real builds that are rolled back: --what-if trial",
        )
    if session.pooled:
        raise CapabilityMissing(
            "HypoPG cannot be used through a connection pooler: its indexes live in one server process",
            hint="name the server itself in --dsn, not the pooler",
        )
    return str(rows[0][0]), str(rows[0][1])
