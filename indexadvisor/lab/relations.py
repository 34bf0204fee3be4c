"""Gives the lab's empty tables and indexes the sizes, heights and figures they would have with the rows in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from indexadvisor.catalog.compare import same_expression
from indexadvisor.catalog.model import Catalog, Index, IndexDef, Table, TableName
from indexadvisor.db.connection import Session
from indexadvisor.errors import LabError, StatementFailed
from indexadvisor.lab import pages
from indexadvisor.lab.expressions import Derived, derive
from indexadvisor.lab.files import RelationFiles
from indexadvisor.lab.size_keys import key_shapes
from indexadvisor.lab.sizes import IndexSize, index_size

_PLANNED_BY_PAGES = frozenset({"btree", "hash", "gist", "gin", "spgist", "brin", "bloom"})
"""Methods of which the planner reads nothing but the pages made here and the length of the file; others keep what their build wrote."""
_BRIN_PAGES_PER_RANGE = 128
_RELATIONS = """
SELECT n.nspname, c.relname, c.oid, c.relfilenode, c.relkind
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'p', 'i') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
_MADE = "SELECT c.relname, c.oid, c.relfilenode FROM pg_catalog.pg_class AS c WHERE c.relname = ANY (%s) AND c.relkind = 'i'"
_PLACE = "SELECT pg_catalog.pg_relation_filepath('pg_catalog.pg_class'), setting FROM pg_catalog.pg_settings WHERE name = 'segment_size'"
_BLOCK_SIZE = "SELECT pg_catalog.current_setting('block_size')"
_FIGURES = """
UPDATE pg_catalog.pg_class AS c
SET relfilenode = f.file, relpages = f.pages, reltuples = f.rows, relallvisible = f.visible, relispopulated = true
FROM ROWS FROM (pg_catalog.unnest(%s::oid[]), pg_catalog.unnest(%s::oid[]), pg_catalog.unnest(%s::int4[]), pg_catalog.unnest(%s::float4[]),
                pg_catalog.unnest(%s::int4[])) AS f (oid, file, pages, rows, visible)
WHERE c.oid = f.oid
"""
_FILE = """
UPDATE pg_catalog.pg_class AS c SET relfilenode = f.file
FROM ROWS FROM (pg_catalog.unnest(%s::oid[]), pg_catalog.unnest(%s::oid[])) AS f (oid, file) WHERE c.oid = f.oid
"""
_KEY_NAMES = """
SELECT c.relname, a.attnum, a.attname FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
WHERE a.attrelid = ANY (%s::oid[]) AND a.attnum > 0
"""
_STATISTICS = """
SELECT pg_catalog.pg_restore_attribute_stats('schemaname', %s::text, 'relname', %s::text, 'attname', %s::text, 'inherited', false,
  'null_frac', %s::float4, 'avg_width', %s::int4, 'n_distinct', %s::float4, 'most_common_vals', %s::text[]::text,
  'most_common_freqs', %s::float4[], 'histogram_bounds', %s::text[]::text, 'correlation', %s::float4,
  'most_common_elems', %s::text[]::text, 'most_common_elem_freqs', %s::float4[], 'elem_count_histogram', %s::float4[])
"""
_GUESSED = "no statistics on the expression {}: the planner falls back on its defaults"
_DERIVED = "the statistics of {} are derived from sampled values of its column"
_DERIVED_OF_SEVERAL = "the statistics of {} are derived from sampled values of its columns, taken as independent"


class Relations:
    """Sizes and figures of one lab. ``admin`` is its superuser's session, ``planner`` the one without rights."""

    def __init__(self, admin: Session, planner: Session, data: Path, catalog: Catalog) -> None:
        self._admin = admin
        self._planner = planner
        self._catalog = catalog
        if admin.rows(_BLOCK_SIZE) != [("8192",)]:
            raise LabError("the lab's PostgreSQL was built with pages of other than 8 kB", hint="name another one with --pg-bindir")
        path, segment_pages = admin.rows(_PLACE)[0]
        self._files = RelationFiles((data / path).parent, int(segment_pages))
        self._oids: dict[TableName, int] = {}
        self._empty: dict[TableName, int] = {}
        self._long: dict[TableName, int] = {}
        self._derived: dict[tuple[TableName, str], Derived | None] = {}

    def holds(self, tables: Iterable[TableName]) -> bool:
        """Return whether all of these tables were loaded."""
        return all(name in self._oids for name in tables)

    def furnish(self) -> None:
        """Give every loaded table and existing index its length and figures."""
        indexes: dict[TableName, tuple[int, int]] = {}
        for schema, name, oid, file, kind in self._admin.rows(_RELATIONS):
            full = TableName(schema, name)
            if kind == "i":
                indexes[full] = (int(oid), int(file))
            elif kind != "p":
                self._oids[full], self._empty[full] = int(oid), int(file)
        rows = []
        for table in self._catalog.tables:
            if table.name in self._oids:
                length = _length(table)
                self._long[table.name] = self._files.make(length)
                figures = (table.pages, -1.0 if table.rows is None else table.rows, table.all_visible_pages)
                rows.append((self._oids[table.name], self._long[table.name], *figures))
        for index in self._catalog.indexes:
            found = indexes.get(TableName(index.schema, index.name))
            if found is not None and index.size_bytes is not None:
                rows.append((found[0], *self._existing(index, found[1])))
        with self._admin.transaction(keep=True):
            self._admin.rows(_FIGURES, _columns(rows, 5))

    @contextmanager
    def emptied(self, tables: Iterable[TableName]) -> Iterator[None]:
        """Put the empty files of tables back for the length of a block that builds indexes, inside one transaction."""
        names = sorted(tables)
        oids = [self._oids[name] for name in names]
        self._admin.rows(_FILE, [oids, [self._empty[name] for name in names]])
        yield
        self._admin.rows(_FILE, [oids, [self._long[name] for name in names]])

    def resized(self, sizes: Mapping[str, tuple[IndexDef, IndexSize]]) -> dict[str, tuple[IndexDef, IndexSize]]:
        """Return new indexes with their sizes, those with expressions sized anew by what the server computes of sampled values."""
        found = dict(sizes)
        for name, (index, _) in sizes.items():
            if any(key.expression is not None for key in index.keys):
                known = [self._statistics(index.table, key.expression)[0] if key.expression is not None else None for key in index.keys]
                given = [None if each is None else each.stored for each in known]
                found[name] = (index, index_size(index, self._catalog.by_name[index.table], self._catalog, key_statistics=given))
        return found

    def shape(self, sizes: Mapping[str, tuple[IndexDef, IndexSize]]) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
        """Give new indexes, by name, their sizes and statistics; return their oids, and what was assumed for each."""
        made = {name: (int(oid), int(file)) for name, oid, file in self._admin.rows(_MADE, [list(sizes)])}
        rows = []
        for name, (index, size) in sizes.items():
            oid, file = made[name]
            head = self._head(index, size.pages, size, ())
            rows.append((oid, self._file(index.method, size.pages, head, file), size.pages, size.tuples, 0))
        self._admin.rows(_FIGURES, _columns(rows, 5))
        oids = {name: oid for name, (oid, _) in made.items()}
        return oids, self._expressions({name: index for name, (index, _) in sizes.items()}, oids)

    def _existing(self, index: Index, file: int) -> tuple[int, int, float, int]:
        """Return file, pages, rows and all-visible pages of an index of the snapshot."""
        length = (index.size_bytes or 0) // pages.PAGE_BYTES
        definition = index.definition
        size = index_size(definition, self._catalog.by_name[definition.table], self._catalog)
        if definition.method == "btree":
            widths = [shape.mean_width() for shape in key_shapes(definition, self._catalog.by_name[definition.table], self._catalog)]
            # an inner entry: item pointer, tuple header, key (src/include/access/itup.h)
            size = replace(size, height=pages.btree_height(length, 4 + _aligned(8 + sum(widths))))
        head = self._head(definition, length, size, index.options)
        return self._file(definition.method, length, head, file), length, -1.0 if index.rows is None else index.rows, 0

    def _head(self, index: IndexDef, length: int, size: IndexSize, options: Sequence[str]) -> bytes:
        """Return the first pages of an index of ``length`` pages; ``size`` is what the model says of it, other pages perhaps."""
        if index.method == "btree":
            return pages.btree(size.height or 0)
        if index.method == "brin":
            given = dict(option.split("=", 1) for option in options if "=" in option)
            heap = self._catalog.by_name[index.table].pages
            return pages.brin(int(given.get("pages_per_range", _BRIN_PAGES_PER_RANGE)), heap)
        if index.method == "gin" and size.gin is not None:
            entry_pages = round(size.gin.entry_pages * (length - 1) / max(1, size.pages - 1))
            return pages.gin(length, max(1, entry_pages), max(1, round(size.gin.entries)))
        return pages.spgist() if index.method == "spgist" else b""

    def _file(self, method: str, length: int, head: bytes, file: int) -> int:
        """Return the number of the file an index shall have from now on."""
        if method in _PLANNED_BY_PAGES:
            return self._files.make(length, head)
        self._files.lengthen(file, length)
        return file

    def _expressions(self, indexes: Mapping[str, IndexDef], oids: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
        """Give the expressions of new indexes statistics; return what was assumed, by index name."""
        wanted = {name: index for name, index in indexes.items() if any(key.expression is not None for key in index.keys)}
        if not wanted:
            return {}
        names = {(index, number): key for index, number, key in self._admin.rows(_KEY_NAMES, [[oids[name] for name in wanted]])}
        said: dict[str, tuple[str, ...]] = {}
        for name, index in wanted.items():
            for number, key in enumerate(index.keys, start=1):
                if key.expression is None:
                    continue
                known, measured = self._statistics(index.table, key.expression)
                given = known is not None and self._give(_arguments(index.table.schema, name, names[name, number], known))
                if not (measured and given):
                    derived = _DERIVED if known is None or known.columns == 1 else _DERIVED_OF_SEVERAL
                    said[name] = (*said.get(name, ()), (derived if given else _GUESSED).format(key.expression))
        return said

    def _give(self, arguments: list[object]) -> bool:
        """Give an index key statistics; return whether the server took them."""
        try:
            with self._admin.transaction(keep=True):
                return bool(self._admin.rows(_STATISTICS, arguments)[0][0])
        except StatementFailed as error:
            if error.sqlstate is None:
                raise
            return False

    def _statistics(self, table: TableName, expression: str) -> tuple[Derived | None, bool]:
        """Return the statistics of an expression, and whether they were measured there: on an index or statistics object that exists."""
        for index in self._catalog.indexes_of(table):
            for key, known in zip(index.definition.keys, index.key_statistics, strict=False):
                if known is not None and index.definition.predicate is None and same_expression(key.expression, expression):
                    return Derived(known, known), True
        if (table, expression) not in self._derived:
            self._derived[table, expression] = derive(self._planner, self._catalog.by_name[table], expression)
        return self._derived[table, expression], False


def _length(table: Table) -> int:
    """Return the pages of a table's main file; one never analyzed is as long as its size says, which counts TOAST too."""
    if table.rows is None and not table.pages and table.size_bytes:
        return table.size_bytes // pages.PAGE_BYTES
    return table.pages


def _aligned(width: float) -> int:
    return -(-int(width + 0.5) // 8) * 8


def _columns(rows: Sequence[Sequence[float]], width: int) -> list[list[float]]:
    """Return rows as one list for each column, as unnest() takes them."""
    return [[row[place] for row in rows] for place in range(width)]


def _arguments(schema: str, index: str, key: str, given: Derived) -> list[object]:
    known = given.statistics
    return [
        schema, index, key, known.null_fraction, known.average_width_bytes, known.n_distinct,
        list(known.common_values) or None, list(known.common_frequencies) if known.common_values else None,
        list(known.histogram_bounds) or None, known.correlation, *_element_arguments(given),
    ]  # fmt: skip


def _element_arguments(given: Derived) -> list[object]:
    """Return common elements, their shares with the numbers that follow them, and the counts of elements, as pg_statistic keeps them.

    Behind the shares stand the least and the greatest of them, of an array also the share of rows with a NULL in it; behind the counts
    their mean (src/include/catalog/pg_statistic.h, STATISTIC_KIND_MCELEM and STATISTIC_KIND_DECHIST).
    """
    known = given.statistics
    shares = list(known.element_frequencies)
    if not known.common_elements or not shares:
        return [None, None, None]
    average = known.element_count_average
    more = [min(shares) if given.least_share is None else given.least_share, max(shares)]
    # of a measured expression the mean is known alone, the counts are not
    counts = [*map(float, given.element_counts), average] if average is not None and given.element_counts else None
    return [list(known.common_elements), shares + more + ([] if average is None else [0.0]), counts]
