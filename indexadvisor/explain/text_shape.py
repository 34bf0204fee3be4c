"""The inputs of a TEXT plan's nodes: what each is to its parent, and whether all are there or the text breaks off."""

from __future__ import annotations

import re
from typing import Any

_ONE = frozenset({
    "Sort", "Incremental Sort", "Hash", "Materialize", "Memoize", "Gather", "Gather Merge", "Unique", "WindowAgg", "Group", "LockRows",
    "Limit", "Aggregate", "ModifyTable", "Bitmap Heap Scan", "Subquery Scan", "ProjectSet", "SetOp",
})  # fmt: skip
_TWO = frozenset({"Nested Loop", "Merge Join", "Hash Join", "Recursive Union", "BitmapAnd", "BitmapOr"})
_MEMBERS = frozenset({"Append", "Merge Append", "BitmapAnd", "BitmapOr"})
_OPEN_FIGURE = re.compile(r"[=:(]$|\([^()]*$|[(=][\d.]*\.$")


def missing_inputs(root: dict[str, Any]) -> str | None:
    """Return which node lacks an input that every such node has, None where none does.

    >>> missing_inputs({"Node Type": "Hash Join", "Plans": [{"Node Type": "Result", "Parent Relationship": "Outer"}]})
    'Hash Join has 1 of 2 inputs'
    """
    node: dict[str, Any] | None = root
    while node is not None:  # a cut at the end can only show on the last branch
        plans = node.get("Plans", ())
        inputs = sum(each["Parent Relationship"] not in ("InitPlan", "SubPlan") for each in plans)
        needed = 2 if node["Node Type"] in _TWO else 1 if node["Node Type"] in _ONE else 0
        if inputs < needed:
            return f"{node['Node Type']} has {inputs} of {needed} inputs"
        node = plans[-1] if plans else None
    return None


def is_cut(line: str) -> bool:
    """Return whether the last line of an input breaks off: an open parenthesis or string, a name without its value.

    >>> is_cut("Filter: (a = 'x"), is_cut("Filter: (a = 1)"), is_cut("Sort Key:"), is_cut("Hash")
    (True, False, True, False)
    """
    if line.count("'") % 2 or line.count('"') % 2 or line.count("(") > line.count(")"):
        return True
    return _OPEN_FIGURE.search(line[-200:]) is not None


def relationship(kind: str, siblings: list[dict[str, Any]], inputs: int) -> str:
    """Return what JSON calls the next input of a node of that type that has ``inputs`` so far; the first is renamed where it must be.

    >>> relationship("Hash Join", [], 0), relationship("Hash Join", [], 1), relationship("Append", [], 0)
    ('Outer', 'Inner', 'Member')
    """
    if kind in _MEMBERS:
        return "Member"
    if kind == "Subquery Scan":
        return "Subquery"
    if kind == "Custom Scan" or (kind == "ModifyTable" and inputs):  # to 13 one input for each partition
        alone, several = ("child", "children") if kind == "Custom Scan" else ("Outer", "Member")
        if inputs == 1:
            next(each for each in siblings if each["Parent Relationship"] == alone)["Parent Relationship"] = several
        return several if inputs else alone
    return "Outer" if inputs == 0 else "Inner" if inputs == 1 else "Member"
