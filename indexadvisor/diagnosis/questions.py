"""What is asked of a source of cost about one statement: its candidates, what it costs with some of them, under names a person can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from indexadvisor.candidates.entry_size import size_caveat
from indexadvisor.candidates.generate import generate
from indexadvisor.capture.interface import CaptureReport, QueryEvent
from indexadvisor.catalog.ddl import index_names, statements, taken_names
from indexadvisor.catalog.model import Catalog, IndexDef
from indexadvisor.diagnosis.model import ProposedIndex
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.findings import Skipped
from indexadvisor.lexer import placeholders
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from indexadvisor.whatif.interface import CostSource, QueryCost, Reading
from indexadvisor.whatif.joined import JoinedCosts
from indexadvisor.workload.group import group
from indexadvisor.workload.model import Sample


@dataclass(frozen=True)
class Asked:
    """One statement ready to be asked about. ``candidates``: the indexes the source can judge; ``skipped``: what was left out."""

    sample: Sample
    candidates: tuple[IndexDef, ...]
    skipped: tuple[Skipped, ...] = ()


class _One:
    """An event source of one statement."""

    def __init__(self, text: str, parameters: tuple[str | None, ...] | None) -> None:
        self.report = CaptureReport()
        self._event = QueryEvent(text, parameters, source="the plan's statement")

    def events(self) -> Iterator[QueryEvent]:
        """Yield the statement."""
        return iter((self._event,))


class Questions:
    """Asks one source about statements, and gives proposed indexes the names their DDL will give them.

    Of two joined sources, each statement is answered by one; ``same_source`` tells whether two answers may be compared.
    """

    def __init__(self, costs: CostSource, catalog: Catalog, limits: Limits) -> None:
        self.catalog = catalog
        self._costs = costs
        self._limits = limits
        self._readings: dict[Sample, Reading] = {}
        self._taken = taken_names(catalog)
        self._named: dict[IndexDef, str] = {}
        self.seen: dict[str, IndexDef] = {}
        if isinstance(costs, JoinedCosts):
            costs.route_by(self._readings.get)

    @property
    def costs(self) -> CostSource:
        """The source that is asked."""
        return self._costs

    def about(self, text: str, parameters: tuple[str | None, ...] | None, also: Iterable[IndexDef] = ()) -> Asked:
        """Prepare a statement's candidates, and ``also`` these; a statement that cannot be analysed has none of its own."""
        workload = group(_One(text, parameters), samples=1)
        sample = workload.groups[0].samples[0] if workload.groups else Sample(text, parameters)
        usage = usage_graph(workload, self.catalog)
        found = [candidate.index for candidate in generate(usage, self.catalog, self._limits).candidates]
        indexes = tuple(dict.fromkeys((*also, *found)))
        if workload.groups:
            query_id = workload.groups[0].query_id
            self._readings[sample] = Reading("the statement", usage.tables_of(query_id), len(usage.of_query(query_id)))
        refused = self._costs.prepare(indexes)
        self._named |= index_names((*self._named, *indexes), self._taken)
        left_out = tuple(Skipped("whatif", str(index), reason) for index, reason in refused.items())
        return Asked(sample, tuple(index for index in indexes if index not in refused), (*workload.skipped, *usage.skipped, *left_out))

    def cost(self, sample: Sample, indexes: Iterable[IndexDef] = ()) -> QueryCost:
        """Return what a statement costs with these indexes, its plan under the proposed names; raises StatementFailed."""
        answer = self._costs.cost(sample, frozenset(indexes))
        self.seen |= answer.names
        return replace(answer, plan=renamed(answer.plan, {name: self.name(index) for name, index in answer.names.items()}))

    def name(self, index: IndexDef) -> str:
        """Return the name a proposed index will have."""
        return self._named[index]

    def size_bytes(self, index: IndexDef) -> int | None:
        """Return the estimated size of a prepared index, None where unknown."""
        return self._costs.size_bytes(index)

    def proposed(self, indexes: Iterable[IndexDef]) -> tuple[ProposedIndex, ...]:
        """Return indexes as proposals, in a stable order."""
        return tuple(self._proposed(index) for index in sorted(indexes, key=str))

    def _proposed(self, index: IndexDef) -> ProposedIndex:
        ddl = statements(index, self.name(index), self.catalog)
        caveats = (size_caveat(index, self.catalog), self._costs.caveat(index))
        return ProposedIndex(index, ddl, self.size_bytes(index), self.name(index), "; ".join(text for text in caveats if text) or None)


def lacks_values(sample: Sample) -> bool:
    """Return whether a statement has ``$n`` whose values are not known, so that only a generic plan can be asked for.

    >>> lacks_values(Sample("SELECT $1")), lacks_values(Sample("SELECT 1")), lacks_values(Sample("SELECT $1", ("x",)))
    (True, False, False)
    """
    return max(placeholders(sample.text), default=0) > len(sample.parameters or ())


def same_source(one: QueryCost, other: QueryCost) -> bool:
    """Return whether two answers came from one planner, so that their costs may be compared."""
    a, b = one.source, other.source
    return a is None or b is None or (a.kind, a.server_version) == (b.kind, b.server_version)


def renamed(plan: Plan, names: Mapping[str, str]) -> Plan:
    """Return a plan whose hypothetical indexes bear the names they would have.

    >>> plan = Plan(PlanNode("Index Scan", relation="orders", index="<13>btree_orders_id"))
    >>> renamed(plan, {"<13>btree_orders_id": "orders_id_idx"}).root.index
    'orders_id_idx'
    """
    if not names:
        return plan
    hidden = frozenset(names.get(name, name) for name in plan.hidden_indexes)
    return replace(plan, root=_renamed(plan.root, names), hidden_indexes=hidden)


def _renamed(node: PlanNode, names: Mapping[str, str]) -> PlanNode:
    children = tuple(_renamed(child, names) for child in node.children)
    return replace(node, index=names.get(node.index, node.index) if node.index is not None else None, children=children)


def total_bytes(questions: Questions, indexes: Sequence[IndexDef]) -> int | None:
    """Return the estimated size of several indexes together, None where one is unknown."""
    sizes = [questions.size_bytes(index) for index in indexes]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None
