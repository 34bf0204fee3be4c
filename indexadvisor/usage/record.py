"""Turning an operand of a condition into a recorded use of its table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from indexadvisor.catalog.expression import is_one_expression
from indexadvisor.usage.analysis import stripped
from indexadvisor.usage.literal import recurring_text
from indexadvisor.usage.model import ColumnRef, ColumnUse, UseKind
from indexadvisor.usage.operand import Operand
from indexadvisor.usage.scope import Relation, Scope

_BETWEEN_ROWS = frozenset({UseKind.JOIN, UseKind.ORDER, UseKind.GROUP, UseKind.DISTINCT, UseKind.MIN_MAX, UseKind.DISTANCE})
"""Kinds that need the table's own rows: they stop at a subquery that is planned by itself."""
_SEARCH_VECTORS = frozenset({"to_tsvector", "setweight", "jsonb_to_tsvector", "json_to_tsvector"})


@dataclass(frozen=True)
class Place:
    """Where a condition stands. ``branch``: see ColumnUse. ``filters``: ids of the relations whose scan it can narrow (None: all)."""

    branch: tuple[int, ...] = ()
    filters: frozenset[int] | None = None

    def arm(self, number: int, arm: int) -> Place:
        """Return the place inside one arm of an OR."""
        return Place((*self.branch, number, arm), self.filters)

    def narrows(self, relation: Relation) -> bool:
        """Whether the condition removes rows of this relation before it is joined."""
        return self.filters is None or id(relation) in self.filters


def record(operand: Operand, kind: UseKind, operator: str, place: Place, **more: Any) -> None:
    """Record a use of the operand's columns; nothing for values.

    A condition that cannot narrow the scan (ON of an outer join's preserved side), or an expression whose text is not certain,
    is kept as ``other`` without a predicate, so that its columns are still known to be read.
    """
    relation = operand.relation
    if relation is None:
        return
    origin = operand.scope.origin
    if operand.outer or (operand.closed and (kind in _BETWEEN_ROWS or "partner" in more)):
        for column in operand.columns:
            relation.output(column, origin)
        return
    if not place.narrows(relation) or (operand.column is None and operand.text is None):
        kind = UseKind.JOIN if kind is UseKind.JOIN and operand.column is not None else UseKind.OTHER
        more.pop("predicate", None)
        more.pop("row_comparison", None)
    expression = operand.expression
    if operand.parameters:
        more["from_parameter"] = True
    relation.add(ColumnUse(kind, operand.columns, expression, operator, branch=place.branch, origin=origin, **more))


def recurring(operand: Operand, operator: str, value: exp.Expression, scope: Scope) -> dict[str, Any]:
    """Return the ``predicate`` of ``operand operator value`` as arguments for record(), empty unless it recurs in every call."""
    found = recurring_text(value, scope, operand.column)
    if found is None or operand.text is None or found[0] == "NULL":
        return {}
    return _predicate(f"{operand.text} {operator} {found[0]}", operand, parameter=found[1])


def recurring_list(operand: Operand, operator: str, values: list[exp.Expression], scope: Scope) -> dict[str, Any]:
    """Return the ``predicate`` of ``operand IN (values)`` likewise."""
    found = [recurring_text(value, scope, operand.column) for value in values]
    known = [each for each in found if each is not None and each[0] != "NULL"]
    if operand.text is None or not known or len(known) < len(found) or not scope.constants.aligned:
        return {}
    texts = ", ".join(dict.fromkeys(text for text, _ in known))
    return _predicate(f"{operand.text} {operator} ({texts})", operand, parameter=any(parameter for _, parameter in known))


def structural(operand: Operand, text: str) -> dict[str, Any]:
    """Return the ``predicate`` of a condition without constants; ``{}`` in the text stands for the operand."""
    return {} if operand.text is None else _predicate(text.format(operand.text), operand, parameter=False)


def _predicate(text: str, operand: Operand, *, parameter: bool) -> dict[str, Any]:
    if not is_one_expression(text):
        return {}
    return {"predicate": text, "from_parameter": parameter or operand.parameters}


def reference(operand: Operand) -> ColumnRef | None:
    """Return the operand as the partner of a join."""
    if operand.relation is None:
        return None
    return ColumnRef(operand.relation.alias, operand.relation.name, operand.columns[0])


def types(operand: Operand) -> tuple[str, str]:
    """Return typcategory and base type of an operand; of an expression where its spelling says so, else empty."""
    if operand.column is not None:
        return operand.column.category, operand.column.base_type
    node = stripped(operand.node)
    if isinstance(node, exp.Cast):
        target = node.to.sql(dialect="postgres").lower()
        return ("A", f"_{target[:-2]}") if target.endswith("[]") else ("", target)
    name = str(node.this).lower() if isinstance(node, exp.Anonymous) else ""
    if name in _SEARCH_VECTORS:
        return "U", "tsvector"
    inner = operand.relation.table.column(operand.columns[0]) if operand.relation is not None and operand.columns else None
    if isinstance(node, (exp.JSONExtract, exp.JSONBExtract)) and inner is not None:
        return "U", inner.base_type
    return ("R", name) if name.endswith("range") else ("", "")
