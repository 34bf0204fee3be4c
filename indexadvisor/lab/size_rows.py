"""The share of a table's rows that a partial index keeps, from statistics alone, and what its predicate says about single columns.

Conditions joined by AND are taken as independent, as the planner does without extended statistics (PostgreSQL documentation, section
"Row Estimation Examples"). What cannot be judged keeps all rows, an upper bound, and says so.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from indexadvisor.catalog.model import Column, Table

Node = dict[str, Any]


class Kept(Enum):
    """Which values of one column a condition keeps."""

    NULLS = "nulls"
    VALUES = "values"
    ONE = "one value"
    SOME = "some values"


@dataclass(frozen=True)
class Condition:
    """One condition that all kept rows meet: ``share`` of the rows (None: unknown); ``column`` and ``kept`` where it is about one."""

    share: float | None
    column: str | None = None
    kept: Kept | None = None


def conditions(predicate: str | None, table: Table) -> tuple[Condition, ...]:
    """Return the conditions of a predicate that are joined by AND; one of unknown share where it does not parse.

    >>> conditions(None, Table(None, "r", ()))
    ()
    """
    if predicate is None:
        return ()
    import pgparse

    try:
        parsed = pgparse.parse(f"SELECT ({predicate}\n)")
        node = parsed[0]["stmt"]["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
    except (pgparse.PGQueryError, RecursionError, ValueError, KeyError, IndexError):
        return (Condition(None),)
    return tuple(_condition(each, table) for each in _conjuncts(node))


def total_share(found: Iterable[Condition]) -> float:
    """Return the share of the rows that meet all conditions; an unknown one keeps everything."""
    return math.prod(1.0 if each.share is None else each.share for each in found)


def _conjuncts(node: Node) -> list[Node]:
    body = node.get("BoolExpr", {})
    if body.get("boolop") == "AND_EXPR":
        return [inner for each in body["args"] for inner in _conjuncts(each)]
    return [node]


def _condition(node: Node, table: Table) -> Condition:
    if "NullTest" in node:
        column = reference(node["NullTest"].get("arg", {}), table)
        if column is None or column.statistics is None:
            return Condition(None)
        nulls = column.statistics.null_fraction
        if node["NullTest"]["nulltesttype"] == "IS_NULL":
            return Condition(nulls, column.name, Kept.NULLS)
        return Condition(1 - nulls, column.name, Kept.VALUES)
    if "ColumnRef" in node:
        return _equal(reference(node, table), "t")
    if "BooleanTest" in node:
        return _boolean_test(node["BooleanTest"], table)
    if "BoolExpr" in node:
        return _junction(node["BoolExpr"], table)
    return _comparison(node["A_Expr"], table) if "A_Expr" in node else Condition(None)


def _boolean_test(body: Node, table: Table) -> Condition:
    column = reference(body.get("arg", {}), table)
    kind = str(body.get("booltesttype", ""))
    if kind in ("IS_TRUE", "IS_FALSE"):
        return _equal(column, "t" if kind == "IS_TRUE" else "f")
    return Condition(None)


def _junction(body: Node, table: Table) -> Condition:
    inner = [total_share_or_none(_condition(part, table) for part in _conjuncts(each)) for each in body["args"]]
    if any(share is None for share in inner):
        return Condition(None)
    shares = [share for share in inner if share is not None]
    if body["boolop"] == "NOT_EXPR":
        column = reference(body["args"][0], table)
        return _equal(column, "f") if column is not None else Condition(1 - shares[0])
    return Condition(1 - math.prod(1 - share for share in shares) if body["boolop"] == "OR_EXPR" else math.prod(shares))


def total_share_or_none(found: Iterable[Condition]) -> float | None:
    """Return the share of the rows that meet all conditions, None when one of them is unknown."""
    shares = [each.share for each in found]
    return None if any(share is None for share in shares) else math.prod(share for share in shares if share is not None)


def _comparison(body: Node, table: Table) -> Condition:
    kind = body.get("kind", "AEXPR_OP")
    left, right = body.get("lexpr", {}), body.get("rexpr", {})
    operator = "".join(part["String"]["sval"] for part in body.get("name", []) if "String" in part)
    column, value = reference(left, table), constant(right)
    if kind in ("AEXPR_OP_ANY", "AEXPR_IN") and operator == "=":
        return _any_of(column, right)
    if kind != "AEXPR_OP":
        return Condition(None)
    if column is None:
        column, value = reference(right, table), constant(left)
        operator = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(operator, operator)
    if column is None or value is None:
        return Condition(None)
    if operator == "=":
        return _equal(column, value)
    if operator == "<>":
        share = _equal(column, value).share
        return Condition(None if share is None or column.statistics is None else 1 - column.statistics.null_fraction - share)
    return _range(column, operator, value) if operator in ("<", "<=", ">", ">=") else Condition(None)


def _any_of(column: Column | None, node: Node) -> Condition:
    items = node.get("List", {}).get("items") or _array_elements(node)
    values = [constant(each) for each in items]
    shares = [_equal(column, value).share for value in values if value is not None]
    if column is None or not values or len(shares) < len(values) or None in shares:
        return Condition(None)
    share = min(1.0, sum(each for each in shares if each is not None))
    return Condition(share, column.name, Kept.ONE if len(values) == 1 else Kept.SOME)


def _array_elements(node: Node) -> list[Node]:
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    found: list[Node] = node.get("A_ArrayExpr", {}).get("elements", [])
    return found


def _equal(column: Column | None, value: str) -> Condition:
    """Judge ``column = value``: its frequency where it is common, else an equal part of what the common values leave (var_eq_const())."""
    if column is None or column.statistics is None:
        return Condition(None)
    known = column.statistics
    if column.base_type == "bool":
        value = {"true": "t", "false": "f"}.get(value, value)
    for common, frequency in zip(known.common_values, known.common_frequencies, strict=False):
        if common == value or _same_number(common, value):
            return Condition(frequency, column.name, Kept.ONE)
    if known.n_distinct < 0:
        return Condition(None)
    left = max(0.0, 1 - known.null_fraction - sum(known.common_frequencies))
    others = max(1.0, known.n_distinct - len(known.common_frequencies))
    return Condition(left / others, column.name, Kept.ONE)


def _same_number(a: str, b: str) -> bool:
    try:
        return float(a) == float(b)
    except ValueError:
        return False


def _range(column: Column, operator: str, value: str) -> Condition:
    """Judge ``column < value`` and its like by the histogram and the common values (ineq_histogram_selectivity())."""
    known, point = column.statistics, place(value)
    if known is None or point is None:
        return Condition(None)
    bounds = [place(bound) for bound in known.histogram_bounds]
    common = [place(each) for each in known.common_values]
    if None in bounds or None in common or not (bounds or common):
        return Condition(None)
    places = [bound for bound in bounds if bound is not None]
    below = _share_below(places, point)
    rest = max(0.0, 1 - known.null_fraction - sum(known.common_frequencies)) if places else 0.0
    less = operator in ("<", "<=")
    share = rest * (below if less else 1 - below)
    for at, frequency in zip(common, known.common_frequencies, strict=False):
        if at is not None and ((at < point if less else at > point) or (at == point and operator in ("<=", ">="))):
            share += frequency
    return Condition(min(1.0, share), column.name, Kept.SOME)


def _share_below(bounds: list[float], point: float) -> float:
    if not bounds or point <= bounds[0]:
        return 0.0
    if point >= bounds[-1]:
        return 1.0
    at = bisect_left(bounds, point)
    low, high = bounds[at - 1], bounds[at]
    within = (point - low) / (high - low) if high > low else 0.5
    return (at - 1 + within) / (len(bounds) - 1)


def place(text: str) -> float | None:
    """Return a number or a moment as a place on a line."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # without a zone the server's own is meant: the same for the bounds and for the constant
    return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001


def reference(node: Node, table: Table) -> Column | None:
    """Return the column that a parsed expression is, casts around it left out; None for anything else."""
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    fields = [field["String"]["sval"] for field in node.get("ColumnRef", {}).get("fields", ()) if "String" in field]
    return table.column(fields[-1]) if fields else None


def constant(node: Node) -> str | None:
    """Return a literal as text, casts around it left out; None for anything else."""
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    body = node.get("A_Const")
    if body is None or "isnull" in body:
        return None
    for kind in ("ival", "fval", "sval", "boolval", "bsval"):
        if kind in body:
            value = next(iter(body[kind].values()), 0 if kind == "ival" else False)
            return str(value).lower() if isinstance(value, bool) else str(value)
    return None
