"""The lab: a private PostgreSQL that holds the schema and statistics of a database but no rows, where candidates are real, empty indexes.

The planner reads sizes from the file system, statistics from the catalog, and of an index a page or two; all of that is put in place
(``relations``, ``files``, ``pages``, ``expressions``), so that it plans as it would over the data. Several labs with one snapshot are
databases of one server (``server``): each has its own candidates, and they can be asked at the same time.

Two connections: a superuser's, which makes and switches indexes, and a read-only one of a role without rights for everything that
comes from a capture or a snapshot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from indexadvisor.catalog.model import IndexDef, TableName
from indexadvisor.db.connection import Session, Timeouts
from indexadvisor.findings import Skipped
from indexadvisor.lab import database, roles
from indexadvisor.lab.indexes import LabIndexes
from indexadvisor.lab.relations import Relations
from indexadvisor.lab.server import SETTINGS, LabServer, Snapshot

_NO_PATH = "SELECT pg_catalog.set_config('search_path', '', false)"
_TIMEOUTS = Timeouts(statement_ms=120_000, lock_ms=30_000)


class Lab:
    """A lab in one database of a running server, ready after ``connect``; use as a context manager. One thread at a time may use it.

    ``session`` plans in it; ``names`` tells which candidate an index in a plan is.
    """

    def __init__(self, server: LabServer) -> None:
        server.hold()
        self._server = server
        self._resources = ExitStack()
        self._resources.callback(server.release)
        self._skipped: list[Skipped] = []

    @classmethod
    def open(cls, snapshot: Snapshot, *, bindir: Path | None = None) -> Self:
        """Start a private server and load a snapshot; ``bindir`` holds PostgreSQL 18 or newer, None for the embedded one.

        Raises LabError when no server can be started.
        """
        return cls.open_several(snapshot, 1, bindir=bindir)[0]

    @classmethod
    def open_several(cls, snapshot: Snapshot, number: int, *, bindir: Path | None = None) -> tuple[Self, ...]:
        """Start a private server with so many equal labs, which stops when the last of them is closed.

        Raises LabError when it cannot be started; nothing is left then.
        """
        with ExitStack() as stack:
            server = LabServer.start(snapshot.catalog, bindir, number)
            stack.callback(server.stop)
            server.load(snapshot)
            names = server.databases(number)
            labs = tuple(cls(server) for _ in names)
            for lab in labs:
                stack.callback(lab.close)
            with ThreadPoolExecutor(number, thread_name_prefix="lab") as threads:
                list(threads.map(cls.connect, labs, names))
            stack.pop_all()
        return labs

    @property
    def server_version(self) -> str:
        """The version of the lab's PostgreSQL, ``18.6``."""
        return self._version

    @property
    def skipped(self) -> list[Skipped]:
        """What of the snapshot the lab does not hold, and what it could not do for a role."""
        return [*self._server.skipped, *self._skipped, *self._server.roles.skipped]

    def connect(self, name: str) -> None:
        """Open the connections to a database that was loaded, and give its relations their sizes."""
        enter, catalog = self._resources.enter_context, self._server.catalog
        admin = enter(Session(self._server.dsn(roles.ADMIN, name), read_only=False, timeouts=_TIMEOUTS))
        self.session = enter(Session(self._server.dsn(roles.OWNER, name)))
        self._skipped += database.without_data(admin, self._server.skipped)
        self._skipped += database.plan_alike(self.session, catalog)
        admin.rows(_NO_PATH)
        self._version = str(admin.rows("SHOW server_version")[0][0]).split()[0]
        relations = Relations(admin, self.session, self._server.cluster.data, catalog)
        relations.furnish()
        self._indexes = LabIndexes(admin, relations, catalog, self._server.sizes, self._server.stand_ins)
        self.names = self._indexes.names

    def add(self, indexes: Iterable[IndexDef]) -> Mapping[IndexDef, str]:
        """Make indexes, not yet visible to the planner; return those that cannot be made, each with the reason."""
        return self._indexes.add(indexes)

    def enable(self, indexes: frozenset[IndexDef]) -> None:
        """Let the planner see exactly these of the indexes made, beside those of the snapshot."""
        self._indexes.enable(indexes)

    def without(self, names: Collection[TableName]) -> AbstractContextManager[None]:
        """Keep existing indexes of these names out of the planner's sight for the length of a block."""
        return self._indexes.without(names)

    def size_bytes(self, index: IndexDef) -> int | None:
        """Return the estimated size of an index that was made, None for any other."""
        return self._indexes.size_bytes(index)

    def assumptions(self, index: IndexDef) -> tuple[str, ...]:
        """Return what was assumed about the size and the statistics of an index, sentences without a full stop."""
        return self._indexes.assumptions(index)

    def know_role(self, name: str) -> None:
        """Make a role that ran a statement, so that it can be planned under the policies that apply to it."""
        self._server.roles.know(name)

    def close(self) -> None:
        """End the sessions; the last lab of a server stops it and removes its directory. Harmless when called twice."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


__all__ = ["SETTINGS", "Lab", "Snapshot"]
