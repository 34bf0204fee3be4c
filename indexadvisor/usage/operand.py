"""One side of a condition: a column, an expression over one table's columns, a value, or a mixture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice, takewhile

from sqlglot import exp

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.expression import is_one_expression
from indexadvisor.catalog.model import Column
from indexadvisor.usage.analysis import Analysis, aggregates, leaves, stripped
from indexadvisor.usage.literal import quoted_value
from indexadvisor.usage.parse import is_literal
from indexadvisor.usage.scope import Base, Binding, Closed, Computed, Hidden, Relation, Scope, Several, Unknown, Whole
from indexadvisor.usage.span import span

_VOLATILE = frozenset(
    [
        "random",
        "nextval",
        "setval",
        "currval",
        "clock_timestamp",
        "timeofday",
        "gen_random_uuid",
        "uuid_generate_v4",
        "uuid_generate_v1",
        "txid_current",
    ]
)
_TEXT_TYPES = frozenset({"text", "varchar"})


@dataclass(frozen=True, eq=False)
class Operand:
    """``relation`` None: a value or a mixture. ``value``: known before the relation on the other side is scanned.

    ``outer``: the relation belongs to an outer query whose row is given here; ``closed``: to a subquery planned by itself.
    ``external``: the value comes from something we
    cannot see into (a function in FROM, a CTE planned apart). ``text``: SQL over unqualified columns; None when it cannot be
    cut out for certain. ``column`` is set for a plain column only. ``parameters``: the text holds captured parameter values.
    """

    node: exp.Expression
    scope: Scope
    relation: Relation | None = None
    columns: tuple[str, ...] = ()
    column: Column | None = None
    text: str | None = None
    value: bool = False
    outer: bool = False
    closed: bool = False
    external: bool = False
    parameters: bool = False

    @property
    def expression(self) -> str | None:
        """The text when it is not a plain column."""
        return None if self.column is not None else self.text


def operands(node: exp.Expression, scope: Scope, analysis: Analysis) -> list[Operand]:
    """Return what a side of a condition is; several when it is an output of a set operation."""
    node = stripped(node)
    node = _without_relabelling(node, scope, analysis)
    if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
        return of_binding(analysis.bind(node, scope), node, scope, analysis)
    return [_of_expression(node, scope, analysis)]


def of_binding(binding: Binding, node: exp.Expression, scope: Scope, analysis: Analysis) -> list[Operand]:
    """Return what a bound name is as a side of a condition; ``node`` and ``scope`` are where the name was used."""
    if isinstance(binding, Base):
        column = binding.column
        return [Operand(node, scope, binding.relation, (column.name,), column, quote_identifier(column.name), outer=binding.crossed)]
    if isinstance(binding, Computed):
        return operands(binding.node, binding.scope, analysis)
    if isinstance(binding, Several):
        return [operand for each in binding.bindings for operand in of_binding(each, node, scope, analysis)]
    if isinstance(binding, Closed):
        return [replace(operand, closed=True) for operand in of_binding(binding.binding, node, scope, analysis)]
    analysis.demand(binding, scope.origin)
    return [Operand(node, scope, value=not isinstance(binding, Whole), external=isinstance(binding, (Hidden, Unknown)))]


def _of_expression(node: exp.Expression, scope: Scope, analysis: Analysis) -> Operand:
    bases: dict[tuple[int, str], Base] = {}
    external = mixed = False
    for leaf in leaves(node):
        if isinstance(leaf, exp.Query):
            analysis.read_outputs(analysis.nested(leaf, scope))
            continue
        if not isinstance(leaf, exp.Column):
            continue
        for base in _bases(analysis.bind(leaf, scope), analysis):
            if isinstance(base, Base):
                bases.setdefault((id(base.relation), base.column.name), base)
            elif isinstance(base, Whole):
                analysis.demand(base)
                mixed = True
            else:
                external = True
    relations = {relation for relation, _ in bases}
    if not relations and not mixed:
        return Operand(node, scope, value=not _volatile(node), external=external or aggregates(node))
    if len(relations) != 1 or mixed or external or _opaque(node):
        for base in bases.values():
            analysis.demand(base, scope.origin)
        outer = bool(bases) and all(base.crossed for base in bases.values())
        return Operand(node, scope, value=outer and not mixed, external=outer)
    found = list(bases.values())
    names = tuple(dict.fromkeys(base.column.name for base in found))
    text, parameters = expression_text(node, scope, analysis)
    return Operand(
        node, scope, found[0].relation, names, None, text, outer=all(base.crossed for base in found), parameters=parameters
    )  # fmt: skip


def _bases(binding: Binding, analysis: Analysis) -> list[Base | Whole | Unknown]:
    """The base columns behind a binding; Unknown stands for a value from elsewhere."""
    if isinstance(binding, (Base, Whole, Unknown)):
        return [binding]
    if isinstance(binding, Closed):
        return _bases(binding.binding, analysis)
    if isinstance(binding, Several):
        return [base for each in binding.bindings for base in _bases(each, analysis)]
    if isinstance(binding, Computed):
        return [
            base
            for leaf in leaves(binding.node)
            if isinstance(leaf, exp.Column) and not isinstance(leaf.this, exp.Star)
            for base in _bases(analysis.bind(leaf, binding.scope), analysis)
        ]
    analysis.demand(binding)
    return [Unknown()]


def _opaque(node: exp.Expression) -> bool:
    """Whether the expression cannot stand in an index: aggregates, window functions, subqueries, volatile functions."""
    return node.find(exp.AggFunc, exp.Window, exp.Query) is not None or _volatile(node)


def _volatile(node: exp.Expression) -> bool:
    names = (str(each.this).lower() if isinstance(each, exp.Anonymous) else each.sql_name().lower() for each in node.find_all(exp.Func))
    return any(name in _VOLATILE or name == "rand" for name in names)


def _without_relabelling(node: exp.Expression, scope: Scope, analysis: Analysis) -> exp.Expression:
    """Drop a cast that PostgreSQL carries out by relabelling (varchar to text): an index on the column itself serves it."""
    if not isinstance(node, exp.Cast):
        return node
    inner = stripped(node.this)
    wanted = node.to.sql(dialect="postgres").lower()
    if not isinstance(inner, exp.Column) or isinstance(inner.this, exp.Star) or wanted not in _TEXT_TYPES:
        return node
    binding = analysis.bind(inner, scope)
    return inner if isinstance(binding, Base) and binding.column.base_type in _TEXT_TYPES else node


def expression_text(node: exp.Expression, scope: Scope, analysis: Analysis) -> tuple[str | None, bool]:
    """Return an expression as SQL over plain column names, cut from the text it was captured in, and whether it holds parameters.

    None where its place is not certain, where a constant in it differs between samples, or where PostgreSQL would not read the result.
    """
    where = span(node, scope.source)
    if where is None or not _constant_within(where, scope):
        return None, False
    edits: list[tuple[int, int, str]] = []
    parameters = False
    for leaf in node.find_all(exp.Column, exp.Parameter):
        place = span(leaf, scope.source)
        replacement = _leaf_text(leaf, scope, analysis)
        if place is None or replacement is None:
            return None, False
        parameters = parameters or isinstance(leaf, exp.Parameter)
        edits.append((*place, replacement))
    text, position = "", where[0]
    for start, end, replacement in sorted(edits):
        text += scope.source.text[position:start] + replacement
        position = end
    text += scope.source.text[position : where[1]]
    text = text if "'" in text or '"' in text else " ".join(text.split())
    return (text, parameters) if is_one_expression(text) else (None, False)


def _constant_within(where: tuple[int, int], scope: Scope) -> bool:
    """Whether the literals of a piece of text are the same in every sample: an index holds one expression."""
    first = scope.source.starting.get(where[0], 0)
    within = takewhile(lambda token: token.start < where[1], islice(scope.source.tokens, first, None))
    return all(scope.constants.recurring_literal(token.start) for token in within if is_literal(token))


def _leaf_text(leaf: exp.Expression, scope: Scope, analysis: Analysis) -> str | None:
    if isinstance(leaf, exp.Parameter):
        number = str(leaf.this.this)
        values = scope.constants.values(int(number)) if number.isdigit() else ()
        return quoted_value(values[0], None) if len(values) == 1 and values[0] is not None else None
    binding = analysis.bind(leaf, scope)  # type: ignore[arg-type]
    if isinstance(binding, Base):
        return quote_identifier(binding.column.name)
    if isinstance(binding, Computed):
        inner, _ = expression_text(binding.node, binding.scope, analysis)
        return None if inner is None else f"({inner})"
    return None
