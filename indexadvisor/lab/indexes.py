"""Candidates as real, empty indexes in one lab: made once, thousands at a time, and switched by ``pg_index.indisvalid``.

The planner passes an invalid index over (get_relation_info() in src/backend/optimizer/util/plancat.c). While the server makes indexes,
a thread of ours works out the sizes of those made before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from indexadvisor.catalog.ddl import create_index
from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.db.compose import SQL
from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed
from indexadvisor.lab import database
from indexadvisor.lab.expressions import columns_of
from indexadvisor.lab.relations import Relations
from indexadvisor.lab.server import Sizes
from indexadvisor.lab.sizes import IndexSize

_CHUNK = 400
"""Indexes made in one transaction: each holds a lock until its end."""
_BATCH = 50
_NO_TABLE = "its table could not be loaded into the lab"
_NO_PATH_HERE = "SELECT pg_catalog.set_config('search_path', '', true)"
_HIDE = "UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = ANY (%s::oid[])"
_SWITCH = "UPDATE pg_catalog.pg_index SET indisvalid = NOT indisvalid WHERE indexrelid = ANY (%s::oid[])"
_SET = "UPDATE pg_catalog.pg_index SET indisvalid = (indexrelid = ANY (%s::oid[])) WHERE indexrelid = ANY (%s::oid[])"
_SHOW = "UPDATE pg_catalog.pg_index SET indisvalid = true WHERE indexrelid = ANY (%s::oid[])"
_EXISTING = (
    "SELECT index.indexrelid FROM unnest(%s::text[], %s::text[]) AS gone (schema, name)"
    " JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = gone.schema"
    " JOIN pg_catalog.pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = gone.name"
    " JOIN pg_catalog.pg_index AS index ON index.indexrelid = class.oid WHERE index.indisvalid"
)
_Leaves = Mapping[IndexDef, tuple[TableName, ...]]


@dataclass(frozen=True)
class _Made:
    """A candidate's indexes: one for each partition that holds rows."""

    oids: tuple[int, ...]
    size_bytes: int
    assumptions: tuple[str, ...]


class LabIndexes:
    """The candidates of one lab. ``admin`` is its superuser's session; ``names`` tells what an index's name in a plan stands for."""

    def __init__(self, admin: Session, relations: Relations, catalog: Catalog, sizes: Sizes, stand_ins: frozenset[str]) -> None:
        self._admin = admin
        self._relations = relations
        self._catalog = catalog
        self._sizes = sizes
        self._stand_ins = stand_ins
        self._taken = {index.name for index in catalog.indexes}
        self._made: dict[IndexDef, _Made] = {}
        self._valid: frozenset[IndexDef] | None = frozenset()
        self._number = 0
        self.names: dict[str, IndexDef] = {}

    def add(self, indexes: Iterable[IndexDef]) -> Mapping[IndexDef, str]:
        """Make indexes, not yet visible to the planner; return those that cannot be made, each with the reason."""
        wanted = [index for index in dict.fromkeys(indexes) if index not in self._made]
        refused: dict[IndexDef, str] = {}
        with ThreadPoolExecutor(1, thread_name_prefix="sizes") as sizing:
            try:
                for start in range(0, len(wanted), _CHUNK):
                    self._add(wanted[start : start + _CHUNK], refused, sizing)
            finally:
                sizing.shutdown(wait=False, cancel_futures=True)
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

    @contextmanager
    def without(self, names: Collection[TableName]) -> Iterator[None]:
        """Hide indexes of the snapshot from the planner for the length of a block; names that are no index here are passed over."""
        there = sorted(names)
        valid = [row[0] for row in self._admin.rows(_EXISTING, [[name.schema for name in there], [name.name for name in there]])]
        try:
            # within: Ctrl-C can come while the server hides them
            self._admin.rows(_HIDE, [valid])
            yield
        finally:
            self._admin.rows(_SHOW, [valid])

    def size_bytes(self, index: IndexDef) -> int | None:
        """Return the estimated size of an index that was made, None for any other."""
        made = self._made.get(index)
        return made.size_bytes if made else None

    def assumptions(self, index: IndexDef) -> tuple[str, ...]:
        """Return what was assumed about the size and the statistics of an index, sentences without a full stop."""
        made = self._made.get(index)
        return made.assumptions if made else ()

    def _add(self, indexes: Sequence[IndexDef], refused: dict[IndexDef, str], sizing: ThreadPoolExecutor) -> None:
        leaves: dict[IndexDef, tuple[TableName, ...]] = {}
        for index in indexes:
            reason, leaves[index] = self._impossible(index), self._catalog.leaves(index.table)
            if reason is not None:
                refused[index] = reason
        possible = [index for index in indexes if index not in refused]
        with self._admin.transaction(keep=True):
            with self._relations.emptied({leaf for index in possible for leaf in leaves[index]}):
                made = self._create(possible, leaves, refused, sizing)
            self._furnish([(index, made[index]) for index in possible if index in made], leaves)

    def _create(
        self, indexes: Sequence[IndexDef], leaves: _Leaves, refused: dict[IndexDef, str], sizing: ThreadPoolExecutor
    ) -> dict[IndexDef, tuple[str, ...]]:
        """Create the indexes, many in one round trip; only where one is refused are they sent singly. Return the names of each."""
        made: dict[IndexDef, tuple[str, ...]] = {}
        for start in range(0, len(indexes), _BATCH):
            part = indexes[start : start + _BATCH]
            try:
                with self._admin.transaction(keep=True):
                    made.update(self._create_all(part, leaves))
                # what fails there fails again, and is told, where the size is asked for
                sizing.submit(self._work_out, part, leaves)
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

    def _create_all(self, indexes: Sequence[IndexDef], leaves: _Leaves) -> dict[IndexDef, tuple[str, ...]]:
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

    def _furnish(self, made: Sequence[tuple[IndexDef, tuple[str, ...]]], leaves: _Leaves) -> None:
        """Give new indexes their size, height and statistics, and hide them; then they are known."""
        sizes: dict[str, tuple[IndexDef, IndexSize]] = {}
        for index, names in made:
            for leaf, name in zip(leaves[index], names, strict=True):
                on_leaf = replace(index, table=leaf)
                sizes[name] = (on_leaf, self._sizes.of(on_leaf))
        sizes = self._relations.resized(sizes)
        oids, assumed = self._relations.shape(sizes)
        self._admin.rows(_HIDE, [sorted(oids.values())])
        for index, names in made:
            said = dict.fromkeys(text for name in names for text in (*sizes[name][1].assumptions, *assumed.get(name, ())))
            size_bytes = sum(sizes[name][1].size_bytes for name in names)
            self._made[index] = _Made(tuple(oids[name] for name in names), size_bytes, tuple(said))
            self.names.update(dict.fromkeys(names, index))

    def _work_out(self, indexes: Sequence[IndexDef], leaves: _Leaves) -> None:
        for index in indexes:
            for leaf in leaves[index]:
                self._sizes.of(replace(index, table=leaf))

    def _free_name(self) -> str:
        while True:
            self._number += 1
            name = f"indexadvisor_lab_{self._number}"
            if name not in self._taken:
                return name

    def _impossible(self, index: IndexDef) -> str | None:
        """Return why an index need not even be tried, or None."""
        table = self._catalog.table(index.table)
        if table is None or not self._relations.holds(self._catalog.leaves(index.table)):
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
