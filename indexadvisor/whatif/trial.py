"""Costs from indexes that are really built, inside one transaction that is rolled back: for staging and for the demo.

``BEGIN; CREATE INDEX ...; ANALYZE; EXPLAIN ...; ROLLBACK``. It works for every access method and gives true sizes. The price: each
build reads its table, and tables stay locked against writes until close() (CREATE INDEX takes a SHARE lock).

All candidates are built once. Switching between sets needs no build: a superuser marks indexes invalid in pg_index, and the planner
passes them over (get_relation_info() in src/backend/optimizer/util/plancat.c); measured 0.3 ms for a change of three. Anyone else
drops the others inside a savepoint that is rolled back after the EXPLAIN; measured 5 ms for 200. Both are exact.

What a rollback does not undo: CREATE INDEX and ANALYZE write reltuples and relpages of the table in place (index_update_stats(),
vac_update_relstats()); these are true figures. Real indexes also let the planner look up a column's true minimum and maximum.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.db.compose import SQL, Identifier
from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed, WhatIfError
from indexadvisor.explain.run import hopeless
from indexadvisor.findings import Skipped
from indexadvisor.whatif.interface import QueryCost, SourceInfo
from indexadvisor.whatif.server import ServerCosts
from indexadvisor.workload.model import Sample

BUILD_TIMEOUT_MS = 600_000
_LOCK_SHARE = 0.5
"""The part of the server's lock table that we may fill: every index we build holds locks until the end."""

_TOO_MANY = (
    "the server's lock table has room for {room} indexes built in one transaction; raise max_locks_per_transaction, "
    "or narrow the candidates with --tables"
)
_CHECKS_XMIN = "rows of its table changed while it was built, so the planner would not use it in this transaction"

_MADE = """
SELECT made.oid, pg_catalog.pg_relation_size(made.oid), entry.indcheckxmin
FROM pg_catalog.pg_class AS made
JOIN pg_catalog.pg_index AS entry ON entry.indexrelid = made.oid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = made.relnamespace
WHERE namespace.nspname = %s AND made.relname = %s
"""
_SWITCH = "UPDATE pg_catalog.pg_index SET indisvalid = NOT indisvalid WHERE indexrelid = ANY (%s::oid[])"
_SET = "UPDATE pg_catalog.pg_index SET indisvalid = (indexrelid = ANY (%s::oid[])) WHERE indexrelid = ANY (%s::oid[])"
_LOCK_TABLE = """
SELECT pg_catalog.current_setting('max_locks_per_transaction')::bigint
     * (pg_catalog.current_setting('max_connections')::bigint + pg_catalog.current_setting('max_prepared_transactions')::bigint),
       pg_catalog.current_setting('is_superuser') = 'on'
"""


class TrialCosts(ServerCosts):
    """Costs from really built indexes; ``session`` must allow writing, and is inside one transaction from prepare() to close().

    ``build_timeout_ms`` limits each CREATE INDEX and ANALYZE.
    """

    def __init__(
        self,
        session: Session,
        catalog: Catalog,
        *,
        owns_session: bool = False,
        build_timeout_ms: int = BUILD_TIMEOUT_MS,
    ) -> None:
        super().__init__(session, catalog, owns_session=owns_session)
        self._build_timeout_ms = build_timeout_ms
        self._transaction = ExitStack()
        self._open = False
        self._lost = False
        self._superuser = False
        self._room = 0
        self._built: dict[IndexDef, list[tuple[str, int]]] = {}
        self._valid: frozenset[IndexDef] | None = frozenset()
        self._hidden: list[Identifier] = []
        self._taken = {index.name for index in catalog.indexes}
        self._number = 0
        self._notes: list[Skipped] = []

    @property
    def info(self) -> SourceInfo:
        """Say what this source is."""
        return SourceInfo(
            "trial",
            self._catalog.server.version,
            "indexes really built in a transaction that is rolled back: true sizes and statistics, every access method; "
            "their tables were locked against writes meanwhile",
        )

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What could not be costed as it should have been."""
        return (*super().skipped, *self._notes)

    def cost(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        """Return what the statement costs with exactly these indexes added to those that exist.

        Raises WhatIfError when the connection was lost, and with it everything that was built.
        """
        if self._lost:
            raise WhatIfError("the connection to the server was lost, and with it the indexes built for the trial")
        self._begin()
        try:
            return super().cost(sample, indexes)
        except StatementFailed as error:
            self._lost = error.sqlstate is None
            raise

    def _learn(self, indexes: list[IndexDef]) -> None:
        self._begin()
        self._enable(frozenset(self._built))
        fresh = [index for index in indexes if self._build(index)]
        for table in sorted({leaf for index in fresh for leaf in self._catalog.leaves(index.table) if self._lacks_statistics(index, leaf)}):
            self._analyze(table)
        self._valid = frozenset(self._built)

    def _begin(self) -> None:
        if self._open:
            return
        self._transaction.enter_context(self._session.transaction())
        self._open = True
        self._session.rows("SELECT pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true)")
        locks, self._superuser = self._session.rows(_LOCK_TABLE)[0]
        self._room = int(locks * _LOCK_SHARE)

    def _build(self, index: IndexDef) -> bool:
        """Build one index on every partition that holds rows; a refusal costs this index alone. Return whether it stands."""
        leaves = self._catalog.leaves(index.table)
        if sum(map(len, self._built.values())) + len(leaves) > self._room:
            self._refused[index] = _TOO_MANY.format(room=self._room)
            return False
        made: list[tuple[str, int]] = []
        size_bytes = 0
        try:
            with self._session.transaction(keep=True):
                self._session.rows("SELECT pg_catalog.set_config('statement_timeout', %s, true)", [str(self._build_timeout_ms)])
                for leaf in leaves:
                    name = self._free_name()
                    self._session.rows(SQL(create_index(replace(index, table=leaf), name, concurrently=False)))
                    oid, size, checks_xmin = self._session.rows(_MADE, [leaf.schema, name])[0]
                    if checks_xmin:
                        self._trust(int(oid))
                    made.append((name, int(oid)))
                    size_bytes += int(size)
        except (StatementFailed, WhatIfError, ValueError) as error:
            if isinstance(error, StatementFailed) and error.sqlstate is None:
                raise
            self._refused[index] = f"it cannot be built: {error}"
            return False
        self._built[index] = made
        self._sizes[index] = size_bytes
        self._names.update((name, index) for name, _ in made)
        return True

    def _trust(self, oid: int) -> None:
        """Let this transaction plan with an index whose table had updates in flight: only who runs a plan must beware of it."""
        if not self._superuser:
            raise WhatIfError(_CHECKS_XMIN)
        self._session.rows("UPDATE pg_catalog.pg_index SET indcheckxmin = false WHERE indexrelid = %s::oid", [oid])

    def _free_name(self) -> str:
        while True:
            self._number += 1
            name = f"indexadvisor_trial_{self._number}"
            if name not in self._taken:
                return name

    def _lacks_statistics(self, index: IndexDef, leaf: TableName) -> bool:
        """Return whether a table was never analyzed, or the index has expressions, which are only known to a later ANALYZE."""
        table = self._catalog.table(leaf)
        return any(key.expression is not None for key in index.keys) or table is None or table.rows is None

    def _analyze(self, table: TableName) -> None:
        """Give the expressions of new indexes statistics; without them the planner guesses."""
        try:
            with self._session.transaction(keep=True):
                self._session.rows("SELECT pg_catalog.set_config('statement_timeout', %s, true)", [str(self._build_timeout_ms)])
                self._session.rows(SQL("ANALYZE {}").format(Identifier(table.schema, table.name)))
        except StatementFailed as error:
            if error.sqlstate is None:
                raise
            self._notes.append(Skipped("whatif", str(table), f"not analyzed, so its index expressions have no statistics: {error}"))

    def _enable(self, indexes: frozenset[IndexDef]) -> None:
        self._hidden = []
        if not self._superuser:
            self._hidden = [
                Identifier(leaf.schema, name)
                for index in self._built if index not in indexes
                for leaf, (name, _) in zip(self._catalog.leaves(index.table), self._built[index], strict=True)
            ]  # fmt: skip
            return
        valid, self._valid = self._valid, None
        if valid is None:  # an earlier switch was cut short by Ctrl-C: nobody knows whether the server carried it out
            every = [oid for built in self._built.values() for _, oid in built]
            self._session.rows(_SET, [[oid for index in indexes for _, oid in self._built[index]], every])
        elif changed := [oid for index in valid ^ indexes for _, oid in self._built[index]]:
            self._session.rows(_SWITCH, [sorted(changed)])
        self._valid = indexes

    @contextmanager
    def _attempt(self) -> Iterator[None]:
        """Wrap one EXPLAIN in a read-only savepoint, rolled back, without the indexes that were not asked for."""
        with self._session.transaction():
            if self._hidden:
                self._session.rows(SQL("DROP INDEX {}").format(SQL(", ").join(self._hidden)))
            self._session.rows("SET LOCAL transaction_read_only = on")
            yield

    def _forget(self) -> None:
        self._open = False
        self._built.clear()
        self._names.clear()
        self._sizes.clear()
        self._valid = frozenset()
        try:
            self._transaction.close()
        except StatementFailed as error:
            # a lost connection has rolled everything back
            if not hopeless(error):
                raise
