"""The lines below a node in TEXT (``Sort Method: quicksort  Memory: 25kB``) into the properties that JSON prints for them.

Source: the show_* functions of src/backend/commands/explain.c, versions 9.6 to 18. A line of several figures becomes several properties.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from indexadvisor.explain.properties import LISTS, TEXTS, number, typed

_BREAKS = re.compile(r"[(\[{})\]'\",]")
_BLOCKS = {"shared": "Shared", "local": "Local", "temp": "Temp"}
_COUNTS = re.compile(r"(\w+)=([0-9]+)")
_COUNTED = ("hit", "read", "dirtied", "written")
_COUNTER_NAMES = {kind: {count: f"{name} {count.capitalize()} Blocks" for count in _COUNTED} for kind, name in _BLOCKS.items()}
_TIMES = re.compile(r"(?:(shared(?:/local)?|local|temp) )?(read|write)=([\d.]+)")
_SORT = re.compile(r"(.+?) (Memory|Disk): (\d+)kB$")
_HASH = re.compile(r"(\d+)(?: \(originally (\d+)\))? Batches: (\d+)(?: \(originally (\d+)\))? Memory Usage: (\d+)kB$")
_HASHED = re.compile(r"(?:Planned Partitions: (\d+))?(?: ?Batches: (\d+) Memory Usage: (\d+)kB(?: Disk Usage: (\d+)kB)?)?$")
_MEMOIZE = re.compile(r"(\d+) Misses: (\d+) Evictions: (\d+) Overflows: (\d+) Memory Usage: (\d+)kB$")
_STORAGE = re.compile(r"(\w+) Maximum Storage: (\d+)kB$")
_GROUPS = re.compile(r"(\d+) Sort Methods?: (.+?)((?: Average (?:Memory|Disk): \d+kB Peak (?:Memory|Disk): \d+kB)*)$")
_SPACE = re.compile(r"Average (Memory|Disk): (\d+)kB Peak \w+: (\d+)kB")
_SAMPLING = re.compile(r"(\w+) \((.*?)\)(?: REPEATABLE \((.*)\))?$")
_UNIT = re.compile(r"(-?[\d.]+) ?(?:ms|kB)$")
_MAX_FIGURES = 2000
"""Characters: a line of figures is never longer, and what is made to look like one must not keep the patterns busy."""
_Fields = dict[str, Any]


def is_name(text: str) -> bool:
    """Return whether what stands before a colon may be a property's name."""
    return len(text) <= 60 and text[:1].isalpha() and "(" not in text


def listed(value: str) -> list[str]:
    """Split a comma-separated list of expressions at its top level.

    >>> listed("a, f(b, c) DESC, 'x, y'::text, t.\\"q, r\\"")
    ['a', 'f(b, c) DESC', "'x, y'::text", 't."q, r"']
    """
    if "'" not in value and '"' not in value:
        return value.split(", ") if "(" not in value and "[" not in value and "{" not in value else _listed_unquoted(value)
    parts, depth, quote, start = [], 0, "", 0
    for match in _BREAKS.finditer(value):
        sign = match.group()
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth <= 0 and value.startswith(", ", match.start()):
            parts.append(value[start : match.start()])
            start = match.start() + 2
    parts.append(value[start:])
    return parts


def _listed_unquoted(value: str) -> list[str]:
    """Split a list without strings and quoted names: brackets alone hold its parts together."""
    parts: list[str] = []
    held: list[str] = []
    depth = 0
    for piece in value.split(", "):
        if "(" in piece or ")" in piece or "[" in piece or "]" in piece or "{" in piece or "}" in piece:
            depth += piece.count("(") + piece.count("[") + piece.count("{") - piece.count(")") - piece.count("]") - piece.count("}")
        if depth > 0:
            held.append(piece)
        else:
            parts.append(", ".join((*held, piece)) if held else piece)
            held = []
    return [*parts, ", ".join(held)] if held else parts


def counters(fields: _Fields, value: str) -> bool:
    """Read ``shared hit=1 read=2, temp written=3``."""
    for group in value.split(","):
        kind, _, counts = group.strip().partition(" ")
        found = _COUNTS.findall(counts)
        if kind not in _BLOCKS or not found:
            return False
        names = _COUNTER_NAMES[kind]
        for name, count in found:
            fields[names.get(name) or f"{_BLOCKS[kind]} {name.capitalize()} Blocks"] = number(count)
    return True


def io_timings(fields: _Fields, value: str) -> bool:
    """Read ``read=1.0 write=2.0`` (to 14), ``shared/local read=1.0, temp write=2.0`` (15, 16), ``shared read=.., local ..`` (17)."""
    kind = ""
    found = _TIMES.findall(value)
    for group, way, time in found:
        kind = group.partition("/")[0] or kind
        fields[f"{_BLOCKS.get(kind, 'Shared')} I/O {way.capitalize()} Time"] = number(time)
    return bool(found)


def wal(fields: _Fields, value: str) -> bool:
    """Read ``records=1 fpi=2 bytes=3 buffers full=4``."""
    found = _COUNTS.findall(value.replace("buffers full", "full"))
    names = {"records": "WAL Records", "fpi": "WAL FPI", "bytes": "WAL Bytes", "full": "WAL Buffers Full"}
    for name, count in found:
        fields[names.get(name, f"WAL {name}")] = number(count)
    return bool(found)


def _sort_method(fields: _Fields, value: str) -> bool:
    match = _SORT.match(value)
    if match is None:
        return False
    fields["Sort Method"], fields["Sort Space Used"], fields["Sort Space Type"] = match[1], number(match[3]), match[2]
    return True


def _buckets(fields: _Fields, value: str) -> bool:
    match = _HASH.match(value)
    if match is None:
        return False
    buckets, first_buckets, batches, first_batches, memory = (None if each is None else number(each) for each in match.groups())
    fields["Hash Buckets"], fields["Original Hash Buckets"] = buckets, buckets if first_buckets is None else first_buckets
    fields["Hash Batches"], fields["Original Hash Batches"] = batches, batches if first_batches is None else first_batches
    fields["Peak Memory Usage"] = memory
    return True


def _hashed(fields: _Fields, value: str) -> bool:
    match = _HASHED.match(value)
    if match is None or not match.group():
        return False
    planned, batches, memory, disk = match.groups()
    if planned is not None:
        fields["Planned Partitions"] = number(planned)
    if batches is not None:
        fields["HashAgg Batches"], fields["Peak Memory Usage"] = number(batches), number(memory)
        fields["Disk Usage"] = 0 if disk is None else number(disk)
    return True


def _memoize(fields: _Fields, value: str) -> bool:
    match = _MEMOIZE.match(value)
    if match is not None:
        names = ("Cache Hits", "Cache Misses", "Cache Evictions", "Cache Overflows", "Peak Memory Usage")
        fields.update(zip(names, map(number, match.groups()), strict=True))
    return match is not None


def _storage(fields: _Fields, value: str) -> bool:
    match = _STORAGE.match(value)
    if match is not None:
        fields["Storage"], fields["Maximum Storage"] = match[1], number(match[2])
    return match is not None


def _heap_blocks(fields: _Fields, value: str) -> bool:
    found = dict(_COUNTS.findall(value))
    fields["Exact Heap Blocks"], fields["Lossy Heap Blocks"] = number(found.get("exact", "0")), number(found.get("lossy", "0"))
    return bool(found)


def _tuples(fields: _Fields, value: str) -> bool:
    found = _COUNTS.findall(value)
    for name, count in found:
        fields[f"Tuples {name.capitalize()}"] = number(count)
    return bool(found)


def _groups(name: str) -> Callable[[_Fields, str], bool]:
    def read(fields: _Fields, value: str) -> bool:
        match = _GROUPS.match(value)
        if match is None:
            return False
        group: _Fields = {"Group Count": number(match[1]), "Sort Methods Used": match[2].split(", ")}
        for kind, average, peak in _SPACE.findall(match[3]):
            group[f"Sort Space {kind}"] = {"Average Sort Space Used": number(average), "Peak Sort Space Used": number(peak)}
        fields[name] = group
        return True

    return read


def _sampling(fields: _Fields, value: str) -> bool:
    match = _SAMPLING.match(value)
    if match is None:
        return False
    fields["Sampling Method"], fields["Sampling Parameters"] = match[1], listed(match[2])
    if match[3] is not None:
        fields["Repeatable Seed"] = match[3]
    return True


_COMPOSED: dict[str, Callable[[_Fields, str], bool]] = {
    "Buffers": counters, "I/O Timings": io_timings, "WAL": wal, "Sort Method": _sort_method, "Buckets": _buckets, "Hits": _memoize,
    "Storage": _storage, "Heap Blocks": _heap_blocks, "Tuples": _tuples, "Full-sort Groups": _groups("Full-sort Groups"),
    "Pre-sorted Groups": _groups("Pre-sorted Groups"), "Sampling": _sampling,
    "Batches": lambda fields, value: _hashed(fields, f"Batches: {value}"),
    "Planned Partitions": lambda fields, value: _hashed(fields, f"Planned Partitions: {value}"),
}  # fmt: skip
PLAIN_TEXTS = TEXTS - _COMPOSED.keys() - LISTS
"""Names whose value stands as it is printed."""
PROPERTIES = LISTS | TEXTS | _COMPOSED.keys() | {
    "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck", "Heap Fetches", "Index Searches",
    "Workers Planned", "Workers Launched", "Sort Methods", "Inner Unique", "Single Copy", "Disabled",
}  # fmt: skip
"""Names that are properties of a node wherever they stand below one: no line of the statement's and no heading is called so."""


def read_property(fields: _Fields, name: str, value: str) -> bool:
    """Put one line's properties into ``fields``; returns False where the value is not what the name promises.

    >>> fields = {}
    >>> read_property(fields, "Sort Method", "external merge  Disk: 2048kB"), fields
    (True, {'Sort Method': 'external merge', 'Sort Space Used': 2048, 'Sort Space Type': 'Disk'})
    """
    if name in LISTS:
        fields[name] = listed(value)
        return True
    if name in PLAIN_TEXTS:
        fields[name] = value
        return True
    composed = _COMPOSED.get(name)
    if composed is not None:
        return len(value) <= _MAX_FIGURES and composed(fields, " ".join(value.split()))
    figure = _UNIT.match(value) if value[-2:] in ("ms", "kB") else None
    fields[name] = typed(name, value) if figure is None else number(figure[1])
    return True
