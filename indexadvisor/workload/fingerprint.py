"""When two statements are the same query: libpg_query's fingerprint, made finer where indexes see a difference.

libpg_query's fingerprint ignores constants, ``$n``, white space, comments, aliases of output columns, the length of IN lists and of
VALUES. It also ignores five things that decide which index can be used, and these are added to it here:

- ``a = 1`` against ``a IN (1, 2)`` or ``a = ANY ($1)``: only the first keeps the order of the following index columns.
- ``a = 1`` against ``a = 1::numeric``: a constant's written type can rule an index out.
- ``orders_2023`` against ``orders_2024``: it leaves out runs of digits in table names.
- ``(a, b) > ($1, $2)`` against ``(b, a) > ($1, $2)``: keyset pages are served by an index in that order only.
- constants that are part of an indexable expression: ``doc ->> 'kind'`` against ``doc ->> 'state'``, ``date_trunc('day', at)`` against
  ``date_trunc('month', at)``, ``to_tsvector('english', body)`` against ``to_tsvector('simple', body)``.

``LIKE 'x%'`` and ``LIKE '%x'`` stay one template, as they are with ``LIKE $1``: what tells them apart is in the samples. A
fingerprint holds for one version of the parser and is never compared across versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import pgparse

from indexadvisor.workload.statement import Unparsable, read_statement

_KEYED = frozenset({"->", "->>", "#>", "#>>"})
_FIRST_ARGUMENT = frozenset(
    {"date_trunc", "date_part", "extract", "timezone", "to_tsvector", "to_tsquery", "plainto_tsquery", "phraseto_tsquery",
     "websearch_to_tsquery"}
)  # fmt: skip
_LISTS = frozenset({"AEXPR_IN", "AEXPR_OP_ANY", "AEXPR_OP_ALL"})
_DIGITS = re.compile(r"\d\d")


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes two statements one template. ``base``: libpg_query's fingerprint; ``marks``: the finer differences, sorted.
    ``keys``: the constants within expressions, apart because pg_stat_statements does not show them.
    """

    base: str
    marks: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits."""
        return _digest(self.base, *self.marks, "|", *self.keys) if self.marks or self.keys else self.base

    @property
    def family(self) -> str:
        """The fingerprint without the constants within expressions."""
        return _digest(self.base, *self.marks) if self.marks else self.base


def fingerprint(text: str) -> str | None:
    """Return the template a statement belongs to as hexadecimal digits, or None for what is not one statement that can be parsed.

    >>> fingerprint("select * from t where a = 1") == fingerprint("SELECT *  FROM t WHERE a = $1 -- by id")
    True
    >>> fingerprint("select * from t where a = 1") == fingerprint("select * from t where a in (1, 2)")
    False
    """
    try:
        statement = read_statement(text)
        return shape_of(statement.text, statement.tree).fingerprint
    except Unparsable:
        return None


def shape_of(text: str, tree: dict[str, Any] | None) -> Shape:
    """Return the shape of one statement; ``tree`` is its parse tree, None when it is too deep to be walked."""
    base = _base(text)
    if tree is None:
        return Shape(base)
    marks: set[str] = set()
    keys: set[str] = set()
    for name, node in _nodes(tree):
        if name == "A_Expr":
            _mark_expression(node, marks, keys)
        elif name == "TypeCast":
            if _constant(node.get("arg", {})):
                marks.add(f"cast {'.'.join(_names(node.get('typeName', {}).get('names', ())))}")
        elif name in ("RangeVar", "relation"):
            if _DIGITS.search(table := node.get("relname", "")):
                marks.add(f"table {table}")
        elif name == "FuncCall":
            function = _names(node.get("funcname", ()))[-1:]
            arguments = node.get("args", ())
            if function and function[0] in _FIRST_ARGUMENT and len(arguments) > 1 and (value := _string(arguments[0])) is not None:
                keys.add(f"{function[0]} {value}")
    return Shape(base, tuple(sorted(marks)), tuple(sorted(keys)))


def normalized(text: str) -> str:
    """Return a statement with ``$n`` in place of its constants, for people; the text itself where that cannot be done."""
    try:
        return str(pgparse.normalize(text))
    except (pgparse.PGQueryError, UnicodeEncodeError):
        return text


def _base(text: str) -> str:
    try:
        return str(pgparse.fingerprint(text))
    except pgparse.PGQueryError as error:
        raise Unparsable(f"cannot be parsed: {error}") from None


def _mark_expression(node: dict[str, Any], marks: set[str], keys: set[str]) -> None:
    operator = "".join(_names(node.get("name", ()))[-1:])
    left, right = node.get("lexpr", {}), node.get("rexpr", {})
    if node.get("kind") in _LISTS:
        marks.add(f"list {operator} {_column(left) or _column(right)}")
    elif operator in _KEYED and (value := _string(right)) is not None:
        keys.add(f"{operator} {value}")
    elif "RowExpr" in left:
        marks.add(f"row {operator} {', '.join(_column(item) for item in left['RowExpr'].get('args', ()))}")


def _nodes(tree: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every named node of a parse tree, without recursion."""
    stack: list[Any] = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
            continue
        for name, value in item.items():
            if isinstance(value, dict):
                if name[:1].isupper() or name == "relation":  # the target of an INSERT stands there without its node's name
                    yield name, value
                stack.append(value)
            elif isinstance(value, list):
                stack.append(value)


def _column(node: dict[str, Any]) -> str:
    """The column's own name: the qualifier is in the base fingerprint already."""
    return "".join(_names(node.get("ColumnRef", {}).get("fields", ()))[-1:])


def _names(nodes: Any) -> list[str]:
    return [node["String"].get("sval", "") for node in nodes if "String" in node]


def _constant(node: dict[str, Any]) -> bool:
    return "A_Const" in node or "ParamRef" in node


def _string(node: dict[str, Any]) -> str | None:
    """The value of a string constant, also under a cast (``'kind'::text``), or of a number (``doc -> 0``)."""
    node = node.get("TypeCast", {}).get("arg", node)
    constant = node.get("A_Const")
    if constant is None:
        return None
    if "sval" in constant:
        return str(constant["sval"].get("sval", ""))
    return str(constant["ival"].get("ival", 0)) if "ival" in constant else None


def _digest(*parts: str) -> str:
    return blake2b("\x00".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
