"""The first line of a node in TEXT (``->  Hash Left Join  (cost=.. rows=..) (actual ..)``) into the properties that JSON prints for it.

Source: ExplainNode, ExplainTargetRel and ExplainIndexScanDetails in src/backend/commands/explain.c.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from indexadvisor.explain.properties import number

_PLAIN = (
    "Result", "ProjectSet", "Append", "Merge Append", "Recursive Union", "BitmapAnd", "BitmapOr", "Seq Scan", "Sample Scan", "Gather",
    "Gather Merge", "Index Scan", "Index Only Scan", "Bitmap Index Scan", "Bitmap Heap Scan", "Tid Scan", "Tid Range Scan",
    "Subquery Scan", "Function Scan", "Table Function Scan", "Values Scan", "CTE Scan", "Named Tuplestore Scan", "WorkTable Scan",
    "Foreign Scan", "Materialize", "Memoize", "Sort", "Incremental Sort", "Group", "WindowAgg", "Unique", "LockRows", "Limit", "Hash",
)  # fmt: skip
_STRATEGIES = {"Aggregate": "Plain", "GroupAggregate": "Sorted", "HashAggregate": "Hashed", "MixedAggregate": "Mixed"}
_JOINS = {"Nested Loop": "Nested Loop", "Merge": "Merge Join", "Hash": "Hash Join"}
_OBJECT = {"Function Scan": "Function Name", "Table Function Scan": "Table Function Name", "CTE Scan": "CTE Name",
           "WorkTable Scan": "CTE Name", "Named Tuplestore Scan": "Tuplestore Name"}  # fmt: skip
_ONLY_ALIAS = frozenset({"Values Scan", "Subquery Scan"})
_TARGETLESS = frozenset({"Nested Loop", "Merge Join", "Hash Join", "Aggregate", "SetOp"})
_NAMES = "|".join(sorted((*_PLAIN, "Nested Loop"), key=len, reverse=True))
_NAME = re.compile(
    rf"""(?P<parallel>Parallel\ )?(?P<async>Async\ )?(?:
      (?P<join>Nested\ Loop|Merge|Hash)(?:\ (?P<kind>Left|Right\ Semi|Right\ Anti|Right|Full|Semi|Anti))?\ Join
    | (?:(?P<mode>Partial|Finalize)\ )?(?P<agg>(?:Group|Hash|Mixed)?Aggregate)
    | (?P<setop>(?:Hash)?SetOp)\ (?P<command>(?:Intersect|Except)(?:\ All)?)
    | (?P<foreign>Foreign\ )?(?P<write>Insert|Update|Delete|Merge)(?=\ on\ )
    | Custom\ Scan(?:\ \((?P<provider>[^()]*(?:\([^()]*\))?[^()]*)\))?(?P<custom>)
    | (?P<plain>{_NAMES.replace(" ", chr(92) + " ")})
    )(?=\ |$)""",
    re.VERBOSE,
)
_ID = r'(?:"[^"]*(?:""[^"]*)*"|[^\s".]+)'
_TARGET = re.compile(rf"(?: (Backward))?(?: using ({_ID}))?(?: on (?:({_ID})\.)?({_ID})(?: ({_ID}))?)?$")
_USUAL = re.compile(
    r"\(cost=(\d+\.\d+)\.\.(\d+\.\d+) rows=(\d+) width=(\d+)\)"
    r"(?: \(actual time=(\d+\.\d+)\.\.(\d+\.\d+) rows=([\d.]+) loops=(\d+)\))?\s*$"
)
_COSTS = re.compile(r"\(cost=(-?[\d.]+?)\.\.(-?[\d.]+) rows=(-?[\d.]+) width=(-?\d+)\)")
_ACTUAL = re.compile(r"\((?:actual )(?:time=([\d.]+?)\.\.([\d.]+) )?rows=([\d.]+) loops=(\d+)\)")
_ACTUAL_BARE = re.compile(r"actual (?:time=([\d.]+?)\.\.([\d.]+) )?rows=([\d.]+) loops=(\d+)$")
_CACHED_LENGTH = 200
NEVER = "(never executed)"


class Measures:
    """What stands in parentheses behind a node's name. ``broken``: text that should be there and is not whole (a line cut off)."""

    __slots__ = ("broken", "fields", "start")

    def __init__(self, start: int, fields: dict[str, Any], broken: str) -> None:
        self.start = start
        self.fields = fields
        self.broken = broken


def measures(line: str) -> Measures | None:
    """Return the costs and what was measured, or None for a line without either.

    >>> measures("Result  (cost=0.00..0.01 rows=1 width=4) (actual rows=1 loops=1)").fields["Actual Rows"]
    1
    """
    start = line.rfind("(cost=")
    if start < 0:
        start = line.rfind("(actual ")
        if start < 0:
            start = line.rfind(NEVER)
            if start < 0:
                return None
    usual = _USUAL.match(line, start)
    if usual is not None:
        return _usual(start, usual)
    fields: dict[str, Any] = {}
    end = start
    costs = _COSTS.match(line, start)
    if costs is not None:
        first, total, rows, width = costs.groups()
        fields["Startup Cost"], fields["Total Cost"] = number(first), number(total)
        fields["Plan Rows"], fields["Plan Width"] = number(rows), number(width)
        end = costs.end()
    rest = line[end:].strip()
    if not rest:
        return Measures(start, fields, "")
    actual = _ACTUAL.match(rest)
    if actual is not None:
        fields.update(_measured(actual))
        rest = rest[actual.end() :].strip()
    elif rest.startswith(NEVER):
        fields["Actual Rows"] = fields["Actual Loops"] = 0
        fields["Never"] = True
        rest = rest[len(NEVER) :].strip()
    return Measures(start, fields, rest)


def _usual(start: int, match: re.Match[str]) -> Measures:
    first, total, rows, width, startup, actual, returned, loops = match.groups()
    fields: dict[str, Any] = {
        "Startup Cost": float(first), "Total Cost": float(total), "Plan Rows": number(rows), "Plan Width": number(width),
    }  # fmt: skip
    if startup is not None:
        fields["Actual Startup Time"], fields["Actual Total Time"] = float(startup), float(actual)
        fields["Actual Rows"], fields["Actual Loops"] = number(returned), number(loops)
    return Measures(start, fields, "")


def measured(text: str) -> dict[str, Any] | None:
    """Return what was measured of one worker (``actual time=0.1..0.2 rows=1 loops=1``), None for anything else."""
    match = _ACTUAL_BARE.match(text)
    return None if match is None else _measured(match)


def _measured(match: re.Match[str]) -> dict[str, Any]:
    startup, total, rows, loops = match.groups()
    fields: dict[str, Any] = {}
    if startup is not None:
        fields["Actual Startup Time"], fields["Actual Total Time"] = number(startup), number(total)
    fields["Actual Rows"], fields["Actual Loops"] = number(rows), number(loops)
    return fields


def node(text: str) -> tuple[dict[str, Any], bool]:
    """Return the properties that a node's name stands for, and whether all of it was understood.

    >>> node('Parallel Index Scan Backward using "I x" on s.t a')[0]["Index Name"]
    'I x'
    >>> node("Partial HashAggregate")[0]
    {'Node Type': 'Aggregate', 'Strategy': 'Hashed', 'Partial Mode': 'Partial', 'Parallel Aware': False, 'Async Capable': False}
    """
    fields, understood = _node(text) if len(text) > _CACHED_LENGTH else _cached_node(text)
    return fields.copy(), understood


def _node(text: str) -> tuple[dict[str, Any], bool]:
    match = _NAME.match(text)
    if match is None:
        return _foreign_node(text)
    fields = _kind(match)
    fields["Parallel Aware"] = match["parallel"] is not None
    fields["Async Capable"] = match["async"] is not None
    rest = text[match.end() :]
    if not rest:
        return fields, True
    target = _TARGET.match(rest)
    if target is None or fields["Node Type"] in _TARGETLESS:
        return fields, False
    _aim(fields, target)
    return fields, True


_cached_node = lru_cache(maxsize=1024)(_node)


def is_node(text: str) -> bool:
    """Return whether a line without costs is the name of a node and nothing else.

    >>> is_node("Seq Scan on t"), is_node("Sort of strange"), is_node("Limit")
    (True, False, True)
    """
    return _NAME.match(text) is not None and node(text)[1]


def is_known(text: str) -> bool:
    """Return whether a line begins with the name of one of PostgreSQL's own nodes."""
    return _NAME.match(text.lstrip()) is not None


def _kind(match: re.Match[str]) -> dict[str, Any]:
    plain = match["plain"]
    if plain is not None:
        fields = {"Node Type": plain}
        if plain == "Nested Loop":
            fields["Join Type"] = "Inner"
        elif plain == "Foreign Scan":
            fields["Operation"] = "Select"
        return fields
    if match["join"] is not None:
        return {"Node Type": _JOINS[match["join"]], "Join Type": match["kind"] or "Inner"}
    if match["agg"] is not None:
        return {"Node Type": "Aggregate", "Strategy": _STRATEGIES[match["agg"]], "Partial Mode": match["mode"] or "Simple"}
    if match["setop"] is not None:
        strategy = "Hashed" if match["setop"] == "HashSetOp" else "Sorted"
        return {"Node Type": "SetOp", "Strategy": strategy, "Command": match["command"]}
    if match["write"] is not None:
        return {"Node Type": "ModifyTable" if match["foreign"] is None else "Foreign Scan", "Operation": match["write"]}
    provider = match["provider"]
    return {"Node Type": "Custom Scan"} if provider is None else {"Node Type": "Custom Scan", "Custom Plan Provider": provider}


def _foreign_node(text: str) -> tuple[dict[str, Any], bool]:
    """Read a node that PostgreSQL itself does not have, as extensions and derived servers print them."""
    at = min((position for word in (" using ", " on ") if (position := text.find(word)) > 0), default=len(text))
    fields: dict[str, Any] = {"Node Type": text[:at], "Parallel Aware": False, "Async Capable": False}
    target = _TARGET.match(text, at)
    if target is None:
        return {**fields, "Node Type": text}, True
    _aim(fields, target)
    return fields, True


def _aim(fields: dict[str, Any], target: re.Match[str]) -> None:
    """Note index, table and alias; an alias that is the table's own name is not printed in TEXT."""
    backward, index, schema, name, alias = target.groups()
    kind = fields["Node Type"]
    if index is not None:
        fields["Scan Direction"] = "Forward" if backward is None else "Backward"
        fields["Index Name"] = unquoted(index)
    if name is None:
        return
    name = unquoted(name)
    if kind == "Bitmap Index Scan":
        fields["Index Name"] = name
        return
    if kind not in _ONLY_ALIAS:
        fields[_OBJECT.get(kind, "Relation Name")] = name
    if schema is not None:
        fields["Schema"] = unquoted(schema)
    fields["Alias"] = name if alias is None else unquoted(alias)


def target(text: str) -> dict[str, Any] | None:
    """Return the table of a line that names one target of a data-changing node (``Update on public.p1 p``), None for anything else."""
    operation, on, rest = text.partition(" on ")
    if not on or operation.removeprefix("Foreign ") not in ("Insert", "Update", "Delete", "Merge"):
        return None
    match = _TARGET.match(f" on {rest}")
    if match is None:
        return None
    fields: dict[str, Any] = {"Node Type": "ModifyTable"}
    _aim(fields, match)
    del fields["Node Type"]
    return fields


def unquoted(identifier: str) -> str:
    """Return an identifier without its quotes."""
    return identifier[1:-1].replace('""', '"') if identifier[0] == '"' else identifier
