"""Parts of a condition as values: columns, operators, constants and what joins them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "and", "or", "not", "operator", "null test", "column", "constant", "parameter", "function", "cast", "array", "row", "case",
    "subplan", "field", "subscript", "list", "other",
]  # fmt: skip


@dataclass(frozen=True, order=True)
class ColumnName:
    """A column as the condition names it; ``alias`` is the table's alias in the plan, None where the plan has one table only."""

    alias: str | None
    name: str


@dataclass(frozen=True)
class Expression:
    """A part of a condition. ``name``: the operator, function, type, subplan, field or text of a constant or parameter. ``start``, ``end``:
    where it stands in the condition.

    ``quantifier`` is ANY or ALL where an operator compares with each element (``= ANY``), ``hashed`` for a hashed subplan.
    """

    kind: Kind
    name: str = ""
    arguments: tuple[Expression, ...] = ()
    column: ColumnName | None = None
    quantifier: str | None = None
    hashed: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def walk(self) -> Iterator[Expression]:
        """Yield this part and all below it, outer ones first."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.arguments))

    def without_casts(self) -> Expression:
        """Return what is cast, through any number of casts."""
        part = self
        while part.kind == "cast":
            part = part.arguments[0]
        return part

    @property
    def is_value(self) -> bool:
        """Whether it is known before any row is read: no column, and no subplan run for each row (an InitPlan runs once)."""
        return all(part.kind != "column" and not (part.kind == "subplan" and not part.name.startswith("InitPlan")) for part in self.walk())
