"""PostgreSQL's own names of plan properties, as the JSON format spells them, and what kind of value each holds.

Source: src/backend/commands/explain.c of versions 9.6 to 18 (explain_format.c from 18). TEXT and XML do not say whether a value is a
number or a string, so the readers of these formats ask here.
"""

from __future__ import annotations

from types import MappingProxyType

BUFFERS = MappingProxyType({
    "Shared Hit Blocks": "shared_hit", "Shared Read Blocks": "shared_read", "Shared Dirtied Blocks": "shared_dirtied",
    "Shared Written Blocks": "shared_written", "Local Hit Blocks": "local_hit", "Local Read Blocks": "local_read",
    "Local Dirtied Blocks": "local_dirtied", "Local Written Blocks": "local_written", "Temp Read Blocks": "temp_read",
    "Temp Written Blocks": "temp_written",
})  # fmt: skip
"""Counters of block accesses and the field of Buffers each goes to."""

IO_TIMES = MappingProxyType({
    "I/O Read Time": "shared_read_ms", "I/O Write Time": "shared_write_ms", "Shared I/O Read Time": "shared_read_ms",
    "Shared I/O Write Time": "shared_write_ms", "Local I/O Read Time": "local_read_ms", "Local I/O Write Time": "local_write_ms",
    "Temp I/O Read Time": "temp_read_ms", "Temp I/O Write Time": "temp_write_ms",
})  # fmt: skip
"""I/O timings of every version (the first pair is that before 17) and the field of IoTimes each goes to."""

WAL = MappingProxyType({
    "WAL Records": "records", "WAL FPI": "full_page_images", "WAL Bytes": "size_bytes", "WAL Buffers Full": "buffers_full",
})  # fmt: skip
"""Counters of write-ahead log and the field of Wal each goes to."""

ACTUAL = frozenset({"Actual Startup Time", "Actual Total Time", "Actual Rows", "Actual Loops"})
COSTS = frozenset({"Startup Cost", "Total Cost", "Plan Rows", "Plan Width"})

LISTS = frozenset({
    "Output", "Sort Key", "Presorted Key", "Group Key", "Conflict Arbiter Indexes", "Sort Methods Used", "Sampling Parameters",
    "Params Evaluated",
})  # fmt: skip
"""Properties that are lists of strings in JSON and one comma-separated line in TEXT."""

TEXTS = frozenset({
    "Node Type", "Strategy", "Partial Mode", "Operation", "Parent Relationship", "Subplan Name", "Custom Plan Provider", "Scan Direction",
    "Index Name", "Relation Name", "Function Name", "Table Function Name", "CTE Name", "Tuplestore Name", "Schema", "Alias", "Join Type",
    "Command", "Index Cond", "Recheck Cond", "Filter", "Order By", "TID Cond", "Function Call", "Table Function Call", "Join Filter",
    "Merge Cond", "Hash Cond", "One-Time Filter", "Run Condition", "Conflict Filter", "Conflict Resolution", "Cache Key", "Cache Mode",
    "Sampling Method", "Repeatable Seed", "Remote SQL", "Relations", "Foreign File", "Sort Method", "Sort Space Type", "Storage",
    "Window", "Trigger Name", "Constraint Name", "Relation", "Format", "Query Text", "Query Parameters", "Item", "Node", "Query",
    "Vectorized Filter", "Replaces",
})  # fmt: skip
"""Properties whose value is a string even where it looks like a number or a truth value."""

EMPTY_LISTS = frozenset({"Triggers", "Plans", "Workers", "Grouping Sets", "Target Tables", "Group Keys", "Hash Keys"} | LISTS)
"""Properties that are lists in JSON; with nothing in them XML and YAML print no more than the name."""

_DIGITS = frozenset("0123456789.-+eE")


def number(text: str) -> int | float | None:
    """Return what JSON would make of a number, None for anything else.

    >>> number("12"), number("0.50"), number("0x1"), number("nan"), number("1_000")
    (12, 0.5, None, None, None)
    """
    if len(text) < 20 and text.isdigit() and text.isascii():
        return int(text)
    if not text or len(text) > 40 or not _DIGITS.issuperset(text):
        return None
    try:
        return float(text) if "." in text or "e" in text or "E" in text else int(text)
    except ValueError:
        return None


def typed(name: str, text: str) -> str | int | float | bool:
    """Return a property's value with the type that JSON gives it.

    >>> typed("Plan Rows", "5"), typed("Filter", "false"), typed("Parallel Aware", "false"), typed("Alias", "5")
    (5, 'false', False, '5')
    """
    if name in TEXTS:
        return text
    if text in ("true", "false"):
        return text == "true"
    value = number(text)
    return text if value is None else value
