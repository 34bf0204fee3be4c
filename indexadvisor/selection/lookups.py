"""Look-ups inside a nested loop that the planner prices as if there were more of them.

The rows that an index finds for one outer row lie on pages of which the next look-ups find some in memory. The planner works out how many
pages all look-ups read together and charges each with its part. It takes for their number the rows of the relation that the keys come from,
before the joins that leave fewer of them: each look-up is then one of too many, and too cheap.

Sources: get_loop_count() in src/backend/optimizer/path/indxpath.c; cost_index() and index_pages_fetched() in
src/backend/optimizer/path/costsize.c, after Mackert and Lohman, "Index Scans Using a Finite LRU Buffer: A Validated I/O Model", ACM
Transactions on Database Systems 14, 1989.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from indexadvisor.catalog.model import Catalog, IndexDef, Table
from indexadvisor.explain.conditions import Condition, parse_condition
from indexadvisor.explain.plan import Plan, PlanNode

_SCANS = frozenset({"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Tid Scan", "Sample Scan"})
_UNITS = {"B": 1.0, "kB": 1024.0, "MB": 1024.0**2, "GB": 1024.0**3, "TB": 1024.0**4}
_MULTICOLUMN = 0.75
"""What the planner makes of the first column's correlation where others follow it (btcostestimate() in selfuncs.c)."""


@dataclass(frozen=True)
class LookUps:
    """``number`` look-ups, each priced as one of ``priced_as``; priced as what they are, the plan would cost ``extra`` more."""

    number: float
    priced_as: float
    extra: float


def underpriced(plan: Plan, names: frozenset[str], index: IndexDef, catalog: Catalog) -> LookUps | None:
    """Return the look-ups by an index (under these ``names`` in the plan) that are too cheap by most; None where none is known to be.

    Only what a plan without ANALYZE shows is used: look-ups under Memoize, of partitions, and of keys from a relation whose rows before
    the joins do not show, are passed over. In a parallel plan the rows of a process stand for all, which takes too few for the price.
    """
    table = catalog.table(index.table)
    if table is None or table.kind == "p" or not table.pages or not table.rows:
        return None
    joins = (node for node in plan.walk() if node.node_type == "Nested Loop")
    found = (look for join in joins for look in _of_join(plan, join, names, index, table, catalog))
    return max(found, key=lambda each: each.extra, default=None)


def _of_join(
    plan: Plan, join: PlanNode, names: frozenset[str], index: IndexDef, table: Table, catalog: Catalog
) -> Iterator[LookUps]:
    if len(join.inputs()) != 2:
        return
    outer, inner = join.inputs()
    condition = _key_condition(inner, names)
    if condition is None or not outer.rows or inner.rows is None:
        return
    sources = {column.alias for column in condition.columns if column.alias not in (None, inner.alias)}
    rows = [_rows_before_joins(outer, alias, catalog) for alias in sorted(alias for alias in sources if alias)]
    known = [each for each in rows if each is not None]
    if not known or len(known) < len(rows):
        return
    priced_as = min(known)
    if priced_as <= outer.rows:
        return
    fetched = max(inner.rows, _rows_by_key(condition, index, table))
    cache = _cached_pages(plan, table, catalog)
    price = _bitmap_price if inner.node_type == "Bitmap Heap Scan" else _price
    each = (pages_fetched(fetched * number, table.pages, cache) / number for number in (outer.rows, priced_as))
    right, charged = (price(pages, index, table, catalog) for pages in each)
    extra = outer.rows * (right - charged)
    if extra > 0:
        yield LookUps(outer.rows, priced_as, extra)


def _key_condition(inner: PlanNode, names: frozenset[str]) -> Condition | None:
    """Return by what the inner side looks rows up in the index, where it reads the table for them."""
    if inner.node_type == "Index Scan" and inner.index in names:
        return parse_condition(inner.text("Index Cond") or "")
    if inner.node_type == "Bitmap Heap Scan":
        for child in inner.children:
            if child.node_type == "Bitmap Index Scan" and child.index in names:
                return parse_condition(child.text("Index Cond") or "")
    return None


def _rows_before_joins(outer: PlanNode, alias: str, catalog: Catalog) -> float | None:
    """Return the planner's estimate for a relation by its own conditions alone, None where the plan does not show it."""
    scan = next((node for node in outer.walk() if node.node_type in _SCANS and node.alias == alias), None)
    if scan is None:
        return None
    texts = [node.text("Index Cond") for node in scan.walk()]
    joined = any(column.alias not in (None, alias) for text in texts if text for column in parse_condition(text).columns)
    if not joined:
        return scan.rows
    if scan.text("Filter") is not None:
        return None
    # looked up by another relation and not filtered: all its rows can come
    tables = [table for table in catalog.tables if table.name.name == scan.relation and scan.schema in (None, table.name.schema)]
    return tables[0].rows if len(tables) == 1 else None


def _rows_by_key(condition: Condition, index: IndexDef, table: Table) -> float:
    """Return how many rows one look-up finds in the index where it compares whole columns by equality; 0 where it does more."""
    found = table.rows or 0.0
    for arm in condition.arms:
        own = arm.arguments[0].column if arm.kind == "operator" and arm.name == "=" and arm.quantifier is None else None
        column = table.column(own.name) if own is not None and own.name in index.columns else None
        if column is None or column.statistics is None or column.statistics.n_distinct == 0:
            return 0.0
        found /= max(1.0, column.statistics.distinct_values(table.rows or 0.0))
    return found


def _cached_pages(plan: Plan, table: Table, catalog: Catalog) -> float:
    """Return the table's part of the cache, which the planner divides among all tables of the query by their size (and the index's pages,
    which are left out here).
    """
    cache = _bytes(catalog.settings.get("effective_cache_size", "")) / max(1, catalog.server.block_size_bytes)
    pages = {each.name.name: each.pages for each in catalog.tables}
    read = sum(pages.get(node.relation, 0) for node in plan.walk() if node.relation is not None and node.node_type in _SCANS)
    return math.ceil(cache * table.pages / max(read, table.pages)) or math.inf


def _price(pages: float, index: IndexDef, table: Table, catalog: Catalog) -> float:
    """Return the cost of pages read one by one; where rows lie in the order of the index, they are few and follow each other."""
    return pages * _setting(catalog, "random_page_cost", 4.0) * (1 - _correlation(index, table) ** 2)


def _bitmap_price(pages: float, index: IndexDef, table: Table, catalog: Catalog) -> float:
    """Return the cost of pages read in their order: the more of the table, the nearer to a sequential read (cost_bitmap_heap_scan())."""
    random, sequential = _setting(catalog, "random_page_cost", 4.0), _setting(catalog, "seq_page_cost", 1.0)
    return pages * (random - (random - sequential) * math.sqrt(min(1.0, pages / table.pages)))


def _setting(catalog: Catalog, name: str, default: float) -> float:
    try:
        return float(catalog.settings.get(name, default))
    except ValueError:
        return default


def pages_fetched(rows: float, pages: float, cached_pages: float) -> float:
    """Return how many pages of a table are read to fetch rows from all over it, where so many pages stay cached.

    >>> [round(pages_fetched(rows, 112_560, cached)) for rows, cached in ((1_000, 524_288), (1e9, 524_288), (1e6, 1_000))]
    [996, 112560, 991120]
    """
    at_first = 2 * pages * rows / (2 * pages + rows)
    if pages <= cached_pages:
        return min(at_first, pages)
    limit = 2 * pages * cached_pages / (2 * pages - cached_pages)
    return at_first if rows <= limit else cached_pages + (rows - limit) * (pages - cached_pages) / pages


def _correlation(index: IndexDef, table: Table) -> float:
    first = index.keys[0].column
    column = table.column(first) if first is not None else None
    known = column.statistics.correlation if column is not None and column.statistics is not None else None
    return (known or 0.0) * (_MULTICOLUMN if len(index.keys) > 1 else 1.0)


def _bytes(setting: str) -> float:
    """Return a memory setting as SHOW prints it (``4GB``) in bytes, 0 where it is something else."""
    found = re.fullmatch(r"(\d{1,9})(B|kB|MB|GB|TB)", setting)
    return float(found[1]) * _UNITS[found[2]] if found else 0.0


