"""Size of an index that does not exist, from statistics alone: what a fresh CREATE INDEX would make.

One file per access method says how its pages fill; here the rows that a partial predicate keeps, the partitions and the assumptions
come together. ``benchmarks/lab/sizes.py`` compares it with real builds. What statistics cannot say is assumed on the large side or at the
planner's own default, and each such assumption is a sentence in the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from indexadvisor.catalog.model import Catalog, ColumnStatistics, IndexDef, Table
from indexadvisor.catalog.snapshot_extended import ExtendedStatistics
from indexadvisor.lab.size_brin import brin_pages
from indexadvisor.lab.size_btree import COMPRESSED_FROM, btree_tree, merges_equal_keys
from indexadvisor.lab.size_gin import GinSize, gin_size
from indexadvisor.lab.size_gist import gist_pages, spgist_pages
from indexadvisor.lab.size_groups import Bound, Pattern, bounds_of, null_patterns
from indexadvisor.lab.size_hash import hash_pages
from indexadvisor.lab.size_keys import KeyShape, included_shapes, key_shapes, with_statistics, without_nulls
from indexadvisor.lab.size_rows import Condition, Kept, conditions, total_share

BLOCK_BYTES = 8192
_INDEPENDENT = "size: the key columns were taken as independent; where one follows from another, the index is smaller"


@dataclass(frozen=True)
class IndexSize:
    """Estimated size: ``pages`` of 8 kB; ``tuples`` as pg_class.reltuples would say; ``height`` of a B-tree (0: the root is a leaf).

    ``height`` is None for the other methods and for a partitioned table, where pages and tuples are sums over the partitions. ``gin`` is
    what the meta page of a GIN index would say (the planner reads it); its tuples are pairs of key and row, as its reltuples are.
    """

    pages: int
    tuples: float
    height: int | None = None
    assumptions: tuple[str, ...] = ()
    gin: GinSize | None = None

    @property
    def size_bytes(self) -> int:
        """Pages in bytes."""
        return self.pages * BLOCK_BYTES


def index_size(
    definition: IndexDef, table: Table, catalog: Catalog, *,
    key_statistics: Sequence[ColumnStatistics | None] = (), extended: Iterable[ExtendedStatistics] = (),
) -> IndexSize:  # fmt: skip
    """Return the size the index would have on ``table``, which may be partitioned: then over all its leaf partitions.

    ``key_statistics``, where given, has one entry per key, in place of the figures derived here for an expression; None keeps these.
    ``extended`` are the database's extended statistics, as a snapshot holds them.
    """
    if table.kind == "f":
        return IndexSize(0, 0.0, None, (f"{table.name} is a foreign table, which has no indexes",))
    if table.kind != "p":
        return _of_one_table(definition, table, catalog, key_statistics, bounds_of(table, catalog, extended))
    extended = tuple(extended)
    parts = [
        index_size(replace(definition, table=part.name), part, catalog, key_statistics=key_statistics, extended=extended)
        for part in catalog.partitions_of(table.name)
    ]
    said = tuple(dict.fromkeys(text for part in parts for text in part.assumptions))
    return IndexSize(sum(part.pages for part in parts), sum(part.tuples for part in parts), None, said)


def _of_one_table(
    definition: IndexDef, table: Table, catalog: Catalog, known: Sequence[ColumnStatistics | None], bounds: Sequence[Bound]
) -> IndexSize:
    rows = table.rows or 0.0
    said: tuple[str, ...] = (f"{table.name} was never analyzed: taken as empty",) if table.rows is None else ()
    keys, included = with_statistics(key_shapes(definition, table, catalog), known), included_shapes(definition, table)
    kept = conditions(definition.predicate, table)
    if any(condition.share is None for condition in kept):
        said += (f"the share of rows that ({definition.predicate}) keeps is not in the statistics: an upper bound was taken",)
    said += tuple(text for shape in (*keys, *included) for text in shape.assumptions)
    if definition.method == "btree" and any(shape.mean_width() > COMPRESSED_FROM for shape in (*keys, *included)):
        said += ("wide values are taken as the table stores them: an index may compress them, and cannot hold more than 2,704 bytes",)
    about = _about_keys(keys, kept)
    tuples = rows * total_share(kept)
    size = IndexSize(1, tuples, None, tuple(dict.fromkeys(said)))
    others = total_share(condition for condition in kept if condition not in about.values())
    match definition.method:
        case "btree":
            distinct = definition.unique or _holds_a_unique_key(definition, catalog)
            patterns = null_patterns(keys, rows, about, others, bounds)
            if distinct:
                patterns = tuple(Pattern(each.null, ((1.0, _rows_of(each)),)) for each in patterns)
            keys = tuple(without_nulls(shape) if _excludes_nulls(about.get(shape.column or "")) else shape for shape in keys)
            merges = not definition.unique and merges_equal_keys(keys, included, catalog.server.major)
            tree = btree_tree(keys, included, patterns, merges=merges)
            names = {shape.column for shape in keys}
            if merges and not distinct and len(keys) > 1 and not any(bound.columns <= names for bound in bounds):
                size = replace(size, assumptions=(*size.assumptions, _INDEPENDENT))
            return replace(size, pages=tree.pages, height=tree.height)
        case "hash":
            # hash indexes do not store NULL
            filled = [each for each in null_patterns(keys, rows, about, others, bounds) if not each.null]
            groups = tuple(group for each in filled for group in each.groups)
            return replace(size, pages=hash_pages(groups, rows), tuples=sum(_rows_of(each) for each in filled))
        case "brin":
            return replace(size, pages=brin_pages(keys, table.pages))
        case "gin":
            entries = gin_size(keys, tuples, table)
            return replace(size, pages=entries.pages, tuples=entries.pairs, gin=entries, assumptions=size.assumptions + entries.assumptions)
        case "gist":
            return replace(size, pages=gist_pages(keys, tuples, catalog.server.major))
        case "spgist":
            return replace(size, pages=spgist_pages(keys, tuples))
        case method:
            found = btree_tree(keys, included, (Pattern(frozenset(), ((1.0, tuples),)),), merges=False)
            note = f"no size model for {method}: taken as wide as a B-tree without shared keys"
            return replace(size, pages=found.pages, assumptions=(*size.assumptions, note))


def _rows_of(pattern: Pattern) -> float:
    return sum(size * count for size, count in pattern.groups)


def _about_keys(keys: Sequence[KeyShape], kept: Sequence[Condition]) -> Mapping[str, Condition]:
    """Return the first condition on each key column that the statistics can judge."""
    names = {shape.column for shape in keys}
    found: dict[str, Condition] = {}
    for condition in kept:
        if condition.column in names and condition.column is not None and condition.share is not None:
            found.setdefault(condition.column, condition)
    return found


def _excludes_nulls(condition: Condition | None) -> bool:
    return condition is not None and condition.kept in (Kept.VALUES, Kept.ONE, Kept.SOME)


def _holds_a_unique_key(definition: IndexDef, catalog: Catalog) -> bool:
    """Return whether the keys hold all columns of a unique index, so that no two rows are equal."""
    columns = set(definition.columns)
    for index in catalog.indexes_of(definition.table):
        other = index.definition
        plain = other.predicate is None and len(other.columns) == len(other.keys)
        if other.unique and index.valid and plain and set(other.columns) <= columns:
            return True
    return False
