"""A scan's condition as the terms an index could serve: column, operator, value. ``explain.conditions`` reads the text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from indexadvisor.explain.conditions import Condition, parse_condition
from indexadvisor.explain.expression import Expression
from indexadvisor.explain.plan import PlanNode
from indexadvisor.lexer import BRACKETS, significant

EQUALITY = frozenset({"=", "= ANY", "IS NULL"})
RANGE = frozenset({"<", "<=", ">", ">="})
_FLIPPED = {
    "<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>", "@>": "<@", "<@": "@>", "&&": "&&", "= ANY": "ANY =",
}  # fmt: skip
"""``ANY =``: a value is one of an array column's elements (``'x' = ANY (tags)``)."""
_VOLATILE = frozenset(
    {"random", "random_normal", "clock_timestamp", "timeofday", "nextval", "currval", "setval", "gen_random_uuid", "uuidv4", "uuidv7"}
    | {"uuid_generate_v4", "pg_sleep"}
)


@dataclass(frozen=True)
class Term:
    """One comparison. ``column``: the table's column that stands alone on one side (a cast of it is ``cast``), with ``operator`` and
    ``value`` as read from the column's side. ``wrapped``: the expression over the table's columns where none stands alone. ``columns``:
    all of the table's columns in it. ``fixed``: the other side is the same for every row of the scan, so that an index could be asked
    for it.
    """

    text: str
    columns: tuple[str, ...] = ()
    column: str | None = None
    cast: str | None = None
    wrapped: str | None = None
    operator: str | None = None
    value: str = ""
    fixed: bool = False
    functions: tuple[str, ...] = ()

    @property
    def equality(self) -> bool:
        """Whether an index finds the rows by equality with its key."""
        return self.column is not None and self.fixed and self.operator in EQUALITY

    @property
    def range(self) -> bool:
        """Whether an index finds the rows between bounds."""
        return self.column is not None and self.fixed and self.operator in RANGE


def own_names(node: PlanNode) -> frozenset[str]:
    """Return the names a node's table goes by in conditions."""
    return frozenset(filter(None, (node.alias, node.relation)))


def terms_of(node: PlanNode, name: str = "Filter") -> tuple[Term, ...]:
    """Return the ANDed terms of a node's condition; empty where it has none."""
    text = node.text(name)
    return () if text is None else conjuncts(text, own_names(node))


@lru_cache(maxsize=1024)
def conjuncts(text: str, own: frozenset[str] = frozenset()) -> tuple[Term, ...]:
    """Return the ANDed terms of a condition; ``own`` are the names the table goes by, columns of others are values from outside.

    >>> [(term.column, term.operator, term.value) for term in conjuncts("((a = 1) AND (b > '2024-01-01'::date))")]
    [('a', '=', '1'), ('b', '>', "'2024-01-01'::date")]
    """
    condition = parse_condition(text)
    return tuple(_term(condition, arm, own) for arm in condition.arms)


def or_arms(text: str, own: frozenset[str] = frozenset()) -> tuple[tuple[Term, ...], ...]:
    """Return the arms of a condition that is an OR as a whole, each as its ANDed terms; empty for any other condition.

    >>> [[term.column for term in arm] for arm in or_arms("((a = 1) OR ((b = 2) AND (c = 3)))")]
    [['a'], ['b', 'c']]
    """
    condition = parse_condition(text)
    if condition.root.kind != "or":
        return ()
    arms = (arm.arguments if arm.kind == "and" else (arm,) for arm in condition.alternatives)
    return tuple(tuple(_term(condition, part, own) for part in arm) for arm in arms)


def plain_column(text: str, own: frozenset[str] = frozenset()) -> str | None:
    """Return the table's column that an output expression is, None for any other expression.

    >>> plain_column("o.customer_id", frozenset({"o"})), plain_column("lower(email)"), plain_column("c.id", frozenset({"o"}))
    ('customer_id', None, None)
    """
    root = parse_condition(text).root
    columns = _columns(root, own)
    return columns[0] if root.kind == "column" and columns else None


def _term(condition: Condition, arm: Expression, own: frozenset[str]) -> Term:
    """Return a part of a condition as a term; what is no comparison keeps its text and columns."""
    text, columns = _text(condition, arm), _columns(arm, own)
    functions = tuple(dict.fromkeys(part.name for part in arm.walk() if part.kind == "function"))
    tested = arm.arguments[0] if arm.kind in {"not", "null test"} and arm.arguments else arm
    if arm.kind == "null test" or (tested.kind == "column" and columns):
        operator = {"null test": arm.name, "not": "IS FALSE"}.get(arm.kind, "IS TRUE")
        return _sided(condition, Term(text, columns, operator=operator, fixed=True, functions=functions), tested)
    if arm.kind != "operator" or len(arm.arguments) != 2:
        return Term(text, columns, wrapped=text if columns else None, functions=functions)
    left, right = arm.arguments
    operator = f"{arm.name} {arm.quantifier}" if arm.quantifier else arm.name
    if not _columns(left, own) and _columns(right, own):
        if operator not in _FLIPPED:
            return Term(text, columns, wrapped=text, functions=functions)
        left, right, operator = right, left, _FLIPPED[operator]
    fixed = not _columns(right, own) and not any(_varies(part) for part in right.walk())
    term = Term(text, columns, operator=operator, value=_text(condition, right), fixed=fixed, functions=functions)
    return _sided(condition, term, left)


def _sided(condition: Condition, term: Term, side: Expression) -> Term:
    """Return a term with the table's side of it: a column, a cast of one, or an expression."""
    if not term.columns:
        return term
    inner = side.arguments[0] if side.kind == "cast" and side.arguments else side
    if inner.kind == "column":
        return replace(term, column=term.columns[0], cast=side.name if side.kind == "cast" else None)
    return replace(term, wrapped=_text(condition, side))


def _columns(part: Expression, own: frozenset[str]) -> tuple[str, ...]:
    """Return the table's columns in a part, each once, in order."""
    named = (each.column for each in part.walk() if each.column is not None)
    return tuple(dict.fromkeys(column.name for column in named if column.alias is None or not own or column.alias in own))


def _varies(part: Expression) -> bool:
    """Whether a value can differ from row to row: a volatile function, or a SubPlan, which is evaluated for each row."""
    return (part.kind == "function" and part.name in _VOLATILE) or (part.kind == "subplan" and not part.name.startswith("InitPlan"))


def _text(condition: Condition, part: Expression) -> str:
    """Return the text of a part, its brackets in pairs: a part may begin behind a bracket that is closed inside of it."""
    start, text = part.start, condition.part(part)
    missing = -min(_depths(text), default=0)
    while missing > 0 and start > 0:
        start -= 1
        missing -= condition.text[start] == "("
    text = condition.text[start : part.end].strip()
    while text.startswith("(") and text.endswith(")") and min(_depths(text)[:-1], default=0) > 0:
        text = text[1:-1].strip()
    return text


def _depths(text: str) -> list[int]:
    """Return the depth behind each bracket of a text."""
    steps = (BRACKETS[token.text] for token in significant(text) if token.text in BRACKETS)
    return list(accumulate(steps))
