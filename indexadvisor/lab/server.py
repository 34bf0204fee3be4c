"""The private server behind one or several labs: a snapshot is loaded once, and each further lab is a copied database beside the first.

Labs that work at the same time need a catalog each, because ``pg_index.indisvalid`` says for all sessions of a database which candidates
the planner sees. Databases of one server are the cheap way to have that: ``CREATE DATABASE ... STRATEGY FILE_COPY`` takes 0.1 s for
10 tables as for 500, where a server of its own takes initdb (1.1 s) and loading the snapshot again (0.5 s and more); there is one
postmaster, one guard and one directory, and roles are made once. Copies are made before relation files are lengthened: a copy of a
sparse file is written out in full, which for a table of a terabyte would be a terabyte.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, Self

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import Catalog, IndexDef, Table
from indexadvisor.catalog.snapshot_extended import ExtendedStatistics
from indexadvisor.db.script import Client
from indexadvisor.findings import Skipped
from indexadvisor.lab import database, extended, roles
from indexadvisor.lab.cluster import Cluster
from indexadvisor.lab.load import Loader
from indexadvisor.lab.sizes import IndexSize, index_size

SETTINGS: Mapping[str, str] = {
    "autovacuum": "off",
    "max_connections": "10",
    "max_locks_per_transaction": "1024",
    "shared_buffers": "32MB",
    "max_wal_size": "64MB",
    "max_parallel_maintenance_workers": "0",
}
"""Without autovacuum CREATE INDEX leaves the table's figures alone (index_update_stats() in src/backend/catalog/index.c); without parallel
builds it does not plan one, for which it would open every other index of the table (plan_create_index_workers() in planner.c)."""
_APPLICATION = "indexadvisor-lab"
_CONNECTIONS = 2
"""Of each lab."""


class Snapshot(Protocol):
    """What the lab needs of a snapshot: two dumps by pg_dump 18, and what was read at the same time."""

    @property
    def schema_sql(self) -> str:
        """Output of ``pg_dump --schema-only --no-owner --no-privileges``."""

    @property
    def statistics_sql(self) -> str:
        """Output of ``pg_dump --statistics-only``."""

    @property
    def catalog(self) -> Catalog:
        """Tables, indexes, statistics and settings."""

    @property
    def extended(self) -> tuple[ExtendedStatistics, ...]:
        """The data of extended statistics."""


class Sizes:
    """Estimated sizes of indexes, each worked out once for all labs of a snapshot; safe to ask from several threads. ``extended``: the
    extended statistics of the snapshot, set before the first question.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.extended: tuple[ExtendedStatistics, ...] = ()
        self._known: dict[IndexDef, IndexSize] = {}
        self._lock = threading.Lock()

    def of(self, index: IndexDef) -> IndexSize:
        """Return the size of an index on a table that is not partitioned."""
        # one at a time: the sums are Python's, which runs one thread at a time anyway
        with self._lock:
            if index not in self._known:
                self._known[index] = index_size(index, self._table(index), self._catalog, extended=self.extended)
            return self._known[index]

    def _table(self, index: IndexDef) -> Table:
        return self._catalog.by_name[index.table]


class LabServer:
    """A private server with a snapshot in its databases; it stops when the last lab lets go of it.

    ``skipped`` says what of the snapshot was not loaded, ``stand_ins`` which types are domains over text.
    """

    def __init__(self, cluster: Cluster, catalog: Catalog) -> None:
        self.cluster = cluster
        self.catalog = catalog
        self.sizes = Sizes(catalog)
        rights = {role.name: roles.Rights(role.exempt, role.has_rights_of) for role in catalog.roles}
        owners = {table.name: table.owner for table in catalog.tables if table.row_security and table.owner is not None}
        self.roles = roles.Roles(catalog, rights, owners)
        self.stand_ins: frozenset[str] = frozenset()
        self.skipped: list[Skipped] = []
        self._labs = 0
        self._lock = threading.Lock()

    @classmethod
    def start(cls, catalog: Catalog, bindir: Path | None = None, labs: int = 1) -> Self:
        """Start an empty server for so many labs; ``bindir`` holds PostgreSQL 18 or newer, None for the embedded one.

        Raises LabError when it cannot be started.
        """
        more = {"max_connections": str(int(SETTINGS["max_connections"]) + _CONNECTIONS * (labs - 1))}
        return cls(Cluster(bindir, {**SETTINGS, **more}).start(), catalog)

    def load(self, snapshot: Snapshot) -> None:
        """Create the first lab's database and fill it; no connection to it stays open."""
        self.sizes.extended = snapshot.extended
        with Client(self.cluster.dsn(), application_name=_APPLICATION) as first:
            self.skipped += database.create(first, self.catalog)
        self.roles.connect(self.dsn(roles.ADMIN, "postgres"))
        superuser, owner = (
            Client(self.dsn(name, database.DATABASE), application_name=_APPLICATION) for name in (roles.ADMIN, roles.OWNER)
        )
        with superuser, owner:
            loader = Loader(owner, superuser)
            loader.schema(snapshot.schema_sql)
            loader.statistics(snapshot.statistics_sql)
            self.skipped += loader.skipped
            self.skipped += extended.restore(owner, superuser, snapshot.extended)
            self.roles.own_tables(superuser)
        self.stand_ins = frozenset(loader.stand_ins)

    def databases(self, labs: int) -> tuple[str, ...]:
        """Return the names of so many equal databases: the one that was loaded, and copies of it made here."""
        names = (database.DATABASE, *(f"{database.DATABASE}_{number}" for number in range(2, labs + 1)))
        with Client(self.dsn(roles.ADMIN, "postgres"), application_name=_APPLICATION) as superuser:
            for name in names[1:]:
                # one after another: each takes a checkpoint, which they would wait for
                superuser.simple(f"CREATE DATABASE {quote_identifier(name)} TEMPLATE {database.DATABASE} STRATEGY FILE_COPY")
        return names

    def dsn(self, role: str, name: str) -> str:
        """Return how one of the lab's own roles connects to a database."""
        return self.cluster.dsn(name).replace("user=postgres", f"user={role}", 1)

    def hold(self) -> None:
        """Keep the server running for one more lab."""
        with self._lock:
            self._labs += 1

    def release(self) -> None:
        """Let go for one lab; the last one stops the server and removes its directory."""
        with self._lock:
            self._labs -= 1
            last = self._labs <= 0
        if last:
            self.stop()

    def stop(self) -> None:
        """Stop the server and remove its directory, whoever still uses it; harmless when called twice."""
        try:
            self.roles.close()
        finally:
            self.cluster.stop()
