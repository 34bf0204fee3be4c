"""Type and statistics of an indexed expression, derived from those of the columns it reads; what was assumed is said in words.

The sampled values of a column (common values, histogram bounds) are put through the expression where we know how: case, JSON path,
splitting. Nothing is evaluated that is not named here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from indexadvisor.catalog.model import ColumnStatistics, Table
from indexadvisor.lab.size_rows import constant, place, reference
from indexadvisor.lab.size_types import FIXED, UNKNOWN_VARLENA, text_form_width

Node = dict[str, Any]

_SAME_TEXT: dict[str, Callable[[str], str | None]] = {
    "lower": str.lower,
    "upper": str.upper,
    "btrim": str.strip,
    "initcap": str.title,
    "reverse": lambda text: text[::-1],
}
_RANGES = {"int4range": 14, "daterange": 14, "int8range": 22, "tsrange": 22, "tstzrange": 22, "numrange": 22}
"""Range constructors and the bytes of a range with both bounds: header, range type, bounds, flags (rangetypes.c, range_serialize())."""
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2629746, "quarter": 7889238, "year": 31556952}
_FIELDS = {"year": 100, "quarter": 4, "month": 12, "week": 53, "dow": 7, "isodow": 7, "day": 31, "doy": 366, "hour": 24, "minute": 60}
"""Values that a field of a moment can take; of years, as many as the histogram spans."""
_RESULTS = {
    "length": "int4", "char_length": "int4", "octet_length": "int4", "abs": "", "md5": "text", "date_part": "float8", "extract": "numeric",
    "to_tsvector": "tsvector", "point": "point", "box": "box", "string_to_array": "_text", "make_date": "date", "split_part": "text",
    "substring": "text", "substr": "text", "left": "text", "right": "text", "jsonb_array_length": "int4", "md5_text": "text",
}  # fmt: skip
_INTERNAL = {"int": "int4", "integer": "int4", "bigint": "int8", "smallint": "int2", "boolean": "bool"}


@dataclass(frozen=True)
class Value:
    """The result of an expression: pg_type name, category as in Column, statistics (None where nothing is known)."""

    base_type: str
    category: str
    statistics: ColumnStatistics | None


def derive(expression: str, table: Table) -> tuple[Value, tuple[str, ...]]:
    """Return the value an expression gives and what was assumed about it.

    >>> from indexadvisor.catalog.model import TableName
    >>> derive("lower(nosuch)", Table(TableName("public", "t"), "r", ()))[0].statistics is None
    True
    """
    import pgparse

    try:
        parsed = pgparse.parse(f"SELECT ({expression}\n)")
        node = parsed[0]["stmt"]["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
    except (pgparse.PGQueryError, RecursionError, ValueError, KeyError, IndexError):
        node = {}
    value = _value(node, table)
    if value.statistics is None:
        width = f"{FIXED[value.base_type][0]}" if value.base_type in FIXED else f"{UNKNOWN_VARLENA}"
        return value, (f"nothing is known of ({expression}): {width} bytes each and all different were assumed",)
    return value, (f"the statistics of ({expression}) were derived from its column",)


def _value(node: Node, table: Table) -> Value:
    if "TypeCast" in node:
        return _cast(node["TypeCast"], table)
    if "ColumnRef" in node:
        column = reference(node, table)
        return Value(column.base_type, column.category, column.statistics) if column else _unknown()
    if "FuncCall" in node:
        return _function(node["FuncCall"], table)
    if "A_Expr" in node:
        return _operator(node["A_Expr"], table)
    if "CoalesceExpr" in node:
        value = _value(node["CoalesceExpr"]["args"][0], table)
        return replace(value, statistics=replace(value.statistics, null_fraction=0.0)) if value.statistics else value
    if "CollateClause" in node:
        return _value(node["CollateClause"]["arg"], table)
    return _unknown()


def _unknown(base_type: str = "text", category: str = "S") -> Value:
    return Value(base_type, category, None)


def _cast(body: Node, table: Table) -> Value:
    inner = _value(body["arg"], table)
    names = [part["String"]["sval"] for part in body["typeName"].get("names", ())]
    target = _INTERNAL.get(names[-1], names[-1]) if names else "text"
    if target in ("text", "varchar", "bpchar") and inner.base_type in ("text", "varchar", "bpchar", "citext"):
        return inner
    if inner.statistics is None or target not in FIXED:
        return _unknown(target)
    if target == "date" and inner.base_type in ("timestamp", "timestamptz"):
        return Value("date", "D", _truncated(inner.statistics, 86400, 4))
    return Value(target, "N", _other_type(inner.statistics, FIXED[target][0]))


def _other_type(known: ColumnStatistics, width: int) -> ColumnStatistics:
    """Return statistics for a type of another text form: as many values, equally common, none of them shown."""
    return replace(known, average_width_bytes=width, common_values=(), common_frequencies=(), histogram_bounds=())


def _function(body: Node, table: Table) -> Value:
    name = body["funcname"][-1]["String"]["sval"]
    arguments = body.get("args", [])
    values = [_value(each, table) for each in arguments]
    if name in _SAME_TEXT and values and values[0].base_type not in _RANGES:
        return _mapped(values[0], _SAME_TEXT[name])
    if name == "timezone" and len(values) == 2:
        return Value("timestamp" if values[1].base_type == "timestamptz" else "timestamptz", "D", values[1].statistics)
    if name == "date_trunc" and len(values) >= 2 and values[1].statistics:
        step = _SECONDS.get(str(constant(arguments[0])))
        known = values[1].statistics
        return Value(values[1].base_type, "D", _truncated(known, step, 8) if step else known)
    if name in _RANGES:
        return Value(name, "R", _built(values, _RANGES[name]))
    if name == "to_tsvector" and values and values[-1].statistics:
        return Value("tsvector", "U", values[-1].statistics)
    if name == "string_to_array" and len(values) == 2:
        separator = constant(arguments[1]) or " "
        return _mapped(values[0], lambda text: "{" + ",".join(json.dumps(part) for part in text.split(separator)) + "}", "_text", "A")
    if name in ("extract", "date_part") and len(values) == 2:
        return _part(str(constant(arguments[0])), values[1], "numeric" if name == "extract" else "float8")
    if name in ("substring", "substr", "left") and all(constant(each) is not None for each in arguments[1:]):
        return _mapped(values[0], _cut(name, [constant(each) or "" for each in arguments[1:]]), counted=True)
    if name in ("point", "box"):
        return Value(name, "G", _built(values, FIXED[name][0]))
    result = _RESULTS.get(name)
    return _unknown(result) if result else _unknown()


def _part(field: str, value: Value, result: str) -> Value:
    """Return a field of a moment: five bytes as numeric, eight as float8, and no more values than the field has."""
    known = value.statistics
    if known is None or field not in _FIELDS:
        return _unknown(result, "N")
    most = _FIELDS[field]
    years = _truncated(known, _SECONDS["year"], 8)
    bounds = [most, known.n_distinct, years.n_distinct if field == "year" else most]
    distinct = max(1.0, float(round(min(bound for bound in bounds if bound > 0))))
    return Value(result, "N", replace(_other_type(known, 5 if result == "numeric" else 8), n_distinct=distinct))


def _cut(name: str, bounds: list[str]) -> Callable[[str], str | None]:
    """Return a function that cuts text as substring(text, from, for) or left(text, n) does; a pattern is not followed."""
    if not bounds or not all(re.fullmatch(r"-?\d+", each) for each in bounds):
        return lambda text: None
    if name == "left":
        return lambda text: text[: int(bounds[0])]
    start = int(bounds[0]) - 1
    end = start + int(bounds[1]) if len(bounds) > 1 else None
    return lambda text: text[max(0, start) : None if end is None else max(0, end)]


def _built(values: list[Value], width: int) -> ColumnStatistics | None:
    """Return statistics of a value put together from others: as many different ones as the column with the most."""
    known = [value.statistics for value in values if value.statistics is not None]
    if not known:
        return None
    most = min(known, key=lambda each: each.n_distinct if each.n_distinct < 0 else 1 / (1 + each.n_distinct))
    return _other_type(most, width)


def _operator(body: Node, table: Table) -> Value:
    name = body.get("name", [{}])[-1].get("String", {}).get("sval", "")
    left, right = body.get("lexpr", {}), body.get("rexpr", {})
    if name in ("->>", "#>>", "->", "#>"):
        return _json_path(left, name, right, table)
    if name == "||":
        return _joined(_value(left, table) if constant(left) is None else None, _value(right, table) if constant(right) is None else None)
    values = [_value(each, table) for each in (left, right) if constant(each) is None]
    for value in values:
        if value.statistics is not None and value.base_type in FIXED:
            return replace(value, statistics=_other_type(value.statistics, FIXED[value.base_type][0]))
    return _unknown()


def _joined(left: Value | None, right: Value | None) -> Value:
    known = [value.statistics for value in (left, right) if value is not None and value.statistics is not None]
    if not known:
        return _unknown()
    return Value("text", "S", _built([Value("text", "S", each) for each in known], sum(each.average_width_bytes for each in known)))


def _json_path(left: Node, operator: str, right: Node, table: Table) -> Value:
    inner, path = _value(left, table), constant(right)
    kind = "text" if operator in ("->>", "#>>") else "jsonb"
    if path is None or inner.statistics is None or inner.base_type not in ("json", "jsonb"):
        return _unknown(kind)
    steps = path.strip("{}").split(",") if operator.startswith("#") else [path]

    def follow(text: str) -> str | None:
        try:
            found = json.loads(text)
        except ValueError:
            return None
        for step in steps:
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and re.fullmatch(r"-?\d+", step):
                found = found[int(step)] if -len(found) <= int(step) < len(found) else None
            else:
                return None
        return None if found is None else found if isinstance(found, str) and kind == "text" else json.dumps(found)

    return _mapped(inner, follow, kind, "S" if kind == "text" else "U", counted=True)


def _truncated(known: ColumnStatistics, step: float, width: int) -> ColumnStatistics:
    """Return the statistics of a moment cut to multiples of ``step`` seconds: no more values than steps between the extreme bounds."""
    ends = [place(bound) for bound in (known.histogram_bounds[:1] + known.histogram_bounds[-1:])]
    if len(ends) < 2 or ends[0] is None or ends[1] is None:
        return _other_type(known, width)
    steps = max(1.0, (ends[1] - ends[0]) / step + 1)
    return replace(_other_type(known, width), n_distinct=steps if known.n_distinct < 0 else min(known.n_distinct, steps))


def _mapped(
    value: Value, function: Callable[[str], str | None], base_type: str = "text", category: str = "S", *, counted: bool = False
) -> Value:
    """Return the value with its sampled values put through ``function``; ``counted``: its nulls and distinct values are counted anew."""
    known = value.statistics
    if known is None:
        return _unknown(base_type, category)
    common = [(function(each), share) for each, share in zip(known.common_values, known.common_frequencies, strict=False)]
    bounds = [function(each) for each in known.histogram_bounds]
    if counted and not common and not bounds:
        return _unknown(base_type, category)
    kept = tuple(each for each in bounds if each is not None)
    mapped = replace(
        known, common_values=tuple(each or "" for each, _ in common), histogram_bounds=kept, common_frequencies=tuple(s for _, s in common),
    )  # fmt: skip
    return Value(base_type, category, _recounted(known, common, bounds) if counted else mapped)


def _recounted(known: ColumnStatistics, common: list[tuple[str | None, float]], bounds: list[str | None]) -> ColumnStatistics:
    """Return statistics of a function's results, counted over the sample (Haas and Stokes as in analyze.c for the number of values)."""
    rest = max(0.0, 1 - known.null_fraction - sum(share for _, share in common))
    shares: dict[str | None, float] = {}
    for each, share in [*common, *((each, rest / len(bounds)) for each in bounds)]:
        shares[each] = shares.get(each, 0.0) + share
    seen = Counter(each for each in [*(each for each, _ in common), *bounds] if each is not None)
    nulls = known.null_fraction + shares.pop(None, 0.0)
    once = {each for each, count in seen.items() if count == 1 and each not in {value for value, _ in common}}
    often = sorted(((shares[each], each) for each in seen if each not in once), reverse=True)
    distinct = _distinct(sum(seen.values()), len(seen), len(once))
    return ColumnStatistics(
        min(1.0, nulls), _mean_width(seen), distinct if distinct > 0 else max(-1.0, distinct) * max(0.0, 1 - nulls), None,
        tuple(each for _, each in often), tuple(share for share, _ in often), tuple(sorted(once)),
    )  # fmt: skip


def _distinct(values: int, distinct: int, once: int) -> float:
    """Return n_distinct in pg_stats' sense from a sample: -1 (all different), or a count."""
    if not values or once == values:
        return -1.0
    return values * distinct / (values - once) if once > values / 2 else float(distinct)


def _mean_width(seen: Iterable[str]) -> int:
    widths = [text_form_width(each, "text") or 0 for each in seen]
    return round(sum(widths) / len(widths)) if widths else UNKNOWN_VARLENA
