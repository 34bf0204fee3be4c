"""Comparisons turned round so that the column stands alone and an index on it can serve: one clause of a WHERE at a time.

    date_trunc('day', c) = v        c >= v AND c < v + interval '1 day'        where v is the beginning of a day
    c::date = v, date(c) = v        c >= v::date AND c < v::date + 1
    extract(year FROM c) = 2024     c >= '2024-01-01' AND c < '2025-01-01'
    to_char(c, 'YYYY-MM') = v       c >= v-01 AND c < v-01 + interval '1 month'   for a literal of that form
    c + 5 > v                       c > v - 5                                  where nothing overflows
    c::text = '17'                  c = 17                                     for an integer c

Only for columns whose type the catalog knows (PostgreSQL documentation, section "Date/Time Functions and Operators").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlglot import exp

from indexadvisor.catalog.model import Column
from indexadvisor.diagnosis.rewrites.interface import NoRewrite, Rewrite
from indexadvisor.diagnosis.rewrites.outline import Outline, Range, Source, spelled
from indexadvisor.usage.analysis import stripped

_COMPARISONS: dict[type[exp.Expression], str] = {exp.EQ: "=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_TURNED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TIMES = frozenset({"timestamp", "timestamptz"})
_WHOLE = frozenset({"int2", "int4", "int8"})
_WITHIN_A_DAY = frozenset({"second", "minute", "hour"})
_UNITS = frozenset({"second", "minute", "hour", "day", "week", "month", "quarter", "year"})
_BEGINNING = {
    "second": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.0*)?", "minute": r"\d{4}-\d\d-\d\d \d\d:\d\d(?::00)?",
    "hour": r"\d{4}-\d\d-\d\d \d\d:00(?::00)?",
    "day": r"\d{4}-\d\d-\d\d(?: 00:00(?::00)?)?", "month": r"\d{4}-\d\d-01(?: 00:00(?::00)?)?", "year": r"\d{4}-01-01(?: 00:00(?::00)?)?",
    "quarter": r"\d{4}-(?:01|04|07|10)-01(?: 00:00(?::00)?)?",
}  # fmt: skip
"""How a value at the very beginning of a unit may be written; of a week the text does not tell."""

_MONTH, _DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_FORMATS = {
    "%Y-%m-%d": (rf"[12]\d{{3}}-{_MONTH}-{_DAY}", "", "day"), "%Y-%m": (rf"[12]\d{{3}}-{_MONTH}", "-01", "month"),
    "%Y": (r"[12]\d{3}", "-01-01", "year"),
}  # fmt: skip
"""sqlglot's name of a format of to_char: how a value of it looks, what makes it a date, and the unit it names."""


@dataclass(frozen=True)
class _Compared:
    """A comparison of something over one column with a value."""

    side: exp.Expression
    operator: str
    value: exp.Expression
    name: str
    column: Column

    @property
    def text(self) -> str:
        """The value as SQL."""
        return self.value.sql(dialect="postgres")


_Turned = tuple[str, str | None]
"""The new clause, and what must hold for it to mean the same; None where nothing must."""


def sargable(outline: Outline, parameters: tuple[str | None, ...] | None) -> Rewrite:
    """Return the statement with every clause turned that is recognised. Raises NoRewrite."""
    changes: list[tuple[Range, str]] = []
    conditions: list[str] = []
    for part, turned in _all_turned(outline):
        changes.append((part, turned[0]))
        conditions += [] if turned[1] is None else [turned[1]]
    if not changes:
        raise NoRewrite("no comparison in its WHERE is of a form that is known to be the same when it is turned round")
    said = "; ".join(dict.fromkeys(conditions)) or None
    return Rewrite("a comparison with the column alone", outline.replaced(changes), said, said is None)


def _all_turned(outline: Outline) -> Iterator[tuple[Range, _Turned]]:
    """Yield each clause of any WHERE that can be turned; a part that is not understood does not hide the others."""
    for level in outline.levels:
        found = outline.conditions(level)
        with suppress(NoRewrite):
            sources = outline.sources(level) if found else ()
            for part in found:
                with suppress(NoRewrite):
                    turned = _turned(outline, part, sources)
                    if turned is not None:
                        yield part, turned


def _turned(outline: Outline, part: Range, sources: Sequence[Source]) -> _Turned | None:
    tree = stripped(outline.parsed(outline.words(part)))
    operator = _COMPARISONS.get(type(tree))
    if operator is None:
        return None
    left, right = stripped(tree.this), stripped(tree.expression)
    for side, value, sign in ((left, right, operator), (right, left, _TURNED[operator])):
        columns = list(side.find_all(exp.Column))
        if len(columns) != 1 or side is columns[0] or not _constant(value) or side.find(exp.Query) is not None:
            continue
        found = outline.column(columns[0], sources)
        if found is None:
            continue
        compared = _Compared(side, sign, value, spelled(*found), found[1])
        for shape in _SHAPES:
            turned = shape(compared, columns[0])
            if turned is not None:
                return turned
    return None


def _constant(node: exp.Expression) -> bool:
    """Whether a value is the same for every row and every time it is written: a literal, a parameter, a cast of one, today."""
    if isinstance(node, exp.Literal | exp.Parameter | exp.CurrentDate | exp.CurrentTimestamp):
        return True
    if isinstance(node, exp.Neg | exp.Paren):
        return _constant(node.this)
    return isinstance(node, exp.Cast) and _constant(node.this)


def _date_trunc(compared: _Compared, column: exp.Expression) -> _Turned | None:
    side = compared.side
    if not isinstance(side, exp.TimestampTrunc | exp.DateTrunc) or side.this is not column or side.args.get("zone") is not None:
        return None
    unit = str(side.args["unit"].name).lower()
    days = _TIMES if unit in _WITHIN_A_DAY else _TIMES | {"date"}
    if unit not in _UNITS or compared.column.base_type not in days or not _time(compared.value):
        return None
    start = f"{compared.text}::{compared.column.base_type}"
    step = "3 months" if unit == "quarter" else f"1 {unit}"
    condition = None if _begins(compared.value, unit) else f"{compared.text} is the beginning of a {unit}"
    return _range(compared, start, f"{start} + interval '{step}'"), condition


def _time(node: exp.Expression) -> bool:
    """Whether a value is a day, or a literal or parameter that is read as a time as it stands."""
    if isinstance(node, exp.Cast):
        kind = node.to.sql(dialect="postgres").upper()
        return kind == "DATE" or (kind in {"TIMESTAMP", "TIMESTAMPTZ"} and isinstance(node.this, exp.Literal | exp.Parameter))
    return isinstance(node, exp.Literal | exp.Parameter | exp.CurrentDate)


def _begins(node: exp.Expression, unit: str) -> bool:
    """Whether a value is known to be the beginning of a unit."""
    if unit == "day" and (isinstance(node, exp.CurrentDate) or _is_date(node)):
        return True
    written = node.this if isinstance(node, exp.Cast) else node
    return isinstance(written, exp.Literal) and unit in _BEGINNING and re.fullmatch(_BEGINNING[unit], written.name) is not None


def _date_cast(compared: _Compared, column: exp.Expression) -> _Turned | None:
    side = compared.side
    casts = isinstance(side, exp.Cast) and side.this is column and side.to.sql(dialect="postgres").upper() == "DATE"
    called = isinstance(side, exp.Date | exp.TsOrDsToDate) and side.this is column
    if not (casts or called) or compared.column.base_type not in _TIMES:
        return None
    value = compared.value
    if isinstance(value, exp.Literal | exp.Parameter):
        day = f"{compared.text}::date"
    elif isinstance(value, exp.CurrentDate) or _is_date(value):
        day = compared.text
    else:
        return None
    return _range(compared, day, f"{day} + 1"), None


def _is_date(node: exp.Expression) -> bool:
    return isinstance(node, exp.Cast) and node.to.sql(dialect="postgres").upper() == "DATE"


def _year(compared: _Compared, column: exp.Expression) -> _Turned | None:
    side = compared.side
    if not isinstance(side, exp.Extract) or side.expression is not column or str(side.this.name).lower() != "year":
        return None
    digits = compared.value.name if isinstance(compared.value, exp.Literal) else ""
    if compared.column.base_type not in _TIMES | {"date"} or re.fullmatch(r"[12]\d{3}", digits) is None:
        return None
    kind = compared.column.base_type
    return _range(compared, f"'{digits}-01-01'::{kind}", f"'{int(digits) + 1}-01-01'::{kind}"), None


def _to_char(compared: _Compared, column: exp.Expression) -> _Turned | None:
    side, value = compared.side, compared.value
    written = side.args.get("format") if isinstance(side, exp.TimeToStr) and side.this is column else None
    form = _FORMATS.get(written.name) if isinstance(written, exp.Literal) else None
    if form is None or compared.operator != "=" or compared.column.base_type not in _TIMES | {"date"} or not isinstance(value, exp.Literal):
        return None
    pattern, rest, unit = form
    if not value.is_string or re.fullmatch(pattern, value.name) is None:
        return None
    start = f"'{value.name}{rest}'::{compared.column.base_type}"
    return _range(compared, start, f"{start} + interval '1 {unit}'"), None


def _arithmetic(compared: _Compared, column: exp.Expression) -> _Turned | None:
    side = compared.side
    if not isinstance(side, exp.Add | exp.Sub) or compared.column.base_type not in _WHOLE:
        return None
    added = side.expression if side.this is column else side.this if isinstance(side, exp.Add) and side.expression is column else None
    if not isinstance(added, exp.Literal) or added.is_string or not added.name.isdigit() or not _whole(compared.value):
        return None
    if added.name.strip("0") == "":
        return f"{compared.name} {compared.operator} {compared.text}", None
    sign = "-" if isinstance(side, exp.Add) else "+"
    return f"{compared.name} {compared.operator} {compared.text} {sign} {added.name}", "no value is so large that the sum would overflow"


def _whole(node: exp.Expression) -> bool:
    node = node.this if isinstance(node, exp.Neg) else node
    return isinstance(node, exp.Parameter) or (isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit())


def _text_of_number(compared: _Compared, column: exp.Expression) -> _Turned | None:
    side, value = compared.side, compared.value
    text = isinstance(side, exp.Cast) and side.this is column and side.to.sql(dialect="postgres").upper() in {"TEXT", "VARCHAR"}
    if not text or compared.operator != "=" or compared.column.base_type not in _WHOLE or not isinstance(value, exp.Literal):
        return None
    return (f"{compared.name} = {value.name}", None) if re.fullmatch(r"0|-?[1-9]\d{0,8}", value.name) and value.is_string else None


def _range(compared: _Compared, start: str, end: str) -> str:
    """Return the clause over the column alone for a comparison with a whole unit from start to before end."""
    name = compared.name
    return {
        "=": f"{name} >= {start} AND {name} < {end}", "<": f"{name} < {start}", "<=": f"{name} < {end}", ">": f"{name} >= {end}",
        ">=": f"{name} >= {start}",
    }[compared.operator]  # fmt: skip


_SHAPES: tuple[Callable[[_Compared, exp.Expression], _Turned | None], ...] = (
    _date_trunc, _date_cast, _year, _to_char, _arithmetic, _text_of_number,
)  # fmt: skip
