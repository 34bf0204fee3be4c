"""What index entries cost to write and to remove, in the planner's own units, by access method.

    cost = entries * processor + pages touched * (random_page_cost + 2 * seq_page_cost)

A touched page is fetched once, logged whole (the first change of a page after a checkpoint is logged as a full-page image) and written out
once. How many pages N entries touch among P is the planner's own answer for N fetches: index_pages_fetched() in src/backend/optimizer/path/
costsize.c, after Mackert and Lohman, "Index scans using a finite LRU buffer", TODS 14(3), 1989; ``effective_cache_size`` is the buffer.

    B-tree   ceil(log2(rows)) comparisons, 50 operators per page of the descent, one index tuple (src/backend/utils/adt/selfuncs.c,
             btcostestimate). Rows that come in key order fill the last page; equal keys go where the newest of them stands (they are
             ordered by row), so few distinct values keep few pages busy. A page splits each time it is full.
    hash     two pages of processor work (meta page and bucket), always a random bucket.
    GIN      each key of the row is written to the pending list and sorted when the list is merged; equal keys of many rows then share one
             descent. Without a pending list (fastupdate = off) each key descends.
    GiST     on each page above the leaves, the penalty of every entry there (gistchoose() in src/backend/access/gist/gistutil.c).
    SP-GiST  one page per four-way fork of the tree.
    BRIN     two look-ups in pages that every insert shares; nothing else while the range is not summarized.

Removing: VACUUM reads the whole index once per cycle and looks each entry up in its list of dead rows by binary search (vac_tid_reaped() in
src/backend/commands/vacuum.c; a radix tree from 17 on), so a dead entry carries its share of that; a cycle comes after 50 dead rows plus a
fifth of the table (PostgreSQL documentation, "Routine Vacuuming"). ``docs/write-tax.md`` compares all this with measurements.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from indexadvisor.catalog.model import Catalog, IndexDef, Table
from indexadvisor.lexer import names
from indexadvisor.selection.entries import Keys, keys_of

_PAGE = 8192
_USABLE = 8152 * 0.9
_PER_PAGE = 50.0
"""DEFAULT_PAGE_CPU_MULTIPLIER of selfuncs.c."""
_TUPLE_BYTES = 12
"""Line pointer and header of an index tuple."""
_FIXED_KEY_BYTES = {"hash": 4.0, "gin": 8.0}
_SLOW = {"to_tsvector": 100.0}
"""pg_proc.procost of functions that are not 1."""
_VACUUM_BASE, _VACUUM_SHARE = 50.0, 0.2
_RADIX_TREE_FROM = 17
_UNITS = {"kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40, "B": 1, "": _PAGE}


@dataclass(frozen=True)
class Prices:
    """The planner's prices: per operator, per index tuple, per page in sequence and at random; pages of cache."""

    operator: float
    index_tuple: float
    sequential: float
    random: float
    cache_pages: float

    @property
    def touch(self) -> float:
        """A page fetched at random, logged whole and written out."""
        return self.random + 2 * self.sequential


def prices(settings: Mapping[str, str]) -> Prices:
    """Return the prices among a server's settings, PostgreSQL's defaults where they are missing.

    >>> prices({"random_page_cost": "1.1", "effective_cache_size": "1GB"})
    Prices(operator=0.0025, index_tuple=0.005, sequential=1.0, random=1.1, cache_pages=131072.0)
    """
    match = re.fullmatch(r"(\d+)\s*(\w*)", settings.get("effective_cache_size", "4GB"))
    cache = int(match[1]) * _UNITS.get(match[2], _PAGE) / _PAGE if match else 524288.0
    return Prices(
        float(settings.get("cpu_operator_cost", 0.0025)),
        float(settings.get("cpu_index_tuple_cost", 0.005)),
        float(settings.get("seq_page_cost", 1.0)),
        float(settings.get("random_page_cost", 4.0)),
        max(1.0, cache),
    )


@dataclass(frozen=True)
class EntryCost:
    """One index as its writes see it. ``processor``: planner units per row; ``pages``: in the index; ``hot_pages``: among which random
    entries fall; ``in_order``: share of the rows that come in key order; ``touches``: pages a row looks for; ``grown``: new pages per row;
    ``looked_up``: entries per row that VACUUM compares with its list of dead rows, by ``binary_search`` or by radix tree.
    """

    processor: float
    pages: float
    hot_pages: float
    in_order: float
    touches: float
    grown: float
    rows: float
    price: Prices
    looked_up: float = 1.0
    binary_search: bool = True

    def adding(self, entries: float) -> float:
        """Return the cost of writing the entries of this many rows."""
        if entries <= 0:
            return 0.0
        random = pages_fetched((1 - self.in_order) * entries * self.touches, self.hot_pages, self.price.cache_pages)
        # a new page is fetched from nowhere
        grown = entries * self.grown
        return entries * self.processor + random * self.price.touch + grown * 3 * self.price.sequential

    def removing(self, entries: float) -> float:
        """Return the cost of VACUUM taking the entries of this many rows out again."""
        cycle = _VACUUM_BASE + _VACUUM_SHARE * self.rows
        steps = math.ceil(math.log2(cycle)) if self.binary_search else 1
        entry = steps * self.price.operator + self.price.index_tuple
        changed = self.pages * -math.expm1(-cycle * self.touches / self.pages)
        once = (self.pages + 2 * changed) * self.price.sequential + self.rows * self.looked_up * entry
        return entries * once / cycle


def pages_fetched(fetches: float, pages: float, cache_pages: float) -> float:
    """Return how many page reads so many random fetches among ``pages`` take, with a buffer of ``cache_pages``.

    >>> round(pages_fetched(10, 1000, 5000)), round(pages_fetched(1e6, 1000, 5000)), round(pages_fetched(1e6, 1000, 500))
    (10, 1000, 500167)
    """
    if fetches <= 0:
        return 0.0
    spread = 2 * pages * fetches / (2 * pages + fetches)
    if pages <= cache_pages:
        return min(spread, pages)
    limit = 2 * pages * cache_pages / (2 * pages - cache_pages)
    return spread if fetches <= limit else cache_pages + (fetches - limit) * (pages - cache_pages) / pages


def entry_cost(
    index: IndexDef, table: Table, catalog: Catalog, *, kept: float = 1.0, size_bytes: int | None = None, pending: bool = True
) -> EntryCost:
    """Return what writing to an index costs. ``kept``: the share of rows a partial index holds; ``size_bytes``: where it is known;
    ``pending``: whether a GIN index has a pending list.

    >>> from indexadvisor.catalog.model import IndexKey, ServerInfo, TableName
    >>> table = Table(TableName("public", "t"), "r", (), rows=1_000_000)
    >>> one = entry_cost(IndexDef(table.name, (IndexKey("a"),)), table, Catalog(ServerInfo(150000, "15", "d")))
    >>> round(one.processor, 3), round(one.adding(1000) / 1000, 1)
    (0.43, 5.5)
    """
    price = prices(catalog.settings)
    rows = max(2.0, (table.rows or 0.0) * kept)
    each = [keys_of(key, table) for key in index.keys] if index.method == "gin" else [Keys(1.0, 1.0)]
    keys = sum(one.per_row for one in each)
    # keys that descend by themselves
    fresh = sum(one.per_row * one.fresh for one in each) if pending else keys
    width = _TUPLE_BYTES + _FIXED_KEY_BYTES.get(index.method, _key_bytes(index, table))
    known = size_bytes if size_bytes and index.method != "brin" else None
    pages = max(1.0, known / _PAGE if known else rows * keys * width / _USABLE)
    in_order, hot = _order(index, table, rows, pages)
    grown = max(pages / rows, 1e-9) * (2 - in_order if index.method == "btree" else 1.0)
    processor = _processor(index, rows, pages, width, Keys(keys, fresh / keys), price) + _evaluation(index, price)
    if index.method in ("brin", "bloom"):
        # every insert goes to the newest range
        return EntryCost(processor, pages if known else 1.0, 1.0, 1.0, 1.0, 0.0, rows, price, 0.0)
    return EntryCost(processor, pages, hot, in_order, keys, grown, rows, price, keys, catalog.server.major < _RADIX_TREE_FROM)


def _processor(index: IndexDef, rows: float, pages: float, width: float, keys: Keys, price: Prices) -> float:
    """Return the planner units of processor work for one row."""
    page = _PER_PAGE * price.operator
    per_page = max(2.0, _USABLE / width)
    height = math.ceil(math.log(pages, per_page)) if pages > 1 else 0
    compare = math.ceil(math.log2(rows)) * price.operator * len(index.keys)
    match index.method:
        case "hash":
            return 2 * page + price.index_tuple
        case "brin" | "bloom":
            return 2 * page / 10 + price.index_tuple
        case "gin":
            sorting = math.ceil(math.log2(rows)) * price.operator
            return page + keys.per_row * (sorting + 2 * price.index_tuple + keys.fresh * (height + 1) * page)
        case "gist":
            # pages below the root are full, the root holds what is left
            entries = max(0, height - 1) * per_page + pages / per_page ** max(0, height - 1)
            return (height + 1) * page + entries * price.operator * len(index.keys) + price.index_tuple
        case "spgist":
            return (math.ceil(math.log(max(pages, 1.0), 4)) + 1) * page + price.index_tuple
        case _:
            return compare + (height + 1) * page + price.index_tuple


def _evaluation(index: IndexDef, price: Prices) -> float:
    """Return the units of computing the expressions of one row, and of testing the predicate."""
    texts = [key.expression for key in index.keys if key.expression is not None] + ([index.predicate] if index.predicate else [])
    return sum(max([1.0, *(_SLOW[name] for name in names(text) if name in _SLOW)]) for text in texts) * price.operator


def _order(index: IndexDef, table: Table, rows: float, pages: float) -> tuple[float, float]:
    """Return the share of new rows that come in key order, and among how many pages the others fall."""
    distinct = 1.0
    for key in index.keys:
        column = table.column(key.column) if key.column is not None else None
        if column is None or column.statistics is None:
            distinct = rows
            break
        distinct *= max(1.0, column.statistics.distinct_values(rows))
    leading = table.column(index.keys[0].column) if index.keys[0].column is not None else None
    known = leading.statistics if leading is not None else None
    correlation = known.correlation if known is not None and known.correlation is not None else 0.0
    busy = min(pages, max(1.0, distinct)) if index.method in ("btree", "hash") else pages
    # as the planner weighs correlation (cost_index() in costsize.c); a descending column of a growing table is as good
    return (correlation**2 if index.method == "btree" else 0.0), busy


def _key_bytes(index: IndexDef, table: Table) -> float:
    """Return the mean bytes of the keys and payload, 8 for what has no statistics."""
    total = 0.0
    for name in [*(key.column for key in index.keys), *index.include]:
        column = table.column(name) if name is not None else None
        known = column.statistics if column is not None else None
        total += known.average_width_bytes * (1 - known.null_fraction) if known is not None else 8.0
    return math.ceil(total / 8) * 8
