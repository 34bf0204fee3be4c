"""The lab: a private PostgreSQL that holds the schema and statistics of a database but no rows, where candidates are real, empty indexes.

The planner reads sizes from the file system, statistics from the catalog, and of an index a page or two; all of that is put in place
(``relations``, ``files``, ``pages``, ``expressions``), so that it plans as it would over the data. Indexes are made once, thousands at a
time, and switched by ``pg_index.indisvalid``: the planner passes an invalid index over (get_relation_info() in plancat.c).

Two connections: a superuser's, which makes and switches indexes, and a read-only one of a role without rights for everything that
comes from a capture or a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.db.compose import SQL
from indexadvisor.db.connection import Session, Timeouts
from indexadvisor.db.script import Client
from indexadvisor.errors import StatementFailed
from indexadvisor.findings import Skipped
from indexadvisor.lab import database
from indexadvisor.lab.cluster import Cluster
from indexadvisor.lab.expressions import columns_of
from indexadvisor.lab.load import Loader
from indexadvisor.lab.relations import Relations
from indexadvisor.lab.sizes import IndexSize, index_size

SETTINGS = {
    "autovacuum": "off",
    "max_connections": "10",
    "max_locks_per_transaction": "1024",
    "shared_buffers": "32MB",
    "max_wal_size": "64MB",
    "max_parallel_maintenance_workers": "0",
}
"""Without autovacuum CREATE INDEX leaves the table's figures alone (index_update_stats() in src/backend/catalog/index.c); without parallel
builds it does not plan one, for which it would open every other index of the table (plan_create_index_workers() in planner.c)."""
_CHUNK = 400
"""Indexes made in one transaction: each holds a lock until its end."""
_BATCH = 50
_NO_TABLE = "its table could not be loaded into the lab"
_NO_PATH = "SELECT pg_catalog.set_config('search_path', '', false)"
_NO_PATH_HERE = "SELECT pg_catalog.set_config('search_path', '', true)"
_SWITCH = "UPDATE pg_catalog.pg_index SET indisvalid = NOT indisvalid WHERE indexrelid = ANY (%s::oid[])"
_SET = "UPDATE pg_catalog.pg_index SET indisvalid = (indexrelid = ANY (%s::oid[])) WHERE indexrelid = ANY (%s::oid[])"
_TIMEOUTS = Timeouts(statement_ms=120_000, lock_ms=30_000)


class Snapshot(Protocol):
    """What the lab needs of a snapshot: two dumps by pg_dump 18, and the catalog read at the same time."""

    @property
    def schema_sql(self) -> str:
        """Output of ``pg_dump --schema-only --no-owner --no-privileges``."""

    @property
    def statistics_sql(self) -> str:
        """Output of ``pg_dump --statistics-only``."""

    @property
    def catalog(self) -> Catalog:
        """Tables, indexes, statistics and settings."""


@dataclass(frozen=True)
class _Made:
    """A candidate's indexes: one for each partition that holds rows."""

    oids: tuple[int, ...]
    size_bytes: int
    assumptions: tuple[str, ...]


class Lab:
    """A running lab; use as a context manager. ``session`` plans in it; ``skipped`` says what of the snapshot it does not hold."""

    def __init__(self, cluster: Cluster, catalog: Catalog) -> None:
        self._cluster = cluster
        self._catalog = catalog
        self._resources = ExitStack()
        self._resources.callback(cluster.stop)
        self._made: dict[IndexDef, _Made] = {}
        self._valid: frozenset[IndexDef] | None = frozenset()
        self._number = 0
        self._taken = {index.name for index in catalog.indexes}
        self._roles = {role for policy in catalog.policies for role in policy.roles}
        self._stand_ins: frozenset[str] = frozenset()
        self.names: dict[str, IndexDef] = {}
        self.skipped: list[Skipped] = []

    @classmethod
    def open(cls, snapshot: Snapshot, *, bindir: Path | None = None) -> Self:
        """Start a private server and load a snapshot; ``bindir`` holds PostgreSQL 18 or newer, None for the embedded one.

        Raises LabError when no server can be started.
        """
        lab = cls(Cluster(bindir, SETTINGS).start(), snapshot.catalog)
        try:
            lab._load(snapshot)
        except BaseException:
            lab.close()
            raise
        return lab

    @property
    def server_version(self) -> str:
        """The version of the lab's PostgreSQL, ``18.6``."""
        return self._version

    def _load(self, snapshot: Snapshot) -> None:
        enter = self._resources.enter_context
        with Client(self._cluster.dsn(), application_name="indexadvisor-lab") as first:
            self.skipped += database.create(first, self._catalog)
        dsn = self._cluster.dsn(database.DATABASE)
        self._superuser = enter(Client(dsn, application_name="indexadvisor-lab"))
        database.create_roles(self._superuser, self._roles)
        with Client(dsn, user=database.OWNER, application_name="indexadvisor-lab") as owner:
            loader = Loader(owner, self._superuser)
            loader.schema(snapshot.schema_sql)
            loader.statistics(snapshot.statistics_sql)
        self.skipped += loader.skipped
        self._stand_ins = frozenset(loader.stand_ins)
        self._admin = enter(Session(dsn, read_only=False, timeouts=_TIMEOUTS))
        self.session = enter(Session(dsn.replace("user=postgres", f"user={database.OWNER}", 1)))
        self.skipped += database.without_data(self._admin)
        self.skipped += database.plan_alike(self.session, self._catalog)
        self._admin.rows(_NO_PATH)
        self._version = str(self._admin.rows("SHOW server_version")[0][0]).split()[0]
        self._relations = Relations(self._admin, self.session, self._cluster.data, self._catalog)
        self._relations.furnish()

    def add(self, indexes: Iterable[IndexDef]) -> Mapping[IndexDef, str]:
        """Make indexes, not yet visible to the planner; return those that cannot be made, each with the reason."""
        wanted = [index for index in dict.fromkeys(indexes) if index not in self._made]
        refused: dict[IndexDef, str] = {}
        for start in range(0, len(wanted), _CHUNK):
            self._add(wanted[start : start + _CHUNK], refused)
        return refused

    def enable(self, indexes: frozenset[IndexDef]) -> None:
        """Let the planner see exactly these of the indexes made, beside those of the snapshot."""
        valid, self._valid = self._valid, None
        if valid is None:  # an earlier switch was cut short by Ctrl-C: nobody knows whether the server carried it out
            every = [oid for made in self._made.values() for oid in made.oids]
            self._admin.rows(_SET, [[oid for index in indexes for oid in self._made[index].oids], every])
        elif changed := [oid for index in valid ^ indexes for oid in self._made[index].oids]:
            self._admin.rows(_SWITCH, [sorted(changed)])
        self._valid = indexes

    def size_bytes(self, index: IndexDef) -> int | None:
        """Return the estimated size of an index that was made, None for any other."""
        made = self._made.get(index)
        return made.size_bytes if made else None

    def assumptions(self, index: IndexDef) -> tuple[str, ...]:
        """Return what was assumed about the size and the statistics of an index, sentences without a full stop."""
        made = self._made.get(index)
        return made.assumptions if made else ()

    def know_role(self, name: str) -> None:
        """Make a role that ran a statement, so that it can be planned under the policies that apply to it."""
        if name not in self._roles:
            self._roles.add(name)
            database.create_roles(self._superuser, [name])

    def close(self) -> None:
        """End the sessions, stop the server and remove its directory; harmless when called twice."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _add(self, indexes: Sequence[IndexDef], refused: dict[IndexDef, str]) -> None:
        leaves: dict[IndexDef, tuple[TableName, ...]] = {}
        for index in indexes:
            reason, leaves[index] = self._impossible(index), self._leaves(index.table)
            if reason is not None:
                refused[index] = reason
        possible = [index for index in indexes if index not in refused]
        with self._admin.transaction(keep=True):
            with self._relations.emptied({leaf for index in possible for leaf in leaves[index]}):
                made = self._create(possible, leaves, refused)
            self._furnish([(index, made[index]) for index in possible if index in made], leaves)

    def _create(
        self, indexes: Sequence[IndexDef], leaves: Mapping[IndexDef, tuple[TableName, ...]], refused: dict[IndexDef, str]
    ) -> dict[IndexDef, tuple[str, ...]]:
        """Create the indexes, many in one round trip; only where one is refused are they sent singly. Return the names of each."""
        made: dict[IndexDef, tuple[str, ...]] = {}
        for start in range(0, len(indexes), _BATCH):
            part = indexes[start : start + _BATCH]
            try:
                with self._admin.transaction(keep=True):
                    made.update(self._create_all(part, leaves))
                continue
            except StatementFailed as error:
                if error.sqlstate is None:
                    raise
            for index in part:
                try:
                    with self._admin.transaction(keep=True):
                        made.update(self._create_all([index], leaves))
                except StatementFailed as error:
                    if error.sqlstate is None:
                        raise
                    refused[index] = f"the lab refuses it: {error}"
        return made

    def _create_all(self, indexes: Sequence[IndexDef], leaves: Mapping[IndexDef, tuple[TableName, ...]]) -> dict[IndexDef, tuple[str, ...]]:
        made = {index: tuple(self._free_name() for _ in leaves[index]) for index in indexes}
        ddl = [
            create_index(replace(index, table=leaf), name, concurrently=False)
            for index, names in made.items() for leaf, name in zip(leaves[index], names, strict=True)
        ]  # fmt: skip
        if ddl:
            # names in expressions are looked up as the source does; everything else of this session sees pg_catalog alone
            self._admin.rows("SELECT pg_catalog.set_config('search_path', %s, true)", [database.search_path(self._catalog)])
            # without parameters this travels by the simple protocol, all in one message
            self._admin.rows(SQL(";\n".join([*ddl, _NO_PATH_HERE])))
        return made

    def _furnish(self, made: Sequence[tuple[IndexDef, tuple[str, ...]]], leaves: Mapping[IndexDef, tuple[TableName, ...]]) -> None:
        """Give new indexes their size, height and statistics, and hide them; then they are known."""
        sizes: dict[str, tuple[IndexDef, IndexSize]] = {}
        for index, names in made:
            for leaf, name in zip(leaves[index], names, strict=True):
                on_leaf = replace(index, table=leaf)
                sizes[name] = (on_leaf, index_size(on_leaf, self._catalog.by_name[leaf], self._catalog))
        oids, assumed = self._relations.shape(sizes)
        self._admin.rows("UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = ANY (%s::oid[])", [sorted(oids.values())])
        for index, names in made:
            said = dict.fromkeys(text for name in names for text in (*sizes[name][1].assumptions, *assumed.get(name, ())))
            size_bytes = sum(sizes[name][1].size_bytes for name in names)
            self._made[index] = _Made(tuple(oids[name] for name in names), size_bytes, tuple(said))
            self.names.update(dict.fromkeys(names, index))

    def _free_name(self) -> str:
        while True:
            self._number += 1
            name = f"indexadvisor_lab_{self._number}"
            if name not in self._taken:
                return name

    def _impossible(self, index: IndexDef) -> str | None:
        """Return why an index need not even be tried, or None."""
        table = self._catalog.table(index.table)
        if table is None or not self._relations.holds(self._leaves(index.table)):
            return _NO_TABLE
        try:
            create_index(index, "name", concurrently=False)
        except ValueError as error:
            return f"it cannot be written as CREATE INDEX: {error}"
        used = {*index.columns, *index.include}
        for text in (*(key.expression for key in index.keys), index.predicate):
            used |= {column.name for column in columns_of(text, table)} if text is not None else set()
        for name in sorted(used):
            column = table.column(name)
            if column is not None and column.base_type.removeprefix("_") in self._stand_ins:
                return f"its column {name} has the type {column.type_name}, which the lab lacks"
        return None

    def _leaves(self, table: TableName) -> tuple[TableName, ...]:
        """Return the partitions that can hold an index below a partitioned table, at any depth; the table itself when it is not one."""
        found = self._catalog.table(table)
        if found is None or found.kind != "p":
            return (table,)
        parts = [part.name for part in self._catalog.partitions_of(table) if part.kind != "f"]
        return tuple(leaf for part in parts for leaf in self._leaves(part))
