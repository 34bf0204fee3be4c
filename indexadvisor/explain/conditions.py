"""The conditions that EXPLAIN prints (``Filter``, ``Index Cond``, sort keys, ...) as trees of columns, operators and values.

EXPLAIN does not print SQL but what src/backend/utils/adt/ruleutils.c makes of the planner's tree: all in parentheses, ``LIKE`` as
``~~``, ``IN`` as ``= ANY``, references to subplans that no SQL has (``(hashed SubPlan 1)``, ``(InitPlan 1).col1``). A small parser on our
own lexer reads all of it, where a parser of SQL refuses; what it cannot read is still searched for columns, operators and values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from indexadvisor.explain.condition_parser import parse
from indexadvisor.explain.condition_search import searched
from indexadvisor.explain.expression import ColumnName, Expression

_CACHED_LENGTH = 20_000
_SIDES = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>", "@>": "<@", "<@": "@>", "&&": "&&"}
_SORTED = re.compile(r'(?: COLLATE (?:"[^"]*"(?:\."[^"]*")?|\S+))?(?: (?:DESC|ASC|USING \S+))?(?: NULLS (?:FIRST|LAST))?$')


@dataclass(frozen=True)
class Comparison:
    """``column operator value`` with the column on the left. ``expression`` is the left side where it is more than a column (``lower(a)``,
    ``(a)::text``), None for the bare column. ``quantifier``: ANY or ALL. ``value`` is None for a test against null.
    """

    column: ColumnName
    operator: str
    value: Expression | None
    expression: Expression | None = None
    quantifier: str | None = None


@dataclass(frozen=True)
class Condition:
    """A condition and its tree. ``whole``: all of it was understood; else ``root`` has the columns and values found in it, side by side."""

    text: str
    root: Expression
    whole: bool = True

    @cached_property
    def columns(self) -> tuple[ColumnName, ...]:
        """Every column once, in the order of their first appearance."""
        return tuple(dict.fromkeys(part.column for part in self.root.walk() if part.column is not None))

    @cached_property
    def operators(self) -> tuple[str, ...]:
        """Every operator once, in order; ``IS NULL`` and its like are among them."""
        return tuple(dict.fromkeys(part.name for part in self.root.walk() if part.kind in ("operator", "null test")))

    @cached_property
    def functions(self) -> tuple[str, ...]:
        """The name of every function called, once."""
        return tuple(dict.fromkeys(part.name for part in self.root.walk() if part.kind == "function"))

    @cached_property
    def constants(self) -> tuple[str, ...]:
        """Every constant as written, with its quotes."""
        return tuple(part.name for part in self.root.walk() if part.kind == "constant")

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Every ``$n`` once: a parameter of the statement, or (to 16) the result of an InitPlan."""
        return tuple(dict.fromkeys(part.name for part in self.root.walk() if part.kind == "parameter"))

    @cached_property
    def subplans(self) -> tuple[str, ...]:
        """Every subplan referred to, by the name its node has (``SubPlan 1``, ``InitPlan 2``)."""
        return tuple(dict.fromkeys(part.name for part in self.root.walk() if part.kind == "subplan"))

    @property
    def arms(self) -> tuple[Expression, ...]:
        """The parts joined by AND at the top: all must hold."""
        return self.root.arguments if self.root.kind == "and" else (self.root,)

    @property
    def alternatives(self) -> tuple[Expression, ...]:
        """The parts joined by OR at the top: one must hold; the condition itself where there is no OR."""
        return self.root.arguments if self.root.kind == "or" else (self.root,)

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The arms that compare one side with columns against one without; others (joins of two columns, OR) are left out."""
        found = (compared(arm) for arm in self.arms)
        return tuple(each for each in found if each is not None)

    def part(self, expression: Expression) -> str:
        """Return the text of a part."""
        return self.text[expression.start : expression.end]


def compared(arm: Expression) -> Comparison | None:
    """Return a part as the comparison of a column (or an expression over columns) with a value, None where it is something else."""
    if arm.kind == "null test":
        return _of(arm.arguments[0], arm.name, None, None)
    if arm.kind == "column":
        return Comparison(arm.column, "= true", None) if arm.column is not None else None
    if arm.kind == "not" and arm.arguments[0].kind == "column" and arm.arguments[0].column is not None:
        return Comparison(arm.arguments[0].column, "= false", None)
    if arm.kind != "operator" or len(arm.arguments) != 2:
        return None
    left, right = arm.arguments
    if right.is_value and not left.is_value:
        return _of(left, arm.name, right, arm.quantifier)
    if left.is_value and not right.is_value:
        # "x = ANY (column)" looks for a value in an array column: it has no form with the column on the left
        turned = None if arm.quantifier else _SIDES.get(arm.name)
        return None if turned is None else _of(right, turned, left, None)
    return None


def _of(side: Expression, operator: str, value: Expression | None, quantifier: str | None) -> Comparison | None:
    columns = [part.column for part in side.walk() if part.column is not None]
    if not columns:
        return None
    return Comparison(columns[0], operator, value, None if side.kind == "column" else side, quantifier)


def parse_condition(text: str) -> Condition:
    """Return a condition's tree; never fails, ``whole`` says whether all of it was understood.

    >>> condition = parse_condition("((o.status = 'open'::text) AND (o.id = ANY ('{1,2}'::integer[])))")
    >>> [(each.column.name, each.operator, each.quantifier) for each in condition.comparisons]
    [('status', '=', None), ('id', '=', 'ANY')]
    >>> parse_condition("(NOT (hashed SubPlan 1))").subplans
    ('SubPlan 1',)
    """
    return _cached(text) if len(text) <= _CACHED_LENGTH else _parsed(text)


def parse_sort_key(text: str) -> tuple[Condition, str]:
    """Return a sort key's expression and what follows it (``DESC NULLS LAST``).

    >>> key, order = parse_sort_key("lower(o.name) DESC NULLS LAST")
    >>> key.columns[0].name, order
    ('name', 'DESC NULLS LAST')
    """
    match = _SORTED.search(text, max(0, len(text) - 200))
    cut = len(text) if match is None else match.start()
    return parse_condition(text[:cut]), text[cut:].strip()


def _parsed(text: str) -> Condition:
    root = parse(text)
    return Condition(text, searched(text), whole=False) if root is None else Condition(text, root)


_cached = lru_cache(maxsize=4096)(_parsed)
