"""What TEXT leaves out because it is zero or false, put where the plan's options say that JSON prints it.

In the formats other than TEXT zero and false are printed, in TEXT they are not (src/backend/commands/explain.c): absent is not
unknown there. Where TEXT does not show whether an option was on (BUFFERS with no block touched), nothing is put.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from indexadvisor.explain.properties import BUFFERS, IO_TIMES, WAL
from indexadvisor.explain.text_property import listed

_Fields = dict[str, Any]
_JOINS = frozenset({"Nested Loop", "Merge Join", "Hash Join"})
_RECHECKED = {"Index Scan": "Index Cond", "Index Only Scan": "Index Cond", "Bitmap Heap Scan": "Recheck Cond"}
_ZERO_BLOCKS = dict.fromkeys(BUFFERS, 0)
_ZERO_WAL = dict.fromkeys(("WAL Records", "WAL FPI", "WAL Bytes"), 0)
_ZERO_TIMES = dict.fromkeys(("Shared I/O Read Time", "Shared I/O Write Time", "Temp I/O Read Time", "Temp I/O Write Time"), 0.0)
_SINCE_18 = frozenset({"Index Searches", "Disabled", "WAL Buffers Full", "Window"})


@dataclass(frozen=True)
class _Options:
    """Which options were on, as far as TEXT shows it."""

    analyzed: bool
    timed: bool
    verbose: bool
    blocks: bool
    io: bool
    wal: bool
    since_13: bool
    since_18: bool
    has_costs: bool


def fill_zeros(document: _Fields) -> None:
    """Add the zeros to every node of a plan in the likeness of JSON."""
    nodes = list(_walk(document["Plan"]))
    options = _options(nodes)
    for node in nodes:
        if "Keys" in node:
            _group_keys(node, node.pop("Keys"))
        _flags(node, options)
        if options.analyzed:
            _measured(node, options)
    planning = document.get("Planning")
    if planning is not None and not BUFFERS.keys().isdisjoint(planning):
        document["Planning"] = {**_ZERO_BLOCKS, **planning}


def _walk(root: _Fields) -> Iterator[_Fields]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.get("Plans", ()))


def _options(nodes: list[_Fields]) -> _Options:
    names = set().union(*nodes)
    for node in nodes:
        for worker in node.get("Workers", ()):
            names.update(worker)
    since_18 = not _SINCE_18.isdisjoint(names) or any(type(node.get("Actual Rows")) is float for node in nodes)
    return _Options(
        analyzed="Actual Loops" in names,
        timed="Actual Total Time" in names,
        verbose="Output" in names,
        blocks=not BUFFERS.keys().isdisjoint(names),
        io=not IO_TIMES.keys().isdisjoint(names),
        wal=not WAL.keys().isdisjoint(names),
        since_13=since_18 or "HashAgg Batches" in names or "Planned Partitions" in names,
        since_18=since_18,
        has_costs="Total Cost" in names,
    )


def _flags(node: _Fields, options: _Options) -> None:
    """Add what is false, or nought, whether or not the plan was run."""
    kind = node["Node Type"]
    if options.since_18:
        node.setdefault("Disabled", False)
    if kind in _JOINS and options.verbose:
        node.setdefault("Inner Unique", False)
    elif kind == "Gather":
        node.setdefault("Single Copy", False)
    elif kind in ("Append", "Merge Append"):
        node.setdefault("Subplans Removed", 0)
    elif kind == "Aggregate" and node.get("Strategy") in ("Hashed", "Mixed") and options.has_costs and options.since_13:
        node.setdefault("Planned Partitions", 0)


def _measured(node: _Fields, options: _Options) -> None:
    """Add what was measured as nought."""
    kind = node["Node Type"]
    if node.pop("Never", False) and options.timed:
        node["Actual Startup Time"] = node["Actual Total Time"] = 0.0
    for condition in ("Filter", "Join Filter", "Conflict Filter"):
        if condition in node:
            node.setdefault(f"Rows Removed by {condition}", 0)
    if kind in _RECHECKED:
        if _RECHECKED[kind] in node:
            node.setdefault("Rows Removed by Index Recheck", 0)
        if kind == "Bitmap Heap Scan":
            node.setdefault("Exact Heap Blocks", 0)
            node.setdefault("Lossy Heap Blocks", 0)
    elif kind == "ModifyTable" and node.get("Operation") == "Merge":
        for name in ("Tuples Inserted", "Tuples Updated", "Tuples Deleted", "Tuples Skipped"):
            node.setdefault(name, 0)
    for used in (node, *node.get("Workers", ())):
        if used is node or "Actual Loops" in used:
            _usage(used, options)


def _usage(used: _Fields, options: _Options) -> None:
    """Add the blocks, times and log of a node or a worker that had none."""
    if options.blocks and "Shared Hit Blocks" not in used:
        used.update({**_ZERO_BLOCKS, **{name: used[name] for name in BUFFERS.keys() & used.keys()}})
    if options.io:
        for name, zero in _ZERO_TIMES.items():
            used.setdefault(name, zero)
    if options.wal:
        for name, zero in _ZERO_WAL.items():
            used.setdefault(name, zero)


def _group_keys(node: _Fields, keys: list[tuple[str, str]]) -> None:
    """Put the keys of an aggregate: one list, or grouping sets where it has several (or hashes some of them)."""
    if len(keys) == 1 and keys[0][0] == "Group Key" and keys[0][1] != "()":
        node["Group Key"] = listed(keys[0][1])
        return
    sets: list[_Fields] = []
    for name, value in keys:
        items = [] if value == "()" else listed(value)
        if name == "Sort Key":
            sets.append({"Sort Key": items})
        elif name == "Hash Key":
            sets.append({"Hash Keys": [items]})
        elif sets and "Hash Keys" not in sets[-1]:
            sets[-1].setdefault("Group Keys", []).append(items)
        else:
            sets.append({"Group Keys": [items]})
    node["Grouping Sets"] = sets
