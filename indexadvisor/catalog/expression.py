"""Expressions and predicates in one canonical spelling, so that two texts can be compared by meaning rather than by characters.

PostgreSQL prints a stored expression with the casts it added (``lower((email)::text)``, ``status = 'open'::text``); people and
queries leave them out. ``canonical()`` parses with libpg_query and levels what PostgreSQL itself treats as the same when it matches a
query with an index (src/backend/optimizer/util/clauses.c eval_const_expressions, src/backend/optimizer/prep/prepqual.c):

- parentheses, white space, case of keywords, ``!=``, ``LIKE`` as ``~~``, ``OPERATOR(pg_catalog.=)``, qualified columns
- casts of literals (``'a'::text``, ``'-5'::integer``, ``5::numeric``), of literal arrays, and of columns to a string type
- ``x = true``, ``x = false`` as ``x``, ``NOT x``; NOT pushed inwards through AND, OR, comparisons and null tests
- ``a IN (..)`` as ``a = ANY (ARRAY[..])`` in the order of its values, one value as ``=``
- ``(a, b) = (1, 2)`` and BETWEEN as two comparisons
- the order of AND and OR, the sides of a comparison

A cast of a column to a string type is dropped because varchar to text is no change; where the column's type is known to be another
one (``table`` given), it stays. What does not parse is compared by its text, with runs of white space made one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from indexadvisor.catalog.model import Table

Node = dict[str, Any]

_STRINGS = {"text", "varchar", "bpchar"}
_NUMBERS = {"int2", "int4", "int8", "numeric", "float4", "float8"}
_COMMUTED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_NEGATED = {"=": "<>", "<>": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<", "~~": "!~~", "!~~": "~~", "~~*": "!~~*", "!~~*": "~~*"}
_PLACES = {"location", "stmt_location", "stmt_len", "funcformat", "typemod", "row_format"}


def same_expression(a: str | None, b: str | None, table: Table | None = None) -> bool:
    """Return whether two expressions or predicates mean the same; None (no predicate) equals only None.

    >>> same_expression("lower((email)::text)", "LOWER(email)")
    True
    >>> same_expression("status = 'open'::text", "status = 'closed'")
    False
    """
    if a is None or b is None:
        return a is b
    return a == b or canonical(a, table) == canonical(b, table)


def canonical(sql: str, table: Table | None = None) -> str:
    """Return the canonical form of an expression: a key to compare, not SQL to run.

    >>> canonical("(deleted_at IS NULL)")
    '{"NullTest": {"arg": "deleted_at", "nulltesttype": "IS_NULL"}}'
    >>> canonical("is_read = false") == canonical("NOT is_read")
    True
    """
    kept = frozenset(c.name for c in table.columns if c.base_type not in ("text", "varchar", "_text", "_varchar")) if table else frozenset()
    return _canonical(sql, kept)


def is_one_expression(sql: str) -> bool:
    """Return whether a text is exactly one scalar expression, so that it can stand in DDL between parentheses.

    >>> is_one_expression("lower(email)"), is_one_expression("a), (b"), is_one_expression("1) FROM t --")
    (True, False, False)
    """
    # with and without parentheses: neither "a) OR (b" nor "a FROM t" is one
    return _parsed(f"SELECT ({sql}\n)") is not None and _parsed(f"SELECT {sql}\n") is not None


def _parsed(select: str) -> Node | None:
    """Return the parse tree of the one expression a SELECT is made of, or None when it is anything else."""
    import pgparse

    try:
        statements = pgparse.parse(select)
    except (pgparse.PGQueryError, ValueError, RecursionError):
        return None
    tree = statements[0]["stmt"].get("SelectStmt", {}) if len(statements) == 1 else {}
    targets = tree.get("targetList", [])
    if set(tree) - {"targetList", "limitOption", "op"} or len(targets) != 1:
        return None
    target = targets[0]["ResTarget"]
    value: Node = target["val"]
    # "a, b" between parentheses reads as a row
    listed = value.get("RowExpr", {}).get("row_format") == "COERCE_IMPLICIT_CAST"
    return None if "name" in target or "SubLink" in value or listed else value


@lru_cache(maxsize=20_000)
def _canonical(sql: str, kept: frozenset[str]) -> str:
    # the line feed ends a trailing comment, which would otherwise swallow the parenthesis
    tree = _parsed(f"SELECT ({sql}\n)")
    if tree is None:
        return " ".join(sql.split())
    return _key(_level(tree, kept))


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _level(node: Any, kept: frozenset[str]) -> Any:
    """Return a subtree with everything beneath it levelled; columns become their names."""
    if isinstance(node, list):
        return [_level(each, kept) for each in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        kind, body = next(iter(node.items()))
        if kind == "ColumnRef":
            return _column(body)
        if kind[:1].isupper() and isinstance(body, dict):
            inner = {name: _level(value, kept) for name, value in body.items() if name not in _PLACES}
            form = _FORMS.get(kind)
            return form(inner, kept) if form else {kind: inner}
    return {name: _level(value, kept) for name, value in node.items() if name not in _PLACES}


def _column(body: Node) -> Any:
    last = body["fields"][-1]
    return last["String"]["sval"] if "String" in last else {"Star": {}}


def _words(names: Iterable[Node]) -> list[str]:
    return [word for each in names if (word := each["String"].get("sval", "")) != "pg_catalog"]


def _cast(body: Node, kept: frozenset[str]) -> Any:
    argument, type_name = body["arg"], body["typeName"]
    # a subscript of a type keeps it: only the plain cast of a constant says nothing
    name = (_words(type_name["names"]) or [""])[-1]
    array, typmods = "arrayBounds" in type_name, "typmods" in type_name
    if isinstance(argument, str):
        dropped = name in _STRINGS and not typmods and argument not in kept
        return argument if dropped else {"TypeCast": body}
    if "A_Const" in argument and not typmods:
        return _constant_of(argument, name) if not array else argument
    if array and "A_ArrayExpr" in argument and all("A_Const" in each for each in argument["A_ArrayExpr"].get("elements", []) if each):
        return argument
    return {"TypeCast": body}


def _constant_of(constant: Node, type_name: str) -> Node:
    """Return a literal cast to a type as the literal PostgreSQL would have read without the cast."""
    body = constant["A_Const"]
    text = body.get("sval", {}).get("sval")
    if text is not None and type_name in _NUMBERS and text.strip().removeprefix("-").replace(".", "", 1).isdecimal():
        return {"A_Const": {"number": text.strip()}}
    if text is not None and type_name == "bool" and text.strip().lower() in ("t", "f", "true", "false"):
        return {"A_Const": {"boolval": text.strip().lower().startswith("t")}}
    changed = "number" in body and type_name not in _NUMBERS
    return {"TypeCast": {"arg": constant, "to": type_name}} if changed else constant


def _constant(body: Node, _: frozenset[str]) -> Node:
    if "ival" in body:
        return {"A_Const": {"number": str(body["ival"].get("ival", 0))}}
    if "fval" in body:
        return {"A_Const": {"number": body["fval"]["fval"]}}
    if "boolval" in body:
        return {"A_Const": {"boolval": body["boolval"].get("boolval", False)}}
    return {"A_Const": body}


def _operation(body: Node, kept: frozenset[str]) -> Any:
    kind, operator = body["kind"], ".".join(_words(body["name"]))
    left, right = body.get("lexpr"), body.get("rexpr")
    if kind in ("AEXPR_LIKE", "AEXPR_ILIKE"):
        kind = "AEXPR_OP"
    if kind == "AEXPR_IN":
        right = {"A_ArrayExpr": {"elements": right["List"]["items"] if isinstance(right, dict) and "List" in right else [right]}}
        kind = "AEXPR_OP_ANY" if operator == "=" else "AEXPR_OP_ALL"
    if kind in ("AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN") and right is not None:
        low, high = right["List"]["items"]
        signs, boolop = ((">=", "<="), "AND_EXPR") if kind == "AEXPR_BETWEEN" else (("<", ">"), "OR_EXPR")
        return _junction(boolop, [_comparison(signs[0], left, low), _comparison(signs[1], left, high)])
    if (kind, operator) in (("AEXPR_OP_ANY", "="), ("AEXPR_OP_ALL", "<>")):
        return _membership(kind, operator, left, right)
    if kind == "AEXPR_OP" and left is not None:
        return _comparison(operator, left, right)
    return {"A_Expr": {"kind": kind, "name": operator, "lexpr": left, "rexpr": right}}


def _membership(kind: str, operator: str, left: Any, right: Any) -> Any:
    elements = right["A_ArrayExpr"].get("elements", []) if isinstance(right, dict) and "A_ArrayExpr" in right else None
    if elements and len(elements) == 1:
        return _comparison(operator, left, elements[0])
    if elements:
        right = {"A_ArrayExpr": {"elements": [json.loads(each) for each in sorted({json.dumps(e, sort_keys=True) for e in elements})]}}
    return {"A_Expr": {"kind": kind, "name": operator, "lexpr": left, "rexpr": right}}


def _comparison(operator: str, left: Any, right: Any) -> Any:
    """Return a binary operation, the smaller side first where the operator has a commutator, constants last."""
    if operator in ("=", "<>") and _is_row(left) and _is_row(right) and len(left["RowExpr"]["args"]) == len(right["RowExpr"]["args"]):
        pairs = zip(left["RowExpr"]["args"], right["RowExpr"]["args"], strict=True)
        return _junction("AND_EXPR" if operator == "=" else "OR_EXPR", [_comparison(operator, a, b) for a, b in pairs])
    if operator in _COMMUTED and (_is_constant(left), _key(left)) > (_is_constant(right), _key(right)):
        operator, left, right = _COMMUTED[operator], right, left
    if operator in ("=", "<>") and _is_constant(right) and "boolval" in right["A_Const"]:
        return left if (operator == "=") == right["A_Const"]["boolval"] else _negation(left)
    return {"A_Expr": {"kind": "AEXPR_OP", "name": operator, "lexpr": left, "rexpr": right}}


def _is_row(node: Any) -> bool:
    return isinstance(node, dict) and bool(node.get("RowExpr", {}).get("args"))


def _is_constant(node: Any) -> bool:
    return isinstance(node, dict) and "A_Const" in node


def _boolean(body: Node, _: frozenset[str]) -> Any:
    return _negation(body["args"][0]) if body["boolop"] == "NOT_EXPR" else _junction(body["boolop"], body["args"])


def _junction(boolop: str, arguments: list[Any]) -> Any:
    flat: list[Any] = []
    for each in arguments:
        same = isinstance(each, dict) and each.get("BoolExpr", {}).get("boolop") == boolop
        flat.extend(each["BoolExpr"]["args"] if same else [each])
    distinct = {_key(each): each for each in flat}
    ordered = [distinct[key] for key in sorted(distinct)]
    return ordered[0] if len(ordered) == 1 else {"BoolExpr": {"boolop": boolop, "args": ordered}}


def _negation(node: Any) -> Any:
    """Return NOT of a levelled subtree, pushed inwards as the planner's negate_clause() does."""
    body = node.get("BoolExpr") if isinstance(node, dict) else None
    if body is not None:
        if body["boolop"] == "NOT_EXPR":
            return body["args"][0]
        return _junction("OR_EXPR" if body["boolop"] == "AND_EXPR" else "AND_EXPR", [_negation(each) for each in body["args"]])
    if isinstance(node, dict) and "NullTest" in node:
        inverse = "IS_NOT_NULL" if node["NullTest"]["nulltesttype"] == "IS_NULL" else "IS_NULL"
        return {"NullTest": {**node["NullTest"], "nulltesttype": inverse}}
    operation = node.get("A_Expr", {}) if isinstance(node, dict) else {}
    if operation.get("kind") == "AEXPR_OP" and operation["name"] in _NEGATED:
        return _comparison(_NEGATED[operation["name"]], operation["lexpr"], operation["rexpr"])
    if (operation.get("kind"), operation.get("name")) in (("AEXPR_OP_ANY", "="), ("AEXPR_OP_ALL", "<>")):
        swapped = ("AEXPR_OP_ALL", "<>") if operation["name"] == "=" else ("AEXPR_OP_ANY", "=")
        return _membership(*swapped, operation["lexpr"], operation["rexpr"])
    return {"BoolExpr": {"boolop": "NOT_EXPR", "args": [node]}}


def _function(body: Node, _: frozenset[str]) -> Any:
    return {"FuncCall": {**body, "funcname": ".".join(_words(body["funcname"]))}}


def _collation(body: Node, _: frozenset[str]) -> Any:
    return {"CollateClause": {**body, "collname": ".".join(_words(body["collname"]))}}


_FORMS: dict[str, Callable[[Node, frozenset[str]], Any]] = {
    "TypeCast": _cast, "A_Const": _constant, "A_Expr": _operation, "BoolExpr": _boolean, "FuncCall": _function, "CollateClause": _collation,
}  # fmt: skip
