"""Which expressions may be indexed: only those PostgreSQL holds to be immutable, judged by the types of the columns they read.

The expression is parsed by libpg_query and typed from the leaves up. What is not known to be immutable is refused with the
reason, because CREATE INDEX would refuse it too. Source: PostgreSQL documentation, sections "CREATE INDEX" (functions must be
immutable) and "Function Volatility Categories"; pg_proc.provolatile of the functions and casts named here.
"""

from __future__ import annotations

from typing import Any

import pgparse

from indexadvisor.catalog.model import Table

TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name", "unknown"})
_TIMES = frozenset({"date", "timestamp", "timestamptz", "time", "timetz", "interval"})
_INTEGERS = ("int2", "int4", "int8")
_NUMBERS = frozenset({*_INTEGERS, "numeric", "float4", "float8"})
_RESULT_OF = {
    **dict.fromkeys(("lower", "upper", "initcap", "btrim", "ltrim", "rtrim", "substring", "substr", "left", "right", "replace"), "text"),
    **dict.fromkeys(("translate", "md5", "reverse", "split_part", "lpad", "rpad", "repeat", "regexp_replace", "host"), "text"),
    **dict.fromkeys(("jsonb_extract_path_text", "json_extract_path_text", "jsonb_typeof", "soundex", "metaphone"), "text"),
    **dict.fromkeys(("length", "char_length", "character_length", "octet_length", "strpos", "position", "ascii"), "int4"),
    **dict.fromkeys(("jsonb_array_length", "array_length", "cardinality", "masklen"), "int4"),
    **dict.fromkeys(("digest", "sha256", "decode"), "bytea"),
    "jsonb_extract_path": "jsonb",
    "make_date": "date",
    "setweight": "tsvector",
    "starts_with": "bool",
}
"""Immutable functions whose result type does not depend on their arguments."""
_RANGE_OF = {
    "int4range": "int4",
    "int8range": "int8",
    "numrange": "numeric",
    "daterange": "date",
    "tsrange": "timestamp",
    "tstzrange": "timestamptz",
}
"""Range types, which are also the names of their constructors, and what lower() and upper() of one return."""
_SAME_TYPE = frozenset({"abs", "round", "floor", "ceil", "ceiling", "trunc", "mod"})
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">=", "@>", "<@", "&&", "?", "?|", "?&", "@@", "@?", "^@", "~", "~*", "!~", "!~*"})
_TEXT_INPUT_IS_STABLE = _TIMES
"""Reading these from text depends on DateStyle, IntervalStyle or TimeZone."""
_TEXT_OUTPUT_IS_STABLE = frozenset({"enum", "date", "timestamp", "timestamptz", "interval", "money"})


class NotImmutable(Exception):
    """The expression cannot be indexed; the message says why, as a clause (``now() changes between calls``)."""


def type_of(expression: str, table: Table) -> str:
    """Return the result type (its name in pg_type, ``unknown`` for an untyped literal) of an immutable expression.

    Raises NotImmutable for anything else, a syntax error included.

    >>> from indexadvisor.candidates.example import USERS
    >>> type_of("lower(email)", USERS)
    'text'
    >>> type_of("date_trunc('day', created_at)", USERS)
    Traceback (most recent call last):
    indexadvisor.candidates.immutable.NotImmutable: date_trunc() on timestamp with time zone depends on the TimeZone setting
    """
    try:
        parsed = pgparse.parse(f"SELECT ({expression}\n)")
    except (pgparse.PGQueryError, RecursionError, ValueError) as error:
        raise NotImmutable(f"the expression could not be parsed ({str(error)[:80]})") from None
    if len(parsed) != 1:
        raise NotImmutable("it is not a single expression")
    statement = parsed[0]["stmt"].get("SelectStmt", {})
    targets = statement.get("targetList", [])
    if len(targets) != 1 or set(statement) - {"targetList", "limitOption", "op"}:
        raise NotImmutable("it is not a single expression")
    return _type(targets[0]["ResTarget"]["val"], table)


def refusal(expression: str, table: Table) -> str | None:
    """Return why an expression cannot be indexed, or None where it can."""
    try:
        type_of(expression, table)
    except NotImmutable as error:
        return str(error)
    return None


def columns_of(expression: str, table: Table) -> frozenset[str]:
    """Return the table's columns that an expression or predicate reads; none where it cannot be parsed.

    >>> from indexadvisor.candidates.example import USERS
    >>> sorted(columns_of("lower(email) = 'created_at' AND id > 5", USERS))
    ['email', 'id']
    """
    found: set[str] = set()
    try:
        nodes: list[Any] = [pgparse.parse(f"SELECT ({expression}\n)")]
    except (pgparse.PGQueryError, RecursionError, ValueError):
        return frozenset()
    while nodes:
        node = nodes.pop()
        if isinstance(node, list):
            nodes += node
        elif isinstance(node, dict):
            found |= {field["String"]["sval"] for field in node.get("ColumnRef", {}).get("fields", ()) if "String" in field}
            nodes += node.values()
    return frozenset(found) & table.by_name.keys()


def _type(node: dict[str, Any], table: Table) -> str:
    ((name, body),) = node.items()
    reader = _READERS.get(name)
    if reader is None:
        raise NotImmutable(f"it holds a part that no index can store ({name})")
    return reader(body, table)


def _column(body: dict[str, Any], table: Table) -> str:
    parts = [field["String"]["sval"] for field in body["fields"] if "String" in field]
    column = table.column(parts[-1]) if parts else None
    if column is None or len(parts) != len(body["fields"]):
        raise NotImmutable(f"{'.'.join(parts) or '*'} is not a column of {table.name}")
    return "enum" if column.category == "E" else column.base_type


def _constant(body: dict[str, Any], table: Table) -> str:
    if "ival" in body:
        return "int4"
    if "fval" in body:
        return "numeric"
    return "bool" if "boolval" in body else "unknown"


def _function(body: dict[str, Any], table: Table) -> str:
    name: str = body["funcname"][-1]["String"]["sval"]
    types = [_type(argument, table) for argument in body.get("args", [])]
    if name in ("lower", "upper") and types and types[0] in _RANGE_OF:
        return _RANGE_OF[types[0]]
    if name in _RANGE_OF and len(types) in (2, 3):
        return name
    if name in _RESULT_OF:
        return _RESULT_OF[name]
    if name in _SAME_TYPE and types and types[0] in _NUMBERS:
        return types[0]
    if name in ("date_trunc", "date_part", "extract") and len(types) > 1:
        return _date_part(name, types)
    if name == "timezone" and len(types) == 2 and types[0] in TEXTS:
        return "timestamp" if types[1] == "timestamptz" else "timestamptz"
    if name == "to_tsvector":
        if len(types) == 2 and "A_Const" in str(body["args"][0]):
            return "tsvector"
        raise NotImmutable("to_tsvector() without a configuration depends on default_text_search_config: write to_tsvector('english', ..)")
    raise NotImmutable(f"{name}() is not known to be immutable")


def _date_part(name: str, types: list[str]) -> str:
    """Return the type of date_trunc(), date_part() or extract(), which are immutable without a time zone only."""
    if len(types) == 3:
        raise NotImmutable("date_trunc() with a time zone is not immutable before PostgreSQL 16")
    if types[1] == "timestamptz":
        raise NotImmutable(f"{name}() on timestamp with time zone depends on the TimeZone setting")
    if types[1] == "date" and name == "date_trunc":
        raise NotImmutable("date_trunc() on a date goes through timestamp with time zone: cast the date to timestamp first")
    if types[1] not in _TIMES:
        raise NotImmutable(f"{name}() on {types[1]} is not known to be immutable")
    return {"date_trunc": types[1], "date_part": "float8"}.get(name, "numeric")


def _cast(body: dict[str, Any], table: Table) -> str:
    names = [part["String"]["sval"] for part in body["typeName"]["names"]]
    target: str = ("_" if body["typeName"].get("arrayBounds") else "") + names[-1]
    if "A_Const" in body["arg"]:
        return target
    source = _type(body["arg"], table)
    if source == target:
        return target
    stable = (
        (source in TEXTS and target in _TEXT_INPUT_IS_STABLE)
        or (target in TEXTS and (source in _TEXT_OUTPUT_IS_STABLE or source.startswith("_")))
        or "timestamptz" in (source, target)
        or {source, target} & {"timetz", "regclass", "regtype"}
    )
    if stable:
        raise NotImmutable(f"the cast from {source.removeprefix('_')} to {target} depends on settings of the session")
    if source in TEXTS or target in TEXTS or {source, target} <= _NUMBERS | {"bool"} or {source, target} <= _TIMES:
        return target
    raise NotImmutable(f"the cast from {source} to {target} is not known to be immutable")


def _operator(body: dict[str, Any], table: Table) -> str:
    name: str = body["name"][-1]["String"]["sval"]
    left = _type(body["lexpr"], table) if "lexpr" in body else "unknown"
    right = _type(body["rexpr"], table) if "rexpr" in body else "unknown"
    if body["kind"] == "AEXPR_NULLIF":
        return left
    if name in _COMPARISONS or body["kind"] != "AEXPR_OP":
        if "timestamptz" in (left, right) and {left, right} & {"date", "timestamp"}:
            raise NotImmutable(f"comparing {left} with {right} depends on the TimeZone setting")
        return "bool"
    if name in ("->>", "#>>"):
        return "text"
    if name in ("->", "#>"):
        return left
    if name == "||" and (left == right or (left in TEXTS and right in TEXTS)):
        return right if left == "unknown" else left
    if name in ("+", "-", "*", "/", "%") and "timestamptz" not in (left, right):
        return _arithmetic(left, right)
    raise NotImmutable(f"{left} {name} {right} is not known to be immutable")


def _arithmetic(left: str, right: str) -> str:
    """Return the type of a sum, difference, product or quotient over numbers or over dates and intervals."""
    if {left, right} <= _NUMBERS | {"unknown"}:
        ranked = ("unknown", "int2", "int4", "int8", "numeric", "float4", "float8")
        return max(left, right, key=ranked.index)
    if "interval" in (left, right) and {left, right} & {"date", "timestamp"}:
        return "timestamp"
    if left == "date" and right in ("int4", "date"):
        return "date" if right == "int4" else "int4"
    raise NotImmutable(f"arithmetic over {left} and {right} is not known to be immutable")


def _first(body: dict[str, Any], table: Table) -> str:
    types = [_type(argument, table) for argument in body["args"]]
    return next((found for found in types if found != "unknown"), "text")


def _test(body: dict[str, Any], table: Table) -> str:
    _type(body["arg"], table)
    return "bool"


def _all(body: dict[str, Any], table: Table) -> str:
    for argument in body.get("args", body.get("elements", body.get("items", ()))):
        _type(argument, table)
    return "bool"


def _array(body: dict[str, Any], table: Table) -> str:
    _all(body, table)
    return "unknown"


def _collate(body: dict[str, Any], table: Table) -> str:
    return _type(body["arg"], table)


_READERS = {
    "ColumnRef": _column,
    "A_Const": _constant,
    "FuncCall": _function,
    "TypeCast": _cast,
    "A_Expr": _operator,
    "BoolExpr": _all,
    "NullTest": _test,
    "BooleanTest": _test,
    "CoalesceExpr": _first,
    "MinMaxExpr": _first,
    "A_ArrayExpr": _array,
    "List": _array,
    "CollateClause": _collate,
}
