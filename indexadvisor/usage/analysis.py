"""The state of analysing one query: its relations so far, what could not be resolved, and numbering."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from indexadvisor.catalog.model import Catalog, TableName, View
from indexadvisor.usage.parse import Refused, Source, parse_statement
from indexadvisor.usage.scope import (
    UNKNOWN,
    Base,
    Binding,
    Closed,
    Computed,
    Derived,
    Hidden,
    Level,
    Opaque,
    Relation,
    Scope,
    Several,
    Whole,
    folded,
)

Visit = Callable[[exp.Expression, Scope, "Analysis", bool], Derived | Opaque]
Definition = tuple[exp.Expression, Source]


class Definitions:
    """Texts of the catalog (views, policies) parsed once and kept for all queries."""

    def __init__(self, catalog: Catalog) -> None:
        self._parsed: dict[str, Definition | Refused] = {}
        self.views = {view.name: view for view in catalog.views}

    def parsed(self, text: str) -> Definition:
        """Return the tree of a definition. Raises Refused."""
        if text not in self._parsed:
            try:
                self._parsed[text] = parse_statement(text)
            except Refused as refused:
                self._parsed[text] = refused
        found = self._parsed[text]
        if isinstance(found, Refused):
            raise found
        return found


@dataclass(eq=False)
class Analysis:
    """One query while it is analysed.

    ``visit`` analyses a query inside an expression (last argument: whether it is joined with the query around it), ``pull`` one in FROM
    (last argument: LATERAL); both live in ``query.py``, which needs this class.
    """

    catalog: Catalog
    definitions: Definitions
    visit: Visit
    pull: Visit
    relations: list[Relation] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)
    cte_counts: dict[str, int] = field(default_factory=dict)
    reads_system: bool = False
    _visited: dict[int, Derived | Opaque] = field(default_factory=dict)
    _levels: int = 0
    _branches: int = 0
    _rows: int = 0

    def new_level(self, *, limited: bool = False) -> Level:
        """Return the next SELECT's level."""
        self._levels += 1
        return Level(self._levels - 1, limited)

    def new_or(self) -> int:
        """Number the next OR of the query."""
        self._branches += 1
        return self._branches - 1

    def new_row_comparison(self) -> int:
        """Number the next row-wise comparison of the query."""
        self._rows += 1
        return self._rows - 1

    def note(self, reason: str) -> None:
        """Keep a reason why some part of the query was left out."""
        self.reasons.setdefault(reason)

    def bind(self, column: exp.Column, scope: Scope) -> Binding:
        """Return what a column reference stands for; an unknown name is noted once and stays unknown."""
        name = folded(column.this)
        qualifier = folded(column.args.get("table")) or None
        found = scope.bind(name, qualifier)
        if found is None and qualifier is not None:  # (alias).field notation and function-style whole rows
            outer = scope.bind(qualifier, None)
            found = Whole(None) if outer is not None and column.args.get("db") is None and not isinstance(outer, Whole) else None
        if found is None:
            self.note(f"column {f'{qualifier}.' if qualifier else ''}{name} does not exist in the tables the query names")
            return UNKNOWN
        return found

    def nested(self, node: exp.Expression, scope: Scope, *, joined: bool = False) -> Derived | Opaque:
        """Analyse a subquery inside an expression once, however often its expression is looked at."""
        if id(node) not in self._visited:
            self._visited[id(node)] = self.visit(node, scope, self, joined)
        return self._visited[id(node)]

    def demand(self, binding: Binding, origin: str = "query") -> None:
        """Record that a value is read: every base column behind the binding is an output of its relation."""
        if isinstance(binding, Base):
            binding.relation.output(binding.column.name, origin)
        elif isinstance(binding, Computed):
            self.read(binding.node, binding.scope)
        elif isinstance(binding, Several):
            for each in binding.bindings:
                self.demand(each, origin)
        elif isinstance(binding, (Hidden, Closed)):
            self.demand(binding.binding, origin)
        elif isinstance(binding, Whole) and binding.relation is not None:
            binding.relation.outputs_all = True

    def read(self, node: exp.Expression | None, scope: Scope) -> None:
        """Record every column of an expression as read, and analyse the subqueries in it."""
        if node is None:
            return
        for leaf in leaves(node):
            if isinstance(leaf, exp.Column):
                if isinstance(leaf.this, exp.Star):
                    self.read_star(folded(leaf.args.get("table")), scope)
                else:
                    self.demand(self.bind(leaf, scope), scope.origin)
            else:
                self.read_outputs(self.nested(leaf, scope))

    def read_outputs(self, derived: Derived | Opaque) -> None:
        """Record that all outputs of a subquery are read."""
        if isinstance(derived, Derived):
            for binding in derived.columns.values():
                self.demand(binding)

    def read_star(self, qualifier: str, scope: Scope) -> None:
        """Record ``*`` or ``alias.*``."""
        for alias, member in scope.members.items():
            if qualifier and alias != qualifier:
                continue
            if isinstance(member, Relation):
                member.outputs_all = True
            else:
                self._read_whole(member)

    def _read_whole(self, member: Derived | Opaque) -> None:
        """All columns of a subquery; a table whose every column passes through it is read whole."""
        self.read_outputs(member)
        if isinstance(member, Derived):
            passed: dict[Relation, int] = {}
            for each in member.columns.values():
                binding = each.binding if isinstance(each, Closed) else each
                if isinstance(binding, Base):
                    passed[binding.relation] = passed.get(binding.relation, 0) + 1
            for relation, count in passed.items():
                relation.outputs_all = relation.outputs_all or count == len(relation.table.columns)

    def subselect(self, node: exp.Expression, scope: Scope, *, lateral: bool) -> Derived | Opaque:
        """Analyse a subquery in FROM."""
        return self.pull(node, scope, self, lateral)

    def view(self, name: TableName) -> View | None:
        """Return the view of that name, None for a table."""
        return self.definitions.views.get(name)


def leaves(node: exp.Expression) -> Iterator[exp.Expression]:
    """Yield the column references and the outermost subqueries of an expression, in the order of the text."""
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, (exp.Column, exp.Query)):
            yield each
        else:
            pending.extend(reversed(list(each.iter_expressions())))


def stripped(node: exp.Expression) -> exp.Expression:
    """Return a node without the parentheses around it; a parenthesised query stays a query."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def aggregates(node: exp.Expression) -> bool:
    """Return whether an expression aggregates or looks at a window; its subqueries do so for themselves."""
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, (exp.AggFunc, exp.Window)):
            return True
        if not isinstance(each, exp.Query):
            pending.extend(each.iter_expressions())
    return False
